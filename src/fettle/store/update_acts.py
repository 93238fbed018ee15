"""What people have asked workers for about updates, and what was said while it was done."""

from datetime import datetime
from uuid import UUID

from fettle.errors import NotFound
from fettle.model.update_act import ActKind, ActState, Said, UpdateAct
from fettle.store import statements, updates
from fettle.store.statements import Connection, Row

_SAID = "said"
_MOST_LINES = 500


async def ask(connection: Connection, act: UpdateAct) -> None:
    """Keep what is asked for."""
    await statements.run(
        connection,
        "update_acts/ask",
        id=act.id,
        kind=act.kind,
        project=act.project,
        updates=[statements.storable(one) for one in act.updates],
        rehearsal=act.rehearsal,
        undoes=act.undoes,
        reason=act.reason and statements.storable(act.reason),
        hurry=act.hurry and statements.storable(act.hurry),
        actor=act.actor,
        asked_at=act.asked_at,
    )


async def find(connection: Connection, id_: UUID) -> UpdateAct | None:
    """Return what was asked for; None for what was done without asking a worker."""
    rows = await statements.run_planned(connection, "update_acts/acts", id=id_, open=False, limit=1)
    return _act(rows[0]) if rows else None


async def at_work(connection: Connection, limit: int = 50) -> list[UpdateAct]:
    """Return what waits for a worker, or is being done, the latest first."""
    rows = await statements.run_planned(
        connection, "update_acts/acts", id=None, open=True, limit=limit
    )
    return [_act(row) for row in rows]


async def begin(connection: Connection, id_: UUID) -> UpdateAct:
    """Keep that a worker is at it, and return it; raises NotFound."""
    await statements.run(connection, "update_acts/begin", id=id_)
    found = await find(connection, id_)
    if found is None:
        raise NotFound(f"nobody has asked for {id_}")
    return found


async def end(
    connection: Connection,
    id_: UUID,
    state: ActState,
    now: datetime,
    says: str | None = None,
    remedy: str | None = None,
) -> None:
    """Keep what came of it."""
    await statements.run(
        connection,
        "update_acts/end",
        id=id_,
        state=state,
        says=says and statements.storable(says),
        remedy=remedy and statements.storable(remedy),
        now=now,
    )


async def say(connection: Connection, id_: UUID, line: str, now: datetime) -> None:
    """Keep what is said while it is done."""
    await updates.write_journal(connection, str(id_), _SAID, {"line": line}, now)


async def said(connection: Connection, id_: UUID) -> list[Said]:
    """Return the last that was said, the oldest first."""
    rows = await statements.run(connection, "update_acts/said", about=id_, limit=_MOST_LINES)
    return [Said(**row) for row in rows]


def _act(row: Row) -> UpdateAct:
    return UpdateAct(
        **{
            **row,
            "kind": ActKind(row["kind"]),
            "state": ActState(row["state"]),
            "updates": tuple(row["updates"]),
        }
    )
