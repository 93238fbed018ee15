"""How a page stands for the people who visit it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fettle.model.budget import Budget
from fettle.model.field import Counts, Field, added, bucket_of
from fettle.model.measurement import Profile
from fettle.model.severity import Severity
from fettle.optimisation import analysis, field
from tests.optimisation.made_up import measured, visit

TODAY = date(2026, 3, 2)
VITALS = field.vitals(Profile.PHONE)


def counted(metric: str, values: Sequence[float]) -> Counts:
    counts: Counts = ()
    for value in values:
        counts = added(counts, [*[0] * bucket_of(metric, value), 1])
    return counts


def lived(values: Sequence[float], metric: str = "lcp", day: date = TODAY) -> Field | None:
    days = {metric: {day: counted(metric, values)}}
    return field.field_of("shop", "/", Profile.PHONE, days, TODAY)


@pytest.mark.parametrize(
    ("metric", "value", "severity"),
    [
        ("lcp", 2400, None),
        ("lcp", 2700, Severity.MEDIUM),
        ("lcp", 4200, Severity.HIGH),
        ("inp", 190, None),
        ("inp", 220, Severity.MEDIUM),
        ("inp", 520, Severity.HIGH),
        ("cls", 0.09, None),
        ("cls", 0.12, Severity.MEDIUM),
        ("cls", 0.3, Severity.HIGH),
        ("ttfb", 900, Severity.MEDIUM),
        ("fcp", 3200, Severity.HIGH),
    ],
)
def test_what_is_missed_in_the_field_is_a_finding(
    metric: str, value: float, severity: Severity | None
) -> None:
    told = lived([value] * 100, metric)
    assert told is not None
    found = list(field.missed(told, VITALS))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert [one.key for one in found] == ([] if severity is None else [f"field_{metric}:shop /"])


def test_what_may_be_chance_is_none() -> None:
    few, many = lived([1000] * 3 + [9000] * 2), lived([1000] * 300 + [9000] * 200)
    assert few is not None
    assert many is not None
    assert few.metrics["lcp"].rating == many.metrics["lcp"].rating == "poor"
    assert not list(field.missed(few, VITALS))
    (found,) = field.missed(many, VITALS)
    assert found.metrics["visits_count"] == 500
    assert "of 500 visits as a phone since 2026-02-03, a quarter had more than 9" in (
        found.description
    )


def test_four_weeks_count() -> None:
    assert lived([1000], day=TODAY - timedelta(days=27)) is not None
    assert lived([1000], day=TODAY - timedelta(days=28)) is None
    assert lived([]) is None


def test_a_budget_of_ones_own_holds_in_the_field_too() -> None:
    page = replace(measured([visit()] * 5), field=lived([1500] * 100))
    assert field.with_vitals(page).findings == page.findings
    own = Budget("lcp", 1200, by="shop's pages")
    (found,) = [one for one in analysis.analyse(page, [own]).findings if "field" in one.check]
    assert (found.check, found.severity) == ("field_lcp", Severity.MEDIUM)
    assert "(shop's pages) is 1.2 s" in found.description
