"""A certificate is about to expire, or has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.certificate_expiring import Limits, judge
from fettle.model.finding import Finding, Measurement
from fettle.model.probed import Certificate, Distrust

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROW = Certificate(
    "shop", "shop.example", NOW - 300 * DAY, NOW + 65 * DAY, NOW, "An Authority", ("shop.example",)
)


def severities(row: Certificate) -> list[str]:
    return [str(one.severity) for one in judge([row], Limits()) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        (30.1, None),
        (29.9, "medium"),
        (7.1, "medium"),
        (6.9, "high"),
        (0.01, "high"),
        (0, "critical"),
        (-3, "critical"),
    ],
)
def test_the_time_that_is_left_decides(days: float, severity: str | None) -> None:
    row = replace(ROW, not_after=NOW + days * DAY)

    assert severities(row) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("life", "left", "severity"),
    [
        (90, 29, None),  # about to be renewed, with a third of its life left
        (90, 26, "medium"),  # that was missed
        (90, 8, "medium"),
        (90, 6, "high"),
        (6, 3, None),
        (6, 1.7, "medium"),
        (6, 0.5, "high"),
        (6, -0.5, "critical"),
    ],
)
def test_what_is_short_lived_is_told_of_when_its_renewal_was_missed(
    life: float, left: float, severity: str | None
) -> None:
    end = NOW + left * DAY
    row = replace(ROW, not_before=end - life * DAY, not_after=end)

    assert severities(row) == ([severity] if severity else [])


def test_what_is_not_believed_is_not_taken_to_be_renewed_by_itself() -> None:
    row = replace(ROW, not_before=NOW - DAY, not_after=NOW + 20 * DAY)

    assert severities(row) == []
    assert severities(replace(row, distrust=(Distrust.SELF_SIGNED,))) == ["medium"]


@pytest.mark.parametrize(("days", "severity"), [(20, None), (6, "medium"), (-1, "critical")])
def test_a_dependencys_is_told_of_when_it_is_nearly_too_late(
    days: float, severity: str | None
) -> None:
    row = replace(ROW, not_after=NOW + days * DAY, dependency=True)

    assert severities(row) == ([severity] if severity else [])


def test_what_is_left_is_measured_and_said() -> None:
    left, found = judge([replace(ROW, not_after=NOW - 3 * DAY)], Limits())

    assert left == Measurement("certificate_days_left", -3, "shop.example")
    assert isinstance(found, Finding)
    assert found.description == (
        "the certificate of shop.example expired 3 d ago, on 2026-11-24 12:00 UTC"
    )
    assert found.about == ("certificate of shop.example",)
