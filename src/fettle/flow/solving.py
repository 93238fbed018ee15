"""What is done about known errors of issues: which remedies there are, and what people decide.

1. What an issue may be cured by follows from its error (flow.recognise), the services and databases
   that it touches, and the settings: a remedy acts on its own target only.
2. Of a new issue the first remedy that may begin by itself does; those that ask wait on the issue
   for a yes. An automatic one of which too little is proven asks, and says so.
3. Each use is a run of the engine (flow.solve) under the id of its attempt, from the moment that it
   is to begin. Whether it may act is asked there, when it is about to (resolution.guards).

Every function is part of the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from fettle.engine.engine import Engine
from fettle.errors import Refused
from fettle.flow.tend import Desk
from fettle.model.issue import Entry, Issue
from fettle.model.remedy import (
    Attempt,
    AttemptState,
    Mode,
    Outcome,
    Record,
    Remedy,
    RemedyKind,
    Stopped,
)
from fettle.model.role import Caller, Role
from fettle.resolution import remedies as rules
from fettle.resolution.remedies import Cures, May
from fettle.settings import Settings
from fettle.settings.reach import label_of
from fettle.store import investigations, issues, remedies
from fettle.store.remedies import Recognition
from fettle.store.statements import Connection

RUN = "solve"
UNDO = "take back"
KIND = "remedy"
ACTOR = "fettle"


@dataclass(frozen=True)
class Solver:
    """What it takes to solve known errors: what was set, who runs it, the desk of issues."""

    settings: Settings
    engine: Engine
    desk: Desk

    @property
    def cures(self) -> Cures:
        """What is known, and what may be done."""
        return self.desk.cures


@dataclass(frozen=True)
class Offer:
    """A remedy for an issue: how far it may go by itself, and how often it has helped there."""

    remedy: Remedy
    may: May
    record: Record


async def offers(connection: Connection, desk: Desk, issue: Issue, known: str) -> list[Offer]:
    """Return the remedies for an issue that is a known error, in the settings' order."""
    touched = await _touched(connection, desk, issue)
    fitting = rules.fitting(desk.cures.remedies, known, touched)
    if not fitting:
        return []
    recorded = {
        (one.remedy, one.target): one.record for one in await remedies.records(connection, known)
    }
    found = [(one, recorded.get((one.name, one.target), Record())) for one in fitting]
    return [
        Offer(one, rules.may_go(one, record, desk.cures.limits), record) for one, record in found
    ]


async def _touched(connection: Connection, desk: Desk, issue: Issue) -> set[str]:
    """Return the services and databases that an issue is about, and all that they need."""
    catalogue = desk.policy.catalogue
    named = set(issue.classification.services)
    for service in issue.classification.services:
        named.update(catalogue.needs(service))
    looked_at = await investigations.of_issue(connection, issue.number)
    return named | {one.target for one in looked_at}


async def consider(
    connection: Connection, solver: Solver, issue: Issue, known: Recognition
) -> list[Attempt]:
    """Let remedies for an issue begin, or wait for a yes, as far as each may; return those."""
    if not known.answered or known.known is None or not issue.status.is_live:
        return []
    begun: list[Attempt] = []
    stopped = await remedies.stopped(connection)
    for offer in await offers(connection, solver.desk, issue, known.known):
        automatic = offer.may.mode is Mode.AUTOMATIC and stopped is None
        if offer.may.mode is Mode.SUGGEST or (
            automatic and any(one.state is AttemptState.QUEUED for one in begun)
        ):
            continue
        if await _open(connection, solver, issue.number, offer.remedy.name) is not None:
            continue
        attempt = _attempt(solver, issue, known.known, offer, ACTOR)
        if offer.may.mode is Mode.AUTOMATIC and stopped is not None:
            attempt = replace(attempt, why=f"{attempt.why}; {stopped.by} has stopped all acting")
        if automatic:
            attempt = replace(attempt, state=AttemptState.QUEUED)
        if await _keep(connection, solver, attempt, None):
            begun.append(attempt)
    return begun


