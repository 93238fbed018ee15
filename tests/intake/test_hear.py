"""What signals make of their alert, in whatever order and however often they come."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.intake.hear import Change, Heard, Limits, calmed, hear
from fettle.model.alert import Alert
from fettle.model.signal import Signal, SignalKind
from fettle.testing import START

LIMITS = Limits()
FIRE = Signal("prod/x", SignalKind.ALERT, "a", True, "It is slow")
END = replace(FIRE, firing=False)
MINUTES = st.integers(0, 600).map(lambda minutes: timedelta(minutes=minutes))
# what came, how long after the one before, and whether its source says when it began
SAID = st.lists(st.tuples(st.booleans(), MINUTES, st.booleans()), max_size=40)


def heard(*said: tuple[bool, timedelta]) -> list[Heard]:
    """Hear fires (True) and ends, each so long after the one before."""
    found: list[Heard] = []
    at = START
    for firing, after in said:
        at += after
        before = found[-1].alert if found else None
        found.append(hear(before, FIRE if firing else END, at, LIMITS))
    return found


@given(SAID)
def test_an_alert_stands_as_it_was_last_said_to(said: list[tuple[bool, timedelta, bool]]) -> None:
    alert: Alert | None = None
    at = began = START
    for firing, after, tells in said:
        at += after
        if firing and (alert is None or not alert.firing):
            began = at
        signal = replace(FIRE if firing else END, started_at=began if tells else None)
        found = hear(alert, signal, at, LIMITS)
        alert = found.alert
        if found.change is not Change.LATE:
            assert alert.firing == firing
            assert alert.seen_at == at
        assert (alert.ended_at is None) == alert.firing


def test_an_end_that_comes_once_more_does_not_end_what_began_since() -> None:
    """As Amazon SNS, which delivers at least once, and not always in order."""
    minute = timedelta(minutes=1)
    alert: Alert | None = None
    changes = []
    for firing, said_at, came in ((1, 0, 1), (0, 5, 6), (1, 10, 11), (0, 5, 12), (0, 15, 16)):
        moment = START + said_at * minute
        said = replace(FIRE, started_at=moment) if firing else replace(END, ended_at=moment)
        found = hear(alert, said, START + came * minute, LIMITS)
        alert = found.alert
        changes.append(found.change)

    assert changes == [Change.BEGAN, Change.ENDED, Change.BEGAN, Change.LATE, Change.ENDED]


def test_an_end_by_another_clock_than_ours_ends_it_all_the_same() -> None:
    began = hear(None, FIRE, START, LIMITS).alert
    slow = replace(END, ended_at=START - timedelta(minutes=10))

    assert hear(began, slow, START + timedelta(minutes=5), LIMITS).change is Change.ENDED


def test_a_source_whose_clock_ran_ahead_and_was_mended_ends_what_it_began() -> None:
    """As Uptime Kuma, which says once that it is up again."""
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    down = replace(FIRE, started_at=START + hour)
    began = hear(None, down, START, LIMITS).alert
    again = hear(began, down, START + 5 * minute, LIMITS).alert

    for alert in (began, again):
        up = replace(END, ended_at=START + 4 * minute)
        ended = hear(alert, up, START + 6 * minute, LIMITS)
        assert ended.change is Change.ENDED
        anew = replace(FIRE, started_at=START + 8 * minute)
        assert hear(ended.alert, anew, START + 8 * minute, LIMITS).change is Change.BEGAN


@pytest.mark.parametrize("lasts", [timedelta(seconds=30), timedelta(minutes=3), timedelta(hours=1)])
@pytest.mark.parametrize("again_after", [None, timedelta(seconds=10), timedelta(minutes=2)])
def test_a_start_by_a_clock_ahead_that_is_told_once_more_after_its_end_is_late(
    lasts: timedelta, again_after: timedelta | None
) -> None:
    ahead = timedelta(minutes=2)
    over_at = START + lasts
    fire = replace(FIRE, started_at=START + ahead)
    alert = hear(None, fire, START, LIMITS).alert
    if again_after is not None and again_after < lasts:
        alert = hear(alert, fire, START + again_after, LIMITS).alert
    up = replace(END, ended_at=over_at + ahead)
    over = hear(alert, up, over_at, LIMITS).alert
    late = hear(over, fire, over_at + timedelta(seconds=19), LIMITS)
    anew = replace(FIRE, started_at=over_at + ahead + timedelta(seconds=20))

    assert late.change is Change.LATE
    assert hear(late.alert, anew, over_at + timedelta(seconds=20), LIMITS).change is Change.BEGAN


def test_what_ended_by_a_clock_ahead_is_late_for_no_longer() -> None:
    hour = timedelta(hours=1)
    fire = replace(FIRE, started_at=START)
    first = hear(None, fire, START, LIMITS).alert
    over = hear(first, replace(END, ended_at=START + 5 * hour), START, LIMITS).alert

    assert hear(over, fire, START + 2 * hour, LIMITS).change is Change.BEGAN


def test_what_begins_by_a_slow_clock_after_an_end_that_began_nowhere_is_heard() -> None:
    minute = timedelta(minutes=1)
    slow = START - 30 * minute
    up = hear(None, replace(END, ended_at=slow), START, LIMITS)
    down = replace(FIRE, started_at=slow + 5 * minute)
    late = replace(FIRE, started_at=slow - 5 * minute)

    assert up.change is Change.UNMATCHED
    assert hear(up.alert, down, START + 5 * minute, LIMITS).change is Change.BEGAN
    assert hear(up.alert, late, START + 5 * minute, LIMITS).change is Change.LATE


@given(st.lists(st.booleans(), max_size=30))
def test_what_is_said_twice_changes_nothing(said: list[bool]) -> None:
    once = heard(*((firing, timedelta(minutes=1)) for firing in said))
    twice = heard(*((firing, timedelta(minutes=minutes)) for firing in said for minutes in (1, 0)))

    assert [one.alert.firing for one in once] == [one.alert.firing for one in twice[1::2]]
    assert all(one.change not in (Change.BEGAN, Change.ENDED) for one in twice[1::2])


@given(SAID)
def test_begins_and_ends_come_in_turn(said: list[tuple[bool, timedelta, bool]]) -> None:
    changes = [
        one.change
        for one in heard(*((firing, after) for firing, after, _ in said))
        if one.change in (Change.BEGAN, Change.ENDED)
    ]

    assert (
        changes
        == [Change.BEGAN, Change.ENDED] * (len(changes) // 2) + changes[len(changes) // 2 * 2 :]
    )
    assert changes[:1] in ([], [Change.BEGAN])


def test_the_end_of_an_earlier_time_does_not_end_this_one() -> None:
    now = START + timedelta(hours=1)
    alert = hear(None, replace(FIRE, started_at=now), now, LIMITS).alert
    old = replace(END, started_at=START, ended_at=START + timedelta(minutes=5))

    assert hear(alert, old, now, LIMITS).change is Change.LATE


def test_a_source_that_gives_the_same_start_each_time_is_believed_after_a_while() -> None:
    fire = replace(FIRE, started_at=START)
    first = hear(None, fire, START, LIMITS).alert
    over = hear(first, END, START + timedelta(minutes=1), LIMITS).alert

    soon = hear(over, fire, START + timedelta(minutes=30), LIMITS)
    later = hear(over, fire, START + timedelta(hours=2), LIMITS)

    assert (soon.change, later.change) == (Change.LATE, Change.BEGAN)


def test_a_replay_that_is_older_than_what_was_heard_is_late() -> None:
    alert = hear(None, FIRE, START, LIMITS).alert
    over = hear(alert, END, START + timedelta(minutes=5), LIMITS).alert

    assert hear(over, FIRE, START, LIMITS, replayed=True).change is Change.LATE
    assert hear(over, FIRE, START, LIMITS).change is Change.BEGAN  # a clock that went back


def test_six_changes_within_half_an_hour_flap_until_it_is_calm() -> None:
    minute = timedelta(minutes=1)
    found = heard(*[(True, minute), (False, minute)] * 3)

    assert [one.alert.flapping for one in found] == [False] * 5 + [True]
    last = found[-1].alert
    end = last.seen_at
    assert last.goes_on
    assert calmed(last, end + timedelta(minutes=9), LIMITS) is None
    calm = calmed(last, end + timedelta(minutes=10), LIMITS)
    assert calm is not None
    assert not calm.goes_on


def test_the_same_changes_over_hours_are_no_flapping() -> None:
    found = heard(*[(True, timedelta(minutes=20)), (False, timedelta(minutes=20))] * 5)

    assert not any(one.alert.flapping for one in found)
