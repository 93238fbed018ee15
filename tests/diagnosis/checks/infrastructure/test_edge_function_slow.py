"""A function at the edge is slow."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.edge_function_slow import Limits, judge
from fettle.model.readings import Functions
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import gaps, notes, severities

HOUR = timedelta(hours=1)
MEDIUM = Severity.MEDIUM


@pytest.mark.parametrize(
    ("calls", "mean_s", "found"),
    [(50, 0.1, []), (50, 0.101, [MEDIUM]), (49, 9.0, []), (0, None, [])],
)
def test_slow(calls: int, mean_s: float | None, found: list[Severity]) -> None:
    verdicts = judge([Functions("edge/pay", calls, mean_s, HOUR)], Limits())
    assert severities(verdicts) == found
    assert bool(notes(verdicts)) == (calls < 50)


def test_a_time_that_is_not_told_is_unknown() -> None:
    row = Functions("edge/pay", 500, None, HOUR)
    verdicts = judge([row], Limits())
    assert gaps(verdicts) == ["edge/pay: it is not told how long its calls took"]
