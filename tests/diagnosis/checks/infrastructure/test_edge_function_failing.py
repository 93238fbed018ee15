"""A function at the edge fails."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.edge_function_failing import Limits, judge
from fettle.model.finding import Unknown
from fettle.model.readings import Functions
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import notes, severities

HOUR = timedelta(hours=1)
MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH


@pytest.mark.parametrize(
    ("calls", "failed", "found"),
    [
        (1_000, 10, []),
        (1_000, 11, [MEDIUM]),
        (1_000, 51, [HIGH]),
        (99, 50, []),
        (0, 0, []),
    ],
)
def test_failing(calls: int, failed: int | None, found: list[Severity]) -> None:
    rows = [Functions("edge/pay", calls, 0.01, HOUR, failed)]
    verdicts = judge(rows, Limits())
    assert severities(verdicts) == found
    assert bool(notes(verdicts)) == (calls == 99)


@pytest.mark.parametrize(("calls", "unknown"), [(1_000, 1), (99, 0)])
def test_what_nobody_tells_of_enough_calls_is_unknown(calls: int, unknown: int) -> None:
    verdicts = list(judge([Functions("edge/pay", calls, 0.01, HOUR)], Limits()))

    assert [type(one) for one in verdicts] == [Unknown] * unknown