async def begin(
    connection: Connection, solver: Solver, issue: Issue, offer: Offer, caller: Caller
) -> Attempt:
    """Let a remedy be used on somebody's behalf; one that waits for a yes has it by that.

    Raises Refused while it is used for the issue already.
    """
    known = await remedies.recognition(connection, issue.number)
    if known is None or known.known is None or not known.answered:
        raise Refused("nobody knows this error well enough to act on it")
    waits = await _open(connection, solver, issue.number, offer.remedy.name)
    if waits is not None and waits.state is AttemptState.WAITING:
        return await approve(connection, solver, waits.id, caller)
    attempt = _attempt(solver, issue, known.known, offer, caller.actor)
    attempt = replace(
        attempt,
        state=AttemptState.QUEUED,
        why=f"{caller.actor} asked for it",
        decided_by=caller.actor,
        decided_at=attempt.created_at,
    )
    if waits is not None or not await _keep(connection, solver, attempt, caller):
        raise Refused(f"{offer.remedy.name} is in use for this issue already")
    return attempt


def _attempt(solver: Solver, issue: Issue, known: str, offer: Offer, actor: str) -> Attempt:
    remedy = offer.remedy
    return Attempt(
        str(uuid4()),
        remedy.name,
        remedy.kind,
        known,
        remedy.target,
        issue.number,
        offer.may.mode,
        actor,
        offer.may.why,
        solver.desk.clock.now(),
        AttemptState.WAITING,
    )


async def _open(connection: Connection, solver: Solver, issue: int, remedy: str) -> Attempt | None:
    """Return the use of a remedy for an issue that is under way; one that has lapsed is ended."""
    states = (AttemptState.WAITING, AttemptState.QUEUED, AttemptState.ACTING, AttemptState.WATCHING)
    found = await remedies.listed(connection, remedies.Wanted(states, issue), 200)
    under_way = next((one for one in found if one.remedy == remedy), None)
    if under_way is None or not has_lapsed(under_way, solver.desk):
        return under_way
    lapsed = replace(
        await remedies.to_change(connection, under_way.id),
        state=AttemptState.ENDED,
        outcome=Outcome.REFUSED,
        reason="it has waited too long",
        ended_at=solver.desk.clock.now(),
    )
    await remedies.update(connection, lapsed)
    return None


async def _keep(
    connection: Connection, solver: Solver, attempt: Attempt, caller: Caller | None
) -> bool:
    if not await remedies.insert(connection, attempt):
        return False
    if attempt.decided_by is not None:
        await remedies.update(connection, attempt)
    if attempt.state is AttemptState.QUEUED:
        await _start(connection, solver, attempt, caller)
    else:
        await tell(connection, attempt, "waiting", attempt.why, ACTOR, attempt.created_at)
    return True


async def _start(
    connection: Connection, solver: Solver, attempt: Attempt, caller: Caller | None
) -> None:
    remedy = solver.cures.remedy(attempt.remedy)
    database = remedy.target if remedy.kind is RemedyKind.FIX else remedy.database
    who = caller or Caller(ACTOR, Role.RESPONDER)
    await solver.engine.start(
        connection,
        RUN,
        {"attempt": attempt.id, "actor": who.actor, "role": str(who.role)},
        kind=KIND,
        target=acting_on(attempt.target),
        label=label_of(database, solver.settings) if database else None,
        id_=UUID(attempt.id),
    )


def acting_on(target: str) -> str:
    """Return what no two runs of remedies have at once."""
    return f"solving {target}"


# What people decide


async def approve(connection: Connection, solver: Solver, given: str, caller: Caller) -> Attempt:
    """Let a remedy that waits begin; return it. Raises NotFound, Refused."""
    found = await _waiting(connection, solver, given)
    now = solver.desk.clock.now()
    said = replace(found, state=AttemptState.QUEUED, decided_by=caller.actor, decided_at=now)
    await remedies.update(connection, said)
    await _start(connection, solver, said, caller)
    await tell(connection, said, "approved", "", caller.actor, now)
    return said


