"""Time as a team promises it: spans, business hours, changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.calendar import AroundTheClock, BusinessHours, Calendar, Span, moment_of


@pytest.mark.parametrize(
    ("text", "said", "iso"),
    [
        ("15m", "15m", "PT15M"),
        ("4h", "4h", "PT4H"),
        ("90 min", "1h 30m", "PT1H30M"),
        ("1d", "1d", "P1D"),
        ("3 days", "3d", "P3D"),
        ("1w", "1w", "P1W"),
        ("1w 2d 3h", "1w 2d 3h", "P9DT3H"),
        ("24h", "24h", "PT24H"),
    ],
)
def test_a_span_is_read_and_shown(text: str, said: str, iso: str) -> None:
    span = Span.parse(text)

    assert (str(span), span.iso) == (said, iso)
    assert Span.parse(said) == span


@pytest.mark.parametrize("text", ["", "0m", "soon", "1x", "-1h", "1h 1d", f"{10**30}w", "99999h"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        Span.parse(text)


def hours(zone: str, *, holidays: tuple[date, ...] = ()) -> BusinessHours:
    return BusinessHours(ZoneInfo(zone), holidays=holidays)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


DAY = timedelta(days=1)
BERLIN = hours("Europe/Berlin", holidays=(date(2026, 12, 25),))


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-06-05T16:00", "3d", "2026-06-10T16:00"),  # Friday afternoon → Wednesday
        ("2026-06-06T12:00", "4h", "2026-06-08T13:00"),  # a Saturday counts from Monday's opening
        ("2026-06-05T16:00", "2h", "2026-06-08T10:00"),
        ("2026-06-05T20:00", "1w", "2026-06-12T17:00"),
        ("2026-12-24T16:00", "2h", "2026-12-28T10:00"),  # over a holiday and a weekend
        ("2026-03-27T16:00", "1d", "2026-03-30T16:00"),  # over the change of clocks
    ],
)
def test_business_time_is_due_when_people_expect_it(start: str, span: str, due: str) -> None:
    moment = BERLIN.add(at(start, "Europe/Berlin"), BERLIN.length(Span.parse(span)))

    assert moment == at(due, "Europe/Berlin")


def test_hours_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="two days' hours"):
        BusinessHours(ZoneInfo("UTC"), {0: (time(22), time(6))})
    with pytest.raises(ValueError, match="at least one day"):
        BusinessHours(ZoneInfo("UTC"), {})


def test_more_than_ten_years_hold_is_due_in_ten_years() -> None:
    an_hour_a_week = BusinessHours(ZoneInfo("UTC"), {0: (time(9), time(10))})
    start = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

    assert an_hour_a_week.add(start, timedelta(hours=5000)) == start + timedelta(days=3660)
    assert an_hour_a_week.add(start, timedelta(hours=1)) == start + timedelta(days=7)


def test_what_was_promised_long_ago_is_read_as_soon_as_what_is_promised_now() -> None:
    start = datetime(2016, 2, 28, 23, tzinfo=UTC)
    whole = sum(
        (BERLIN.between(start + n * DAY, start + (n + 1) * DAY) for n in range(3653)), timedelta()
    )

    assert BERLIN.between(start, start + 3653 * DAY) == whole
    assert BERLIN.add(start, whole) <= start + 3653 * DAY


def test_a_time_that_the_clocks_skip_is_as_much_later() -> None:
    new_york = ZoneInfo("America/New_York")

    skipped = moment_of(date(2026, 3, 8), time(2, 30), new_york)
    twice = moment_of(date(2026, 11, 1), time(1, 30), new_york)

    assert skipped.astimezone(new_york).time() == time(3, 30)
    assert twice == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
CALENDARS: list[Calendar] = [
    AroundTheClock(),
    *(hours(zone) for zone in ZONES),
    BusinessHours(ZoneInfo("Europe/Berlin"), dict.fromkeys(range(7), (time(0), time(0)))),
    BusinessHours(ZoneInfo("America/New_York"), {5: (time(1), time(4)), 6: (time(0, 30), time(3))}),
]
calendars = st.sampled_from(CALENDARS)
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001
    datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.timedeltas(timedelta(), timedelta(days=30)).map(
    lambda amount: timedelta(seconds=round(amount.total_seconds()))
)


@given(calendars, moments, amounts)
def test_what_is_added_lies_between(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, amount)) == amount


@given(calendars, moments, amounts)
def test_no_earlier_moment_would_do(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    due = calendar.add(start, amount)

    assert calendar.between(start, due - timedelta(seconds=1)) <= amount
    assert due == start or calendar.between(due - timedelta(seconds=1), due) or amount == 0 * amount


@given(calendars, moments, moments, moments)
def test_parts_make_the_whole(
    calendar: Calendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, middle, last = sorted((one, two, three))

    parts = calendar.between(first, middle) + calendar.between(middle, last)
    assert parts == calendar.between(first, last)
    assert calendar.between(last, first) == timedelta()


@given(calendars, moments, amounts, amounts)
def test_more_time_is_never_due_earlier(
    calendar: Calendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    less, more = sorted((one, two))

    assert calendar.add(start, less) <= calendar.add(start, more)
