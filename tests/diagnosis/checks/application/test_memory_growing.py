"""Memory grows without end."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.memory_growing import Limits, judge
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes
from fettle.model.readings import Growth

MIB = 1024**2


@pytest.mark.parametrize(
    ("used", "hourly", "found"),
    [
        (1100, 100, True),  # a tenth of what it had
        (1100, 99, False),
        (110, 10, False),  # little, whatever its share
        (1000, -200, False),
        (1000, 0, False),
        (64, 64, True),  # all of it is new
    ],
)
def test_a_tenth_in_an_hour_that_matters_is_found(used: int, hourly: int, found: bool) -> None:
    row = Growth("shop", Bytes(used * MIB), Bytes(hourly * MIB), timedelta(hours=1))

    verdicts = list(judge([row], Limits()))

    assert any(isinstance(one, Finding) for one in verdicts) is found
