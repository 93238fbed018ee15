"""Something begins anew again and again."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.restarts_frequent import Limits, judge
from fettle.model.finding import Finding
from fettle.model.readings import Restarts
from fettle.model.severity import Severity

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("count", "reason", "severity"),
    [
        (0, None, None),
        (2, "Completed", None),  # a deployment, and another
        (3, None, Severity.MEDIUM),
        (10, "Error", Severity.HIGH),
        (1, "OOMKilled", Severity.MEDIUM),
        (0, "OOMKilled", None),  # it was, before this hour
    ],
)
def test_often_is_found_and_a_kill_for_memory_at_once(
    count: int, reason: str | None, severity: Severity | None
) -> None:
    verdicts = judge([Restarts("shop", count, HOUR, reason)], Limits())

    assert [one.severity for one in verdicts if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )


def test_why_it_ended_is_told() -> None:
    verdicts = judge([Restarts("shop/web", 4, HOUR, "OOMKilled")], Limits())

    (found,) = [one for one in verdicts if isinstance(one, Finding)]
    assert found.description == (
        "it began anew 4 times within 1 h; the last time it ended as OOMKilled"
    )
    assert "memory" in found.recommendations[0]
