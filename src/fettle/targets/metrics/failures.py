"""Which requests of a service failed by its own fault, and how fast that burns its objective."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from fettle.model.finding import Scalar, Unknown, Untold
from fettle.model.quantity import Ratio
from fettle.model.readings import Burn, Failures
from fettle.targets.metrics.figures import LONGEST, MOST, Figures, Only, Sample
from fettle.targets.metrics.requests import (
    FAILED,
    ROUTE,
    STATUS,
    Counted,
    answer_of,
    answered,
    share_failed,
)
from fettle.targets.metrics.responses import route_label

# How long a window burns, and how short the one is by which it is told that it still does:
# https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
WINDOWS = (
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=30)),
    (timedelta(days=3), timedelta(hours=6)),
)
_SHOWN = 5


async def failures(figures: Figures) -> Sequence[Failures | Unknown]:
    """Return how many requests failed; that none did is known where requests were counted."""
    over = await figures.span()
    rows: list[Failures | Unknown] = []
    for owner, counted in (await answered(figures)).items():
        if counted.status is None and counted.requests:
            rows.append(_untold(owner, counted))
        elif counted.only is not None:  # what is counted by handlers has no routes
            rows.append(Failures(owner, None, counted.requests, counted.failed, over))
        else:
            rows += await _by_route(figures, owner, counted, over)
    return rows


async def _by_route(
    figures: Figures, owner: str, counted: Counted, over: timedelta
) -> Sequence[Failures]:
    """Return the failures of all routes together, and of each, where there are several.

    Of very many these are the busiest, and those that fail the most.
    """
    by = (*figures.whose.by, *ROUTE)
    busiest = await figures.grown(counted.counter, by, busiest=MOST)
    own = [one for one in busiest if figures.whose.named(one.labels) == owner]
    label = route_label(own)
    failed = await _failed(figures, owner, counted)
    worst = [_shown(sample, label) for sample in failed[:_SHOWN]]
    whole = Failures(owner, None, counted.requests, counted.failed, over, worst)
    requests, errors = _sums(own, label), _sums(failed, label)
    if rare := [route for route in errors if route not in requests]:
        by, only = (*figures.whose.by, label), Only.any_of(label, rare)
        asked = await figures.grown(counted.counter, by, only=only)
        theirs = [one for one in asked if figures.whose.named(one.labels) == owner]
        requests = {**requests, **_sums(theirs, label)}
    return [
        whole,
        *(
            Failures(owner, route[:LONGEST], number, errors.get(route, 0), over)
            for route, number in (requests.items() if len(requests) > 1 else ())
        ),
    ]


async def _failed(figures: Figures, owner: str, counted: Counted) -> Sequence[Sample]:
    """Return what failed by route and status, the most frequent first."""
    if counted.status is None or not counted.failed:
        return []
    by = (*figures.whose.by, *ROUTE, *STATUS)
    only = Only(counted.status, FAILED)
    samples = await figures.grown(counted.counter, by, busiest=MOST, only=only)
    own = [one for one in samples if figures.whose.named(one.labels) == owner]
    return sorted(own, key=lambda sample: -sample.value)


def _shown(sample: Sample, label: str) -> dict[str, Scalar]:
    return {
        "route": sample.labels.get(label, "")[:LONGEST] or None,
        "status": answer_of(sample),
        "requests": round(sample.value),
    }


def _untold(owner: str, counted: Counted) -> Untold:
    return Untold(
        f"{owner}: {counted.counter} counts requests, not how they were answered",
        "count them by status, as OpenTelemetry does, or give the access_log of what is before it",
    )


def _sums(samples: Sequence[Sample], label: str) -> Mapping[str, float]:
    sums: dict[str, float] = {}
    for sample in samples:
        if route := sample.labels.get(label):
            sums[route] = sums.get(route, 0) + sample.value
    return sums


async def burns(figures: Figures, objective: float) -> Sequence[Burn | Unknown]:
    """Return how fast services use up what their objective allows, by the windows that are known.

    Of a service that is not yet watched for as long as the shortest there is one of what is known.
    """
    rows: list[Burn | Unknown] = []
    for owner, counted in (await answered(figures)).items():
        if counted.status is None and counted.requests:
            rows.append(_untold(owner, counted))
            continue
        known = [pair for pair in WINDOWS if await figures.reaches(counted.counter, pair[0])]
        if not known:
            rows.append(Burn(owner, Ratio(objective), *WINDOWS[0], None, None, 0))
        for long, short in known:
            (failed, requests), (late_failed, late) = await asyncio.gather(
                share_failed(figures, owner, counted, long),
                share_failed(figures, owner, counted, short),
            )
            rates = (_rate(failed, requests, objective), _rate(late_failed, late, objective))
            rows.append(Burn(owner, Ratio(objective), long, short, *rates, requests))
    return rows


def _rate(failed: float, requests: float, objective: float) -> float | None:
    return failed / requests / (1 - objective) if requests else None
