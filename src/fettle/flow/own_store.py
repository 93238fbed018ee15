"""Whether the store lives on a server that it watches: then they go down together.

Two connections lead to one server when its postmaster was started at the same microsecond: that
needs no privilege, holds through poolers and proxies, and tells a server from its standbys and its
copies, which share its system identifier.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import cast

from fettle.engine.ledger import AWAY
from fettle.errors import CannotLook
from fettle.flow.filed import file
from fettle.flow.look import Connect
from fettle.flow.schedules import place_of
from fettle.intake import checked
from fettle.model.ports import Clock
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.target import Kind, Target
from fettle.model.watched import Filed
from fettle.settings import Settings
from fettle.store import watched
from fettle.store.pool import Pool
from fettle.store.statements import Connection

KEY = "store_is_watched"
_TEXT = (
    "Fettle shares the fate of that server: when the one stops, so does the other, and no message "
    "leaves.\n\nWhat to do: keep the store elsewhere ([store] url, or leave it out to use the "
    "embedded PostgreSQL), or name an address that misses Fettle when it is silent ([server] "
    "alive_url)."
)
_log = logging.getLogger(__name__)


async def warn(
    pool: Pool, targets: Iterable[Target], connect: Connect, settings: Settings, clock: Clock
) -> list[str]:
    """Say of which databases' servers the store is one: in the log, and once as a signal.

    Returns their names. What cannot be reached now is left as it was; where the store cannot be,
    that is logged, and said the next time.
    """
    try:
        return await _warn(pool, targets, connect, settings, clock)
    except AWAY as error:
        _log.warning("whether the store's server is watched is not known: %s", error)
        return []


async def warnings(connection: Connection) -> list[str]:
    """Return what is to be known about the store, for whoever asks whether Fettle is ready."""
    databases = await watched.firing(connection, KEY)
    return [title(database) for database in databases]


def title(database: str) -> str:
    """Return what is said of a database whose server the store lives on."""
    return f"Fettle keeps its own records on the server of {database}"


async def _warn(
    pool: Pool, targets: Iterable[Target], connect: Connect, settings: Settings, clock: Clock
) -> list[str]:
    async with pool.connection() as connection:
        ours = await _started_at(connection)
    seen = await asyncio.gather(*(_is_ours(target, connect, ours) for target in targets))
    known = {name: same for name, same in seen if same is not None}
    for name, same in known.items():
        if same:
            _log.warning("%s: it goes down together with Fettle", title(name))
        await _keep(pool, name, settings, clock.now(), same=same)
    return [name for name, same in known.items() if same]


async def _started_at(connection: Connection) -> datetime:
    cursor = await connection.execute("SELECT pg_postmaster_start_time()")
    row = await cursor.fetchone()
    return cast("tuple[datetime]", row)[0]


async def _is_ours(target: Target, connect: Connect, ours: datetime) -> tuple[str, bool | None]:
    try:
        async with connect(target) as database:
            return target.name, database.server.started_at == ours
    except CannotLook:
        return target.name, None


async def _keep(
    pool: Pool, database: str, settings: Settings, now: datetime, *, same: bool
) -> None:
    """File that it is so, or is so no more, if that is news; a look may come between."""
    while True:
        async with pool.connection() as connection, connection.transaction():
            before = await watched.read(connection, database)
            firing = before.watched.firing
            if same == (KEY in firing):
                return
            place = place_of(database, settings)
            if same:
                signal = _signal(database)
                firing = {**firing, KEY: Filed(signal.title, Severity.LOW, now)}
            else:
                signal = checked.end(place, KEY, firing[KEY], "It is on another server now.")
                firing = {key: filed for key, filed in firing.items() if key != KEY}
            changed = replace(before.watched, firing=firing)
            of = database, Kind.DATABASE
            if await watched.write(connection, of, changed, before.version, now):
                await file(connection, [signal], now)
                return


def _signal(database: str) -> Signal:
    return Signal(
        checked.source(database),
        SignalKind.CHECK,
        KEY,
        firing=True,
        title=title(database),
        text=_TEXT,
        severity=Severity.LOW,
        group=KEY,
        labels={"database": database, "check": KEY},
    )
