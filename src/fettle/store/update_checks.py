"""Looks for updates: how each went, what is on offer, and what nothing on offer closes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from pydantic import TypeAdapter

from fettle.errors import NotFound
from fettle.model.severity import Severity
from fettle.model.update import (
    Ecosystem,
    Installed,
    Open,
    SourceResult,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.model.update_kept import (
    CheckRecord,
    Kept,
    KeptOpen,
    KeptUpdate,
    Waiting,
    rated,
    worst_of,
)
from fettle.store import statements
from fettle.store.statements import Connection, Row

EVER = 100_000
_UPDATE = TypeAdapter(Update)
_OPEN = TypeAdapter(Open)
_SOURCES = TypeAdapter(tuple[SourceResult, ...])
_INSTALLED = TypeAdapter(tuple[Installed, ...])


@dataclass(frozen=True)
class WantedUpdates:
    """Which updates: None is any. With `gone` also what is no more on offer."""

    ids: Collection[str] | None = None
    type: UpdateType | None = None
    worst: Severity | None = None
    ecosystem: Ecosystem | None = None
    project: str | None = None
    package: str | None = None
    held: bool | None = None
    gone: bool = False
    cursor: str | None = None


# Keeping


async def alone(connection: Connection) -> None:
    """Let nobody else keep a look until the transaction ends."""
    await statements.run(connection, "update_checks/alone")


async def keep_updates(
    connection: Connection, updates: Sequence[KeptUpdate], gone: Collection[str], at: datetime
) -> int:
    """Keep what is on offer, and what no more is; return how many were never seen before."""
    rows = await statements.run(
        connection,
        "update_checks/keep_offers",
        offers=statements.json([_offer(one) for one in updates]),
        at=at,
    )
    await statements.run(connection, "update_checks/end_offers", ids=list(gone), at=at)
    return sum(row["new"] for row in rows)


async def keep_open(
    connection: Connection, weaknesses: Sequence[KeptOpen], gone: Collection[str], at: datetime
) -> None:
    """Keep what nothing on offer closes, and what is over."""
    await statements.run(
        connection,
        "update_checks/keep_weaknesses",
        weaknesses=statements.json([_weakness(one) for one in weaknesses]),
        at=at,
    )
    await statements.run(connection, "update_checks/end_weaknesses", keys=list(gone), at=at)


async def keep_check(
    connection: Connection, told: UpdateCheck, id_: UUID, actor: str, new: int
) -> None:
    """Keep that there was a look, how it went, and what it saw in use."""
    await statements.run(
        connection,
        "update_checks/keep_check",
        id=id_,
        at=told.at,
        actor=actor,
        security=told.security,
        regular=told.regular,
        open=len(told.open),
        new=new,
        whole=told.whole,
        sources=statements.json(_SOURCES.dump_python(told.sources, mode="json")),
        locks=statements.json(Counter(one.where for one in told.installed)),
    )
    await statements.run(
        connection,
        "update_checks/keep_in_use",
        check=id_,
        lists_all=told.lists_all,
        told=statements.json(_INSTALLED.dump_python(told.installed, mode="json")),
    )


def _offer(one: KeptUpdate) -> Mapping[str, object]:
    update = replace(
        one.update,
        advisories=tuple(replace(each, affected=()) for each in one.update.advisories),
    )
    return {
        "id": update.id,
        "ecosystem": update.package.ecosystem.value,
        "package": update.package.name,
        "place": update.where,
        "project": one.project,
        "current": update.current,
        "version": update.version,
        "type": update.type.value,
        "worst": worst_of(update),
        "held": not update.worth_taking,
        "told": _UPDATE.dump_python(update, mode="json"),
        "accepted": dict(one.accepted),
    }


def _weakness(one: KeptOpen) -> Mapping[str, object]:
    told = replace(one.open, advisory=replace(one.open.advisory, affected=()))
    return {
        "key": one.key,
        "worst": rated(told.advisory).value,
        "told": _OPEN.dump_python(told, mode="json"),
        "accepted": one.accepted,
    }


# Reading


async def checks(
    connection: Connection, *, before: int | None = None, id_: UUID | None = None, limit: int = 50
) -> list[CheckRecord]:
    """Return looks for updates, the latest first."""
    rows = await statements.run_planned(
        connection, "update_checks/checks", before=before, id=id_, limit=limit
    )
    return [_check(row) for row in rows]


async def newest(connection: Connection) -> CheckRecord | None:
    """Return the latest look."""
    found = await checks(connection, limit=1)
    return found[0] if found else None


async def updates(
    connection: Connection, wanted: WantedUpdates, limit: int = EVER
) -> list[KeptUpdate]:
    """Return updates as people read them: security first, the worst first, then by name."""
    rows = await statements.run_planned(
        connection,
        "update_checks/offers",
        ids=None if wanted.ids is None else [statements.storable(one) for one in wanted.ids],
        type=wanted.type,
        worst=None if wanted.worst is None else wanted.worst.value,
        ecosystem=wanted.ecosystem,
        project=_storable(wanted.project),
        package=_storable(wanted.package),
        held=wanted.held,
        gone=wanted.gone,
        cursor=_storable(wanted.cursor),
        limit=limit,
    )
    return [_kept(row) for row in rows]


async def find_update(connection: Connection, id_: str) -> KeptUpdate:
    """Return an update, also one that is no more on offer; raises NotFound."""
    found = await updates(connection, WantedUpdates((id_,), gone=True))
    if not found:
        raise NotFound(f"there is no update {id_}", remedy="the list of updates names them")
    return found[0]


async def weaknesses(connection: Connection) -> list[KeptOpen]:
    """Return what nothing on offer closes, the worst first."""
    return [
        KeptOpen(
            row["key"],
            _OPEN.validate_python(row["told"]),
            row["first_seen"],
            row["last_seen"],
            row["accepted"],
        )
        for row in await statements.run(connection, "update_checks/weaknesses")
    ]


async def known(connection: Connection) -> Kept | None:
    """Return all that is known of updates; None before the first look."""
    check = await newest(connection)
    if check is None:
        return None
    return Kept(check, await updates(connection, WantedUpdates()), await weaknesses(connection))


async def in_use(connection: Connection, check: UUID, told: UpdateCheck) -> UpdateCheck:
    """Return what a look told with what it saw in use; nothing is kept but of the newest."""
    rows = await statements.run(connection, "update_checks/in_use", check=check)
    if not rows:
        return replace(told, lists_all=False)
    (row,) = rows
    installed = _INSTALLED.validate_python(row["told"])
    return replace(told, installed=installed, lists_all=row["lists_all"])


async def known_as_it_is(connection: Connection) -> Kept | None:
    """Return what is known of updates, of a store that may be older than the tables for it."""
    try:
        return await known(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return None


async def waiting(connection: Connection) -> list[Waiting]:
    """Return how many updates wait that close a weakness and are not held, the worst first."""
    rows = await statements.run(connection, "update_checks/counted")
    return [Waiting(Severity(row["worst"]), row["number"], row["since"]) for row in rows]


def _check(row: Row) -> CheckRecord:
    return CheckRecord(**{**row, "sources": _SOURCES.validate_python(row["sources"])})


def _kept(row: Row) -> KeptUpdate:
    told: Any = row.pop("told")
    return KeptUpdate(_UPDATE.validate_python(told), **row)


def _storable(text: str | None) -> str | None:
    return None if text is None else statements.storable(text)


# What issues tell of


async def alarms(connection: Connection) -> Mapping[str, str]:
    """Return the critical weaknesses that issues tell of: their titles, by their keys."""
    rows = await statements.run(connection, "update_checks/alarms")
    return {row["key"]: row["title"] for row in rows}


async def keep_alarms(connection: Connection, titles: Mapping[str, str], at: datetime) -> None:
    """Keep which critical weaknesses issues tell of now."""
    await statements.run(
        connection, "update_checks/keep_alarms", titles=statements.json(titles), at=at
    )
