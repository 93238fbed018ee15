"""Thresholds that fit what was seen: suggested as lines of the settings."""

import tomllib

import pytest

from fettle.maintenance.thresholds import FITTED, Fitted, suggested
from fettle.model.quantity import Ratio
from fettle.settings import Settings

CONNECTIONS, CACHE = FITTED
MONTH = 30 * 24


def hours(usual: float, rare: float = 0.0, share: float = 0.0) -> list[tuple[float, float]]:
    """Return the extremes of a month's hours: a share of them is rare."""
    number = round(MONTH * share)
    return [(usual, usual)] * (MONTH - number) + [(rare, rare)] * number


@pytest.mark.parametrize(
    ("now", "seen", "line"),
    [
        (0.80, hours(0.30), 'limits.connections_saturated.high = "40 %"'),
        (0.80, hours(0.50), 'limits.connections_saturated.high = "65 %"'),
        (0.80, hours(0.60), None),  # 75 %: not worth a change
        (0.80, hours(0.62, rare=0.99, share=0.005), None),  # less than one in a hundred
        (0.50, hours(0.55), 'limits.connections_saturated.high = "70 %"'),  # it cries wolf
        (0.50, hours(0.30, rare=0.55, share=0.05), 'limits.connections_saturated.high = "70 %"'),
        (0.80, hours(0.95), None),  # no threshold fits: room has to be made
    ],
)
def test_the_threshold_of_what_rises_lies_beyond_what_is_usual(
    now: float, seen: list[tuple[float, float]], line: str | None
) -> None:
    found = suggested("main-db", CONNECTIONS, {"high": Ratio(now)}, seen)

    assert found
    assert found.line == line


@pytest.mark.parametrize(
    ("now", "seen", "line"),
    [
        (0.90, hours(0.999), 'limits.cache_hit_low.ratio = "97 %"'),
        (0.90, hours(0.95), None),
        (0.90, hours(0.85), 'limits.cache_hit_low.ratio = "83 %"'),
        (0.90, hours(0.30), None),  # no threshold fits: the cache is too small
    ],
)
def test_the_threshold_of_what_falls_lies_below_what_is_usual(
    now: float, seen: list[tuple[float, float]], line: str | None
) -> None:
    found = suggested("main-db", CACHE, {"ratio": Ratio(now)}, seen)

    assert found
    assert found.line == line


def test_what_leaves_no_room_for_a_threshold_says_so() -> None:
    found = suggested("main-db", CONNECTIONS, {"high": Ratio(0.8)}, hours(0.95))

    assert found
    assert "room has to be made" in found.says


@pytest.mark.parametrize("number", [0, 1, 13 * 24])
def test_of_less_than_two_weeks_nothing_is_suggested(number: int) -> None:
    assert suggested("db", CONNECTIONS, {"high": Ratio(0.8)}, [(0.1, 0.1)] * number) is None


@pytest.mark.parametrize(("fitted", "seen"), [(CONNECTIONS, hours(0.3)), (CACHE, hours(0.999))])
def test_a_suggestion_is_a_line_that_the_settings_take(
    fitted: Fitted, seen: list[tuple[float, float]]
) -> None:
    found = suggested("main-db", fitted, {"high": Ratio(0.8), "ratio": Ratio(0.9)}, seen)

    assert found
    assert found.line
    text = f'[[database]]\nname = "main-db"\nurl = "postgresql://h/d"\n{found.line}\n'
    (database,) = Settings.model_validate(tomllib.loads(text)).database
    assert fitted.limit in database.limits[fitted.check]
