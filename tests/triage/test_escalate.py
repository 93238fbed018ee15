"""Who is called when: in order, once each, and never after somebody has taken it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.model.calendar import AroundTheClock, BusinessHours
from fettle.model.classification import Escalation, Priority
from fettle.model.issue import Issue
from fettle.model.severity import Severity
from fettle.triage import escalate, moves
from fettle.triage.escalate import DEFAULTS, EscalationPolicy
from fettle.triage.moves import By
from tests.triage.test_moves import START, ada, an_issue, at, decided

ALWAYS = AroundTheClock()
OFFICE = BusinessHours(ZoneInfo("Europe/Berlin"))
IMMEDIATE = DEFAULTS[Escalation.IMMEDIATE]


def planned(policy: EscalationPolicy, since: datetime = START) -> list[tuple[float, str, int]]:
    """Give all calls of a policy: after how many minutes, whom, in which round."""
    found = []
    number = 0
    while (one := escalate.call(policy, since, number, OFFICE)) is not None:
        found.append(((one.at - since) / timedelta(minutes=1), one.who[0], one.round))
        number += 1
    return found


def test_immediate_calls_every_five_minutes_for_three_rounds() -> None:
    calls = planned(IMMEDIATE)
    assert calls[:4] == [
        (0, "on-call", 1),
        (5, "team", 1),
        (10, "everybody", 1),
        (15, "on-call", 2),
    ]
    assert len(calls) == 9


def test_within_an_hour_everybody_has_been_called() -> None:
    first_round = planned(DEFAULTS[Escalation.WITHIN_1H])[:3]
    assert [who for minutes, who, _ in first_round if minutes <= 60] == [
        "on-call",
        "team",
        "everybody",
    ]


def test_business_hours_wait_for_the_office_to_open() -> None:
    saturday = datetime(2026, 11, 7, 12, tzinfo=UTC)
    first, second = (
        escalate.call(DEFAULTS[Escalation.BUSINESS_HOURS], saturday, number, OFFICE)
        for number in (0, 1)
    )
    assert first is not None
    assert second is not None
    assert first.at == datetime(2026, 11, 9, 8, tzinfo=UTC)  # Monday, 09:00 in Berlin
    assert second.at == datetime(2026, 11, 9, 12, tzinfo=UTC)


def after_calls(issue: Issue, number: int) -> Issue:
    return replace(issue, calls_made=number)


def test_who_takes_it_ends_the_calling() -> None:
    issue = after_calls(an_issue(), 2)
    assert escalate.next_call(IMMEDIATE, issue, ALWAYS) is not None
    taken = moves.acknowledge(issue, ada(11)).issue
    assert escalate.next_call(IMMEDIATE, taken, ALWAYS) is None
    assert escalate.next_call(IMMEDIATE, moves.resolve(issue, ada(11), "x").issue, ALWAYS) is None


def test_an_acknowledgement_that_nothing_follows_runs_out() -> None:
    taken = moves.acknowledge(after_calls(an_issue(), 2), ada(10)).issue
    assert escalate.runs_out_at(IMMEDIATE, taken, ALWAYS) == at(40)

    noted = moves.note(taken, ada(30), "looking at it").issue
    assert escalate.runs_out_at(IMMEDIATE, noted, ALWAYS) == at(60)

    asked = escalate.ran_out(taken, By("fettle", at(40))).issue
    following = escalate.next_call(IMMEDIATE, asked, ALWAYS)
    assert following is not None
    assert (following.at, following.step, following.round) == (at(40), 1, 1)


def test_who_works_on_it_is_not_asked_again() -> None:
    working = moves.stage(an_issue(), ada(10), moves.STAGES[0]).issue
    assert escalate.runs_out_at(IMMEDIATE, working, ALWAYS) is None
    held = moves.hold(moves.acknowledge(an_issue(), ada(1)).issue, ada(2), "waits").issue
    assert escalate.runs_out_at(IMMEDIATE, held, ALWAYS) is None


def test_what_becomes_worse_begins_anew_and_what_becomes_milder_goes_on() -> None:
    issue = after_calls(an_issue(), 1)
    worse = moves.reclassify(issue, ada(7), decided(Severity.CRITICAL, Priority.P1), "worse").issue
    milder = moves.reclassify(issue, ada(7), decided(Severity.LOW, Priority.P4), "milder").issue
    assert (worse.calls_made, worse.calls_since) == (0, at(7))
    assert (milder.calls_made, milder.calls_since) == (1, START)


policies = st.builds(
    EscalationPolicy,
    st.just(Escalation.IMMEDIATE),
    st.lists(st.sampled_from([("on-call",), ("team",)]), min_size=1, max_size=4).map(tuple),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=8)),
    rounds=st.integers(1, 4),
    business_hours=st.booleans(),
)


@given(policies, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_calls_come_in_order_and_end(policy: EscalationPolicy, since: datetime) -> None:
    calls = planned(policy, since)
    assert [minutes for minutes, *_ in calls] == sorted({minutes for minutes, *_ in calls})
    assert len(calls) == policy.length


@given(
    policies,
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_what_is_put_off_goes_on_a_pause_after_it_was_made_up_for(
    policy: EscalationPolicy, since: datetime, away: timedelta
) -> None:
    made = escalate.call(policy, since, 0, OFFICE)
    assert made is not None
    now = made.at + away
    issue = replace(an_issue(), calls_since=since)
    put_off = escalate.put_off(policy, issue, made, By("fettle", now), OFFICE)
    following = escalate.call(policy, put_off.calls_since, 1, OFFICE)

    assert following == escalate.call(policy, now, 1, OFFICE)


@pytest.mark.parametrize("level", list(Escalation))
def test_every_level_has_a_policy(level: Escalation) -> None:
    assert DEFAULTS[level].level is level
