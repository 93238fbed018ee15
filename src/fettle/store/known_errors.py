"""Known errors that people wrote, with all their versions, and what they are tried on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from fettle.errors import NotFound
from fettle.model.error_event import ErrorEvent
from fettle.model.known_error import Act, ErrorVersion, KnownError, WrittenError
from fettle.model.written_error import read, written
from fettle.store import errors, statements
from fettle.store.errors import KnownNear
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class LatestError:
    """A bug of an application, the known errors that fit it so far, and its latest event.

    None where no event is kept any more.
    """

    id: int
    project: UUID
    title: str
    last_seen: datetime
    known: tuple[KnownNear, ...]
    event: ErrorEvent | None


@dataclass(frozen=True)
class LatestIssue:
    """An issue, what it was told with, and which known error it was held for."""

    number: int
    title: str
    text: str
    known: str | None
    answered: bool


async def revision(connection: Connection) -> int:
    """Return a number that is another one whenever anything was written."""
    (row,) = await statements.run(connection, "known_errors/revision")
    return int(row["revision"])


async def listed(
    connection: Connection, ids: Sequence[str] | None = None
) -> dict[str, WrittenError]:
    """Return what people wrote, by ids: all, or those that are named."""
    rows = await statements.run(
        connection,
        "known_errors/list",
        ids=None if ids is None else list(map(statements.storable, ids)),
    )
    return {row["id"]: _written(row) for row in rows}


async def as_it_is(connection: Connection) -> dict[str, WrittenError]:
    """Return what people wrote in a store that may be older than the table for it."""
    (row,) = await statements.run(connection, "known_errors/is_there")
    return await listed(connection) if row["is_there"] else {}


async def to_change(connection: Connection, id_: str) -> WrittenError:
    """Return one that nobody else changes before the transaction ends; raises NotFound."""
    rows = await statements.run(connection, "known_errors/lock", id=statements.storable(id_))
    if not rows:
        raise NotFound(
            f"nobody wrote a known error {id_[:60]} on a page",
            remedy="what stands in a file is changed there",
        )
    return _written(rows[0])


async def insert(connection: Connection, known: KnownError, actor: str, at: datetime) -> bool:
    """Keep a new one as its first version; False where there is one of that id."""
    document = statements.json(written(known))
    kept = await statements.run(
        connection, "known_errors/insert", id=known.id, document=document, actor=actor, at=at
    )
    if kept:
        await _keep_version(connection, ErrorVersion(known, 1, at, actor, Act.WRITTEN))
    return bool(kept)


async def update(connection: Connection, changed: WrittenError, act: Act) -> None:
    """Keep another version of one that the caller has locked."""
    at, actor = changed.changed_at, changed.changed_by
    await statements.run(
        connection,
        "known_errors/update",
        id=changed.known.id,
        version=changed.version,
        document=statements.json(written(changed.known)),
        retired=changed.retired,
        at=at,
        actor=actor,
    )
    version = ErrorVersion(changed.known, changed.version, at, actor, act)
    await _keep_version(connection, version)


async def _keep_version(connection: Connection, version: ErrorVersion) -> None:
    await statements.run(
        connection,
        "known_errors/keep_version",
        id=version.known.id,
        version=version.version,
        at=version.at,
        actor=version.actor,
        act=str(version.act),
        document=statements.json(written(version.known)),
    )


async def versions(connection: Connection, id_: str, limit: int) -> list[ErrorVersion]:
    """Return the versions of one, the latest first."""
    rows = await statements.run(connection, "known_errors/versions", id=id_, limit=limit)
    return [_version(id_, row) for row in rows]


async def version(connection: Connection, id_: str, number: int) -> ErrorVersion:
    """Return a version of one; raises NotFound."""
    named = statements.storable(id_)
    rows = await statements.run(connection, "known_errors/version", id=named, version=number)
    if not rows:
        raise NotFound(f"the known error {id_[:60]} has no version {number}")
    return _version(id_, rows[0])


async def latest_errors(
    connection: Connection, after: LatestError | None, limit: int
) -> list[LatestError]:
    """Return bugs of applications, the one that was seen last first."""
    rows = await statements.run_planned(
        connection,
        "known_errors/latest_errors",
        last_seen=after and after.last_seen,
        id=after and after.id,
        limit=limit,
    )
    return [_latest(row) for row in rows]


async def keep_near(connection: Connection, found: Mapping[int, Sequence[KnownNear]]) -> None:
    """Keep the known errors that fit bugs now."""
    await errors.to_change(connection, found)  # locked as whoever takes events locks them
    rows = [{"id": id_, "known": [asdict(one) for one in near]} for id_, near in found.items()]
    await statements.run(connection, "known_errors/keep_near", found=statements.json(rows))


async def latest_issues(connection: Connection, limit: int, *, live: bool) -> list[LatestIssue]:
    """Return issues whose error was recognised, the latest first; with `live` those that go on."""
    rows = await statements.run_planned(
        connection, "known_errors/latest_issues", limit=limit, live=live
    )
    return [LatestIssue(row.pop("issue"), **row) for row in rows]


def _latest(row: Row) -> LatestError:
    known = tuple(KnownNear(**one) for one in row.pop("known"))
    body = row.pop("body")
    return LatestError(known=known, event=None if body is None else errors.read(body), **row)


def _written(row: Row) -> WrittenError:
    return WrittenError(read(row.pop("id"), row.pop("document")), **row)


def _version(id_: str, row: Row) -> ErrorVersion:
    act, known = Act(row.pop("act")), read(id_, row.pop("document"))
    return ErrorVersion(known=known, act=act, **row)
