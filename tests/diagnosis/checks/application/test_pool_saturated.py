"""A pool is nearly all taken."""

import pytest

from fettle.diagnosis.checks.application.pool_saturated import Limits, judge
from fettle.model.finding import Finding
from fettle.model.readings import Saturation
from fettle.model.severity import Severity


@pytest.mark.parametrize(
    ("kind", "used", "waiting", "severity"),
    [
        ("threads", 79, None, None),
        ("threads", 80, 0, Severity.MEDIUM),
        ("threads", 95, None, Severity.HIGH),
        ("threads", 100, 3, Severity.CRITICAL),
        ("threads", 10, 3, None),  # they wait for something else
        ("connections to PostgreSQL", 80, None, Severity.HIGH),
        ("connections to PostgreSQL", 95, None, Severity.CRITICAL),
    ],
)
def test_it_is_graded_by_what_is_taken_and_by_who_waits(
    kind: str, used: float, waiting: float | None, severity: Severity | None
) -> None:
    verdicts = judge([Saturation("shop", kind, used, 100, waiting)], Limits())

    found = [one for one in verdicts if isinstance(one, Finding)]
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.saturation and one.subject == f"shop {kind}" for one in found)
