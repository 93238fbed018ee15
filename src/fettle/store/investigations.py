"""Looks at targets, as they hang on issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.investigation import Aim, Investigation, InvestigationState, Json, Snapshot
from fettle.store import statements
from fettle.store.statements import Connection, Row

_LOCK = 847003  # of whoever asks for a look, or begins one; with the target's name


@dataclass(frozen=True)
class Asked:
    """A look that is asked for: of which issue, at what and why, by whom, for which symptoms.

    With `anew` a look of a moment ago will not do.
    """

    issue: int
    aim: Aim
    by: str
    symptoms: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True)
class Completed:
    """What a look came to for one issue; `matches` and `change` as in `fettle.check/1`."""

    id: int
    matches: Sequence[Json]
    change: Json | None


async def lock(connection: Connection, targets: Sequence[str]) -> None:
    """Let nobody else ask for looks at targets, nor begin one, before the transaction ends."""
    for target in sorted(set(targets)):
        await connection.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, statements.storable(target))
        )


async def ask(connection: Connection, asked: Sequence[Asked], now: datetime) -> None:
    """Keep that looks are asked for; one that an issue waits for already is the same."""
    rows = [
        {
            "issue": one.issue,
            "target": one.aim.target,
            "why": one.aim.why,
            "by": one.by,
            "symptoms": list(one.symptoms),
            "anew": one.anew,
        }
        for one in asked
    ]
    await statements.run(connection, "investigations/ask", asked=statements.json(rows), now=now)


async def queued(connection: Connection, name: str, target: str) -> bool:
    """Whether a run of that name waits to look at a target, and has not begun."""
    rows = await statements.run(connection, "investigations/queued", name=name, target=target)
    return bool(rows)


async def waiting(
    connection: Connection, target: str, upto: int, limit: int
) -> list[Investigation]:
    """Return looks at a target that wait, the oldest first, up to an id."""
    rows = await statements.run(
        connection, "investigations/waiting", target=target, upto=upto, limit=limit
    )
    return list(map(_investigation, rows))


async def newest_waiting(connection: Connection, target: str) -> int:
    """Return the id of the newest look at a target that waits, 0 when none does."""
    (row,) = await statements.run(connection, "investigations/newest_waiting", target=target)
    return int(row["id"])


async def save_snapshot(
    connection: Connection,
    target: str,
    document: Json,
    plans: Sequence[str],
    planned_for: Sequence[str],
) -> Snapshot:
    """Keep what a look came to, with the plans that were made of it, and for which findings."""
    (row,) = await statements.run(
        connection,
        "investigations/save_snapshot",
        target=target,
        started_at=document["started_at"],
        document=statements.json(document),
        plans=list(plans),
        planned_for=list(planned_for),
    )
    return _snapshot(row)


async def newest_snapshot(connection: Connection, target: str) -> Snapshot | None:
    """Return what the latest look at a target came to."""
    rows = await statements.run(connection, "investigations/newest_snapshot", target=target)
    return _snapshot(rows[0]) if rows else None


async def before(connection: Connection, issues: Sequence[int], target: str) -> dict[int, Snapshot]:
    """Return the latest look at a target of each issue that has one."""
    rows = await statements.run(
        connection, "investigations/before", issues=list(issues), target=target
    )
    return {row.pop("issue"): _snapshot(row) for row in rows}


async def own_keys(
    connection: Connection, issues: Sequence[int], source: str
) -> dict[int, list[str]]:
    """Return the keys of the alerts of issues that came from a source."""
    rows = await statements.run(
        connection, "investigations/own_keys", issues=list(issues), source=source
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["issue"], []).append(row["key"])
    return found


async def complete(
    connection: Connection, snapshot: int, completed: Sequence[Completed], now: datetime
) -> list[int]:
    """Keep what a look came to for issues; return the ids of those that still waited for it."""
    rows = [{"id": one.id, "matches": list(one.matches), "change": one.change} for one in completed]
    kept = await statements.run(
        connection,
        "investigations/complete",
        snapshot=snapshot,
        completed=statements.json(rows),
        now=now,
    )
    return [row["id"] for row in kept]


async def fail(
    connection: Connection, target: str, upto: int, reason: str, remedy: str | None, now: datetime
) -> list[int]:
    """Keep that looks at a target could not be made; return the issues that waited for them."""
    rows = await statements.run(
        connection,
        "investigations/fail",
        target=target,
        upto=upto,
        reason=statements.storable(reason),
        remedy=remedy and statements.storable(remedy),
        now=now,
    )
    return [row["issue"] for row in rows]


async def of_issue(connection: Connection, issue: int) -> list[Investigation]:
    """Return the latest look of an issue at each target, and one that it waits for."""
    rows = await statements.run(connection, "investigations/of_issue", issue=issue)
    return list(map(_investigation, rows))


def _investigation(row: Row) -> Investigation:
    snapshot = None
    if row.get("document") is not None:
        snapshot = Snapshot(
            row["snapshot"],
            row["target"],
            row["started_at"],
            row["document"],
            tuple(row["plans"]),
        )
    return Investigation(
        id=row["id"],
        issue=row["issue"],
        target=row["target"],
        why=row["why"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        anew=row["anew"],
        symptoms=tuple(row["symptoms"]),
        state=InvestigationState(row["state"]),
        snapshot=snapshot,
        matches=tuple(row["matches"] or ()),
        change=row["change"],
        reason=row["reason"],
        remedy=row["remedy"],
        ended_at=row["ended_at"],
    )


def _snapshot(row: Row) -> Snapshot:
    tuples = {name: tuple(row[name]) for name in ("plans", "planned_for")}
    return Snapshot(**{**row, **tuples})
