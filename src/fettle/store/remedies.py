"""What is known of issues' errors, and each use of a remedy for them, with its journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fettle.errors import NotFound, WrongUsage
from fettle.model.remedy import (
    Attempt,
    AttemptEntry,
    AttemptState,
    Mode,
    Outcome,
    Record,
    RemedyKind,
    Stopped,
)
from fettle.store import statements
from fettle.store.statements import Connection, Row

Json = Mapping[str, Any]

_SHORTEST_ID = 6
_LOCK = 847025  # of whoever asks for errors to be recognised, or begins to


@dataclass(frozen=True)
class Told:
    """An issue whose error is to be recognised, and what it was told with."""

    issue: int
    text: str


@dataclass(frozen=True)
class Recognition:
    """Which known error an issue is; `matches` hold class, confidence and evidence.

    `done_at` None is one that waits. Where it is not `answered`, nothing may be done about it.
    """

    issue: int
    text: str
    known: str | None = None
    answered: bool = False
    matches: Sequence[Json] = ()
    done_at: datetime | None = None


@dataclass(frozen=True)
class Begun:
    """An act that was begun: when, and what it came to."""

    remedy: str
    target: str
    at: datetime
    outcome: Outcome | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Recorded:
    """How often a remedy was used on a target for a known error, and how often it helped."""

    known: str
    remedy: str
    target: str
    record: Record


@dataclass(frozen=True)
class Heard:
    """How an alert stands, and when it was last said to fire."""

    title: str
    kind: str
    goes_on: bool
    fired_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which uses of remedies are asked for; what is None or empty restricts nothing."""

    states: tuple[AttemptState, ...] = ()
    issue: int | None = None
    known: str | None = None
    after: str | None = None


# What issues' errors are


async def lock_asking(connection: Connection) -> None:
    """Let nobody else ask, nor begin to recognise, before the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


async def queued(connection: Connection, name: str) -> bool:
    """Whether a run of that name waits, and has not begun."""
    return bool(await statements.run(connection, "remedies/queued", name=name))


async def ask(connection: Connection, asked: Sequence[Told], now: datetime) -> None:
    """Let the errors of issues be recognised."""
    rows = [{"issue": one.issue, "text": statements.storable(one.text)} for one in asked]
    await statements.run(connection, "remedies/ask", asked=statements.json(rows), now=now)


async def newest_waiting(connection: Connection) -> datetime | None:
    """Return when the newest that waits was asked about."""
    (row,) = await statements.run(connection, "remedies/newest_waiting")
    at: datetime | None = row["asked_at"]
    return at


async def waiting(connection: Connection, upto: datetime, limit: int) -> list[Told]:
    """Return issues whose error waits to be recognised."""
    rows = await statements.run(connection, "remedies/waiting", upto=upto, limit=limit)
    return [Told(**row) for row in rows]


async def recognised(
    connection: Connection, found: Sequence[Recognition], upto: datetime, now: datetime
) -> list[int]:
    """Keep which errors issues are; return those that still waited for it."""
    rows = [
        {
            "issue": one.issue,
            "known": one.known,
            "answered": one.answered,
            "matches": list(one.matches),
        }
        for one in found
    ]
    kept = await statements.run(
        connection, "remedies/recognised", found=statements.json(rows), upto=upto, now=now
    )
    return [row["issue"] for row in kept]


async def recognition(connection: Connection, issue: int) -> Recognition | None:
    """Return what is known of an issue's error; None where nobody has asked."""
    rows = await statements.run(connection, "remedies/recognition", issue=issue)
    return Recognition(**{**rows[0], "matches": rows[0]["matches"] or ()}) if rows else None


async def past(connection: Connection, known: str, issue: int, limit: int) -> list[int]:
    """Return other issues that are over and were the same known error, the latest first."""
    rows = await statements.run(connection, "remedies/past", known=known, issue=issue, limit=limit)
    return [row["number"] for row in rows]


# Whether anything acts


async def lock(connection: Connection) -> Stopped | None:
    """Let nobody else begin an act before the transaction ends; return who has stopped acting."""
    (row,) = await statements.run(connection, "remedies/lock")
    return _stopped(row)


async def stopped(connection: Connection) -> Stopped | None:
    """Return who has stopped all acting; None while nobody has."""
    rows = await statements.run(connection, "remedies/state")
    return _stopped(rows[0]) if rows else None


async def set_stopped(connection: Connection, given: Stopped | None) -> None:
    """Stop all acting, or start it again; the caller holds the lock."""
    await statements.run(
        connection,
        "remedies/set_state",
        at=given and given.at,
        by=given and given.by,
        reason=given and statements.storable(given.reason),
    )


def _stopped(row: Row) -> Stopped | None:
    if row["stopped_at"] is None:
        return None
    return Stopped(row["stopped_at"], row["stopped_by"], row["reason"])


# Uses of remedies


async def insert(connection: Connection, attempt: Attempt) -> bool:
    """Keep that a remedy is to be used; False while it waits or acts for the issue already."""
    rows = await statements.run(
        connection,
        "remedies/insert",
        id=attempt.id,
        remedy=statements.storable(attempt.remedy),
        kind=str(attempt.kind),
        known=attempt.known,
        target=statements.storable(attempt.target),
        issue=attempt.issue,
        mode=str(attempt.mode),
        actor=attempt.actor,
        why=statements.storable(attempt.why),
        created_at=attempt.created_at,
        state=str(attempt.state),
    )
    return bool(rows)


