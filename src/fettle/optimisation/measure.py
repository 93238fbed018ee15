"""A page is visited several times, and the visits are put together: medians, and what is typical.

What rates a figure are today's definitions (web.dev/articles/vitals), and Lighthouse's for what has
none there; what was promised is a matter of budgets.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.errors import CannotLook, WrongUsage
from fettle.model.browser import Browser, PageAsked
from fettle.model.finding import Unknown
from fettle.model.measurement import (
    KINDS,
    Metric,
    PageMeasurement,
    Profile,
    ThirdParty,
    Thresholds,
    Unit,
    Visit,
    Weight,
    middle,
)
from fettle.model.ports import Clock
from fettle.model.web_address import host_of, registered, without_user
from fettle.optimisation.ills import ills

FEWEST = 5  # with fewer, no difference between two measurements can be told from chance

UNITS: Mapping[str, Unit] = {
    "ttfb": "ms",
    "fcp": "ms",
    "lcp": "ms",
    "cls": "score",
    "inp": "ms",
    "fid": "ms",
    "tti": "ms",
    "tbt": "ms",
    "server_response": "ms",
}
_RATED = {
    "ttfb": Thresholds(800, 1800),
    "fcp": Thresholds(1800, 3000),
    "lcp": Thresholds(2500, 4000),
    "cls": Thresholds(0.1, 0.25),
    "inp": Thresholds(200, 500),
    "fid": Thresholds(100, 300),
    "tti": Thresholds(3800, 7300),
    "tbt": Thresholds(200, 600),
}
_ON_A_DESKTOP = {"tbt": Thresholds(150, 350)}

Progress = Callable[[str], None]


async def measure(
    browser: Browser, page: PageAsked, runs: int, clock: Clock, say: Progress
) -> PageMeasurement:
    """Visit a page so many times, and put that together; raises CannotLook."""
    if runs < FEWEST:
        raise WrongUsage(f"a page is visited {FEWEST} times at least")
    started = clock.now()
    visits: list[Visit] = []
    failed = 0
    while len(visits) < runs:
        try:
            visits.append(await browser.visit(page))
        except CannotLook:
            # what went well before may do so again; what never did will not
            failed += 1
            if not visits or failed > 1:
                raise
            continue
        say(_told(visits[-1], len(visits), runs))
    return together(page, visits, started, clock.now() - started)


def unmeasured(
    page: PageAsked, why: Unknown, started: datetime, duration: timedelta
) -> PageMeasurement:
    """Return what is told of a page that could not be measured: nothing but why."""
    url = without_user(page.url)
    nothing = Visit(url, "", {}, settled=False)
    return PageMeasurement(url, page.profile, started, duration, (), nothing, {}, {}, failed=why)


def _told(visit: Visit, number: int, runs: int) -> str:
    lcp = visit.figures.get("lcp")
    painted = "painted nothing" if lcp is None else f"LCP {lcp:.0f} ms"
    return f"visit {number} of {runs}: {painted}"


def together(
    page: PageAsked, visits: Sequence[Visit], started: datetime, duration: timedelta
) -> PageMeasurement:
    """Return what visits come to."""
    metrics = _metrics(visits, page.profile)
    typical = _typical(visits, metrics)
    measured = PageMeasurement(
        url=without_user(page.url),
        profile=page.profile,
        started_at=started,
        duration=duration,
        visits=tuple(visits),
        typical=typical,
        metrics=metrics,
        weights=_weights(visits),
        third_parties=_third_parties(typical),
    )
    return replace(measured, findings=tuple(ills(measured)))


def thresholds(name: str, profile: Profile) -> Thresholds | None:
    """Return what rates a figure, None for what nothing does."""
    if profile is Profile.DESKTOP and name in _ON_A_DESKTOP:
        return _ON_A_DESKTOP[name]
    return _RATED.get(name)


def _metrics(visits: Sequence[Visit], profile: Profile) -> dict[str, Metric]:
    """Return the figures that most visits had."""
    metrics = {}
    for name, unit in UNITS.items():
        values = tuple(visit.figures[name] for visit in visits if name in visit.figures)
        if len(values) * 2 > len(visits):
            metrics[name] = Metric(name, unit, values, thresholds(name, profile))
    return metrics


def _typical(visits: Sequence[Visit], metrics: Mapping[str, Metric]) -> Visit:
    name = next((one for one in ("lcp", "fcp") if one in metrics), "ttfb")
    with_it = [visit for visit in visits if name in visit.figures]
    if not with_it:
        return visits[0]
    median = statistics.median(visit.figures[name] for visit in with_it)
    return min(with_it, key=lambda visit: abs(visit.figures[name] - median))


def _weights(visits: Sequence[Visit]) -> dict[str, Weight]:
    loaded = [visit.weights for visit in visits]
    there = (kind for kind in KINDS if any(kind in one for one in loaded))
    return {kind: middle([one.get(kind, Weight()) for one in loaded]) for kind in there}


def _third_parties(visit: Visit) -> tuple[ThirdParty, ...]:
    """Return the hosts of others, what sent the most first."""
    own = registered(visit.url)
    weights: dict[str, Weight] = {}
    for one in visit.requests:
        if registered(one.url) != own:
            host = host_of(one.url)
            weights[host] = weights.get(host, Weight()) + Weight(one.transferred, one.decoded, 1)
    busy = dict.fromkeys(weights, 0.0)
    for task in visit.tasks:
        if task.script is not None and host_of(task.script) in busy:
            busy[host_of(task.script)] += task.lasted_ms
    found = [ThirdParty(host, weight, busy[host]) for host, weight in weights.items()]
    return tuple(sorted(found, key=lambda one: -one.weight.transferred))
