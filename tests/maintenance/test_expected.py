"""A plan says what will wait for what, and what will not get its turn."""

from collections.abc import Sequence

from fettle.maintenance.agenda import Agenda
from fettle.model.task import Task
from tests.maintenance.making import task, utc


def told(*tasks: Task) -> Sequence[tuple[str, str | None, tuple[str, ...]]]:
    found = Agenda(tasks).expected(utc(2026, 6, 1), utc(2026, 6, 2))
    return [
        (one.occurrence.task.id, f"{one.begins:%H:%M}" if one.begins else None, one.waits_for)
        for one in found
    ]


def test_no_two_are_at_work_on_one_target() -> None:
    one = task("a", "03:00", takes=1, lasts=3, on=("main-db",))
    two = task("b", "03:30", takes=1, lasts=3, on=("main-db", "cache"))
    three = task("c", "03:45", takes=1, lasts=3, on=("cache",))
    other = task("d", "03:00", takes=1, lasts=3, on=("other-db",))

    assert told(one, two, three, other) == [
        ("a", None, ()),
        ("d", None, ()),
        ("b", "04:00", ("a",)),
        ("c", "05:00", ("b",)),
    ]


def test_a_turn_after_the_cutoff_is_none_and_holds_nobody() -> None:
    one = task("a", "03:00", takes=2, lasts=3, on=("main-db",))
    two = task("b", "03:30", takes=1, lasts=2, cutoff=1, on=("main-db",))
    three = task("c", "04:00", takes=1, lasts=2, on=("main-db",))

    assert told(one, two, three) == [("a", None, ()), ("b", None, ("a",)), ("c", "05:00", ("a",))]


def test_what_it_depends_on_is_waited_for() -> None:
    backup = task("backup", "05:30", takes=1)
    verify = task("verify", "06:00", takes=0.5, lasts=2, depends_on=("backup",))

    assert told(backup, verify) == [("backup", None, ()), ("verify", "06:30", ("backup",))]


def test_what_began_the_day_before_may_still_be_at_work() -> None:
    long = task("a", "22:00", takes=3, lasts=4, on=("main-db",))
    early = task("b", "00:30", takes=1, lasts=2, on=("main-db",))

    assert told(long, early)[0] == ("b", "01:00", ("a",))


def test_what_is_skipped_is_waited_for_by_nobody() -> None:
    one = task("a", "03:00", takes=1, on=("main-db",), excluded=frozenset({utc(2026, 6, 1).date()}))
    two = task("b", "03:30", takes=1, on=("main-db",))

    assert told(one, two) == [("a", None, ()), ("b", None, ())]


def test_what_a_plan_rests_on_is_all_that_is_asked_for_it() -> None:
    backup = task("backup", "01:00", excluded=frozenset({utc(2026, 6, 1).date()}))
    verify = task("verify", "06:00", lasts=3, on=("main-db",), depends_on=("backup",))
    care = task("care", "05:30", takes=1, on=("main-db",))
    other = task("other", "05:00", on=("other-db",))
    agenda = Agenda((backup, care, other, verify))

    rests_on = agenda.about(["verify"])
    assert [one.id for one in rests_on.tasks] == ["backup", "care", "verify"]
    stretch = utc(2026, 6, 1), utc(2026, 6, 20)
    alone, whole = (
        [one for one in found.expected(*stretch) if one.occurrence.task is verify]
        for found in (rests_on, agenda)
    )
    assert alone == whole
    assert alone[1].waits_for == ("care",)
