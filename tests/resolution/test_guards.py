"""What stands against an act: whatever the order of acts, no bound is ever passed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.remedy import Mode, Outcome, Remedy, RemedyKind, Stopped
from fettle.resolution.guards import Acted, Allowed, Held, Limits, may_act, opens_until
from fettle.testing import START

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS = Limits(most_an_hour=3, most_a_day=5, failures=2, pause=6 * HOUR)
RESTART = Remedy(
    *("restart", RemedyKind.RESTART, ("conn_lost",), "shop", Mode.AUTOMATIC),
    cooldown=30 * MINUTE,
    stays_away=15 * MINUTE,
    settles=MINUTE,
)


def acted(ago: timedelta, outcome: Outcome | None = Outcome.RESOLVED, **more: str) -> Acted:
    named = {"remedy": "restart", "target": "shop", **more}
    return Acted(named["remedy"], named["target"], START - ago, outcome, START - ago)


BAD = Outcome.CAME_BACK


@pytest.mark.parametrize(
    ("past", "why", "until"),
    [
        ([], None, None),
        ([acted(31 * MINUTE)], None, None),
        ([acted(29 * MINUTE)], "less than 30 min ago", START + MINUTE),
        ([acted(29 * MINUTE, target="blog")], None, None),
        ([acted(29 * MINUTE, remedy="flag")], None, None),
        ([acted(29 * MINUTE, None, remedy="flag")], "flag is in flight on shop", None),
        ([acted(29 * MINUTE, None, remedy="flag", target="blog")], None, None),
        ([acted(5 * HOUR, BAD), acted(2 * HOUR, BAD)], "failed 2 times", START + 4 * HOUR),
        ([acted(9 * HOUR, BAD), acted(7 * HOUR, BAD)], None, None),
        ([acted(3 * HOUR, BAD), acted(2 * HOUR), acted(HOUR, BAD)], None, None),
        (
            [acted(3 * HOUR, BAD), acted(2 * HOUR, Outcome.REFUSED), acted(HOUR, BAD)],
            "failed 2 times",
            START + 5 * HOUR,
        ),
        (
            [acted(n * 10 * MINUTE, target="blog") for n in (1, 2, 3)],
            "3 acts within a hour",
            START + 30 * MINUTE,
        ),
        (
            [acted(n * 4 * HOUR, target="blog") for n in (1, 2, 3, 4, 5)],
            "5 acts within a day",
            START + 4 * HOUR,
        ),
    ],
)
def test_what_stands_against_it(past: list[Acted], why: str | None, until: object) -> None:
    verdict = may_act(RESTART, past, LIMITS, None, START)

    if why is None:
        assert verdict == Allowed()
    else:
        assert isinstance(verdict, Held)
        assert why in verdict.why
        assert verdict.until == until


def test_who_stops_everything_comes_first() -> None:
    stopped = Stopped(START, "user:ada", "the bank holiday")

    verdict = may_act(RESTART, [], LIMITS, stopped, START)

    assert verdict == Held("user:ada has stopped all acting: the bank holiday")


def test_a_half_open_breaker_closes_with_one_success_and_opens_with_one_failure() -> None:
    failed = [acted(9 * HOUR, BAD), acted(7 * HOUR, BAD)]

    assert opens_until([*failed, acted(HOUR)], LIMITS) is None
    assert opens_until([*failed, acted(HOUR, Outcome.FAILED)], LIMITS) == START + 5 * HOUR


def test_no_budget_lets_nothing_act() -> None:
    for limits in (replace(LIMITS, most_an_hour=0), replace(LIMITS, most_a_day=0)):
        assert isinstance(may_act(RESTART, [], limits, None, START), Held)


OUTCOMES = st.sampled_from([Outcome.RESOLVED, BAD, Outcome.FAILED, Outcome.REFUSED])
TRIES = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from(["a", "b", "c"]), st.sampled_from("xyz"), OUTCOMES
    ),
    max_size=80,
)


@given(TRIES)
def test_whatever_the_order_no_bound_is_passed(
    tries: list[tuple[int, str, str, Outcome]],
) -> None:
    now, past = START, list[Acted]()
    for minutes, name, target, outcome in tries:
        now += minutes * MINUTE
        remedy = replace(RESTART, name=name, target=target)
        if isinstance(may_act(remedy, past, LIMITS, None, now), Allowed):
            past.append(Acted(name, target, now, outcome, now))

    for one in past:
        within = [other.at for other in past if timedelta(0) <= one.at - other.at]
        assert sum(one.at - at < HOUR for at in within) <= LIMITS.most_an_hour
        assert sum(one.at - at < 24 * HOUR for at in within) <= LIMITS.most_a_day
        for other in past:
            if other is not one and (other.remedy, other.target) == (one.remedy, one.target):
                assert abs(other.at - one.at) >= RESTART.cooldown


@given(TRIES)
def test_what_is_held_until_a_moment_is_not_held_for_that_any_more_then(
    tries: list[tuple[int, str, str, Outcome]],
) -> None:
    now, past = START, list[Acted]()
    for minutes, name, target, outcome in tries:
        now += minutes * MINUTE
        remedy = replace(RESTART, name=name, target=target)
        verdict = may_act(remedy, past, LIMITS, None, now)
        if isinstance(verdict, Allowed):
            past.append(Acted(name, target, now, outcome, now))
        elif verdict.until is not None:
            assert verdict.until > now
            later = may_act(remedy, past, LIMITS, None, verdict.until)
            assert isinstance(later, Allowed) or later.why != verdict.why
