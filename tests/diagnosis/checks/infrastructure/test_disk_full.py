"""A file system fills up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.disk_full import Limits, judge
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Room
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import finding, severities

MEDIUM, HIGH, CRITICAL, LOW = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL, Severity.LOW
GIB = 1024**3
ROOM = Room("web-1:/", Ratio(0.5), Bytes(20 * GIB))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (replace(ROOM, used=Ratio(0.79)), []),
        (replace(ROOM, used=Ratio(0.80)), [MEDIUM]),
        (replace(ROOM, used=Ratio(0.91)), [HIGH]),
        (replace(ROOM, used=Ratio(0.95)), [CRITICAL]),
        # of a large one the share says little, until it is nearly full
        (replace(ROOM, used=Ratio(0.85), free=Bytes(900 * GIB)), [LOW]),
        (replace(ROOM, used=Ratio(0.96), free=Bytes(900 * GIB)), [CRITICAL]),
        (replace(ROOM, used=Ratio(0.60), full_in=timedelta(days=8)), []),
        (replace(ROOM, used=Ratio(0.60), full_in=timedelta(days=5)), [MEDIUM]),
        (replace(ROOM, used=Ratio(0.60), full_in=timedelta(hours=20)), [HIGH]),
        (replace(ROOM, used=Ratio(0.60), full_in=timedelta(hours=3)), [CRITICAL]),
        (replace(ROOM, used=Ratio(0.20), full_in=timedelta(hours=3)), []),
    ],
)
def test_room(row: Room, found: list[Severity]) -> None:
    assert severities(judge([row], Limits())) == found


def test_when_it_is_full_is_said() -> None:
    row = replace(ROOM, used=Ratio(0.92), full_in=timedelta(hours=20))
    found = finding(judge([row], Limits()))
    assert (
        found.description == "92 % of it is used, 20 GiB are free; at this rate it is full in 20 h"
    )
    assert found.recommendations[0].startswith("Find what takes the room: du -xh --max-depth 2 / |")
