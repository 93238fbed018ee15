"""The life of an issue: what may be done with it when, and what that makes of it.

1. new → triaged → acknowledged → investigating → identified → fixing → monitoring → resolved →
   in review → closed; stages may be skipped and gone back to, while the trouble is live.
2. Beside the way: on hold, which pauses what is promised but the first response; merged, declined.
3. Resolved needs evidence that the trouble is over, of which the kind is written down. Closed
   needs, for p1 and p2, the review.
4. Who works on an issue has acknowledged it. One that has become worse asks for it again.
5. From monitoring, or from any end, an issue is reopened to investigating; its clock for the
   resolution goes on where it stood.

Every function takes the moment and who acts, and raises Refused for what may not be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from fettle.errors import Refused
from fettle.model.classification import Classification
from fettle.model.clock import ClockAct, ClockEvent, ClockName
from fettle.model.issue import Declined, Entry, Issue, Milestones, Moved, Status
from fettle.model.notification import Event
from fettle.model.review import Evidence
from fettle.triage import sla
from fettle.triage.worsen import is_worse, worsened

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ASKED = (Status.NEW, Status.TRIAGED)
STAGES = (Status.INVESTIGATING, Status.IDENTIFIED, Status.FIXING, Status.MONITORING)
_NEWS = (ClockName.UPDATE, ClockName.RESOLUTION)


@dataclass(frozen=True)
class By:
    """Who acts, and when."""

    actor: str
    at: datetime


def opened(issue: Issue, by: By, text: str, detail: Mapping[str, str] = _NOTHING) -> Moved:
    """Open an issue that was classified: its clocks start."""
    made = issue.classification
    triaged = replace(issue, status=Status.TRIAGED)
    entries = (
        Entry("opened", by.actor, by.at, text, detail),
        Entry("triaged", str(made.by), by.at, "; ".join(made.evidence), _decision(made)),
    )
    return Moved(triaged, entries, tuple(sla.started(made.sla, by.at)), Event.OPENED)


def acknowledge(issue: Issue, by: By) -> Moved:
    """Say that one takes it; it does nothing where somebody has."""
    _live(issue, "acknowledged")
    if issue.acknowledged_by is not None:
        return Moved(issue)
    taken = _taken(issue, by)
    status = Status.ACKNOWLEDGED if issue.status in _ASKED else issue.status
    return Moved(
        _changed(taken, by, status=status), (Entry("acknowledged", by.actor, by.at),), _met(by)
    )


def assign(
    issue: Issue, by: By, team: str | None, assignee: str | None = None, text: str = ""
) -> Moved:
    """Hand it to a team, or to one of its people."""
    _not_ended(issue, "assigned")
    if (team, assignee) == (issue.team, issue.assignee):
        return Moved(issue)
    detail = {"team": team or "", "assignee": assignee or ""}
    entry = Entry("assigned", by.actor, by.at, text, detail)
    assigned = _changed(issue, by, team=team, assignee=assignee)
    return Moved(assigned, (entry,), news=Event.CHANGED)


def stage(issue: Issue, by: By, status: Status, text: str = "") -> Moved:
    """Say that it is investigated, its cause identified, that it is being fixed, or watched.

    To watch it is to say that it is mitigated; to go back from there, that it is not.
    """
    _live(issue, str(status))
    if status not in STAGES:
        raise Refused(f"{status} is no stage of the work", remedy=f"one of {', '.join(STAGES)}")
    if issue.on_hold:
        raise Refused("the issue is on hold", remedy=f"fettle issue resume {issue.number}")
    if status is issue.status:
        return Moved(issue)
    clocks = (*_restarted(by), *(() if issue.acknowledged_by else _met(by)))
    taken = _taken(issue, by)
    seen = taken.milestones
    if status is Status.MONITORING:
        taken = replace(taken, milestones=replace(seen, mitigated=seen.mitigated or by.at))
    elif issue.status is Status.MONITORING:
        taken = replace(taken, milestones=replace(seen, mitigated=None))
    entry = Entry(str(status), by.actor, by.at, text, {"from": str(issue.status)})
    return Moved(_changed(taken, by, status=status), (entry,), clocks, Event.CHANGED)


def note(issue: Issue, by: By, text: str) -> Moved:
    """Say something about it; that is the news that was promised."""
    if not text.strip():
        raise Refused("a note needs words")
    clocks = _restarted(by) if issue.status.is_live else ()
    return Moved(_changed(issue, by), (Entry("note", by.actor, by.at, text),), clocks)


def hold(issue: Issue, by: By, reason: str, until: datetime | None = None) -> Moved:
    """Let what is promised wait for something outside; the first response waits for nothing."""
    _live(issue, "put on hold")
    if issue.on_hold:
        raise Refused("the issue is on hold already")
    if not reason.strip():
        raise Refused("putting an issue on hold needs the reason")
    if until is not None and until <= by.at:
        raise Refused(f"{until:%Y-%m-%d %H:%M} UTC has passed", remedy="name a later moment")
    clocks = tuple(ClockEvent(clock, by.at, ClockAct.PAUSED, reason=reason) for clock in _NEWS)
    detail = {"until": until.isoformat()} if until else {}
    held = _changed(issue, by, held_since=by.at, held_until=until)
    return Moved(held, (Entry("held", by.actor, by.at, reason, detail),), clocks)


def resume(issue: Issue, by: By, text: str = "") -> Moved:
    """Let what is promised go on."""
    if not issue.on_hold:
        raise Refused("the issue is not on hold")
    clocks = tuple(ClockEvent(clock, by.at, ClockAct.RESUMED) for clock in _NEWS)
    resumed = _changed(issue, by, held_since=None, held_until=None)
    return Moved(resumed, (Entry("resumed", by.actor, by.at, text),), clocks)


def resolve(issue: Issue, by: By, evidence: str, kind: Evidence = Evidence.WORD) -> Moved:
    """Say that the trouble is over, and what shows it, in words and by its kind.

    Who says so has taken it.
    """
    _live(issue, "resolved")
    if not evidence.strip():
        raise Refused(
            "resolving needs the evidence that the trouble is over",
            remedy=f'fettle issue resolve {issue.number} --evidence "what shows it"',
        )
    return _resolved(_taken(issue, by), by, evidence, kind)


def subside(issue: Issue, by: By, evidence: str, kind: Evidence) -> Moved:
    """Say that the trouble has ended without anybody's word: nobody has taken it by that."""
    _live(issue, "resolved")
    return _resolved(issue, by, evidence, kind)


