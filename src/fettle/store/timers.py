"""The table of timers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fettle.model.run import Json, Timer
from fettle.store import statements
from fettle.store.statements import Connection


async def schedule(
    connection: Connection, kind: str, subject: str, due_at: datetime, detail: Json
) -> bool:
    """Set or move a timer; False when it was handled for this very moment already."""
    return bool(
        await statements.run(
            connection,
            "engine/schedule",
            kind=kind,
            subject=statements.storable(subject),
            due_at=due_at,
            detail=statements.json(detail),
        )
    )


async def schedule_all(
    connection: Connection, kind: str, moments: Mapping[str, datetime | None]
) -> None:
    """Set or move the timers of subjects; None takes the pending one back."""
    await statements.run(
        connection,
        "engine/schedule_all",
        kind=kind,
        subject=[statements.storable(subject) for subject in moments],
        due_at=list(moments.values()),
    )


async def unschedule(connection: Connection, kind: str, subject: str) -> bool:
    """Take a pending timer back; False when there is none."""
    return bool(
        await statements.run(
            connection, "engine/unschedule", kind=kind, subject=statements.storable(subject)
        )
    )


async def due(connection: Connection, kinds: Sequence[str], now: datetime) -> Timer | None:
    """Lock the timer that has been due for longest; the caller is in a transaction."""
    rows = await statements.run(connection, "engine/due_timer", kinds=list(kinds), now=now)
    return Timer(**rows[0]) if rows else None


async def end(connection: Connection, timer: Timer, now: datetime) -> None:
    """Say that a timer was handled."""
    await statements.run(connection, "engine/end_timer", id=timer.id, due_at=timer.due_at, now=now)


async def wait(connection: Connection, timer: Timer, try_at: datetime) -> None:
    """Try a timer again at a moment; handling it has not failed."""
    await statements.run(
        connection, "engine/wait_timer", id=timer.id, due_at=timer.due_at, try_at=try_at
    )


async def put_off(connection: Connection, timer: Timer, error: str, try_at: datetime) -> None:
    """Say that handling a timer failed, and when to try again."""
    await statements.run(
        connection,
        "engine/put_off_timer",
        id=timer.id,
        due_at=timer.due_at,
        error=statements.storable(error),
        try_at=try_at,
    )


async def pending(connection: Connection, subject: str | None = None) -> list[Timer]:
    """Return the pending timers, of one subject where it is given; the next one first."""
    rows = await statements.run(connection, "engine/pending_timers", subject=subject)
    return [Timer(**row) for row in rows]


async def of_kind(connection: Connection, kind: str) -> list[Timer]:
    """Return the pending timers of a kind, locked; the caller is in a transaction."""
    return [
        Timer(**row) for row in await statements.run(connection, "engine/timers_of_kind", kind=kind)
    ]


async def hasten(
    connection: Connection, kind: str, subject: str, due_at: datetime, *, wanted: bool = False
) -> None:
    """Let a pending timer ring at a moment, if that is earlier; `wanted` stands in its detail."""
    await statements.run(
        connection,
        "engine/hasten_timer",
        wanted=wanted,
        kind=kind,
        subject=statements.storable(subject),
        due_at=due_at,
    )


async def overdue(connection: Connection, since: datetime) -> Timer | None:
    """Return the timer that has been due for longest, if that is since before a moment."""
    rows = await statements.run(connection, "engine/overdue_timer", since=since)
    return Timer(**rows[0]) if rows else None
