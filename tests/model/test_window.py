"""Windows open when they should, across changes of the clocks and short months."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.model.window import Window

NEW_YORK = ZoneInfo("America/New_York")
TWO_HOURS = timedelta(hours=2)
NIGHTLY = Window(time(2, 30), NEW_YORK, TWO_HOURS, cutoff=timedelta(minutes=30))


def starts(window: Window, first: datetime, days: int) -> list[str]:
    found = window.openings(first, first + timedelta(days=days))
    return [f"{one.start:%Y-%m-%dT%H:%MZ}" for one in found]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour …


def test_a_start_in_the_gap_of_spring_runs_once_and_later() -> None:
    (one,) = NIGHTLY.openings(utc(2026, 3, 8), utc(2026, 3, 9))
    assert one.start == utc(2026, 3, 8, 7, 30)  # 03:30 EDT
    assert one.end - one.start == TWO_HOURS
    assert one.local == datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001


def test_a_start_that_comes_twice_in_autumn_runs_the_first_time() -> None:
    early = Window(time(1, 30), NEW_YORK, TWO_HOURS)
    assert starts(early, utc(2026, 11, 1), 1) == ["2026-11-01T05:30Z"]  # still EDT


def test_a_window_past_midnight_belongs_to_the_day_it_starts_on() -> None:
    sundays = Window(time(23), NEW_YORK, timedelta(hours=4), weekdays=frozenset({6}))
    monday_morning = datetime(2026, 6, 8, 2, 59, tzinfo=NEW_YORK)
    assert sundays.open_at(monday_morning) is not None
    assert sundays.open_at(monday_morning + timedelta(minutes=1)) is None
    assert sundays.open_at(monday_morning - timedelta(days=1)) is None


def test_the_31st_of_a_short_month_is_its_last_day() -> None:
    last = Window(time(12), ZoneInfo("UTC"), TWO_HOURS, day_of_month=31)
    assert starts(last, utc(2027, 1, 1), 120) == [
        "2027-01-31T12:00Z",
        "2027-02-28T12:00Z",
        "2027-03-31T12:00Z",
        "2027-04-30T12:00Z",
    ]


def test_quarterly_is_the_first_of_four_months() -> None:
    quarterly = Window(
        time(12), ZoneInfo("UTC"), TWO_HOURS, day_of_month=1, months=frozenset({1, 4, 7, 10})
    )
    assert len(starts(quarterly, utc(2026, 1, 1), 365)) == 4


@pytest.mark.parametrize(
    ("duration", "cutoff"),
    [(timedelta(0), timedelta(0)), (timedelta(days=8), timedelta(0)), (TWO_HOURS, TWO_HOURS)],
)
def test_a_window_that_makes_no_sense_is_refused(duration: timedelta, cutoff: timedelta) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(time(1), NEW_YORK, duration, cutoff)


windows = st.builds(
    Window,
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(
        [ZoneInfo(name) for name in ("America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")]
    ),
    st.timedeltas(timedelta(minutes=1), timedelta(days=3)),
    weekdays=st.none() | st.frozensets(st.integers(0, 6), min_size=1),
    day_of_month=st.none() | st.integers(1, 31),
)


@given(
    windows,
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_open_is_what_lies_within_an_occurrence(window: Window, moment: datetime) -> None:
    around = list(window.openings(moment - timedelta(days=5), moment + timedelta(days=5)))
    inside = [one for one in around if one.start <= moment < one.end]
    assert (window.open_at(moment) is not None) == bool(inside)
    for one in around:
        assert one.end - one.start == window.duration
        assert one.local.time() == window.start
    assert [one.start for one in around] == sorted({one.start for one in around})