def _resolved(issue: Issue, by: By, evidence: str, kind: Evidence) -> Moved:
    before = _released(issue, by)
    seen = before.issue.milestones
    milestones = replace(seen, mitigated=seen.mitigated or by.at, resolved=by.at)
    resolved = _changed(
        before.issue,
        by,
        status=Status.RESOLVED,
        milestones=milestones,
        resolved_as=issue.classification.priority,
    )
    clocks = (
        *before.clocks,
        *_met(by),
        ClockEvent(ClockName.UPDATE, by.at, ClockAct.STOPPED),
        ClockEvent(ClockName.RESOLUTION, by.at, ClockAct.MET),
    )
    entries = (
        *before.entries,
        Entry("resolved", by.actor, by.at, evidence, {"evidence": str(kind)}),
    )
    return Moved(resolved, entries, clocks, Event.RESOLVED)


def review(issue: Issue, by: By) -> Moved:
    """Begin to look back at what happened."""
    if issue.status is not Status.RESOLVED:
        raise Refused(f"an issue is reviewed when it is resolved; this one is {issue.status}")
    entry = Entry("in-review", by.actor, by.at)
    return Moved(_changed(issue, by, status=Status.IN_REVIEW), (entry,))


def close(issue: Issue, by: By, reviewed: str | None = None) -> Moved:
    """End it; `reviewed` is what the review came to, or where it stands."""
    if issue.status not in (Status.RESOLVED, Status.IN_REVIEW):
        raise Refused(
            f"an issue is closed when it is resolved; this one is {issue.status}",
            remedy=f"fettle issue resolve {issue.number}" if issue.status.is_live else None,
        )
    if issue.owes_review and not (reviewed or "").strip():
        raise Refused(
            f"a {issue.owes_review} is closed with its review",
            remedy=f"fettle issue review {issue.number} --show",
        )
    closed = _changed(issue, by, status=Status.CLOSED, ended_at=by.at)
    return Moved(closed, (Entry("closed", by.actor, by.at, reviewed or ""),))


