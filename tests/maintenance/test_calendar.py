"""The calendar keeps what it promises of clocks, short months, freezes and dependencies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given

from fettle.maintenance.calendar import Calendar, plan
from fettle.model.task import Category, Freeze, Frequency, Occurrence, OccurrenceState, Task
from tests.maintenance.making import hours, planned, shown, task, utc
from tests.model.test_rule import rules

NEW_YORK = "America/New_York"


# 1. Clocks that jump


def test_a_start_in_the_gap_of_spring_comes_once_later_and_in_full() -> None:
    (one,) = plan([task("care", "02:30", zone=NEW_YORK)], utc(2026, 3, 8), utc(2026, 3, 9))

    assert one.start == datetime(2026, 3, 8, 3, 30, tzinfo=ZoneInfo(NEW_YORK))
    assert one.end - one.start == hours(2)
    assert f"{one.local:%Y-%m-%dT%H:%M}" == "2026-03-08T02:30"
    assert one.state is OccurrenceState.PLANNED


def test_a_start_in_the_overlap_of_autumn_comes_once_the_first_time() -> None:
    found = planned(
        task("care", "01:30", zone=NEW_YORK), start=utc(2026, 11, 1), end=utc(2026, 11, 2)
    )

    assert found == [("2026-11-01 01:30", "11-01 05:30", None)]


def test_of_two_starts_that_a_gap_makes_one_the_later_runs() -> None:
    hourly = task("care", "00:00", "FREQ=HOURLY", zone="Europe/Berlin", takes=0.5, lasts=1)
    found = planned(hourly, start=utc(2026, 3, 29, 0), end=utc(2026, 3, 29, 3))

    assert found == [
        ("2026-03-29 01:00", "03-29 00:00", None),
        (
            "2026-03-29 02:00",
            "03-29 01:00",
            "the clocks skip that time; it would begin with that of 2026-03-29 03:00",
        ),
        ("2026-03-29 03:00", "03-29 01:00", None),
        ("2026-03-29 04:00", "03-29 02:00", None),
    ]


# 2. Midnight, and real lengths


def test_a_window_past_midnight_belongs_to_its_first_day() -> None:
    late = task("care", "23:00", Frequency.WEEKLY, lasts=4, days={"weekdays": frozenset({5})})

    (one,) = plan([late], utc(2026, 6, 6), utc(2026, 6, 8))
    assert f"{one.local:%A}" == "Saturday"
    assert (one.start, one.end) == (utc(2026, 6, 6, 23), utc(2026, 6, 7, 3))


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_a_window_across_a_change_of_clocks_keeps_its_length(day: date) -> None:
    night = task("care", "23:00", zone="Europe/Berlin", lasts=6, cutoff=1)
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    (one,) = plan([night], start, start + timedelta(days=1))
    assert one.end - one.start == hours(6)
    assert one.end - one.cutoff == hours(1)


# 3. Days that not every month has


def test_the_31st_of_a_shorter_month_is_its_last_day() -> None:
    monthly = task("care", "03:00", Frequency.MONTHLY, days={"day_of_month": 31})
    found = planned(monthly, start=utc(2028, 1, 1), end=utc(2028, 5, 1))

    assert [local for local, _, _ in found] == [
        *("2028-01-31 03:00", "2028-02-29 03:00", "2028-03-31 03:00", "2028-04-30 03:00"),
    ]


def test_a_rule_leaves_such_months_out_as_its_standard_has_it() -> None:
    monthly = task("care", "03:00", "FREQ=MONTHLY;BYMONTHDAY=31")
    found = planned(monthly, start=utc(2028, 1, 1), end=utc(2028, 5, 1))

    assert [local for local, _, _ in found] == ["2028-01-31 03:00", "2028-03-31 03:00"]


@pytest.mark.parametrize(
    ("frequency", "days", "found"),
    [
        (Frequency.WEEKLY, {}, ["01-05", "01-12", "01-19", "01-26"]),
        (Frequency.WEEKLY, {"weekdays": frozenset({1, 3})}, ["01-01", "01-06", "01-08", "01-13"]),
        (Frequency.MONTHLY, {}, ["01-01", "02-01", "03-01", "04-01"]),
        (Frequency.MONTHLY, {"weekdays": frozenset({6})}, ["01-04", "02-01", "03-01", "04-05"]),
        (Frequency.QUARTERLY, {}, ["01-01", "04-01", "07-01", "10-01"]),
        (Frequency.QUARTERLY, {"day_of_month": 15}, ["01-15", "04-15", "07-15", "10-15"]),
        (
            Frequency.QUARTERLY,
            {"months": frozenset({2, 5, 8, 11})},
            ["02-01", "05-01", "08-01", "11-01"],
        ),
        (Frequency.ANNUAL, {}, ["01-01"]),
        (Frequency.ANNUAL, {"months": frozenset({6}), "day_of_month": 31}, ["06-30"]),
        (Frequency.DAILY, {"weekdays": frozenset({5, 6})}, ["01-03", "01-04", "01-10", "01-11"]),
    ],
)
def test_what_is_not_named_is_the_first_of_its_period(
    frequency: Frequency, days: dict[str, object], found: list[str]
) -> None:
    one = task("care", "03:00", frequency, days=days)

    starts = planned(one, start=utc(2026, 1, 1), end=utc(2027, 1, 1))
    assert [local[5:10] for local, _, _ in starts][: len(found)] == found
    if len(found) == 1:
        assert len(starts) == 1


# 4. Exclusions and freezes


def test_an_excluded_day_is_recorded_as_skipped() -> None:
    one = task("care", "03:00", zone="Europe/Berlin", excluded=frozenset({date(2026, 12, 25)}))
    found = planned(one, start=utc(2026, 12, 24), end=utc(2026, 12, 26))

    assert found == [
        ("2026-12-24 03:00", "12-24 02:00", None),
        ("2026-12-25 03:00", "12-25 02:00", "2026-12-25 is excluded"),
    ]


def frozen(begin: datetime, end: datetime, **about: object) -> Freeze:
    return replace(Freeze("the big sale", begin, end), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begin", "end", "skipped"),
    [
        (utc(2026, 12, 24, 3), utc(2026, 12, 24, 4), True),
        (utc(2026, 12, 24, 2), utc(2026, 12, 24, 3), False),  # it ends as the window opens
        (utc(2026, 12, 24, 2), utc(2026, 12, 24, 3, 1), True),
        (utc(2026, 12, 24, 3, 59), utc(2026, 12, 25), True),  # it would still be at work
        (utc(2026, 12, 24, 4), utc(2026, 12, 25), False),  # it is reckoned to have ended
    ],
)
def test_what_would_be_at_work_in_a_freeze_is_skipped(
    begin: datetime, end: datetime, skipped: bool
) -> None:
    found = planned(
        task("care", "03:00", takes=1),
        start=utc(2026, 12, 24),
        end=utc(2026, 12, 25),
        freezes=[frozen(begin, end)],
    )

    assert found[0][2] == ("frozen: the big sale" if skipped else None)


@pytest.mark.parametrize(
    ("about", "skipped"),
    [
        ({}, True),
        ({"tasks": frozenset({"care"})}, True),
        ({"tasks": frozenset({"other"})}, False),
        ({"categories": frozenset({Category.BACKUP})}, True),
        ({"categories": frozenset({Category.SECURITY})}, False),
        ({"targets": frozenset({"main-db"})}, True),
        ({"targets": frozenset({"other-db"})}, False),
        ({"tasks": frozenset({"care"}), "targets": frozenset({"other-db"})}, False),
    ],
)
def test_a_freeze_is_about_what_it_names(about: dict[str, object], skipped: bool) -> None:
    one = task("care", "03:00", on=("main-db",), category=Category.BACKUP)
    freeze = frozen(utc(2026, 12, 24), utc(2026, 12, 25), **about)
    found = planned(one, start=utc(2026, 12, 24), end=utc(2026, 12, 25), freezes=[freeze])

    assert (found[0][2] is not None) == skipped


def test_a_freeze_of_a_target_holds_what_names_none() -> None:
    one = task("care", "03:00")
    freeze = frozen(utc(2026, 12, 24), utc(2026, 12, 25), targets=frozenset({"main-db"}))
    found = planned(one, start=utc(2026, 12, 24), end=utc(2026, 12, 25), freezes=[freeze])

    assert found[0][2] is not None


# Dependencies


def test_what_waits_for_a_skipped_task_is_skipped_with_both_reasons() -> None:
    backup = task("backup", "01:00", excluded=frozenset({date(2026, 6, 2)}))
    verify = task("verify", "06:00", depends_on=("backup",))
    report = task("report", "07:00", depends_on=("verify",))
    found = plan([report, verify, backup], utc(2026, 6, 2), utc(2026, 6, 3))
    both = "it waits for backup, which is skipped: 2026-06-02 is excluded"

    assert [(one.task.id, one.reason) for one in found] == [
        ("backup", "2026-06-02 is excluded"),
        ("verify", both),
        ("report", f"it waits for verify, which is skipped: {both}"),
    ]


def test_a_task_waits_for_the_last_slot_since_its_own_only() -> None:
    monthly = task("audit", "01:00", Frequency.MONTHLY, excluded=frozenset({date(2026, 6, 1)}))
    daily = task("care", "03:00", depends_on=("audit",))
    found = plan([monthly, daily], utc(2026, 6, 1), utc(2026, 6, 4))

    assert [one.reason for one in found if one.task is daily] == [
        "it waits for audit, which is skipped: 2026-06-01 is excluded",
        None,
        None,
    ]


def test_a_weekly_task_waits_for_the_last_of_a_daily_one() -> None:
    daily = task("backup", "01:00", excluded=frozenset({date(2026, 6, 3)}))
    weekly = task("drill", "03:00", Frequency.WEEKLY, depends_on=("backup",))

    assert [one.reason for one in plan([daily, weekly], utc(2026, 6, 8), utc(2026, 6, 9))] == [
        None,
        None,
    ]


def test_a_task_that_is_not_planned_is_waited_for_by_nobody() -> None:
    off = task("backup", "01:00", enabled=False)
    found = plan(
        [off, task("verify", "06:00", depends_on=("backup",))], utc(2026, 6, 2), utc(2026, 6, 3)
    )

    assert [(one.task.id, one.reason) for one in found] == [("verify", None)]


# The plan as a whole


def test_a_plan_is_in_the_order_of_starts_and_ids() -> None:
    tasks = [task("b", "03:00"), task("c", "01:00"), task("a", "05:00", zone="Europe/Berlin")]
    found = plan(tasks, utc(2026, 1, 1), utc(2026, 1, 2))

    assert [one.task.id for one in found] == ["c", "b", "a"]
    together = plan([task("b"), task("a")], utc(2026, 1, 1), utc(2026, 1, 2))
    assert [one.task.id for one in together] == ["a", "b"]


def test_a_stretch_begins_at_its_start_and_ends_before_its_end() -> None:
    one = task("care", "03:00")

    assert [
        local for local, _, _ in planned(one, start=utc(2026, 1, 1, 3), end=utc(2026, 1, 2, 3))
    ] == ["2026-01-01 03:00"]
    assert planned(one, start=utc(2026, 1, 1, 3, 0, 1), end=utc(2026, 1, 2, 3)) == []


freezes = st.builds(
    lambda begin, lasts: Freeze("a freeze", begin, begin + lasts),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(minutes=1), timedelta(days=9)),
)


@given(
    st.lists(freezes, max_size=3),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 90),
)
def test_a_slot_is_the_same_whichever_stretch_is_asked_for(
    freezes: list[Freeze], start: datetime, days: int
) -> None:
    tasks = [
        task("backup", "02:30", zone=NEW_YORK),
        task("verify", "03:00", Frequency.WEEKLY, zone="Europe/Berlin", depends_on=("backup",)),
        task("often", "00:00", "FREQ=HOURLY;INTERVAL=4", zone="Australia/Lord_Howe"),
    ]
    end = start + timedelta(days=days)

    whole = list(plan(tasks, utc(2025, 12, 1), utc(2026, 12, 1), freezes))
    part = list(plan(tasks, start, end, freezes))
    assert part == [one for one in whole if start <= one.start < end]
    calendar = Calendar(tasks, freezes)
    assert [calendar.reason(one.task, one.slot) for one in part] == [one.reason for one in part]


@given(rules(), st.dates(date(2019, 1, 1), date(2024, 1, 1)))
def test_a_rules_starts_are_dateutils_days_on_the_local_clock(rule: str, since: date) -> None:
    start, end = utc(2024, 1, 1), utc(2025, 6, 1)
    try:
        one = task("care", "02:30", f"DTSTART:{since:%Y%m%d} {rule}", zone=NEW_YORK)
    except ValueError as refused:
        assert "no day fits" in str(refused)  # noqa: PT017 - not each rule is refused
        return
    begin = datetime(since.year, since.month, since.day, 2, 30)  # noqa: DTZ001 - local
    locals_ = rrulestr(f"{rule};UNTIL=20250603T000000", dtstart=begin)
    resolved = [(each, each.replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)) for each in locals_]
    assert [(each.local, each.start) for each in plan([one], start, end)] == [
        (local, moment) for local, moment in resolved if start <= moment < end
    ]


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;UNTIL=20260103", "2026-01-03 03:00"),
        ("FREQ=DAILY;UNTIL=20260103T025959", "2026-01-02 03:00"),
        ("FREQ=DAILY;UNTIL=20260103T080000Z", "2026-01-03 03:00"),  # 03:00 in New York
        ("FREQ=DAILY;UNTIL=20260103T075959Z", "2026-01-02 03:00"),
        ("DTSTART:20251230 FREQ=DAILY;COUNT=5", "2026-01-03 03:00"),
    ],
)
def test_a_rule_ends_when_it_says(rule: str, last: str) -> None:
    one = task("care", "03:00", rule, zone=NEW_YORK)
    found = planned(one, start=utc(2026, 1, 1), end=utc(2026, 3, 1))

    assert found[-1][0] == last


def test_there_is_one_of_a_task_and_a_local_time() -> None:
    found = list(plan([task("care", "02:30", zone=NEW_YORK)], utc(2026, 1, 1), utc(2027, 1, 1)))

    assert len({one.key for one in found}) == len(found) == 365


def test_an_occurrence_shows_itself() -> None:
    one: Task = task("care", "03:00", cutoff=0.5)
    (found,) = plan([one], utc(2026, 1, 1), utc(2026, 1, 2))

    assert isinstance(found, Occurrence)
    assert shown(found) == ("2026-01-01 03:00", "01-01 03:00", None)
    assert found.cutoff == utc(2026, 1, 1, 4, 30)
