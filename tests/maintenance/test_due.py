"""What is due begins once, in an open window only; what was missed is made up for once or not."""

from datetime import datetime, timedelta

import pytest

from fettle.maintenance.calendar import Calendar, plan
from fettle.maintenance.due import Due, due
from fettle.model.task import MADE_UP, MISSED, Blackout, Freeze, Occurrence, Task
from tests.maintenance.making import task, utc

NIGHTLY = task("care", "03:00", lasts=2, cutoff=0.5)
P1 = Blackout("p1: the shop is down (issue 12)", frozenset({"main-db"}))


def due_at(now: datetime, since: datetime, *blackouts: Blackout, of: Task = NIGHTLY) -> Due:
    return due(of, Calendar([of]), since, now, blackouts)


def told(found: Due) -> tuple[str | None, list[tuple[str, str | None]]]:
    begin = None if found.begin is None else f"{found.begin.local:%d %H:%M}"
    return begin, [(f"{one.local:%d %H:%M}", one.reason) for one in found.skipped]


@pytest.mark.parametrize(
    ("hour", "minute", "begin"),
    [(2, 59, None), (3, 0, "01 03:00"), (4, 29, "01 03:00"), (4, 30, None), (5, 0, None)],
)
def test_it_begins_from_its_start_until_before_its_cutoff(
    hour: int, minute: int, begin: str | None
) -> None:
    found = due_at(utc(2026, 6, 1, hour, minute), utc(2026, 6, 1))

    assert told(found)[0] == begin


def test_what_was_decided_before_is_not_due_again() -> None:
    assert due_at(utc(2026, 6, 1, 4), utc(2026, 6, 1, 3)) == Due()


def test_a_look_at_the_clock_just_before_a_start_loses_nothing() -> None:
    before = utc(2026, 6, 1, 2, 59) + timedelta(seconds=59.5)

    assert due_at(before, utc(2026, 6, 1)) == Due()
    assert told(due_at(utc(2026, 6, 1, 3), before)) == ("01 03:00", [])


def test_after_days_without_anybody_one_is_made_up_for() -> None:
    found = due_at(utc(2026, 6, 4, 3, 10), utc(2026, 6, 1))

    assert told(found) == (
        "04 03:00",
        [("01 03:00", MADE_UP), ("02 03:00", MADE_UP), ("03 03:00", MADE_UP)],
    )


def test_outside_a_window_nothing_is_made_up_for() -> None:
    found = due_at(utc(2026, 6, 3, 14), utc(2026, 6, 2))

    assert told(found) == (None, [("02 03:00", MISSED), ("03 03:00", MISSED)])


def test_of_windows_that_are_open_together_the_last_one_begins() -> None:
    often = task("often", "00:00", "FREQ=DAILY;BYHOUR=0,6,12,18", lasts=14, takes=1)
    found = due_at(utc(2026, 6, 1, 12, 30), utc(2026, 5, 31, 23), of=often)

    assert told(found) == ("01 12:00", [("01 00:00", MADE_UP), ("01 06:00", MADE_UP)])


def test_what_is_frozen_is_skipped_with_that_reason() -> None:
    freeze = Freeze("the big sale", utc(2026, 6, 1), utc(2026, 6, 2))
    calendar = Calendar([NIGHTLY], [freeze])

    found = due(NIGHTLY, calendar, utc(2026, 6, 1), utc(2026, 6, 1, 3, 10))
    assert told(found) == (None, [("01 03:00", "frozen: the big sale")])


def test_an_open_p1_on_its_target_holds_it_until_its_cutoff() -> None:
    care = task("care", "03:00", lasts=2, cutoff=0.5, on=("main-db",))

    held = due_at(utc(2026, 6, 1, 3, 10), utc(2026, 6, 1), P1, of=care)
    assert (held.begin, held.held, held.skipped) == (None, P1.reason, ())
    later = due_at(utc(2026, 6, 1, 4), utc(2026, 6, 1), of=care)
    assert told(later)[0] == "01 03:00"
    gone = due_at(utc(2026, 6, 1, 4, 30), utc(2026, 6, 1), P1, of=care)
    assert told(gone) == (None, [("01 03:00", MISSED)])


@pytest.mark.parametrize(
    ("blackout", "held"),
    [
        (P1, True),
        (Blackout("p1", frozenset({"other-db"})), False),
        (Blackout("an event", None), True),
    ],
)
def test_a_blackout_holds_what_it_is_about(blackout: Blackout, held: bool) -> None:
    care = task("care", "03:00", on=("main-db",))

    assert (due_at(utc(2026, 6, 1, 3), utc(2026, 6, 1), blackout, of=care).held is not None) == held


def the_first() -> Occurrence:
    return next(plan([NIGHTLY], utc(2026, 6, 1), utc(2026, 6, 2)))