def decline(issue: Issue, by: By, why: Declined, text: str) -> Moved:
    """Say that it is no trouble, trouble that is known already, or that nothing will be done."""
    _live(issue, "declined")
    if not text.strip():
        raise Refused("declining needs the reason in words")
    detail = {"why": str(why)}
    return _ended(issue, by, Status.DECLINED, Entry("declined", by.actor, by.at, text, detail))


def merge(issue: Issue, by: By, into: Issue, text: str = "") -> Moved:
    """Say that it is the same trouble as another issue, which goes on."""
    if issue.status.is_end:
        raise Refused(f"the issue is {issue.status}")
    if into.number == issue.number:
        raise Refused("an issue cannot be merged into itself")
    if into.status is Status.MERGED:
        raise Refused(
            f"issue {into.number} was merged itself", remedy=f"merge into {into.merged_into}"
        )
    if issue.status.is_live and not into.status.is_live:
        raise Refused(
            f"issue {into.number} is {into.status}, and this one goes on",
            remedy=f"fettle issue reopen {into.number}",
        )
    entry = Entry("merged", by.actor, by.at, text, {"into": str(into.number)})
    moved = _ended(issue, by, Status.MERGED, entry)
    return replace(moved, issue=replace(moved.issue, merged_into=into.number))


def take_in(into: Issue, by: By, issue: Issue, text: str = "") -> Moved:
    """Say of the issue that goes on what was merged into it: its signals, and what joins it.

    Where the other one was worse, or more urgent, it is so from then on.
    """
    detail = {"from": str(issue.number), "signals": str(issue.signals)}
    entry = Entry("took-in", by.actor, by.at, text or issue.title, detail)
    signals = into.signals + issue.signals
    taken = Moved(_changed(into, by, signals=signals, group=into.group or issue.group), (entry,))
    made = worsened(into.classification, issue.classification)
    if not (issue.status.is_live and is_worse(made, into.classification)):
        return taken
    worse = reclassify(taken.issue, by, made, f"#{issue.number} is a part of it")
    return replace(worse, entries=(*taken.entries, *worse.entries))


def part(issue: Issue, by: By, signals: int, into: int, text: str = "") -> Moved:
    """Say of an issue that some of its signals are an issue of their own now."""
    _not_ended(issue, "split")
    entry = Entry("split", by.actor, by.at, text, {"into": str(into), "signals": str(signals)})
    return Moved(_changed(issue, by, signals=max(0, issue.signals - signals)), (entry,))


def reopen(issue: Issue, by: By, reason: str) -> Moved:
    """Say that the trouble is not over."""
    if issue.status.is_live and issue.status is not Status.MONITORING:
        raise Refused(f"the issue is open: it is {issue.status}")
    if not reason.strip():
        raise Refused("reopening needs the reason")
    before = _released(issue, by)
    clocks = (*before.clocks, *_restarted(by))
    if not issue.status.is_live:
        clocks = (*(ClockEvent(clock, by.at, ClockAct.REOPENED) for clock in _NEWS), *clocks)
    reopened = replace(
        before.issue,
        acknowledged_by=None,
        calls_since=by.at,
        calls_made=0,
        ended_at=None,
        merged_into=None,
        resolved_as=None,
        milestones=replace(issue.milestones, mitigated=None, resolved=None),
    )
    entry = Entry("reopened", by.actor, by.at, reason, {"from": str(issue.status)})
    investigated = _changed(reopened, by, status=Status.INVESTIGATING)
    return Moved(investigated, (*before.entries, entry), clocks, Event.OPENED)


