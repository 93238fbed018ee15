"""A job that is late or fails is trouble, and one that says that it ran is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.heartbeats import pinged, rang, removed
from fettle.model.heartbeat import Heartbeat, HeartbeatState, Ping, Said
from fettle.model.severity import Severity

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEW = Heartbeat(UUID(int=7), "backup", HOUR, 10 * MINUTE, Severity.HIGH, "shop")


def at(heartbeat: Heartbeat, said: Said, moment: datetime = NOW) -> Heartbeat:
    return pinged(heartbeat, Ping(said, moment)).heartbeat


UP = at(NEW, Said.DONE)
FAILED = at(NEW, Said.FAIL)
LATE = rang(UP, NOW + 2 * HOUR).heartbeat


def test_what_was_never_pinged_is_not_late() -> None:
    assert NEW.due_at is None
    assert rang(NEW, NOW + timedelta(days=1000)).signal is None


def test_it_is_late_from_its_period_and_grace_on() -> None:
    due = NOW + HOUR + 10 * MINUTE
    before = rang(UP, due - timedelta(microseconds=1))
    after = rang(UP, due)

    assert (before.heartbeat, before.signal) == (UP, None)
    assert after.signal is not None
    assert (after.signal.firing, after.signal.key) == (True, "backup")
    assert (after.signal.severity, after.signal.service) == (Severity.HIGH, "shop")
    assert after.signal.title == "backup is late"
    assert "every 1 h, and may be 10 min late" in after.signal.text
    assert "2026-01-01 12:00:00 UTC" in after.signal.text


def test_what_is_late_is_said_once() -> None:
    assert LATE.state is HeartbeatState.LATE
    assert rang(LATE, NOW + timedelta(days=9)).signal is None


@pytest.mark.parametrize("trouble", [LATE, FAILED])
def test_a_good_ping_ends_the_trouble_and_only_that(trouble: Heartbeat) -> None:
    recovered = pinged(trouble, Ping(Said.DONE, NOW + 3 * HOUR, text="12 tables"))
    again = pinged(recovered.heartbeat, Ping(Said.DONE, NOW + 3 * HOUR))
    begun = pinged(trouble, Ping(Said.START, NOW + 3 * HOUR))

    assert recovered.signal is not None
    assert not recovered.signal.firing
    assert (recovered.signal.key, recovered.signal.text) == ("backup", "12 tables")
    assert again.signal is None
    assert begun.signal is None
    assert begun.heartbeat.state is trouble.state


def test_a_failure_is_said_with_what_the_job_said() -> None:
    failed = pinged(UP, Ping(Said.FAIL, NOW, exit_status=3, text="disk full"))

    assert failed.signal is not None
    assert failed.signal.title == "backup failed with exit status 3"
    assert failed.signal.text == "disk full"
    assert failed.heartbeat.due_at is None


def test_what_began_and_does_not_end_is_late_after_its_grace() -> None:
    started = at(UP, Said.START, NOW + MINUTE)
    late = rang(started, NOW + 11 * MINUTE)

    assert started.due_at == NOW + 11 * MINUTE
    assert late.signal is not None
    assert "It began at 2026-01-01 12:01:00 UTC" in late.signal.text


def test_what_began_for_the_first_time_is_waited_for() -> None:
    assert at(NEW, Said.START).due_at == NOW + 10 * MINUTE


def test_beginning_puts_off_no_deadline() -> None:
    started = at(UP, Said.START, NOW + HOUR + 5 * MINUTE)

    assert started.due_at == UP.due_at


def test_without_a_grace_what_began_has_its_period() -> None:
    assert at(replace(NEW, grace=timedelta()), Said.START).due_at == NOW + HOUR


ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("said", "run", "waited_for"),
    [
        (Said.DONE, ONE, False),
        (Said.DONE, OTHER, True),
        (Said.DONE, None, False),
        (Said.FAIL, OTHER, False),
    ],
)
def test_a_run_that_is_named_ends_by_its_name(
    said: Said, run: UUID | None, waited_for: bool
) -> None:
    begun = pinged(UP, Ping(Said.START, NOW + MINUTE, run=ONE)).heartbeat
    now = pinged(begun, Ping(said, NOW + 2 * MINUTE, run=run)).heartbeat

    assert now.seen_at == NOW + 2 * MINUTE
    assert (now.started_at is not None, now.started_run) == (
        waited_for,
        ONE if waited_for else None,
    )
    assert (now.state is HeartbeatState.STARTED) == waited_for
    if waited_for:
        assert now.due_at == NOW + 11 * MINUTE


def test_a_named_run_ends_nothing_that_began_without_a_name() -> None:
    begun = at(UP, Said.START, NOW + MINUTE)
    now = pinged(begun, Ping(Said.DONE, NOW + 2 * MINUTE, run=ONE)).heartbeat

    assert now.started_at == NOW + MINUTE


def test_a_run_that_is_overdue_is_not_missed_again_once_another_went_well() -> None:
    begun = pinged(UP, Ping(Said.START, NOW + MINUTE, run=ONE)).heartbeat
    late = rang(begun, NOW + 11 * MINUTE).heartbeat
    now = pinged(late, Ping(Said.DONE, NOW + 12 * MINUTE, run=OTHER))

    assert now.signal is not None
    assert (now.signal.firing, now.heartbeat.state) == (False, HeartbeatState.UP)
    assert now.heartbeat.due_at == NOW + 12 * MINUTE + HOUR + 10 * MINUTE


def test_what_is_removed_in_trouble_has_no_more_of_it() -> None:
    signal = removed(LATE)

    assert removed(UP) is None
    assert signal is not None
    assert (signal.firing, signal.title) == (False, "backup was removed")


@given(st.lists(st.tuples(st.sampled_from(Said), st.integers(-7200, 7200), st.booleans())))
def test_after_a_good_ping_there_is_no_trouble_whatever_the_clock_does(
    steps: list[tuple[Said, int, bool]],
) -> None:
    heartbeat, firing, moment = NEW, False, NOW
    for said, seconds, rings in steps:
        moment += timedelta(seconds=seconds)
        beaten = rang(heartbeat, moment) if rings else pinged(heartbeat, Ping(said, moment))
        heartbeat = beaten.heartbeat
        firing = beaten.signal.firing if beaten.signal else firing
        assert firing == heartbeat.state.firing  # what was filed is what is so
        assert heartbeat.due_at is None or not heartbeat.state.firing
    good = pinged(heartbeat, Ping(Said.DONE, moment)).heartbeat

    assert good.due_at == moment + HOUR + 10 * MINUTE
    assert rang(good, moment).signal is None
