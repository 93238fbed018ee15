"""The life of an issue: what is allowed, what it changes, and what can never be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fettle.errors import Refused
from fettle.model.calendar import AroundTheClock
from fettle.model.classification import By as DecidedBy
from fettle.model.classification import Classification, Hours, Priority
from fettle.model.clock import ClockEvent, ClockName
from fettle.model.issue import Declined, Issue, Milestones, Moved, Status
from fettle.model.notification import Event
from fettle.model.review import Evidence
from fettle.model.severity import Severity
from fettle.triage import moves, policy, sla
from fettle.triage.moves import STAGES, By
from fettle.triage.sla import ClockState

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
CALENDARS = {Hours.AROUND_THE_CLOCK: AroundTheClock(), Hours.BUSINESS: AroundTheClock()}


def decided(severity: Severity = Severity.HIGH, priority: Priority = Priority.P2) -> Classification:
    promise = policy.BY_PRIORITY[priority]
    return Classification(
        severity, priority, "performance", promise.escalation, promise.sla, 0.7, DecidedBy.RULE
    )


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ada(minutes: float) -> By:
    return By("cli:ada", at(minutes))


def opened(made: Classification | None = None) -> Moved:
    issue = Issue(
        number=7,
        title="The shop is slow",
        description="",
        status=Status.NEW,
        classification=made or decided(),
        milestones=Milestones(START, START),
        opened_at=START,
        changed_at=START,
        calls_since=START,
    )
    return moves.opened(issue, By("hook:prom", START), "an alert fired")


def an_issue(made: Classification | None = None) -> Issue:
    return opened(made).issue


def state_of(events: list[ClockEvent], clock: ClockName, minutes: float) -> ClockState:
    return sla.readings(events, at(minutes), CALENDARS)[clock].state


def test_an_opened_issue_is_triaged_and_its_clocks_run() -> None:
    moved = opened()
    assert moved.issue.status is Status.TRIAGED
    assert [entry.event for entry in moved.entries] == ["opened", "triaged"]
    assert {event.clock for event in moved.clocks} == set(ClockName)
    assert moved.news is Event.OPENED


def test_who_acknowledges_first_has_it() -> None:
    first = moves.acknowledge(an_issue(), ada(1))
    again = moves.acknowledge(first.issue, By("cli:bob", at(2)))
    assert (first.issue.status, first.issue.acknowledged_by) == (Status.ACKNOWLEDGED, "cli:ada")
    assert again == Moved(first.issue)


@pytest.mark.parametrize("status", STAGES)
def test_who_works_on_an_issue_has_acknowledged_it(status: Status) -> None:
    moved = moves.stage(an_issue(), ada(1), status)
    assert moved.issue.acknowledged_by == "cli:ada"
    events = [*opened().clocks, *moved.clocks]
    assert state_of(events, ClockName.RESPONSE, 1000) is ClockState.MET


def test_what_is_watched_is_mitigated_until_somebody_works_on_it_again() -> None:
    watched = moves.stage(an_issue(), ada(1), Status.MONITORING).issue
    again = moves.stage(watched, ada(2), Status.FIXING).issue

    assert watched.milestones.mitigated == at(1)
    assert again.milestones.mitigated is None
    assert moves.stage(again, ada(3), Status.MONITORING).issue.milestones.mitigated == at(3)


def test_on_hold_everything_waits_but_the_first_response() -> None:
    moved = moves.hold(an_issue(), ada(1), "the provider looks at it", at(60))
    events = [*opened().clocks, *moved.clocks]
    assert state_of(events, ClockName.RESOLUTION, 10) is ClockState.PAUSED
    assert state_of(events, ClockName.UPDATE, 10) is ClockState.PAUSED
    assert state_of(events, ClockName.RESPONSE, 10) is ClockState.RUNNING
    assert moved.issue.held_until == at(60)


def test_who_resolves_an_issue_has_taken_it_and_what_ends_by_itself_nobody_has() -> None:
    said = moves.resolve(an_issue(), ada(5), "it works again").issue
    assert (said.acknowledged_by, said.milestones.acknowledged) == ("cli:ada", at(5))
    assert said.milestones.disorder is None

    ended = moves.subside(an_issue(), By("hook:prom", at(5)), "it ended", Evidence.ALERTS_ENDED)
    assert (ended.issue.status, ended.issue.acknowledged_by) == (Status.RESOLVED, None)
    assert ended.issue.milestones.acknowledged is None


def test_resolving_an_issue_on_hold_resumes_it_first() -> None:
    held = moves.hold(an_issue(), ada(1), "waits").issue
    moved = moves.resolve(held, ada(5), "the check is clean again")
    assert [entry.event for entry in moved.entries] == ["resumed", "resolved"]
    assert not moved.issue.on_hold


def test_the_clock_of_a_reopened_issue_goes_on_where_it_stood() -> None:
    resolved = moves.resolve(an_issue(), ada(60), "quiet for an hour")
    reopened = moves.reopen(resolved.issue, ada(600), "it is back")
    events = [*opened().clocks, *resolved.clocks, *reopened.clocks]

    reading = sla.readings(events, at(630), CALENDARS)[ClockName.RESOLUTION]
    assert reading.elapsed == timedelta(minutes=90)
    assert reopened.issue.milestones.resolved is None
    assert reopened.issue.acknowledged_by is None


def test_what_is_reopened_waits_for_nothing_any_more() -> None:
    watched = moves.stage(an_issue(), ada(1), Status.MONITORING)
    held = moves.hold(watched.issue, ada(2), "the provider deploys")
    again = moves.reopen(held.issue, ada(9), "it is slow again")

    events = [*opened().clocks, *watched.clocks, *held.clocks, *again.clocks]
    assert not again.issue.on_hold
    assert [entry.event for entry in again.entries] == ["resumed", "reopened"]
    assert state_of(events, ClockName.RESOLUTION, 10) is ClockState.RUNNING


def test_news_start_the_clock_of_the_news_anew() -> None:
    moved = moves.note(an_issue(), ada(50), "we know why")
    reading = sla.readings([*opened().clocks, *moved.clocks], at(51), CALENDARS)
    assert reading[ClockName.UPDATE].elapsed == timedelta(minutes=1)


def test_an_issue_that_becomes_worse_asks_again_for_somebody() -> None:
    taken = moves.acknowledge(an_issue(), ada(1)).issue
    worse = decided(Severity.CRITICAL, Priority.P1)

    by_itself = moves.reclassify(taken, By("rule", at(9)), worse, "the database is gone as well")
    by_its_owner = moves.reclassify(taken, ada(9), worse, "it is worse than I thought")

    assert by_itself.issue.acknowledged_by is None
    assert by_itself.issue.calls_since == at(9)
    assert by_its_owner.issue.acknowledged_by == "cli:ada"
    met = (*opened().clocks, *moves.acknowledge(an_issue(), ada(1)).clocks)
    assert state_of([*met, *by_itself.clocks], ClockName.RESPONSE, 10) is ClockState.RUNNING
    assert state_of([*met, *by_itself.clocks], ClockName.RESPONSE, 25) is ClockState.BREACHED
    assert state_of([*met, *by_its_owner.clocks], ClockName.RESPONSE, 25) is ClockState.MET


def test_what_becomes_more_urgent_asks_again_for_somebody() -> None:
    taken = moves.acknowledge(an_issue(), ada(1)).issue
    urgent = decided(Severity.HIGH, Priority.P1)

    assert moves.reclassify(taken, By("llm", at(9)), urgent, "money").issue.acknowledged_by is None


def test_what_takes_in_something_worse_is_as_bad_and_asks_for_somebody() -> None:
    into = moves.acknowledge(an_issue(decided(Severity.MEDIUM, Priority.P3)), ada(1)).issue
    worse = replace(an_issue(decided(Severity.HIGH, Priority.P1)), number=8)

    taken = moves.take_in(into, By("cli:bob", at(9)), worse)
    milder = moves.take_in(worse, ada(9), into)

    made = taken.issue.classification
    assert (made.severity, made.priority) == (Severity.HIGH, Priority.P1)
    assert made.sla == policy.BY_PRIORITY[Priority.P1].sla
    assert [entry.event for entry in taken.entries] == ["took-in", "reclassified"]
    assert taken.clocks
    assert taken.issue.acknowledged_by is None
    assert milder.issue.classification == worse.classification


def test_what_is_over_makes_nothing_worse() -> None:
    over = replace(solved(), number=8, classification=decided(Severity.CRITICAL, Priority.P1))

    taken = moves.take_in(an_issue(), ada(9), over)

    assert taken.issue.classification == an_issue().classification


def test_another_priority_forgets_nothing_that_has_passed() -> None:
    moved = moves.reclassify(an_issue(), ada(30), decided(Severity.CRITICAL, Priority.P1), "worse")
    reading = sla.readings([*opened().clocks, *moved.clocks], at(40), CALENDARS)
    assert reading[ClockName.RESOLUTION].elapsed == timedelta(minutes=40)
    assert reading[ClockName.RESPONSE].state is ClockState.BREACHED  # 15 min of a p1 are over


REFUSED: list[tuple[str, Callable[[], Moved], str]] = [
    ("no evidence", lambda: moves.resolve(an_issue(), ada(1), " "), "evidence"),
    ("p2 without review", lambda: moves.close(solved(), ada(9)), "review"),
    (
        "p3 that was resolved as a p1",
        lambda: moves.close(softened(), ada(9), " "),
        "a p1 is closed",
    ),
    ("closing what goes on", lambda: moves.close(an_issue(), ada(9), "r"), "when it is resolved"),
    ("review of what goes on", lambda: moves.review(an_issue(), ada(9)), "when it is resolved"),
    ("open already", lambda: moves.reopen(an_issue(), ada(9), "why"), "is open"),
    ("no reason", lambda: moves.reopen(solved(), ada(9), ""), "reason"),
    ("not on hold", lambda: moves.resume(an_issue(), ada(9)), "not on hold"),
    ("into itself", lambda: moves.merge(an_issue(), ada(9), an_issue()), "itself"),
    ("hold in the past", lambda: moves.hold(an_issue(), ada(9), "why", at(8)), "has passed"),
    ("an empty note", lambda: moves.note(an_issue(), ada(9), "\n"), "words"),
    ("no stage", lambda: moves.stage(an_issue(), ada(9), Status.CLOSED), "no stage"),
    ("ack of the solved", lambda: moves.acknowledge(solved(), ada(9)), "cannot be acknowledged"),
    (
        "work on hold",
        lambda: moves.stage(moves.hold(an_issue(), ada(1), "x").issue, ada(2), Status.FIXING),
        "on hold",
    ),
    (
        "disorder",
        lambda: moves.amend(an_issue(), ada(9), Milestones(at(5), at(1)), "seen later"),
        "is before",
    ),
    (
        "what is still to come",
        lambda: moves.amend(an_issue(), ada(9), Milestones(at(0), at(10)), "a guess"),
        "is still to come",
    ),
]


def test_what_is_over_already_is_not_told_to_be_resolved_first() -> None:
    declined = moves.decline(an_issue(), ada(1), Declined.DUPLICATE, "of #3").issue

    with pytest.raises(Refused) as refused:
        moves.close(declined, ada(2), "r")

    assert refused.value.remedy is None


def solved() -> Issue:
    return moves.resolve(an_issue(), ada(5), "clean").issue


def softened() -> Issue:
    was = replace(solved(), resolved_as=Priority.P1)
    return moves.reclassify(was, ada(6), decided(Severity.LOW, Priority.P3), "it was less").issue


@pytest.mark.parametrize(("act", "said"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_may_not_be_done_is_refused_with_the_reason(
    act: Callable[[], Moved], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        act()


texts = st.sampled_from(["", "because", "the check is clean again"])


class Lives(RuleBasedStateMachine):
    """Any acts in any order, at moments that never go back."""

    def __init__(self) -> None:
        super().__init__()
        moved = opened()
        self.issue = moved.issue
        self.events = list(moved.clocks)
        self.now = START
        self.ends: list[Status] = []

    def do(self, act: Callable[[By], Moved]) -> None:
        """Do it, or be refused and change nothing."""
        self.now += timedelta(minutes=1)
        before = self.issue
        try:
            moved = act(By("cli:ada", self.now))
        except Refused:
            return
        self.issue = moved.issue
        self.events += moved.clocks
        if moved.issue != before:
            assert moved.entries, "a change that is not written down"
            assert all(entry.actor and entry.at == self.now for entry in moved.entries)
        if before.status.is_end and not self.issue.status.is_end:
            assert [entry.event for entry in moved.entries] == ["reopened"]

    @rule()
    def acknowledge(self) -> None:
        """Take it."""
        self.do(lambda by: moves.acknowledge(self.issue, by))

    @rule(status=st.sampled_from(STAGES))
    def stage(self, status: Status) -> None:
        """Work on it."""
        self.do(lambda by: moves.stage(self.issue, by, status))

    @rule(text=texts)
    def hold(self, text: str) -> None:
        """Wait."""
        self.do(lambda by: moves.hold(self.issue, by, text))

    @rule()
    def resume(self) -> None:
        """Wait no longer."""
        self.do(lambda by: moves.resume(self.issue, by))

    @rule(text=texts)
    def resolve(self, text: str) -> None:
        """End the trouble."""
        self.do(lambda by: moves.resolve(self.issue, by, text))

    @rule()
    def review(self) -> None:
        """Look back."""
        self.do(lambda by: moves.review(self.issue, by))

    @rule(text=texts)
    def close(self, text: str) -> None:
        """End the work."""
        self.do(lambda by: moves.close(self.issue, by, text))

    @rule(text=texts)
    def decline(self, text: str) -> None:
        """Say that it is none."""
        self.do(lambda by: moves.decline(self.issue, by, Declined.DUPLICATE, text))

    @rule(text=texts)
    def reopen(self, text: str) -> None:
        """Go on."""
        self.do(lambda by: moves.reopen(self.issue, by, text))

    @rule()
    def merge(self) -> None:
        """Join another one."""
        other = replace(an_issue(), number=8)
        self.do(lambda by: moves.merge(self.issue, by, other))

    @rule(
        severity=st.sampled_from(Severity),
        priority=st.sampled_from(Priority),
        actor=st.sampled_from(["cli:ada", "rule"]),
    )
    def reclassify(self, severity: Severity, priority: Priority, actor: str) -> None:
        """Decide otherwise."""
        made = decided(severity, priority)
        self.do(lambda by: moves.reclassify(self.issue, replace(by, actor=actor), made, "why"))

    @precondition(lambda self: self.issue.status.is_live)
    @rule(text=texts)
    def note(self, text: str) -> None:
        """Tell of it."""
        self.do(lambda by: moves.note(self.issue, by, text))

    @invariant()
    def milestones_stay_in_order(self) -> None:
        """Each milestone comes after the one before it."""
        assert self.issue.milestones.disorder is None

    @invariant()
    def status_and_marks_agree(self) -> None:
        """What stands beside the status says the same as it."""
        issue = self.issue
        assert issue.status.is_end == (issue.ended_at is not None)
        assert (issue.status is Status.MERGED) == (issue.merged_into is not None)
        assert not (issue.on_hold and not issue.status.is_live)
        if issue.status.is_live:
            assert issue.milestones.resolved is None
        if issue.status in (Status.RESOLVED, Status.IN_REVIEW, Status.CLOSED):
            assert issue.milestones.resolved is not None

    @invariant()
    def clocks_and_status_agree(self) -> None:
        """The resolution's clock runs while the trouble goes on, waits on hold, and else stands."""
        reading = sla.readings(self.events, self.now, CALENDARS)[ClockName.RESOLUTION]
        later = sla.readings(self.events, self.now + timedelta(hours=1), CALENDARS)
        moves_on = later[ClockName.RESOLUTION].elapsed > reading.elapsed
        assert moves_on == (self.issue.status.is_live and not self.issue.on_hold)


TestLives = Lives.TestCase
