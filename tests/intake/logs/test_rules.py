"""When an hour is far more than usual, and when what came regularly is missed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.logs import rising, vanishing
from fettle.intake.logs.news import is_bad
from fettle.model.log import Level

DAY, WEEK = 24, 168
NIGHTLY = [1000 if hour % DAY == 2 else 5 for hour in range(2 * WEEK)]
WEEKLY = [1000 if hour % WEEK == 2 else 5 for hour in range(2 * WEEK + 2)]


@pytest.mark.parametrize(
    ("past", "lines", "rises"),
    [
        ([5] * 23, 1000, False),  # a day has not passed
        ([5] * 24, 1000, True),
        ([0] * 24, 19, False),  # hardly anything
        ([0] * 24, 20, True),
        ([5] * WEEK, 30, True),
        ([10] * WEEK, 39, False),  # not four times
        ([100] * WEEK, 399, False),
        ([100] * WEEK, 400, True),
        ([5] * 90 + [900] * 2 + [5] * 90, 200, True),  # two hours of trouble hide nothing
        ([5] * 90 + [900] * 3 + [5] * 90, 200, False),
        ([5] * 20 + [900] + [5] * 20, 200, False),  # of two days, one hour is what is usual
        (NIGHTLY, 1100, False),
        (NIGHTLY, 4100, True),
        (WEEKLY[:-1], 1100, False),  # the same hour a week ago, and the one beside it
        (WEEKLY, 1100, False),
        ([*WEEKLY, *[5] * 10], 1100, True),
    ],
)
def test_an_hour_rises_that_is_far_above_its_own_usual(
    past: list[int], lines: int, *, rises: bool
) -> None:
    found = rising.rise(lines, rising.usual(past))
    assert (found is not None) == rises
    if found is not None:
        assert f"{lines:,} lines in this hour" in found.grounds


@given(st.lists(st.integers(0, 10_000), min_size=24, max_size=400), st.integers(0, 50_000))
def test_more_lines_rise_where_fewer_do_and_no_calm_hour_rises(past: list[int], lines: int) -> None:
    usual = rising.usual(past)
    assert usual is not None
    if rising.rise(lines, usual):
        assert rising.rise(lines + 1, usual)
        assert not rising.is_calm(lines, usual)
    assert rising.rise(max(past[-WEEK:]), max(past)) is None


@given(st.integers(0, 1000), st.integers(24, 400))
def test_what_is_always_so_never_rises(lines: int, hours: int) -> None:
    assert rising.rise(lines, rising.usual([lines] * hours)) is None or lines == 0


@pytest.mark.parametrize(
    ("hours", "patience"),
    [
        (range(48), None),  # two days have not passed
        (range(49), 2),
        ([*range(30), *range(31, 60)], 3),  # it was left out once
        ([*range(30), *range(40, 90)], None),  # it has paused before
        (range(0, 24 * 11, 24), None),  # eleven times
        (range(0, 24 * 12, 24), 36),
        ([0, 23, 48, 73, 96, 121, 144, 169, 192, 215, 240, 265], 38),
        (range(0, 30 * 14, 30), None),  # too rarely to be told within two weeks
        ([0, 1, 2, 50, 51, 52, 100, 101, 102, 150, 151, 152], None),
        ([], None),
    ],
)
def test_what_is_regular_is_missed_after_a_pause_longer_than_any(
    hours: list[int], patience: int | None
) -> None:
    assert vanishing.patience(list(hours)) == patience


@given(st.sets(st.integers(0, 336), max_size=336))
def test_nothing_is_missed_within_a_pause_that_it_has_made(hours: set[int]) -> None:
    ordered = sorted(hours)
    patience = vanishing.patience(ordered)
    if patience is not None:
        longest = max(b - a for a, b in pairwise(ordered))
        assert patience > longest
        assert patience <= 39


@pytest.mark.parametrize(
    ("level", "text", "bad"),
    [
        (Level.ERROR, "anything", True),
        (Level.FATAL, "anything", True),
        (Level.INFO, "0 failed, connection refused", False),
        (Level.UNKNOWN, "connect() failed", True),
        (Level.UNKNOWN, "shop.PaymentException: no", True),
        (Level.WARNING, "out of memory", True),
        (Level.WARNING, "slow query", False),
        (Level.UNKNOWN, "served /terror", False),
        (Level.UNKNOWN, "KeyError: 'a'", True),
    ],
)
def test_what_looks_bad_does_so_by_its_level_or_its_words(
    level: Level, text: str, *, bad: bool
) -> None:
    assert is_bad(level, text) == bad
