"""A week beside those before it, and where a figure is going."""

import random

import pytest

from fettle.maintenance.weeks import DAY, HOUR, WEEK, Week, course
from fettle.model.report import Point

UNTIL = 200 * WEEK + 3 * DAY  # any hour of a week
HOURS_OF_5_WEEKS = 5 * 168


def hourly(value: float, chance: random.Random, *, daily: float = 0.5) -> list[Point]:
    """Return five weeks: by day so much more, and some noise that stays for hours."""
    points, noise = [], 0.0
    for place in range(HOURS_OF_5_WEEKS):
        noise = 0.8 * noise + 0.03 * chance.gauss(0, 1)
        at = UNTIL - (HOURS_OF_5_WEEKS - place) * HOUR
        busy = 8 <= at // HOUR % 24 < 20
        points.append((float(at), value * (1 + (daily if busy else 0.0) + noise)))
    return points


def times(points: list[Point], since: float, until: float, factor: float) -> list[Point]:
    return [(at, value * (factor if since <= at < until else 1)) for at, value in points]


@pytest.mark.parametrize("days", [2, 4, 7])
@pytest.mark.parametrize("factor", [1.5, 0.6])
def test_what_changed_and_stayed_is_told_with_when(days: int, factor: float) -> None:
    since = UNTIL - days * DAY
    points = times(hourly(0.2, random.Random(days)), since, UNTIL, factor)

    shift = Week.of(points, UNTIL).shift(whole=False)

    assert shift
    assert shift.way == ("up" if factor > 1 else "down")
    assert abs(shift.began - since) <= 6 * HOUR
    assert shift.share == pytest.approx(factor - 1, abs=0.12)


@pytest.mark.parametrize("seed", range(200))
def test_a_usual_week_is_no_change(seed: int) -> None:
    assert Week.of(hourly(0.2, random.Random(seed)), UNTIL).shift(whole=False) is None


def test_days_are_compared_with_the_same_days() -> None:
    """A shop that sells at week-ends is no slower for its week-end."""
    points = [
        (at, value * (3 if at // DAY % 7 in (2, 3) else 1))
        for at, value in hourly(0.2, random.Random(1))
    ]
    assert Week.of(points, UNTIL).shift(whole=False) is None


@pytest.mark.parametrize("a_week", [0.04, 0.1, -0.1])
def test_what_changes_by_the_same_each_week_is_a_course_and_no_change(a_week: float) -> None:
    points = [
        (at, value * (1 + a_week * (at - UNTIL) / WEEK))
        for at, value in hourly(0.2, random.Random(7))
    ]
    assert Week.of(points, UNTIL).shift(whole=False) is None


def test_a_bad_day_that_is_over_is_no_change() -> None:
    begun = UNTIL - 4 * DAY
    points = times(hourly(0.2, random.Random(2)), begun, begun + DAY, 5)

    assert Week.of(points, UNTIL).shift(whole=False) is None


def test_a_bad_day_of_the_weeks_before_hides_nothing() -> None:
    outage = UNTIL - 2 * WEEK - 3 * DAY
    points = times(hourly(0.2, random.Random(3)), outage, outage + DAY, 50)
    points = times(points, UNTIL - WEEK, UNTIL, 1.5)

    shift = Week.of(points, UNTIL).shift(whole=False)

    assert shift
    assert shift.was == pytest.approx(0.25, rel=0.3)


def test_what_is_too_little_to_be_felt_is_no_change() -> None:
    points = [
        (at, 0.5 + (0.01 if at >= UNTIL - WEEK else 0)) for at, _ in hourly(1, random.Random(4))
    ]
    assert Week.of(points, UNTIL).shift(whole=True) is None
    assert Week.of(points, UNTIL).shift(whole=False) is None


def test_where_there_was_nothing_a_little_is_a_change_without_a_share() -> None:
    points = [(at, 3.0 if at >= UNTIL - WEEK else 0.0) for at, _ in hourly(1, random.Random(4))]
    shift = Week.of(points, UNTIL).shift(whole=False)

    assert shift
    assert (shift.was, shift.now, shift.share) == (0.0, 3.0, None)


@pytest.mark.parametrize(
    ("hours", "weeks", "known"),
    [(5 * 168, 4, True), (3 * 168, 2, True), (2 * 168, 1, False), (100, 0, False), (0, 0, False)],
)
def test_too_little_history_is_said_to_be_too_little(hours: int, weeks: int, known: bool) -> None:
    points = hourly(0.2, random.Random(5))
    week = Week.of(points[len(points) - hours :], UNTIL)

    assert (week.weeks, week.known) == (weeks, known)
    if not known:
        assert week.shift(whole=False) is None


def test_a_week_of_gaps_is_not_compared() -> None:
    points = [one for place, one in enumerate(hourly(0.2, random.Random(6))) if place % 3 == 0]

    assert not Week.of(points, UNTIL).known


def days(number: int, start: float, a_day: float, noise: float = 0, seed: int = 1) -> list[Point]:
    chance = random.Random(seed)
    return [
        (
            float(UNTIL - (number * 24 - hour) * HOUR),
            start + a_day * hour / 24 + noise * chance.gauss(0, 1),
        )
        for hour in range(number * 24)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_when_it_is_full_is_told_with_how_sure_that_is(seed: int) -> None:
    found = course(days(28, 0.5, 0.01, noise=0.05, seed=seed))

    assert found
    told = found.full_in(1.0)
    assert told
    likely, earliest, latest = told
    assert latest
    assert earliest <= likely <= latest
    assert earliest - 2 <= (1 - found.now) / 0.01 <= latest + 2


def test_an_odd_day_does_not_turn_the_course() -> None:
    points = [
        (at, 0.0 if place // 24 == 20 else value)
        for place, (at, value) in enumerate(days(28, 0.5, 0.01))
    ]
    found = course(points)

    assert found
    assert found.a_day == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("seed", range(20))
def test_what_stands_still_is_never_full(seed: int) -> None:
    found = course(days(28, 0.5, 0.0, noise=0.02, seed=seed))

    assert found
    told = found.full_in(1.0)
    assert told is None or told[0] > 365


def test_of_two_weeks_less_a_day_no_course_is_told() -> None:
    assert course(days(12, 0.5, 0.01)) is None


def test_what_is_full_is_full_now() -> None:
    found = course(days(28, 1.0, 0.0))

    assert found
    assert found.full_in(1.0) == (0.0, 0.0, 0.0)
