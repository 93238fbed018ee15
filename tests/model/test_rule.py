"""Rules of RFC 5545 give the days that dateutil's give, and say what is wrong with others."""

from datetime import date, datetime, time, timedelta

import hypothesis.strategies as st
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given

from fettle.model.rule_text import rule_of

DAY_S = 86_400
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def days(text: str, first: date, last: date) -> list[date]:
    found = rule_of(text).days(first.toordinal(), last.toordinal())
    return [date.fromordinal(day) for day in found]


def by_dateutil(rule: str, since: date, first: date, last: date) -> list[date]:
    begin = datetime.combine(since, time())
    stop = f";UNTIL={last:%Y%m%d}T000000" if "UNTIL" not in rule and "COUNT" not in rule else ""
    found = rrulestr(rule + stop, dtstart=begin)
    return [one.date() for one in found if first <= one.date() <= last]


def several(numbers: st.SearchStrategy[int], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(numbers, min_size=1, max_size=most, unique=True).map(
        lambda found: ",".join(map(str, found))
    )


def signed(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most) | st.integers(-most, -1)


plain_days = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(",".join)
numbered_days = st.lists(
    st.builds("{}{}".format, signed(5), st.sampled_from(NAMES)), min_size=1, max_size=3, unique=True
).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return a rule as people write them, and as nobody does."""
    period = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={period}"]
    named = False

    def perhaps(name: str, values: st.SearchStrategy[str]) -> bool:
        if value := draw(st.none() | values):
            parts.append(f"{name}={value}")
        return bool(value)

    if interval := draw(st.none() | st.integers(1, 5)):
        parts.append(f"INTERVAL={interval}")
    perhaps("BYMONTH", several(st.integers(1, 12)))
    if period != "WEEKLY":
        named |= perhaps("BYMONTHDAY", several(signed(31)))
    if period == "YEARLY":
        named |= perhaps("BYYEARDAY", several(signed(366)))
    numbered = period in ("MONTHLY", "YEARLY")
    named |= perhaps("BYDAY", plain_days | numbered_days if numbered else plain_days)
    if named and period in ("MONTHLY", "YEARLY"):
        perhaps("BYSETPOS", several(signed(5)))
    return ";".join(parts)


@given(
    rules(),
    st.dates(date(2019, 1, 1), date(2021, 1, 1)),
    st.dates(date(2021, 1, 1), date(2024, 1, 1)),
)
def test_a_rule_gives_the_days_that_dateutils_gives(rule: str, since: date, first: date) -> None:
    last = first + timedelta(days=800)
    wanted = by_dateutil(rule, since, first, last)
    assert days(f"DTSTART:{since:%Y%m%d} {rule}", first, last) == wanted


@given(
    several(st.integers(1, 53) | st.integers(-53, -1)),
    plain_days,
    st.dates(date(2019, 1, 1), date(2024, 1, 1)),
)
def test_weeks_of_a_year_are_those_of_the_calendar(weeks: str, names: str, first: date) -> None:
    last = first + timedelta(days=1200)
    rule = f"FREQ=YEARLY;BYWEEKNO={weeks};BYDAY={names}"
    numbers = {int(one) for one in weeks.split(",")}
    every = [first + timedelta(days=day) for day in range(1201)]
    wanted = [
        day
        for day in every
        if NAMES[day.weekday()] in names.split(",")
        and not numbers.isdisjoint(
            (week := day.isocalendar().week, week - weeks_in(day.isocalendar().year) - 1)
        )
    ]
    assert days(rule, first, last) == wanted


def weeks_in(year: int) -> int:
    return date(year, 12, 28).isocalendar().week


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU", ["2026-01-13", "2026-02-10", "2026-03-10"]),
        ("freq=monthly;byday=-1fr;", ["2026-01-30", "2026-02-27", "2026-03-27"]),
        ("FREQ=MONTHLY", ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("FREQ=YEARLY", ["2026-01-01"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-01-31", "2026-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("DTSTART:20260115\nRRULE:FREQ=MONTHLY;INTERVAL=2", ["2026-01-15", "2026-03-15"]),
        ("DTSTART:20260131 RRULE:FREQ=MONTHLY", ["2026-01-31", "2026-03-31"]),
        (
            "DTSTART:20260301 RRULE:FREQ=WEEKLY;BYDAY=SU",
            [f"2026-03-{d:02}" for d in (1, 8, 15, 22, 29)],
        ),
    ],
)
def test_rules_as_people_write_them(rule: str, wanted: list[str]) -> None:
    assert [f"{day}" for day in days(rule, date(2026, 1, 1), date(2026, 3, 31))] == wanted


def test_a_week_without_a_day_is_its_first() -> None:
    assert {day.weekday() for day in days("FREQ=WEEKLY", date(2026, 1, 1), date(2026, 2, 1))} == {0}
    sundays = days("FREQ=WEEKLY;WKST=SU", date(2026, 1, 1), date(2026, 2, 1))
    assert {day.weekday() for day in sundays} == {6}


@pytest.mark.parametrize(
    ("rule", "start", "hours"),
    [
        ("FREQ=DAILY", time(3, 15), ["3:15"]),
        ("FREQ=DAILY;BYHOUR=4,16", time(3, 15), ["4:15", "16:15"]),
        ("FREQ=DAILY;BYHOUR=0;BYMINUTE=0,30", time(3, 15), ["0:00", "0:30"]),
        ("FREQ=HOURLY;INTERVAL=8", time(3, 15), ["3:15", "11:15", "19:15"]),
        ("FREQ=HOURLY;INTERVAL=8;BYHOUR=11", time(3, 15), ["11:15"]),
    ],
)
def test_a_rule_may_name_times_of_a_day(rule: str, start: time, hours: list[str]) -> None:
    found = rule_of(rule).times(start)
    assert [f"{second // 3600}:{second // 60 % 60:02}" for second in found] == hours


def test_what_is_counted_ends() -> None:
    rule = rule_of("DTSTART:20260105 RRULE:FREQ=WEEKLY;COUNT=5")
    assert rule.last_of((3 * 3600, 15 * 3600)) == date(2026, 1, 19).toordinal() * DAY_S + 3 * 3600


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "is no rule; write it like"),
        ("every sunday", "cannot stand in it|is no rule"),
        ("FREQ=SECONDLY", "it would come every second"),
        ("FREQ=MINUTELY;INTERVAL=15", "it would come every minute"),
        ("FREQ=HOURLY;INTERVAL=5", "a day has no whole number of them"),
        ("FREQ=FORTNIGHTLY", "is nothing that a task comes by"),
        ("BYDAY=MO", "FREQ= is nothing that a task comes by"),
        ("FREQ=WEEKLY;BYDAY=XX", "write it like BYDAY=TU,TH"),
        ("FREQ=WEEKLY;BYDAY=2TU", "one of a month or a year"),
        ("FREQ=MONTHLY;BYDAY=0TU", "write it like"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "a number from -31 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "numbers from 1 to 31"),
        ("FREQ=YEARLY;BYMONTH=-1", "numbers from 1 to 12"),
        ("FREQ=DAILY;BYHOUR=24", "a number from -23 to 23|numbers from 0 to 23"),
        ("FREQ=DAILY;BYSECOND=0", "BYSECOND=0 is nothing that a task's rule may say"),
        ("FREQ=DAILY;FREQ=DAILY", "stands in it twice"),
        ("FREQ=DAILY;INTERVAL=0", "a number from 1 to 9999"),
        ("FREQ=DAILY;INTERVAL=2", "counts from a day that it does not name"),
        ("FREQ=DAILY;COUNT=3", "counts from a day that it does not name"),
        ("DTSTART:20260101 FREQ=DAILY;COUNT=3;UNTIL=20270101", "both say when it ends"),
        ("FREQ=DAILY;UNTIL=tomorrow", "write it like 20261231"),
        ("FREQ=DAILY;UNTIL=20260231", "write it like 20261231"),
        ("DTSTART:20260101T030000Z FREQ=DAILY", "the window says the time and the zone"),
        ("DTSTART;TZID=Europe/Berlin:20260101 FREQ=DAILY", "cannot stand in it"),
        ("DTSTART:00010101 FREQ=DAILY", "between 1900 and 2400"),
        ("FREQ=DAILY EXDATE:20260101", "cannot stand in it"),
        ("FREQ=MONTHLY;BYWEEKNO=3;BYDAY=MO", "write FREQ=YEARLY"),
        ("FREQ=YEARLY;BYWEEKNO=3", "write the days of them"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=MO;WKST=SU", "leave out WKST"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "write FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "chooses among days"),
        ("FREQ=MONTHLY;BYDAY=MO;BYHOUR=1,2;BYSETPOS=1", "it would choose hours"),
        ("FREQ=DAILY;WKST=XX", "it is one of MO"),
    ],
)
def test_a_rule_that_is_none_is_refused_with_what_would_be_right(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule_of(rule)


@given(
    st.text(max_size=60) | st.from_regex(r"FREQ=[A-Z]{5,7}(;BY[A-Z]{3,8}=[-+0-9A-Z,]{1,8}){0,3}")
)
def test_whatever_is_written_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = rule_of(text)
    except ValueError:
        return
    first = date(2026, 1, 1).toordinal()
    found = rule.days(first, first + 400)
    assert list(found) == sorted(set(found))
    assert all(first <= day <= first + 400 for day in found)
