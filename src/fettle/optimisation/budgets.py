"""How a page stands to what is promised of it: budgets that come along, and one's own; pure."""

from collections.abc import Iterator, Mapping, Sequence

from fettle.model.budget import DEFAULT, SIZES, Budget, Judged, Status
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
)
_TODAY = ("inp", "ttfb")
_TODAY_UNDECIDED = ("tbt",)
# What a page that was seen has; without it nothing was to be seen.
_ALWAYS = frozenset({"lcp", "fcp", "cls"})

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


def judged(measured: PageMeasurement, promised: Sequence[Budget]) -> tuple[Judged, ...]:
    """Return how the page stands to each promise, as far as there is a figure."""
    return tuple(
        Judged(budget, current, budget.status(current))
        for budget in promised
        if (current := current_of(measured, budget.metric)) is not None
    )


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
    unit = "_bytes" if metric in SIZES else "" if metric == "cls" else "_ms"
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


def unseen(measured: PageMeasurement, promised: Sequence[Budget]) -> Iterator[tuple[str, Unknown]]:
    """Yield the promises of which nobody can say whether they are kept, and why."""
    for budget in promised:
        known = current_of(measured, budget.metric) is not None
        if not known and (budget.metric in _ALWAYS or budget.by not in (DEFAULT, "web.dev")):
            yield (
                f"budget_{budget.metric}",
                Unknown(
                    f"most visits had no {title(budget.metric)}",
                    "see what the page shows to somebody who comes for the first time",
                ),
            )
