"""A file system turned read only."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.infrastructure.file_system_read_only import judge
from fettle.model.finding import Measurement
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Room
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import severities

CRITICAL = Severity.CRITICAL
GIB = 1024**3
ROOM = Room("web-1:/", Ratio(0.5), Bytes(20 * GIB))


@pytest.mark.parametrize(("read_only", "found"), [(False, []), (True, [CRITICAL])])
def test_a_file_system_that_turned_read_only(*, read_only: bool, found: list[Severity]) -> None:
    rows = [replace(ROOM, read_only=read_only)]
    check = judge
    assert severities(check(rows, check.limits())) == found
    measured = Measurement("file_systems_read_only_count", len(found))
    assert measured in check(rows, check.limits())
