"""How a page stands to what is promised of it: budgets that come along, and one's own; pure."""

from collections.abc import Iterator, Mapping, Sequence

from fettle.model.budget import DEFAULT, SIZES, THROUGHPUT, Budget, Judged, Status
from fettle.model.capacity import Capacity, KeptCapacity
from fettle.model.finding import Finding, Unknown
from fettle.model.measurement import PageMeasurement, Profile
from fettle.model.severity import Severity
from fettle.optimisation.measure import thresholds
from fettle.optimisation.said import figure, title

# Those of the guide that Fettle follows, which are stricter than today's definitions.
GUIDE = (
    Budget("lcp", 1800, 2500),
    Budget("fid", 100, 300),
    Budget("cls", 0.1, 0.25),
    # what depends on how busy the measuring machine is fails nothing, unless somebody wants it to
    Budget("tti", 300, 1000, decides=False),
    Budget("script", 170 * 1024),
    Budget("stylesheet", 50 * 1024),
    Budget("server_response", 200),
    # no room for a busier hour: the guide's limit of what has places and lets others wait
    Budget(THROUGHPUT, 0.8, 1),
)
_TODAY = ("inp", "ttfb")
_TODAY_UNDECIDED = ("tbt",)
# What a page that was seen has; without it nothing was to be seen.
_ALWAYS = frozenset({"lcp", "fcp", "cls"})
_UNITS = {"cls": "", THROUGHPUT: "_ratio"}
_TRY = "find it: fettle optimise capacity URL --save"

_SEVERITIES: Mapping[Status, Severity] = {
    "needs-improvement": Severity.MEDIUM,
    "over-budget": Severity.MEDIUM,
    "poor": Severity.HIGH,
}


def budgets(profile: Profile, own: Sequence[Budget]) -> tuple[Budget, ...]:
    """Return what is promised: one's own budgets stand in place of those that come along."""
    today = [
        Budget(name, limits.good, limits.poor, "web.dev", name not in _TODAY_UNDECIDED)
        for name in (*_TODAY, *_TODAY_UNDECIDED)
        if (limits := thresholds(name, profile)) is not None
    ]
    promised = {one.metric: one for one in (*GUIDE, *today, *own)}
    return tuple(promised.values())


def judged(
    measured: PageMeasurement, promised: Sequence[Budget], carried: KeptCapacity | None = None
) -> tuple[Judged, ...]:
    """Return how the page stands to each promise, as far as there is a figure.

    `carried` is what its server carries, where somebody has tried.
    """
    pages = (
        Judged(budget, current, budget.status(current))
        for budget in promised
        if (current := current_of(measured, budget.metric)) is not None
    )
    used = None if carried is None else used_of(carried, promised)
    return (*pages, *(() if used is None else (used,)))


def used_of(carried: Capacity | KeptCapacity, promised: Sequence[Budget]) -> Judged | None:
    """Return how what is used of a capacity stands to what is promised; None where nobody knows.

    Of a server that carries more than was tried no more is known than that there is room.
    """
    used = carried.used
    budget = next((one for one in promised if one.metric == THROUGHPUT), None)
    if used is None or budget is None or (carried.at_least and used > budget.target):
        return None
    return Judged(budget, used, budget.status(used))


def current_of(measured: PageMeasurement, metric: str) -> float | None:
    """Return a figure: a median, or bytes as they were sent; None where there was none."""
    if metric == "total":
        return measured.weight.transferred
    if metric in SIZES:
        weight = measured.weights.get(metric)
        return 0 if weight is None else weight.transferred
    found = measured.metrics.get(metric)
    return None if found is None else found.median


def missed(measured: PageMeasurement, stands: Sequence[Judged]) -> Iterator[Finding]:
    """Yield a finding for each promise that is not kept."""
    for one in stands:
        severity = _SEVERITIES.get(one.status)
        if severity is not None:
            yield _finding(measured, one, severity if one.budget.decides else Severity.LOW)


def _finding(measured: PageMeasurement, one: Judged, severity: Severity) -> Finding:
    metric = one.budget.metric
    current, target = figure(metric, one.current), figure(metric, one.budget.target)
    poor = "" if one.budget.poor is None else f", poor from {figure(metric, one.budget.poor)}"
    noise = "" if one.budget.decides else "; it varies with the machine, and fails nothing"
    unit = "_bytes" if metric in SIZES else _UNITS.get(metric, "_ms")
    return Finding(
        subject=measured.url,
        severity=severity,
        description=f"{title(metric)} is {current}, the budget ({one.budget.by}) {target}{poor}"
        f"{noise}",
        metrics={f"current{unit}": one.current, f"target{unit}": one.budget.target},
        check=f"budget_{metric}",
        category="performance",
        title=f"Over its budget: {title(metric)}",
        impact="What was promised to the people who visit is not kept.",
    )


def unseen(
    stands: Sequence[Judged], promised: Sequence[Budget], carried: KeptCapacity | None = None
) -> Iterator[tuple[str, Unknown]]:
    """Yield the promises of which nobody can say whether they are kept, and why."""
    known = {one.budget.metric for one in stands}
    for budget in promised:
        own = budget.by not in (DEFAULT, "web.dev")
        if budget.metric not in known and (budget.metric in _ALWAYS or own):
            why = _untold(carried) if budget.metric == THROUGHPUT else _unseen(budget)
            yield f"budget_{budget.metric}", why


def _untold(carried: KeptCapacity | None) -> Unknown:
    """Return why nobody knows which share is used of what a server carries."""
    if carried is None:
        return Unknown("nobody has tried how much its server carries", _TRY)
    if carried.carried is None:
        return Unknown("its server carried not even the least that was tried", _TRY)
    if isinstance(carried.asked, Unknown):
        return carried.asked
    return Unknown(
        f"its server carries more than the {carried.carried:.3g} a second that were tried, nobody "
        "knows how much",
        f"{_TRY} --max-rate N",
    )


def _unseen(budget: Budget) -> Unknown:
    return Unknown(
        f"most visits had no {title(budget.metric)}",
        "see what the page shows to somebody who comes for the first time",
    )
