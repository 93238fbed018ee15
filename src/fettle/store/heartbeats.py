"""The table of heartbeats."""

from datetime import timedelta
from uuid import UUID

from fettle.errors import Refused
from fettle.model.heartbeat import Heartbeat, HeartbeatState
from fettle.model.severity import Severity
from fettle.store import statements
from fettle.store.statements import Connection, Row


async def create(
    connection: Connection,
    name: str,
    period: timedelta,
    grace: timedelta,
    severity: Severity,
    service: str | None,
    actor: str,
) -> Heartbeat:
    """Make a heartbeat; raises Refused when one of that name is there."""
    rows = await statements.run(
        connection,
        "heartbeats/create",
        name=statements.storable(name),
        period=period,
        grace=grace,
        severity=int(severity),
        service=service and statements.storable(service),
        created_by=actor,
    )
    if not rows:
        raise Refused(
            f"there is a heartbeat called {name}", remedy="choose another name, or remove that one"
        )
    return _heartbeat(rows[0])


async def lock(connection: Connection, id_: UUID) -> Heartbeat | None:
    """Return a heartbeat, locked; None when there is none."""
    rows = await statements.run(connection, "heartbeats/lock", id=id_)
    return _heartbeat(rows[0]) if rows else None


async def lock_free(connection: Connection, id_: UUID) -> Heartbeat | None:
    """Return a heartbeat, locked; None when there is none, or somebody else has it."""
    rows = await statements.run(connection, "heartbeats/lock_free", id=id_)
    return _heartbeat(rows[0]) if rows else None


async def exists(connection: Connection, id_: UUID) -> bool:
    """Whether there is such a heartbeat."""
    return bool(await statements.run(connection, "heartbeats/exists", id=id_))


async def beat(connection: Connection, heartbeat: Heartbeat) -> None:
    """Keep what became of a heartbeat that the caller has locked."""
    await statements.run(
        connection,
        "heartbeats/beat",
        id=heartbeat.id,
        state=str(heartbeat.state),
        seen_at=heartbeat.seen_at,
        started_at=heartbeat.started_at,
        started_run=heartbeat.started_run,
    )


async def listed(connection: Connection, after: str | None, limit: int) -> list[Heartbeat]:
    """Return heartbeats by name, those after one of them."""
    rows = await statements.run(
        connection, "heartbeats/list", after=after and statements.storable(after), limit=limit
    )
    return [_heartbeat(row) for row in rows]


async def named(connection: Connection, name: str) -> UUID | None:
    """Return the id of the heartbeat of a name."""
    rows = await statements.run(connection, "heartbeats/named", name=statements.storable(name))
    return rows[0]["id"] if rows else None


async def remove(connection: Connection, id_: UUID) -> None:
    """Remove a heartbeat that the caller has locked."""
    await statements.run(connection, "heartbeats/remove", id=id_)


def _heartbeat(row: Row) -> Heartbeat:
    read = {"state": HeartbeatState(row["state"]), "severity": Severity(row["severity"])}
    return Heartbeat(**{**row, **read})