async def decline(
    connection: Connection, solver: Solver, given: str, caller: Caller, reason: str
) -> Attempt:
    """Say that a remedy that waits is not to be used; return it. Raises NotFound, Refused."""
    if not reason.strip():
        raise Refused("declining a remedy needs the reason")
    found = await _waiting(connection, solver, given)
    now = solver.desk.clock.now()
    said = replace(
        found,
        state=AttemptState.DECLINED,
        decided_by=caller.actor,
        decided_at=now,
        reason=reason,
    )
    await remedies.update(connection, said)
    await tell(connection, said, "declined", reason, caller.actor, now)
    return said


async def _waiting(connection: Connection, solver: Solver, given: str) -> Attempt:
    found = await remedies.to_change(connection, given)
    if found.state is not AttemptState.WAITING:
        raise Refused(f"nobody is asked about it any more: it is {found.state}")
    if has_lapsed(found, solver.desk):
        raise Refused("it has waited too long", remedy="fettle error resolve begins it anew")
    return found


def has_lapsed(attempt: Attempt, desk: Desk) -> bool:
    """Whether a remedy has waited for a yes for as long as plans do."""
    waited = desk.clock.now() - attempt.created_at
    return attempt.state is AttemptState.WAITING and waited > desk.rule.wait


async def undo(connection: Connection, solver: Solver, given: str, caller: Caller) -> Attempt:
    """Let what a remedy did be taken back by its undo. Raises NotFound, Refused."""
    found = await remedies.to_change(connection, given)
    remedy = solver.cures.remedy(found.remedy)
    if found.outcome is Outcome.UNDONE:
        raise Refused("it was taken back already")
    if found.state is AttemptState.ACTING or not await _has_acted(connection, found):
        raise Refused(f"there is nothing to take back: it is {found.outcome or found.state}")
    if remedy.undo is None:
        raise Refused(
            f"{remedy.name} has no undo",
            remedy="fettle fix undo takes a fix back" if found.fix_run else "[[remedy]] undo = …",
        )
    await solver.engine.start(
        connection,
        UNDO,
        {"attempt": found.id, "actor": caller.actor},
        kind=KIND,
        target=acting_on(found.target),
    )
    return found


async def undoable(connection: Connection, solver: Solver, attempt: Attempt) -> bool:
    """Whether what a remedy did can be taken back by its undo."""
    remedy = solver.cures.named(attempt.remedy)
    if remedy is None or remedy.undo is None or attempt.outcome is Outcome.UNDONE:
        return False
    return attempt.state is not AttemptState.ACTING and await _has_acted(connection, attempt)


async def _has_acted(connection: Connection, attempt: Attempt) -> bool:
    """Whether something was sent, as far as its journal knows; or a fix was asked for."""
    events = [entry.event for entry in await remedies.journal(connection, attempt.id)]
    sent = [event for event in events if event in ("act", "not sent")]
    return attempt.acted_at is not None and sent[-1:] == ["act"]


async def stop(connection: Connection, solver: Solver, caller: Caller, reason: str) -> Stopped:
    """Let nothing act any more, from this moment on; what waits for a yes goes on waiting."""
    if not reason.strip():
        raise Refused("stopping all acting needs the reason")
    before = await remedies.lock(connection)
    stopped = before or Stopped(solver.desk.clock.now(), caller.actor, reason)
    await remedies.set_stopped(connection, stopped)
    return stopped


async def start(connection: Connection) -> None:
    """Let remedies act again."""
    await remedies.lock(connection)
    await remedies.set_stopped(connection, None)


# What issues are told


async def tell(
    connection: Connection, attempt: Attempt, event: str, text: str, actor: str, at: datetime
) -> None:
    """Write what became of a remedy into the timeline of its issue."""
    if attempt.issue is None:
        return
    named = f"{attempt.remedy} on {attempt.target}"
    entry = Entry(
        f"remedy-{event}", actor, at, f"{named}: {text}" if text else named, _detail(attempt)
    )
    await issues.write_entries(connection, [(attempt.issue, entry)])


def _detail(attempt: Attempt) -> Mapping[str, str]:
    return {
        "attempt": attempt.id,
        "remedy": attempt.remedy,
        "target": attempt.target,
        "error": attempt.known,
    }
