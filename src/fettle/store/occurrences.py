"""The planned times of tasks: how far each is settled, why none was begun, who approved ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from fettle.model.task import MADE_UP
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Known:
    """A task as it was seen last: its window in words, and up to when its slots are settled."""

    task: str
    window: str
    reckoned_until: datetime


@dataclass(frozen=True)
class Settled:
    """What became of a planned time: the run that it began, or the reason why it was left out."""

    task: str
    local: datetime
    starts_at: datetime
    run: UUID | None = None
    reason: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class Ahead:
    """Who approved a planned time before it came; `procedure` is what they approved, as a hash."""

    by: str
    procedure: str


@dataclass(frozen=True)
class Missed:
    """How often the time of a task came and nothing did, and the last such time."""

    task: str
    times: int
    last_at: datetime
    reason: str


async def known(connection: Connection) -> Mapping[str, Known]:
    """Return tasks as they were seen last."""
    rows = await statements.run(connection, "tasks/known")
    return {row["task"]: Known(**row) for row in rows}


async def to_settle(connection: Connection, task: str) -> Known | None:
    """Lock what is known of a task; the caller is in a transaction."""
    rows = await statements.run(connection, "tasks/to_settle", task=task)
    return Known(**rows[0]) if rows else None


async def note_known(connection: Connection, tasks: Sequence[Known]) -> None:
    """Keep up to when the slots of tasks are settled."""
    await statements.run(
        connection,
        "tasks/note_known",
        tasks=[one.task for one in tasks],
        windows=[one.window for one in tasks],
        untils=[one.reckoned_until for one in tasks],
    )


async def settle(
    connection: Connection, occurrences: Sequence[Settled], now: datetime
) -> set[tuple[str, datetime]]:
    """Keep what became of planned times; return those that nobody has settled before."""
    documents = [
        {
            **asdict(one),
            "local": one.local.isoformat(),
            "starts_at": one.starts_at.isoformat(),
            "run": None if one.run is None else str(one.run),
        }
        for one in occurrences
    ]
    rows = await statements.run(
        connection, "tasks/settle", occurrences=statements.json(documents), now=now
    )
    return {(row["task"], row["local"]) for row in rows}


async def settled(
    connection: Connection,
    start: datetime,
    end: datetime,
    tasks: Sequence[str] | None = None,
    limit: int = 10_000,
) -> list[Row]:
    """Return what became of the planned times from a moment until before another."""
    return await statements.run(
        connection,
        "tasks/settled",
        start=start,
        end=end,
        tasks=None if tasks is None else list(tasks),
        limit=limit,
    )


async def left_out(
    connection: Connection, since: datetime, until: datetime, task: str | None, limit: int
) -> list[Row]:
    """Return the latest planned times of which nothing came, the latest first."""
    return await statements.run(
        connection, "tasks/left_out", since=since, until=until, task=task, limit=limit
    )


async def missed(
    connection: Connection, since: datetime, tasks: Sequence[str] | None = None
) -> list[Missed]:
    """Return what was missed of each task since a moment; not what a later time did for."""
    rows = await statements.run(
        connection,
        "tasks/missed",
        since=since,
        made_up=MADE_UP,
        tasks=None if tasks is None else list(tasks),
    )
    return [Missed(**row) for row in rows]


async def approve_ahead(
    connection: Connection, task: str, local: datetime, ahead: Ahead, now: datetime
) -> None:
    """Keep that a person approves a planned time before it comes."""
    await statements.run(
        connection, "tasks/approve_ahead", task=task, local=local, **asdict(ahead), now=now
    )


async def approved_ahead(connection: Connection, task: str, local: datetime) -> Ahead | None:
    """Take out who approved a planned time before it came."""
    rows = await statements.run(connection, "tasks/approved_ahead", task=task, local=local)
    return Ahead(**rows[0]) if rows else None


async def approvals(connection: Connection) -> Mapping[tuple[str, datetime], Ahead]:
    """Return the planned times that were approved before they came, and by whom."""
    rows = await statements.run(connection, "tasks/approvals")
    return {(row.pop("task"), row.pop("local")): Ahead(**row) for row in rows}
