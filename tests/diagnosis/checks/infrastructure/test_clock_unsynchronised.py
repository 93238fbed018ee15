"""The clock is not kept."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.clock_unsynchronised import Limits, judge
from fettle.model.readings import ClockSync
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import severities

LOW = Severity.LOW


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (ClockSync("h", synchronised=True, off_by_at_most=timedelta(milliseconds=9)), []),
        (ClockSync("h", synchronised=True, off_by_at_most=timedelta(seconds=3)), [LOW]),
        (ClockSync("h", synchronised=False), [LOW]),
    ],
)
def test_clocks(row: ClockSync, found: list[Severity]) -> None:
    limits = Limits()
    assert severities(judge([row], limits)) == found
