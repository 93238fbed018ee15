"""A function at the edge fails."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.edge_function_failing import Limits, judge
from fettle.model.finding import Note, Unknown
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


@pytest.mark.parametrize(("calls", "said"), [(1_000, Unknown), (99, Note), (0, Note)])
def test_what_nobody_tells_is_never_well_without_a_word(
    calls: int, said: type[Unknown | Note]
) -> None:
    (verdict,) = judge([Functions("edge/pay", calls, 0.01, HOUR)], Limits())

    assert isinstance(verdict, said)
