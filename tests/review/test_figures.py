"""The figures: each by hand, and what holds of all."""

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.model.issue import Milestones
from fettle.review.figures import Every, Part, stretches
from tests.review.counting import Counted, figures, median, p90, reported

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def counted(opened: timedelta = timedelta(), *minutes: float, **more: object) -> Counted:
    """Give an issue that was detected, acknowledged, mitigated and resolved after these minutes."""
    at = START + opened
    times = [at + minute * MINUTE for minute in minutes]
    times += [at] if not times else []
    return Counted(at, Milestones(at, *times), **more)  # type: ignore[arg-type] # by name


def test_what_is_measured_runs_from_one_milestone_to_another() -> None:
    found = figures([counted(DAY, 2, 12, 32, 62)])
    assert found.detect.median == 2 * MINUTE
    assert found.acknowledge.median == 10 * MINUTE
    assert found.mitigate.median == 32 * MINUTE
    assert found.resolve.median == 62 * MINUTE


def test_median_p90_and_mean_are_told_apart() -> None:
    found = figures([counted(DAY, 0, n) for n in (1, 2, 3, 4, 90)]).acknowledge
    assert (found.number, found.median, found.mean) == (5, 3 * MINUTE, 20 * MINUTE)
    assert found.p90 == 90 * MINUTE
    even = figures([counted(DAY, 0, n) for n in range(1, 11)]).acknowledge
    assert (even.median, even.p90) == (5.5 * MINUTE, 9 * MINUTE)


def test_what_never_came_is_missing_and_not_zero() -> None:
    found = figures([counted(DAY, 1)])
    assert found.detect.number == 1
    assert (found.resolve.number, found.resolve.median) == (0, None)
    assert figures([]).breach_rate is None


def test_what_is_no_trouble_has_no_times_but_is_noise() -> None:
    found = figures(
        [
            counted(DAY, 1, 2, declined=True, false_positive=True),
            counted(DAY, 1, 2, declined=True),
            counted(DAY, 1, over=True, touched=False),
            counted(DAY, 1, touched=False),
            counted(DAY, 1, over=True),
        ]
    )
    assert found.acknowledge.number == 0
    assert found.noise_ratio == pytest.approx(2 / 5)


def test_breaches_and_returns_are_shares_of_all() -> None:
    found = figures([counted(breached=True), counted(returned=True), counted(), counted()])
    assert (found.breach_rate, found.recurrence_rate) == (0.25, 0.25)


def test_weeks_begin_on_mondays_and_the_first_can_be_cut() -> None:
    found = list(stretches(START + 2 * DAY, START + 15 * DAY, Every.WEEK))
    assert [(start - START) / DAY for start, _ in found] == [2, 7, 14]
    assert found[-1][1] == START + 15 * DAY


def test_months_begin_on_the_first() -> None:
    end = datetime(2027, 2, 1, tzinfo=UTC)
    found = [start for start, _ in stretches(START, end, Every.MONTH)]
    assert [(at.year, at.month, at.day) for at in found] == [
        (2026, 11, 2),
        (2026, 12, 1),
        (2027, 1, 1),
    ]


def test_an_issue_counts_in_each_of_its_services_and_once_in_all() -> None:
    end = START + 14 * DAY
    two = counted(DAY, services=("shop", "pay", "shop"))
    made = reported([two, counted(8 * DAY)], START, end, Part.SERVICE, Every.WEEK)
    assert made.total.issues == 2
    assert [(one.name, one.figures.issues) for one in made.groups] == [
        ("pay", 1),
        ("shop", 1),
        (None, 1),
    ]
    assert [part.figures.issues for part in made.groups[2].series] == [0, 1]
    assert not reported([two], START, end, None, Every.WEEK).groups


@given(st.lists(st.timedeltas(timedelta(), 100 * DAY), min_size=1))
def test_half_stay_under_the_median_and_nine_of_ten_under_the_p90(
    durations: list[timedelta],
) -> None:
    middle, most = median(durations), p90(durations)
    assert sum(one <= middle for one in durations) * 2 >= len(durations)
    assert sum(one >= middle for one in durations) * 2 >= len(durations)
    assert sum(one <= most for one in durations) * 10 >= 9 * len(durations)
    assert sum(one < most for one in durations) * 10 < 9 * len(durations)


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from(Every))
def test_a_series_covers_its_time_without_a_gap(first: int, days: int, every: Every) -> None:
    start = START + first * DAY
    end = start + days * DAY
    found = list(stretches(start, end, every))
    edges = [start, *(at for _, at in found)]
    assert edges[-1] == (end if days else start)
    assert [at for at, _ in found] == edges[:-1]


@given(st.lists(st.integers(0, 20 * 24), max_size=40))
def test_the_parts_of_a_series_come_to_the_whole(hours: list[int]) -> None:
    told = [counted(timedelta(hours=hour), team="web") for hour in hours]
    made = reported(told, START, START + 21 * DAY, Part.TEAM, Every.WEEK)
    assert sum(part.figures.issues for part in made.series) == made.total.issues == len(told)
