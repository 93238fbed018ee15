"""What an act came to is told by the signals alone."""

from datetime import timedelta

import pytest

from fettle.model.remedy import Outcome
from fettle.model.signal import SignalKind
from fettle.resolution.effect import Heard, effect, still_comes
from fettle.testing import START

BEFORE, AFTER = START - timedelta(minutes=5), START + timedelta(minutes=5)
ALERT, REPORT = SignalKind.ALERT, SignalKind.REPORT


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        ([], Outcome.UNKNOWN),
        ([Heard("a", ALERT, False, BEFORE)], Outcome.RESOLVED),
        ([Heard("a", ALERT, True, BEFORE)], Outcome.CAME_BACK),
        ([Heard("a", ALERT, False, AFTER)], Outcome.CAME_BACK),  # it came, and went again
        ([Heard("a", ALERT, False, BEFORE), Heard("b", ALERT, True, AFTER)], Outcome.CAME_BACK),
        ([Heard("a", REPORT, True, BEFORE)], Outcome.RESOLVED),  # nobody says that one is over
        ([Heard("a", REPORT, True, AFTER)], Outcome.CAME_BACK),
        ([Heard("a", SignalKind.ERROR, True, BEFORE)], Outcome.RESOLVED),
        ([Heard("a", SignalKind.HEARTBEAT, True, BEFORE)], Outcome.CAME_BACK),
    ],
)
def test_silence_says_that_it_helped(heard: list[Heard], outcome: Outcome) -> None:
    assert effect(heard, START).outcome is outcome


def test_there_is_nothing_to_act_on_once_nothing_goes_on() -> None:
    assert still_comes([Heard("a", ALERT, False, BEFORE), Heard("b", ALERT, True, BEFORE)])
    assert not still_comes([Heard("a", ALERT, False, BEFORE)])
