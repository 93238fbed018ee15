"""How long a service took to answer: of all its routes together, and of each of the busiest."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fettle.model.finding import Unknown, Untold
from fettle.model.readings import Between, Responses
from fettle.targets.metrics.figures import LONGEST, MOST, Figures, Labels, Only, Sample
from fettle.targets.metrics.histograms import between, summary
from fettle.targets.metrics.requests import ROUTE, Counted, Family, answered, timed

_PARTS = (0.50, 0.95, 0.99)
_ALIKE = 0.02  # of counts of the same requests, of which one may be a scrape ahead
_COUNT_THEM = (
    "count them by a histogram, as OpenTelemetry's http.server.request.duration, with bounds at 2 "
    "and at 5 seconds"
)

Key = tuple[str, str]  # whose, and which route; all of them together is ""


@dataclass(frozen=True)
class _Times:
    """What is known of how long the answers of some routes took."""

    means: Mapping[Key, float]
    quantiles: Mapping[Key, Sequence[Between | None]]

    def row(self, key: Key, requests: float, over: timedelta) -> Responses:
        p50, p95, p99 = self.quantiles.get(key, (None, None, None))
        return Responses(
            key[0], key[1][:LONGEST] or None, requests, over, p50, p95, p99, self.means.get(key)
        )


async def responses(figures: Figures) -> Sequence[Responses | Unknown]:
    """Return how long answers took."""
    over = await figures.span()
    families: dict[Family, dict[str, Counted]] = defaultdict(dict)
    for owner, counted in (await timed(figures)).items():
        families[counted.family][owner] = counted
    rows: list[Responses | Unknown] = []
    for family, owners in families.items():
        rows += await _together(figures, family, owners, over)
        rows += await _by_route(figures, family, owners, over)
    known = {owner for owners in families.values() for owner in owners}
    rows += [
        Untold(f"{owner}: {one.counter} counts requests, not how long they took", _COUNT_THEM)
        for owner, one in (await answered(figures)).items()
        if owner not in known and one.requests
    ]
    return rows


async def _together(
    figures: Figures, family: Family, owners: Mapping[str, Counted], over: timedelta
) -> Sequence[Responses]:
    only = next(iter(owners.values())).only
    times = await _times(figures, family, None, only)
    if family.finer is not None:
        finer = await _finer(figures, family.finer, family, owners)
        times = replace(times, quantiles={**times.quantiles, **finer})
    return [times.row((owner, ""), one.requests, over) for owner, one in owners.items()]


async def _finer(
    figures: Figures, name: str, family: Family, owners: Mapping[str, Counted]
) -> Mapping[Key, Sequence[Between | None]]:
    """Return the quantiles by more bounds of those of whom they tell every request."""
    counts = {
        figures.whose.named(one.labels): one.value
        for one in await figures.grown(f"{name}_count", figures.whose.by)
    }
    whole = [
        owner
        for owner, one in owners.items()
        if owner in counts and math.isclose(counts[owner], one.requests, rel_tol=_ALIKE)
    ]
    times = await _times(figures, replace(family, durations=name), None, None) if whole else None
    return {
        key: quantiles
        for key, quantiles in (times.quantiles.items() if times else ())
        if key[0] in whole
    }


async def _by_route(
    figures: Figures, family: Family, owners: Mapping[str, Counted], over: timedelta
) -> Sequence[Responses]:
    if family.once is not None:
        return []
    counter, by = f"{family.durations}_count", figures.whose.by
    busiest = await figures.grown(counter, (*by, *ROUTE), busiest=MOST)
    labels: dict[str, set[str]] = defaultdict(set)
    for owner in owners:
        own = [one for one in busiest if figures.whose.named(one.labels) == owner]
        labels[route_label(own)].add(owner)
    rows: list[Responses] = []
    for label, alike in labels.items():
        routes: dict[Key, float] = defaultdict(float)
        for sample in busiest:
            key = (figures.whose.named(sample.labels), sample.labels.get(label, ""))
            if key[0] in alike and key[1]:
                routes[key] += sample.value
        some = sorted({route for _, route in routes})
        only = Only.any_of(label, some) if len(busiest) >= MOST else None
        times = await _times(figures, family, label, only)
        # a service of one route is that route
        several = Counter(owner for owner, _ in routes)
        rows += [times.row(key, n, over) for key, n in routes.items() if several[key[0]] > 1]
    return rows


def route_label(samples: Sequence[Sample]) -> str:
    """Return the label that tells routes apart: the first of which there are several values."""
    values = {label: {one.labels.get(label, "") for one in samples} - {""} for label in ROUTE}
    return next((label for label in ROUTE if len(values[label]) > 1), ROUTE[0])


async def _times(figures: Figures, family: Family, label: str | None, only: Only | None) -> _Times:
    by = figures.whose.by if label is None else (*figures.whose.by, label)

    def key(labels: Mapping[str, str]) -> Key:
        return figures.whose.named(labels), labels.get(label, "") if label else ""

    name, unit_s = family.durations or "", family.unit_s
    counts = {
        key(one.labels): one.value for one in await figures.grown(f"{name}_count", by, only=only)
    }
    means = {
        key(one.labels): one.value * unit_s / counts[key(one.labels)]
        for one in await figures.grown(f"{name}_sum", by, only=only)
        if counts.get(key(one.labels), 0) > 0
    }
    quantiles: dict[Key, Sequence[Between | None]] = {
        key(one.labels): [between(one, part, unit_s) for part in _PARTS]
        for one in await figures.histograms(name, by, only=only)
    }
    told: dict[Key, list[Sample]] = defaultdict(list)
    for sample in await _of_summaries(figures, name, by):
        told[key(sample.labels)].append(sample)
    for one, samples in told.items():
        quantiles.setdefault(one, [summary(samples, part, unit_s) for part in _PARTS])
    return _Times(means, quantiles)


async def _of_summaries(figures: Figures, name: str, by: Labels) -> Sequence[Sample]:
    """Return the highest and the lowest of each quantile that instances tell of themselves."""
    if name not in await figures.names():
        return []
    told = (*by, "quantile")
    samples = [*await figures.last(name, told, "min"), *await figures.last(name, told, "max")]
    return [sample for sample in samples if sample.labels.get("quantile")]
