"""What people read of how much a page's server can carry."""

from dataclasses import replace
from datetime import timedelta

from fettle.frontends.report import capacity_story, layout, text
from fettle.model.capacity import Asked, Capacity, LoadLimits, LoadStep
from fettle.model.finding import Unknown
from fettle.optimisation import budgets
from tests.optimisation.made_up import NOW, URL

CARRIED = LoadStep(80, 3, 240, 0, 80, 50, 90, 120)
TOO_FAST = LoadStep(90, 3, 270, 0, 70, 300, 900, 950, "slow", "p95 is 900 ms\x1b, more than 200 ms")
WHY = Unknown("nothing counts")
FOUND = Capacity(
    URL,
    NOW,
    timedelta(seconds=40),
    30,
    LoadLimits(),
    (CARRIED, TOO_FAST),
    CARRIED,
    "slow",
    "p95 is 900 ms\x1b, more than 200 ms",
    asked=Asked(20, "--now"),
)


def told(found: Capacity) -> str:
    stands = budgets.used_of(found, budgets.GUIDE)
    return text.plain(layout.lines(capacity_story.capacity_story(found, stands), 110))


def test_it_says_what_is_carried_and_what_is_beyond_that() -> None:
    said = told(FOUND)
    assert "80 a second: half of the answers within 50 ms, 19 of 20 within 90 ms." in said
    assert "20 a second are asked of it (--now): 25 % of it are used; up to 80 % is good" in said
    assert "Beyond that: p95 is 900 ms" in said
    assert "510 requests in 40 s" in said
    assert "\x1b" not in said


def test_it_says_where_there_may_be_more() -> None:
    said = told(replace(FOUND, ended="rate", why="no more than 80 requests a second", asked=WHY))
    assert "At least 80 a second" in said
    assert "It ended there: no more than 80 requests a second" in said
    assert "What is asked of it now is not known: nothing counts." in said


def test_it_says_where_what_is_used_may_be_less() -> None:
    said = told(replace(FOUND, ended="rate", asked=Asked(76, "access.log")))
    assert "76 a second are asked of it (access.log): 95 % of it, or less." in said
    assert "good" not in said


def test_it_says_where_nothing_was_carried() -> None:
    said = told(replace(FOUND, carried=None, steps=(TOO_FAST,)))
    assert "Not even 90 requests a second were carried." in said
    assert "20 a second are asked of it (--now)." in said
