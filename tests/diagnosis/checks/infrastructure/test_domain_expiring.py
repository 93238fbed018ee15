"""The registration of a domain is about to end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.domain_expiring import Limits, judge
from fettle.model.finding import Finding, Measurement
from fettle.model.probed import Registration

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROW = Registration("shop", "shop.example", NOW, NOW, "A Registrar")


@pytest.mark.parametrize(
    ("days", "severity"),
    [(31, None), (30, "medium"), (8, "medium"), (7, "high"), (0, "critical"), (-9, "critical")],
)
def test_the_time_that_is_left_decides(days: int, severity: str | None) -> None:
    left, *found = judge([replace(ROW, expires=NOW + timedelta(days=days))], Limits())

    assert left == Measurement("domain_days_left", days, "shop.example")
    assert [str(one.severity) for one in found if isinstance(one, Finding)] == (
        [severity] if severity else []
    )


def test_only_one_that_has_ended_is_behind_other_trouble() -> None:
    _, ended = judge([ROW], Limits())
    _, ends = judge([replace(ROW, expires=NOW + timedelta(days=1))], Limits())

    assert isinstance(ended, Finding)
    assert isinstance(ends, Finding)
    assert (ended.about, ends.about) == (("name shop.example",), ())


def test_where_to_renew_it_is_said() -> None:
    _, found = judge([ROW], Limits())

    assert isinstance(found, Finding)
    assert found.recommendations[0].startswith("Renew shop.example at A Registrar")