async def find(connection: Connection, given: str) -> Attempt:
    """Return a use by its id, or the beginning of it; raises NotFound, WrongUsage."""
    rows: list[Row] = []
    if len(given) >= _SHORTEST_ID:
        prefix = statements.storable(given.lower())
        rows = await statements.run(connection, "remedies/find", prefix=prefix)
    if len(rows) == 1:
        return _attempt(rows[0])
    remedy = "fettle error attempts shows the latest"
    if rows:
        raise WrongUsage(f"several attempts begin with {given}", remedy=remedy)
    raise NotFound(f"there is no attempt {given}", remedy=remedy)


async def to_change(connection: Connection, given: str) -> Attempt:
    """Return a use that nobody else changes before the transaction ends."""
    found = await find(connection, given)
    (row,) = await statements.run(connection, "remedies/find_to_change", id=found.id)
    return _attempt(row)


async def listed(connection: Connection, wanted: Wanted, limit: int) -> list[Attempt]:
    """Return uses of remedies, the latest first."""
    rows = await statements.run_planned(
        connection,
        "remedies/list",
        states=[str(state) for state in wanted.states] or None,
        issue=wanted.issue,
        known=wanted.known,
        after=wanted.after,
        limit=limit,
    )
    return list(map(_attempt, rows))


async def of_fix_run(connection: Connection, fix_run: str) -> Attempt | None:
    """Return the use that let a fix be applied, None where nobody but a person did."""
    rows = await statements.run(connection, "remedies/of_fix_run", fix_run=fix_run)
    return _attempt(rows[0]) if rows else None


async def update(connection: Connection, attempt: Attempt) -> None:
    """Keep how a use stands; the caller has locked it."""
    await statements.run(
        connection,
        "remedies/update",
        id=attempt.id,
        state=str(attempt.state),
        outcome=None if attempt.outcome is None else str(attempt.outcome),
        reason=attempt.reason and statements.storable(attempt.reason),
        decided_by=attempt.decided_by,
        decided_at=attempt.decided_at,
        acted_at=attempt.acted_at,
        until=attempt.until,
        ended_at=attempt.ended_at,
        watched=list(attempt.watched),
        fix_run=attempt.fix_run,
    )


async def leave_unsure(connection: Connection, now: datetime) -> None:
    """End what was begun and whose run goes on no more."""
    await statements.run(connection, "remedies/leave_unsure", now=now)


async def acted(
    connection: Connection, remedy: str, target: str, since: datetime, limit: int
) -> list[Begun]:
    """Return what was begun since a moment, what is in flight, and the latest of a remedy."""
    rows = await statements.run(
        connection, "remedies/acted", remedy=remedy, target=target, since=since, limit=limit
    )
    return [Begun(**{**row, "outcome": _outcome(row["outcome"])}) for row in rows]


async def records(connection: Connection, known: str | None = None) -> list[Recorded]:
    """Return how often remedies were used for known errors, and how often they helped."""
    rows = await statements.run(connection, "remedies/records", known=known)
    return [
        Recorded(
            row["known"],
            row["remedy"],
            row["target"],
            Record(row["attempts"], row["resolved"]),
        )
        for row in rows
    ]


async def alerts(connection: Connection, issue: int) -> tuple[int, ...]:
    """Return the ids of the alerts of an issue."""
    rows = await statements.run(connection, "remedies/alerts", issue=issue)
    return tuple(row["id"] for row in rows)


async def heard(connection: Connection, watched: Sequence[int], issue: int | None) -> list[Heard]:
    """Return how alerts stand: those that were watched, and those that an issue has now."""
    rows = await statements.run(connection, "remedies/heard", watched=list(watched), issue=issue)
    return [Heard(**row) for row in rows]


# The journal


async def write_journal(connection: Connection, attempt: str, event: str, detail: Json) -> None:
    """Append an entry to an attempt's journal."""
    await statements.run(
        connection,
        "remedies/write_journal",
        attempt=attempt,
        event=event,
        detail=statements.json(detail),
    )


async def write_act(
    connection: Connection,
    attempt: str,
    event: str,
    detail: Json,
    *,
    run: UUID,
    fence: int,
    though_stopped: bool = False,
) -> bool:
    """Append what is about to be done; False when it must not be: stopped, or taken by another."""
    rows = await statements.run(
        connection,
        "remedies/write_act",
        attempt=attempt,
        event=event,
        detail=statements.json(detail),
        run=run,
        fence=fence,
        though_stopped=though_stopped,
    )
    return bool(rows)


async def journal(connection: Connection, attempt: str) -> list[AttemptEntry]:
    """Return an attempt's journal, the oldest entry first."""
    rows = await statements.run(connection, "remedies/read_journal", attempt=attempt)
    return [AttemptEntry(row["at"], row["event"], row["detail"]) for row in rows]


def _outcome(said: str | None) -> Outcome | None:
    return None if said is None else Outcome(said)


def _attempt(row: Row) -> Attempt:
    changed = {
        "kind": RemedyKind(row["kind"]),
        "mode": Mode(row["mode"]),
        "state": AttemptState(row["state"]),
        "outcome": _outcome(row["outcome"]),
        "watched": tuple(row["watched"]),
    }
    return Attempt(**{**row, **changed})
