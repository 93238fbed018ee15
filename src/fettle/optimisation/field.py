"""How a page stands for the people who visit it, and what of that was promised otherwise; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from fettle.model.budget import Budget
from fettle.model.field import LARGEST, Counts, Field, FieldMetric, added, percentile
from fettle.model.finding import Finding
from fettle.model.measurement import PageMeasurement, Profile
from fettle.model.severity import Severity
from fettle.optimisation.measure import thresholds
from fettle.optimisation.said import figure, title

DAYS = 28  # as CrUX has it, so that the same page has the same figure there


def field_of(
    site: str,
    page: str,
    profile: Profile,
    days: Mapping[str, Mapping[date, Counts]],
    today: date,
) -> Field | None:
    """Return what the visits of some weeks come to; None where there was none."""
    since = first_day(today)
    metrics: dict[str, FieldMetric] = {}
    for name in LARGEST:
        together: Counts = ()
        for day, counts in days.get(name, {}).items():
            if since <= day <= today:
                together = added(together, counts)
        if (found := percentile(name, together, thresholds(name, profile))) is not None:
            metrics[name] = found
    return Field(site, page, profile, since, today, metrics) if metrics else None


def first_day(today: date) -> date:
    """Return the day from which on visits count."""
    return today - timedelta(days=DAYS - 1)


def vitals(profile: Profile) -> tuple[Budget, ...]:
    """Return what today's definitions call good of the figures that a browser tells."""
    return tuple(
        Budget(name, limits.good, limits.poor, "web.dev")
        for name in LARGEST
        if (limits := thresholds(name, profile)) is not None
    )


def with_vitals(measured: PageMeasurement) -> PageMeasurement:
    """Return a measurement with what is missed in the field by today's definitions."""
    if measured.field is None:
        return measured
    lived = missed(measured.field, vitals(measured.profile))
    found = sorted((*measured.findings, *lived), key=lambda one: -one.severity)
    return replace(measured, findings=tuple(found))


def missed(field: Field, promised: Sequence[Budget]) -> Iterator[Finding]:
    """Yield a finding for each promise that is surely not kept: too few visits tell nothing."""
    for budget in promised:
        found = field.metrics.get(budget.metric)
        if found is not None and found.surely[0] > budget.target:
            yield _finding(field, found, budget)


def _finding(field: Field, found: FieldMetric, budget: Budget) -> Finding:
    name = budget.metric
    poor = budget.poor is not None and found.surely[0] > budget.poor
    low, high = (figure(name, value) for value in found.surely)
    unit = "" if name == "cls" else "_ms"
    return Finding(
        subject=f"{field.site} {field.page}",
        severity=Severity.HIGH if poor else Severity.MEDIUM,
        description=f"of {found.visits:,} visits as a {field.profile} since {field.since}, a "
        f"quarter had more than {figure(name, found.p75)} ({low} to {high}): {title(name)}; "
        f"promised ({budget.by}) is {figure(name, budget.target)}",
        metrics={
            f"p75{unit}": round(found.p75, 4),
            f"target{unit}": budget.target,
            "visits_count": found.visits,
        },
        check=f"field_{name}",
        category="performance",
        title=f"Missed in the field: {title(name)}",
        impact="This is how it was for the people who came, on their devices and networks.",
    )
