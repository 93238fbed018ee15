"""What is due about an issue at a moment: its hold, its clocks, its calls; and when to look again.

Pure: an issue with what has just been decided about it, the ledger of its clocks and the people
come in; what becomes of it, whom to tell, and the next moment at which something is due come out.
Nothing is due twice: what was done is written into the issue and its ledger.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from fettle.model.clock import ClockAct, ClockEvent
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.model.notification import Event
from fettle.triage import escalate, moves, sla
from fettle.triage.escalate import Call, EscalationPolicy
from fettle.triage.moves import By
from fettle.triage.people import People

ACTOR = "fettle"
_NOTICES = {ClockAct.AT_RISK: Event.AT_RISK, ClockAct.BREACHED: Event.BREACHED}
_IN_WORDS = {ClockAct.AT_RISK: "at risk", ClockAct.BREACHED: "breached"}
_SOON = timedelta(milliseconds=1)
_ASKED_BY = {Event.AT_RISK: ("team",), Event.BREACHED: ("on-call", "team")}


@dataclass(frozen=True)
class Told:
    """What people are to be told.

    `receivers` None means those who were told of the issue before, and `otherwise` who is told
    where nobody was. `asks` lets the message offer to acknowledge. `due_at` is when it may be
    handed over: what is quiet waits for the next working hour, and is told together with what else
    waits for it.
    """

    event: Event
    text: str
    receivers: tuple[str, ...] | None
    due_at: datetime
    asks: bool = False
    quiet: bool = False
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attended:
    """An issue when all that was due has been done; `next_at` is when something is due again."""

    moved: Moved
    told: tuple[Told, ...] = ()
    next_at: datetime | None = None


@dataclass
class _Attending:
    """One issue while it is attended to."""

    moved: Moved
    ledger: list[ClockEvent]
    people: People
    now: datetime
    told: list[Told] = field(default_factory=list)

    @property
    def issue(self) -> Issue:
        return self.moved.issue

    @property
    def policy(self) -> EscalationPolicy:
        return self.people.policies[self.issue.classification.escalation]

    @property
    def by(self) -> By:
        return By(ACTOR, self.now)

    def decide(self, moved: Moved) -> None:
        """Let happen what was decided."""
        self.take(moved)
        self.moved = replace(self.moved, news=moved.news)

    def take(self, more: Moved) -> None:
        """Let one more thing have been decided."""
        self.moved = replace(
            self.moved,
            issue=more.issue,
            entries=(*self.moved.entries, *more.entries),
            clocks=(*self.moved.clocks, *more.clocks),
        )
        self.ledger += more.clocks

    def tell(self, event: Event, text: str, receivers: tuple[str, ...]) -> None:
        """Tell people now."""
        self.told.append(Told(event, text, receivers, self.now))

    def tell_on(
        self, event: Event, text: str, otherwise: tuple[str, ...] = (), *, asks: bool = False
    ) -> None:
        """Tell those who were told before, as quietly as the issue is told of."""
        quiet = self.policy.quiet
        due_at = _next_gathering(self) if quiet else self.now
        asks = asks and not quiet
        self.told.append(Told(event, text, None, due_at, asks, quiet, otherwise))


def attend(moved: Moved, ledger: Sequence[ClockEvent], people: People, now: datetime) -> Attended:
    """Do what is due; `ledger` holds what was entered before `moved`."""
    one = _Attending(Moved(moved.issue), [*ledger], people, now)
    _notice(one, ClockAct.BREACHED)  # before what was decided keeps, or renews, a broken promise
    one.decide(moved)
    _release(one)
    _tell_news(one)
    _notice(one, *_NOTICES)
    _call(one)
    issue = replace(one.issue, broken=sla.broken(one.ledger))
    return Attended(replace(one.moved, issue=issue), tuple(one.told), _next_at(one))


def _release(one: _Attending) -> None:
    """Let an issue go on that was on hold until now; it does from then on, however late it is."""
    issue, until = one.issue, one.issue.held_until
    if issue.on_hold and until is not None and until <= one.now:
        moved = moves.resume(issue, By(ACTOR, until), "it was on hold until now")
        changed_at = max(issue.changed_at, until)
        one.take(replace(moved, issue=replace(moved.issue, changed_at=changed_at)))


def _tell_news(one: _Attending) -> None:
    """Tell of what was decided; of an issue that asks for somebody, its call tells."""
    issue, entries = one.issue, one.moved.entries
    if one.moved.news is Event.RESOLVED:
        if issue.status is Status.MERGED:
            # who was told of it hears how that ends
            one.tell_on(Event.CHANGED, f"it is part of #{issue.merged_into} from now on")
        elif not _was_over(entries):
            one.tell_on(Event.RESOLVED, _last_words(entries))
        return
    if not issue.status.is_live:
        return
    for entry in entries:
        if entry.event == "assigned":
            whom = (issue.assignee,) if issue.assignee else ("team",)
            text = f"{entry.actor} has given it to {issue.assignee or issue.team or 'nobody'}"
            one.tell(Event.CHANGED, text, _reached(one, whom))
    joined = [entry for entry in entries if entry.event == "joined"]
    if joined and _calls_nobody(one):
        more = f", and {len(joined) - 1} more" if len(joined) > 1 else ""
        taken = issue.acknowledged_by is not None
        how = "while it was acknowledged" if taken else "and nobody has taken it"
        text = f"something new joined it {how}: {joined[0].text}{more}"
        one.tell_on(Event.CHANGED, text, _reached(one, ("team",)), asks=not taken)


def _calls_nobody(one: _Attending) -> bool:
    """Whether no call is to come that would tell: somebody has taken it, or all were called."""
    return escalate.next_call(one.policy, one.issue, one.people.hours_of(one.issue.team)) is None


def _was_over(entries: Sequence[Entry]) -> bool:
    """Whether it was over, or was not there, before: what began since has disturbed nobody."""
    for entry in entries:
        if entry.event == "opened":
            return True
        if entry.event == "reopened":
            return entry.detail.get("from") != Status.MONITORING
        if entry.event == "resolved":
            return False
    return False


def _last_words(entries: Sequence[Entry]) -> str:
    last = entries[-1]
    return f"{last.event}: {last.text}" if last.text else last.event


def _notice(one: _Attending, *acts: ClockAct) -> None:
    """Note each clock that has become at risk or breached, and tell of it."""
    calendars = one.people.calendars(one.issue.team)
    for event in list(sla.notices(one.ledger, one.now, calendars)):
        if event.act not in acts:
            continue
        name = f"{event.clock}-{event.act}"
        entry = Entry(name, ACTOR, one.now, event.reason, {"clock": str(event.clock)})
        one.take(Moved(one.issue, (entry,), (event,)))
        kind = _NOTICES[event.act]
        text = f"its {event.clock} is {_IN_WORDS[event.act]}: {event.reason}"
        one.tell(kind, text, _reached(one, _ASKED_BY[kind]))


def _call(one: _Attending) -> None:
    """Call whoever is due; several steps that were missed are one call of all their people.

    Each step is caught up with once: what was missed beyond that comes from now on.
    """
    hours = one.people.hours_of(one.issue.team)
    runs_out = escalate.runs_out_at(one.policy, one.issue, hours)
    if runs_out is not None and runs_out <= one.now:
        one.take(escalate.ran_out(one.issue, one.by))
    first = one.issue.calls_made == 0
    called: dict[str, None] = {}
    made: Call | None = None
    for call in islice(_due_calls(one), len(one.policy.steps)):
        receivers = one.people.reached(one.issue.team, call.who, one.now)
        one.take(escalate.called(one.issue, one.by, call, receivers))
        called |= dict.fromkeys(receivers)
        made = call
    if made is None:
        return
    # one that was opened outside the hours of those who are called is new to them
    noticed = any(event.act in _NOTICES for event in one.ledger)
    opened = first and one.issue.calls_since == one.issue.opened_at and not noticed
    event = Event.OPENED if opened else Event.ESCALATED
    text = _why_called(one, made, opened=opened)
    if next(_due_calls(one), None) is not None:
        issue = escalate.put_off(one.policy, one.issue, made, one.by, hours)
        one.take(Moved(issue))
    due_at = _next_gathering(one) if one.policy.quiet else one.now
    one.told.append(
        Told(event, text, tuple(called), due_at, asks=not one.policy.quiet, quiet=one.policy.quiet)
    )


def _due_calls(one: _Attending) -> Iterator[Call]:
    hours = one.people.hours_of(one.issue.team)
    while (call := escalate.next_call(one.policy, one.issue, hours)) and call.at <= one.now:
        yield call


def _why_called(one: _Attending, call: Call, *, opened: bool) -> str:
    entry = next((entry for entry in one.moved.entries if entry.event in _ASK_ANEW), None)
    if entry is not None:
        return f"{_ASK_ANEW[entry.event]}: {entry.text}" if entry.text else _ASK_ANEW[entry.event]
    if opened:
        return _ASK_ANEW["opened"]
    rounds = f", round {call.round} of {one.policy.rounds}" if one.policy.rounds > 1 else ""
    return f"nobody has taken it; step {call.step} of {len(one.policy.steps)}{rounds}"


_ASK_ANEW = {
    "opened": "it is new",
    "reopened": "it was reopened",
    "reclassified": "it has become worse",
    "acknowledgement-ran-out": "it asks for somebody again",
    "fix-unsure": "a fix was cut off, and nobody knows whether it acted",
}


def _reached(one: _Attending, who: tuple[str, ...]) -> tuple[str, ...]:
    """Return the receivers of people of the issue's team."""
    return one.people.reached(one.issue.team, who, one.now)


def _next_gathering(one: _Attending) -> datetime:
    """Return the end of the working hour that counts now or next."""
    hours = one.people.hours_of(one.issue.team)
    opened = hours.add(one.now, timedelta(microseconds=1))
    return opened.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _next_at(one: _Attending) -> datetime | None:
    issue = one.issue
    if not issue.status.is_live:
        return None
    hours = one.people.hours_of(issue.team)
    call = escalate.next_call(one.policy, issue, hours)
    moments = (
        issue.held_until,
        None if call is None else call.at,
        escalate.runs_out_at(one.policy, issue, hours),
        sla.next_notice(one.ledger, one.now, one.people.calendars(issue.team)),
    )
    # what is due is done; a moment that is reckoned to have passed all the same is not waited for
    known = [max(at, one.now + _SOON) for at in moments if at is not None]
    return min(known, default=None)
