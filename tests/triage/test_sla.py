"""What an issue's clocks show: paused, retargeted, met, late; and nothing that passed is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.calendar import AroundTheClock, BusinessHours, Span
from fettle.model.classification import Hours, Sla
from fettle.model.clock import ClockAct, ClockEvent, ClockName
from fettle.triage import sla
from fettle.triage.sla import ClockState, Reading

CALENDARS: sla.Calendars = {
    Hours.AROUND_THE_CLOCK: AroundTheClock(),
    Hours.BUSINESS: BusinessHours(ZoneInfo("Europe/Berlin")),
}
START = datetime(2026, 6, 1, 8, tzinfo=UTC)  # a Monday, 10:00 in Berlin
P1 = Sla(Span.parse("15m"), Span.parse("4h"), Span.parse("30m"), Hours.AROUND_THE_CLOCK)
P4 = Sla(Span.parse("1d"), Span.parse("10d"), None, Hours.BUSINESS)
RESPONSE, UPDATE, RESOLUTION = ClockName.RESPONSE, ClockName.UPDATE, ClockName.RESOLUTION


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(clock: ClockName, minutes: float, act: ClockAct, reason: str = "") -> ClockEvent:
    return ClockEvent(clock, after(minutes), act, reason=reason)


def shown(clock: ClockName, minutes: float, *more: ClockEvent, promised: Sla = P1) -> Reading:
    events = [*sla.started(promised, START), *more]
    return sla.readings(events, after(minutes), CALENDARS)[clock]


def test_a_clock_runs_is_at_risk_and_is_breached() -> None:
    early, risky, late = (shown(RESOLUTION, minutes) for minutes in (10, 192, 240))

    assert (early.state, early.due, early.at_risk) == (ClockState.RUNNING, after(240), False)
    assert (risky.state, risky.at_risk) == (ClockState.RUNNING, True)
    assert late.state is ClockState.BREACHED


@pytest.mark.parametrize(("met", "state"), [(15, ClockState.MET), (15.1, ClockState.BREACHED)])
def test_a_promise_kept_late_is_a_breach(met: float, state: ClockState) -> None:
    reading = shown(RESPONSE, 600, event(RESPONSE, met, ClockAct.MET))

    assert (reading.state, reading.due) == (state, after(15))


def test_a_pause_moves_what_is_due_and_a_paused_clock_is_never_breached() -> None:
    pause = event(RESOLUTION, 60, ClockAct.PAUSED)
    paused = shown(RESOLUTION, 10_000, pause)
    resumed = shown(RESOLUTION, 150, pause, event(RESOLUTION, 120, ClockAct.RESUMED))

    assert (paused.state, paused.due, paused.elapsed) == (
        ClockState.PAUSED,
        None,
        timedelta(minutes=60),
    )
    assert (resumed.due, resumed.elapsed) == (after(300), timedelta(minutes=90))


def test_what_was_breached_before_a_pause_stays_breached() -> None:
    assert shown(RESOLUTION, 500, event(RESOLUTION, 400, ClockAct.PAUSED)).due == after(240)


def test_news_begin_the_update_clock_anew() -> None:
    reading = shown(UPDATE, 40, event(UPDATE, 25, ClockAct.RESTARTED))

    assert (reading.state, reading.due) == (ClockState.RUNNING, after(55))


def test_news_on_change_are_never_due() -> None:
    assert shown(UPDATE, 10**6, promised=P4).state is ClockState.RUNNING
    assert shown(UPDATE, 10**6, promised=P4).due is None


def test_another_priority_measures_anew_and_forgets_no_pause() -> None:
    paused = [event(RESOLUTION, 60, ClockAct.PAUSED), event(RESOLUTION, 120, ClockAct.RESUMED)]
    changed = sla.retargeted(P4, after(180), "p4")
    reading = shown(RESOLUTION, 240, *paused, *changed)

    # it ran from 10:00 to 11:00 and from 12:00 on, on the first of ten business days
    assert reading.elapsed == timedelta(hours=3)
    assert reading.due == datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_what_was_met_in_time_was_so_whatever_is_promised_later() -> None:
    met = event(RESPONSE, 12, ClockAct.MET)
    hurried = Sla(Span.parse("5m"), Span.parse("30m"), Span.parse("5m"), Hours.AROUND_THE_CLOCK)
    reading = shown(RESPONSE, 90, met, *sla.retargeted(hurried, after(60), "worse"))

    assert (reading.state, reading.target) == (ClockState.MET, P1.response)


def test_what_was_broken_is_not_kept_by_a_milder_promise() -> None:
    milder = sla.retargeted(P4, after(30), "milder")
    late = [event(RESPONSE, 20, ClockAct.MET), *milder]
    noted = [
        event(RESPONSE, 15, ClockAct.BREACHED),
        *milder,
        event(RESPONSE, 40, ClockAct.MET),
    ]

    assert shown(RESPONSE, 90, *late).state is ClockState.BREACHED
    assert shown(RESPONSE, 90, *noted).state is ClockState.BREACHED
    assert shown(RESPONSE, 35, *noted[:-1]).state is ClockState.RUNNING


def test_the_promise_of_when_it_was_over_holds_when_it_goes_on() -> None:
    over = [event(RESOLUTION, 100, ClockAct.MET), *sla.retargeted(P4, after(120), "milder")]
    goes_on = shown(RESOLUTION, 150, *over, event(RESOLUTION, 140, ClockAct.REOPENED))

    assert shown(RESOLUTION, 130, *over).target == P1.resolution
    assert goes_on.target == P4.resolution


def test_a_response_that_is_asked_for_again_is_watched_anew() -> None:
    met = event(RESPONSE, 30, ClockAct.MET)
    worse = sla.asked_anew(sla.retargeted(P1, after(60), "worse"), P1, after(60), "worse")
    events = [*sla.started(P4, START), met, *worse]
    reading = sla.readings(events, after(70), CALENDARS)[RESPONSE]
    noted = [(one.clock, one.act) for one in sla.notices(events, after(76), CALENDARS)]

    assert (reading.state, reading.due) == (ClockState.RUNNING, after(75))
    assert (RESPONSE, ClockAct.BREACHED) in noted


def test_a_response_that_nobody_gave_yet_goes_on_when_it_is_asked_for_again() -> None:
    reading = shown(RESPONSE, 10, *sla.asked_anew([], P1, after(5), "worse"))

    assert (reading.due, reading.elapsed) == (after(15), timedelta(minutes=10))


def test_resolved_and_reopened_goes_on_where_it_stood() -> None:
    reading = shown(
        RESOLUTION,
        200,
        event(RESOLUTION, 100, ClockAct.MET),
        event(RESOLUTION, 150, ClockAct.REOPENED),
    )

    assert (reading.state, reading.elapsed, reading.due) == (
        ClockState.RUNNING,
        timedelta(minutes=150),
        after(290),
    )


def test_a_clock_that_goes_back_loses_no_time_and_counts_none_twice() -> None:
    events = [event(RESOLUTION, 60, ClockAct.PAUSED), event(RESOLUTION, 30, ClockAct.RESUMED)]

    assert shown(RESOLUTION, 90, *events).elapsed == timedelta(minutes=90)


def test_each_risk_and_each_breach_is_noted_once() -> None:
    events: list[ClockEvent] = sla.started(P1, START)
    noted = []
    now = START
    while (following := sla.next_notice(events, now, CALENDARS)) is not None:
        now = following
        new = list(sla.notices(events, now, CALENDARS))
        assert new
        noted += [(one.clock, one.act, one.at) for one in new]
        events += new

    assert noted == [
        (RESPONSE, ClockAct.AT_RISK, after(12)),
        (RESPONSE, ClockAct.BREACHED, after(15)),
        (UPDATE, ClockAct.AT_RISK, after(24)),
        (UPDATE, ClockAct.BREACHED, after(30)),
        (RESOLUTION, ClockAct.AT_RISK, after(192)),
        (RESOLUTION, ClockAct.BREACHED, after(240)),
    ]


def test_why_something_is_due_is_told_from_the_start() -> None:
    events = [
        *sla.started(P1, START),
        event(RESOLUTION, 60, ClockAct.PAUSED, "waits for the provider"),
        event(RESOLUTION, 120, ClockAct.RESUMED),
    ]

    assert list(sla.why(events, RESOLUTION, CALENDARS)) == [
        "it started at 2026-06-01 08:00 UTC; promised: 4h, 24x7",
        "it was paused at 2026-06-01 09:00 UTC (waits for the provider)",
        "it went on at 2026-06-01 10:00 UTC",
        "it is due at 2026-06-01 13:00 UTC",
    ]


def test_of_a_clock_that_began_anew_only_what_counts_since_is_told() -> None:
    events = [
        *sla.started(P1, START),
        event(UPDATE, 5, ClockAct.PAUSED, "waits for the provider"),
        event(UPDATE, 10, ClockAct.RESUMED),
        *(event(UPDATE, 20 * turn, ClockAct.RESTARTED) for turn in (1, 2)),
        event(UPDATE, 50, ClockAct.PAUSED, "waits for a part"),
        event(UPDATE, 60, ClockAct.RESTARTED),
        event(UPDATE, 70, ClockAct.RESUMED),
    ]

    assert list(sla.why(events, UPDATE, CALENDARS)) == [
        "it began anew at 2026-06-01 09:00 UTC, the last of 3 times; promised: 30m, 24x7",
        "it was paused at 2026-06-01 08:50 UTC (waits for a part)",
        "it went on at 2026-06-01 09:10 UTC",
        "it is due at 2026-06-01 09:40 UTC",
    ]


def test_of_a_clock_that_began_anew_the_promise_that_holds_is_told_with_its_reason() -> None:
    events = [
        *sla.started(P1, START),
        ClockEvent(UPDATE, after(5), ClockAct.RETARGETED, Span.parse("2h"), Hours.BUSINESS, "p2"),
        event(UPDATE, 10, ClockAct.RESTARTED),
    ]

    assert list(sla.why(events, UPDATE, CALENDARS)) == [
        "it began anew at 2026-06-01 08:10 UTC; promised: 2h, business (p2)",
        "it is due at 2026-06-01 10:10 UTC",
    ]


acts = st.sampled_from(
    [
        ClockAct.PAUSED,
        ClockAct.RESUMED,
        ClockAct.MET,
        ClockAct.REOPENED,
        ClockAct.STOPPED,
        ClockAct.RETARGETED,
        ClockAct.AT_RISK,
    ]
)


@st.composite
def ledgers(draw: st.DrawFn) -> list[ClockEvent]:
    """Draw any ledger of a resolution clock, in order."""
    moment, events = START, [sla.started(P1, START)[2]]
    for act in draw(st.lists(acts, max_size=12)):
        moment += timedelta(seconds=draw(st.integers(0, 500_000)))
        promised = draw(st.sampled_from([P1, P4])) if act is ClockAct.RETARGETED else None
        target, hours = (promised.resolution, promised.hours) if promised else (None, None)
        events.append(ClockEvent(RESOLUTION, moment, act, target, hours))
    return events


def reading_at(events: Sequence[ClockEvent], moment: datetime) -> Reading:
    return sla.readings(events, moment, CALENDARS)[RESOLUTION]


@given(ledgers(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_time_only_goes_forward(events: list[ClockEvent], one: int, two: int) -> None:
    last = events[-1].at
    sooner, later = (last + timedelta(seconds=seconds) for seconds in sorted((one, two)))

    before, after_ = reading_at(events, sooner), reading_at(events, later)
    assert before.elapsed <= after_.elapsed
    assert before.due == after_.due
    if before.state is ClockState.BREACHED:
        assert after_.state is ClockState.BREACHED


@given(ledgers())
def test_to_another_priority_and_back_changes_nothing(events: list[ClockEvent]) -> None:
    last = events[-1].at
    promise = [event for event in events if event.target][-1]
    there = ClockEvent(RESOLUTION, last, ClockAct.RETARGETED, Span(days=3), Hours.BUSINESS)
    back = ClockEvent(RESOLUTION, last, ClockAct.RETARGETED, promise.target, promise.hours)

    plain, returned = reading_at(events, last), reading_at([*events, there, back], last)
    assert (plain.due, plain.elapsed, plain.state) == (
        returned.due,
        returned.elapsed,
        returned.state,
    )


@given(ledgers(), st.integers(0, 10**6))
def test_a_pause_taken_back_at_once_changes_nothing(events: list[ClockEvent], wait: int) -> None:
    last, moment = events[-1].at, events[-1].at + timedelta(seconds=wait)
    if reading_at(events, last).state is not ClockState.RUNNING:
        return
    pause, resume = (
        ClockEvent(RESOLUTION, last, act) for act in (ClockAct.PAUSED, ClockAct.RESUMED)
    )

    assert reading_at([*events, pause, resume], moment).due == reading_at(events, moment).due


@given(ledgers())
def test_the_noticing_ends(events: list[ClockEvent]) -> None:
    now = events[-1].at
    for _ in range(4):
        following = sla.next_notice(events, now, CALENDARS)
        if following is None:
            return
        now = following
        events = [*events, *sla.notices(events, now, CALENDARS)]
    pytest.fail("it is noticed again and again")


def test_business_days_are_of_the_hours_that_are_set() -> None:
    calendar = BusinessHours(ZoneInfo("UTC"), {0: (time(9), time(13)), 1: (time(9), time(11))})

    assert calendar.length(Span.parse("1w")) == timedelta(hours=6)
    assert calendar.length(Span.parse("1d")) == timedelta(hours=3)
