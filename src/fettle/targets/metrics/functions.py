"""How functions at the edge ran, as their traces are counted: by the spans of requests to them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fettle.model.finding import Unknown
from fettle.model.quantity import say_duration
from fettle.model.readings import Functions
from fettle.targets.metrics.figures import LONGEST, MOST, Figures, Only, Sample
from fettle.targets.metrics.requests import FAILED, KIND, SERVER, TRACED, Family

OF_REQUESTS = f'{KIND}="{SERVER}"'  # what a request does is a span, too

_NAME, _STATUS = "span_name", "status_code"
_COUNT_THEM = (
    "drain their traces to a Collector whose spanmetrics this Prometheus reads; selector is how "
    "they are labelled there: service_name is the service.name of the traces"
)


async def functions(
    figures: Figures, *, named: Sequence[str], over: timedelta
) -> Sequence[Functions | Unknown]:
    """Return how each ran that is named, or the busiest where none is; raises CannotLook."""
    owner, names = figures.whose.named({}), await figures.names()
    there = [one for one in TRACED if {one.durations, f"{one.durations}_count"} & names]
    if not there:
        return [Unknown(f"{owner}: no spans of requests are counted of late", _COUNT_THEM)]
    only = Only.any_of(_NAME, named) if named else None
    each = [(await _called(figures, family, over, only), family) for family in there]
    calls, family = max(each, key=lambda one: sum(one[0].values()))
    untold = _untold(owner, [name for name in named if name not in calls], over)
    if named and not calls:
        return untold
    busiest = sorted(calls, key=lambda name: -calls[name])[:MOST]
    rows: list[Functions | Unknown] = [*await _rows(figures, family, busiest, calls, over)]
    if len(calls) > MOST:
        rows.append(
            Unknown(
                f"{owner}: of the functions only the {MOST} that ran most often were looked at",
                'name those that matter: functions = ["GET /api/cart"]',
            )
        )
    return [*(rows or [Functions(owner, 0, None, over)]), *untold]


def _untold(owner: str, missing: Sequence[str], over: timedelta) -> list[Unknown]:
    if not missing:
        return []
    reason = f"{owner}: nothing was counted of {', '.join(missing)} in {say_duration(over)}"
    return [Unknown(reason, "are these names of spans?")]


async def _called(
    figures: Figures, family: Family, over: timedelta, only: Only | None
) -> Mapping[str, float]:
    counter = f"{family.durations}_count"
    return _by_name(await figures.grown(counter, (_NAME,), over=over, busiest=MOST + 1, only=only))


async def _rows(
    figures: Figures,
    family: Family,
    names: Sequence[str],
    calls: Mapping[str, float],
    over: timedelta,
) -> Sequence[Functions]:
    owner, counter = figures.whose.named({}), f"{family.durations}_count"
    of_these, bad = Only.any_of(_NAME, names), Only(_STATUS, FAILED)
    spent = _by_name(
        await figures.grown(f"{family.durations}_sum", (_NAME,), over=over, only=of_these)
    )
    failed = _by_name(await figures.grown(counter, (_NAME,), over=over, only=bad))
    statuses = await figures.grown(counter, (_STATUS,), over=over)
    told = any(one.labels.get(_STATUS) for one in statuses)
    return [
        Functions(
            f"{owner}/{name[:LONGEST]}" if name else owner,
            calls[name],
            spent[name] * family.unit_s / calls[name] if name in spent else None,
            over,
            failed.get(name, 0) if told else None,
        )
        for name in names
    ]


def _by_name(samples: Sequence[Sample]) -> Mapping[str, float]:
    """Return what was counted of each; of what is counted without names under an empty one."""
    return {one.labels.get(_NAME, ""): one.value for one in samples}