def reclassify(issue: Issue, by: By, made: Classification, reason: str) -> Moved:
    """Decide otherwise: what is promised changes, and nothing that has passed is forgotten.

    One that has become worse asks again for somebody to take it, unless who decides works on it.
    """
    _not_ended(issue, "classified anew")
    before = issue.classification
    if made == before:
        return Moved(issue)
    worse = made.severity > before.severity or made.priority < before.priority
    asks = worse and issue.status.is_live and issue.acknowledged_by != by.actor
    promised = sla.retargeted(made.sla, by.at, reason) if made.sla != before.sla else ()
    clocks = sla.asked_anew(promised, made.sla, by.at, reason) if asks else tuple(promised)
    changed = _changed(issue, by, classification=made)
    if asks:
        changed = replace(changed, acknowledged_by=None, calls_since=by.at, calls_made=0)
    entry = Entry("reclassified", by.actor, by.at, reason, _decision(made))
    return Moved(changed, (entry,), clocks, Event.CHANGED)


def amend(issue: Issue, by: By, milestones: Milestones, reason: str) -> Moved:
    """Set milestones right, as people remember better than machines saw."""
    if not reason.strip():
        raise Refused("amending milestones needs the reason")
    if milestones == issue.milestones:
        return Moved(issue)
    if (disorder := milestones.disorder) is not None:
        raise Refused(disorder, remedy="each milestone is at or after the one before it")
    for name, at in vars(milestones).items():
        # What comes next would stand before it: it happens now.
        if at is not None and at > by.at and at != getattr(issue.milestones, name):
            raise Refused(f"{name} ({at:%Y-%m-%d %H:%M}) is still to come")
    if (milestones.resolved is None) != (issue.milestones.resolved is None):
        raise Refused("a milestone says otherwise than the status whether it is resolved")
    detail = _times(milestones)
    entry = Entry("milestones", by.actor, by.at, reason, detail)
    return Moved(_changed(issue, by, milestones=milestones), (entry,))


def _changed(issue: Issue, by: By, **changes: object) -> Issue:
    return replace(issue, changed_at=by.at, **changes)  # type: ignore[arg-type] # fields, by name


def _taken(issue: Issue, by: By) -> Issue:
    """Return the issue as one that somebody has taken."""
    if issue.acknowledged_by is not None:
        return issue
    seen = issue.milestones
    first = seen.acknowledged or min(by.at, seen.mitigated or by.at)
    milestones = replace(seen, acknowledged=first)
    return replace(issue, acknowledged_by=by.actor, milestones=milestones)


def _released(issue: Issue, by: By) -> Moved:
    return resume(issue, by) if issue.on_hold else Moved(issue)


def _ended(issue: Issue, by: By, status: Status, entry: Entry) -> Moved:
    before = _released(issue, by)
    stopped = tuple(ClockEvent(clock, by.at, ClockAct.STOPPED) for clock in _NEWS)
    ended = _changed(before.issue, by, status=status, ended_at=by.at)
    clocks = (*before.clocks, *_met(by), *stopped)
    return Moved(ended, (*before.entries, entry), clocks, Event.RESOLVED)


def _met(by: By) -> tuple[ClockEvent, ...]:
    return (ClockEvent(ClockName.RESPONSE, by.at, ClockAct.MET),)


def _restarted(by: By) -> tuple[ClockEvent, ...]:
    return (ClockEvent(ClockName.UPDATE, by.at, ClockAct.RESTARTED),)


def _live(issue: Issue, verb: str) -> None:
    if not issue.status.is_live:
        raise Refused(
            f"the issue is {issue.status}, and cannot be {verb}",
            remedy=f"fettle issue reopen {issue.number}",
        )


def _not_ended(issue: Issue, verb: str) -> None:
    if issue.status.is_end:
        raise Refused(
            f"the issue is {issue.status}, and cannot be {verb}",
            remedy=f"fettle issue reopen {issue.number}",
        )


def _decision(made: Classification) -> dict[str, str]:
    return {
        "severity": str(made.severity),
        "priority": str(made.priority),
        "category": made.category,
        "class": made.class_ or "",
    }


def _times(milestones: Milestones) -> dict[str, str]:
    return {
        name: at.isoformat() for name, at in vars(milestones).items() if isinstance(at, datetime)
    }
