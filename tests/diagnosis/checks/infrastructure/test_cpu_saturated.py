"""The processors are saturated."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.cpu_saturated import Limits, judge
from fettle.model.quantity import Ratio
from fettle.model.readings import Processor
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import finding, notes, severities

MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH
MINUTES = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (Processor("h", Ratio(0.79), MINUTES), []),
        (Processor("h", Ratio(0.80), MINUTES), [MEDIUM]),
        (Processor("h", Ratio(0.96), MINUTES), [HIGH]),
        (Processor("h", Ratio(0.20), MINUTES, waiting=Ratio(0.40)), [MEDIUM]),
        (Processor("h", Ratio(0.20), MINUTES, stolen=Ratio(0.15)), [MEDIUM]),
        (Processor("h", Ratio(0.75), MINUTES, stolen=Ratio(0.06)), [MEDIUM]),
        (Processor("h", Ratio(0.50), MINUTES, throttled=Ratio(0.30)), [MEDIUM]),
        # a second says little, unless five minutes say the same
        (Processor("h", Ratio(0.99), SECOND, load=0.2), []),
        (Processor("h", Ratio(0.99), SECOND, load=1.7), [HIGH]),
        (Processor("h", Ratio(0.99), SECOND), []),
        (Processor("h", Ratio(0.99), SECOND, throttled=Ratio(0.5), cores=0.5), [HIGH]),
    ],
)
def test_processors(row: Processor, found: list[Severity]) -> None:
    assert severities(judge([row], Limits())) == found


def test_a_busy_second_is_a_note() -> None:
    row = Processor("web-1", Ratio(0.99), SECOND, load=0.2)
    (note,) = notes(judge([row], Limits()))
    assert note.startswith("web-1: 99 % of the processors were in use for 1 s, too short")


def test_what_is_taken_says_what_to_do_about_it() -> None:
    row = Processor("h", Ratio(0.5), MINUTES, Ratio(0.35), Ratio(0.2), cores=4)
    found = finding(judge([row], Limits()))
    assert "4 cores, 20 % stolen by the hypervisor, 35 % waiting for a disk" in found.description
    assert "The hypervisor gives the cores to others" in found.recommendations[0]
    assert found.saturation
    assert found.about == ("host h",)
