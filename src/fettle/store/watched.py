"""The table of what Fettle has filed of targets that it looks at by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, TypeAdapter

from fettle.model.target import Kind
from fettle.model.watched import Ended, Filed, Pending, Watched
from fettle.store import statements
from fettle.store.statements import Connection, Row


def _counted(kept: object) -> object:
    """Return what is pending, which was a number before it was known who had found it."""
    return Pending(kept) if isinstance(kept, int) else kept


_FIRING = TypeAdapter(dict[str, Filed])
_PENDING = TypeAdapter(dict[str, Annotated[Pending, BeforeValidator(_counted)]])
_ENDED = TypeAdapter(dict[str, Ended])
_TOLD = TypeAdapter(dict[str, datetime])


@dataclass(frozen=True)
class Read:
    """What goes on in a target, and the version that it was read at; 0 before the first look.

    `run` is the one that looked last, `status` what it came to.
    """

    watched: Watched
    version: int = 0
    run: UUID | None = None
    status: str | None = None
    away_at: datetime | None = None


@dataclass(frozen=True)
class Looked:
    """What a look was: what it came to, by which run, of workers with which label.

    `away` is whether the target gave no answer at all.
    """

    status: str
    run: UUID | None = None
    on: str | None = None
    away: bool = False


async def read(connection: Connection, target: str) -> Read:
    """Return what goes on in a target."""
    rows = await statements.run(connection, "watched/read", target=statements.storable(target))
    if not rows:
        return Read(Watched())
    (row,) = rows
    return Read(_kept(row), row["version"], row["run"], row["status"], row["away_at"])


def _kept(row: Row) -> Watched:
    return Watched(
        _FIRING.validate_python(row["firing"]),
        row["missed"],
        _PENDING.validate_python(row["pending"]),
        _ENDED.validate_python(row["ended"]),
        _TOLD.validate_python(row["told"]),
    )


@dataclass(frozen=True)
class Troubled:
    """A target in which something goes on."""

    target: str
    kind: str
    watched: Watched
    version: int


async def troubled(connection: Connection) -> list[Troubled]:
    """Return the targets in which something goes on, locked; the caller is in a transaction."""
    return [
        Troubled(row["target"], row["kind"], _kept(row), row["version"])
        for row in await statements.run(connection, "watched/troubled")
    ]


async def write(
    connection: Connection,
    of: tuple[str, str],
    kept: Watched,
    version: int,
    now: datetime,
    looked: Looked | None = None,
) -> int | None:
    """Keep what goes on in a target; None when somebody else did since `version` was read.

    `of` is its name and its kind. Returns the number by which its looks and samples are kept.
    `looked` None: what goes on was changed without a look.
    """
    name, kind = of
    rows = await statements.run(
        connection,
        "watched/write",
        target=statements.storable(name),
        kind=str(kind),
        firing=statements.json(_FIRING.dump_python(dict(kept.firing), mode="json")),
        pending=statements.json(_PENDING.dump_python(dict(kept.pending), mode="json")),
        ended=statements.json(_ENDED.dump_python(dict(kept.ended), mode="json")),
        told=statements.json(_TOLD.dump_python(dict(kept.told), mode="json")),
        missed=kept.missed,
        looked_at=now,
        status=looked and looked.status,
        run=looked and looked.run,
        on=looked and looked.on,
        away=None if looked is None else looked.away,
        version=version,
    )
    return int(rows[0]["id"]) if rows else None


async def firing(connection: Connection, key: str) -> list[str]:
    """Return the targets in which something goes on under a key."""
    rows = await statements.run(connection, "watched/firing", key=key)
    return [row["target"] for row in rows]


@dataclass(frozen=True)
class Away:
    """How many targets were looked at since a moment, and which of them gave no answer.

    `answering` are those that answer again while it is still told that they do not.
    """

    looked_at: int
    away: tuple[str, ...]
    answering: int


async def away(
    connection: Connection, on: str | None, since: datetime, unanswered: Collection[str]
) -> Away:
    """Return how the targets are that workers of a label look at; `unanswered` are checks."""
    (row,) = await statements.run(
        connection, "watched/away", on=on, since=since, unanswered=list(unanswered)
    )
    return Away(row["looked_at"], tuple(row["away"]), row["answering"])


async def save_diagnosis(
    connection: Connection,
    document: Mapping[str, Any],
    kind: Kind,
    schedule: str,
    at: datetime,
    keep: timedelta,
) -> None:
    """Keep a `fettle.check/1` document that was made on a schedule, and forget those long past."""
    await statements.run(
        connection,
        "watched/save_diagnosis",
        target=statements.storable(document["target"]),
        kind=kind.value,
        schedule=statements.storable(schedule),
        started_at=at,
        document=statements.json(document),
        forget=at - keep,
    )
