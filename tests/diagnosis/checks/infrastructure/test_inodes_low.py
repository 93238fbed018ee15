"""A file system runs out of inodes."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.infrastructure.inodes_low import Limits, judge
from fettle.model.finding import Note
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Room
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import severities

MEDIUM, HIGH, CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
GIB = 1024**3
ROOM = Room("web-1:/", Ratio(0.5), Bytes(20 * GIB))


@pytest.mark.parametrize(
    ("inodes", "found"),
    [(None, []), (0.79, []), (0.8, [MEDIUM]), (0.9, [HIGH]), (0.98, [CRITICAL])],
)
def test_inodes(inodes: float | None, found: list[Severity]) -> None:
    row = replace(ROOM, inodes=None if inodes is None else Ratio(inodes))
    assert severities(judge([row], Limits())) == found


def test_where_nobody_tells_of_inodes_nothing_is_well() -> None:
    assert [type(one) for one in judge([ROOM], Limits())] == [Note]
