"""A disk is slow."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.disk_slow import Limits, judge
from fettle.model.quantity import Ratio
from fettle.model.readings import DiskWork
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import notes, severities

MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH
MINUTES = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("latency_s", "operations", "found"),
    [
        (0.0249, 100, []),
        (0.025, 100, [MEDIUM]),
        (0.2, 100, [HIGH]),
        (0.2, 19, []),  # chance
        (None, 0, []),
    ],
)
def test_disks(latency_s: float | None, operations: int, found: list[Severity]) -> None:
    row = DiskWork("h:sda", latency_s, operations, MINUTES, Ratio(0.95))
    verdicts = judge([row], Limits())
    assert severities(verdicts) == found
    assert bool(notes(verdicts)) == (operations < 20)
