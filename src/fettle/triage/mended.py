"""What fixes make of an issue: begun, ended, taken back; pure.

Who applies a fix takes the issue, and knows what is to be done: it is identified, and being fixed.
A fix that was seen to have worked lets it be watched; that is evidence when it is resolved. One
that did not work leaves it where it stands, and says so. One of which nobody knows whether it acted
asks for somebody again: whoever applied it may be asleep by then.
"""

from dataclasses import replace

from fettle.model.fix import FixRun, RunStatus
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.model.notification import Event
from fettle.triage import moves
from fettle.triage.moves import By

ACTOR = "fettle"
_BEFORE = (Status.NEW, Status.TRIAGED, Status.ACKNOWLEDGED, Status.INVESTIGATING)


def begun(issue: Issue, by: By, run: FixRun) -> Moved:
    """Let a fix be applied, or taken back: the issue is being fixed."""
    if not issue.status.is_live:
        return Moved(issue)
    what = _named(run)
    moved = moves.resume(issue, by, what) if issue.on_hold else Moved(issue)
    moved = _then(moved, moves.acknowledge(moved.issue, by))
    moved = _then(moved, Moved(moved.issue, (_entry("fix-begun", by, run, what),)))
    if moved.issue.status in _BEFORE:
        moved = _then(moved, moves.stage(moved.issue, by, Status.IDENTIFIED, what))
    return _then(moved, moves.stage(moved.issue, by, Status.FIXING, what))


def ended(issue: Issue, by: By, run: FixRun) -> Moved:
    """Say how a fix ended; `by` is who applied it, now."""
    if not issue.status.is_live:
        return Moved(issue)
    text = "; ".join(filter(None, (_verdict(run), run.reason, run.remedy)))
    entry = _entry(f"fix-{_event(run)}", replace(by, actor=ACTOR), run, f"{_named(run)}: {text}")
    moved = Moved(issue, (entry,))
    if run.status is RunStatus.UNSURE:
        asks = replace(
            issue, acknowledged_by=None, calls_since=by.at, calls_made=0, changed_at=by.at
        )
        return Moved(asks, (entry,), news=Event.CHANGED)
    if run.status is RunStatus.DONE and run.verified and not issue.on_hold:
        status = Status.MONITORING if run.undoes is None else Status.IDENTIFIED
        if issue.status in (*_BEFORE, Status.IDENTIFIED, Status.FIXING, Status.MONITORING):
            return _then(moved, moves.stage(issue, by, status, _named(run)))
    return moved


def _event(run: FixRun) -> str:
    if run.status is RunStatus.DONE and run.undoes is not None:
        return "undone"
    return str(run.status)


def _verdict(run: FixRun) -> str:
    if run.status is not RunStatus.DONE:
        return str(run.status)
    return "done, and seen to have worked" if run.verified else "done, but not verified"


def _named(run: FixRun) -> str:
    undo = "undo of " if run.undoes is not None else ""
    return f"{undo}{run.fix} on {run.subject} of {run.target}"


def _entry(event: str, by: By, run: FixRun, text: str) -> Entry:
    detail = {
        "run": run.id,
        "plan": run.plan,
        "fix": run.fix,
        "target": run.target,
        "subject": run.subject,
        "verified": str(run.verified).lower(),
    }
    return Entry(event, by.actor, by.at, text, detail)


def _then(moved: Moved, more: Moved) -> Moved:
    """Return what two moves come to, one after the other."""
    return Moved(
        more.issue,
        (*moved.entries, *more.entries),
        (*moved.clocks, *more.clocks),
        more.news or moved.news,
    )
