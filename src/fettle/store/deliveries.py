"""What arrived, as it came: kept before it is answered, settled when it became signals."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from fettle.errors import StoreUnreachable
from fettle.store import statements
from fettle.store.statements import Connection, Row

_BATCH = 500
_BATCH_BYTES = 16 * 1024**2
_MOST_WAITING_BYTES = 128 * 1024**2
_SOON_S = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrived:
    """A request that somebody sent: who, to which vendor's door, and its body.

    `proved` is whether it was proved who sent it; only some vendors sign.
    """

    received_at: datetime
    hook: str
    vendor: str
    headers: Mapping[str, str]
    body: bytes
    credential: UUID | None = None
    proved: bool = False


@dataclass(frozen=True)
class Delivery(Arrived):
    """What was kept of it."""

    id: int = 0
    replays: int = 0


@dataclass(frozen=True)
class Replayable:
    """A delivery that can be taken again, and whether it was proved who sent it."""

    id: int
    vendor: str
    proved: bool


@dataclass(frozen=True)
class Settled:
    """What became of a delivery: `taken` into signals, or `dead`, and why."""

    id: int
    state: str
    reason: str | None = None


@dataclass(frozen=True)
class Counted:
    """One kind of outcome, to be counted."""

    hook: str
    vendor: str
    outcome: str
    reason: str = ""


class Deliveries:
    """Keep deliveries in groups: one commit, and one sync of the disk, for all that arrive at once.

    `keep` returns when its delivery is on disk. `run` does the work and is cancelled to stop.
    """

    def __init__(self, pool: "AsyncConnectionPool[Connection]") -> None:
        self._pool = pool
        self._last = float("-inf")
        self._waiting: list[_Waiting] = []
        self._bytes = 0
        self._wake = asyncio.Event()

    async def keep(self, arrived: Arrived) -> None:
        """Keep a delivery. Raises StoreUnreachable: it was not kept, and may be sent again."""
        if self._bytes > _MOST_WAITING_BYTES:
            raise StoreUnreachable("more arrives than the store can keep", remedy="send it again")
        self._last = time.monotonic()
        waiting = _Waiting(arrived)
        self._waiting.append(waiting)
        self._bytes += len(arrived.body)
        self._wake.set()
        await waiting.kept

    def arriving(self) -> bool:
        """Whether deliveries arrive just now, one soon after the other."""
        return time.monotonic() - self._last < _SOON_S

    async def run(self) -> None:
        """Keep what waits, until cancelled; what could not be kept is told to its sender."""
        try:
            while True:
                await self._wake.wait()
                group = self._next_group()
                try:
                    await self._write([waiting.arrived for waiting in group])
                except (psycopg.Error, PoolTimeout) as error:
                    # who sends is a stranger: hosts and roles are for the log
                    _log.warning("deliveries were not kept: %s", " ".join(str(error).split()))
                    self._fail(group, "the store does not answer")
                except BaseException:
                    self._fail(group, "Fettle is stopping")
                    raise
                else:
                    self._succeed(group)
        finally:
            self._fail(self._waiting, "Fettle is stopping")

    def _next_group(self) -> list["_Waiting"]:
        taken, size = 0, 0
        for waiting in self._waiting[:_BATCH]:
            size += len(waiting.arrived.body)
            if taken and size > _BATCH_BYTES:
                break
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._bytes -= sum(len(waiting.arrived.body) for waiting in group)
        if not self._waiting:
            self._wake.clear()
        return group

    async def _write(self, arrived: Sequence[Arrived]) -> None:
        async with self._pool.connection() as connection:
            await keep(connection, arrived)

    @staticmethod
    def _succeed(group: Sequence["_Waiting"]) -> None:
        for waiting in group:
            if not waiting.kept.done():  # who sent it may have gone
                waiting.kept.set_result(None)

    @staticmethod
    def _fail(group: Sequence["_Waiting"], why: str) -> None:
        for waiting in group:
            if not waiting.kept.done():
                waiting.kept.set_exception(StoreUnreachable(f"it could not be kept: {why}"))


@dataclass
class _Waiting:
    arrived: Arrived
    kept: "asyncio.Future[None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


async def keep(connection: Connection, arrived: Sequence[Arrived]) -> list[int]:
    """Keep deliveries, all or none, wake whoever takes them, and return their ids.

    In a transaction of the caller they are kept when it is.
    """
    rows = await statements.run(
        connection,
        "intake/keep_deliveries",
        received_at=[one.received_at for one in arrived],
        credential=[one.credential for one in arrived],
        hook=[one.hook for one in arrived],
        vendor=[one.vendor for one in arrived],
        headers=[statements.json(one.headers) for one in arrived],
        body=[one.body for one in arrived],
        proved=[one.proved for one in arrived],
    )
    return [row["id"] for row in rows]


async def waiting(connection: Connection, limit: int, most_bytes: int) -> list[Delivery]:
    """Return the oldest deliveries that wait: at most `limit`, and `most_bytes` together."""
    rows = await statements.run(
        connection, "intake/waiting_deliveries", limit=limit, bytes=most_bytes
    )
    return [Delivery(**row) for row in rows]


async def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Say what became of deliveries."""
    await statements.run(
        connection,
        "intake/settle_deliveries",
        id=[one.id for one in settled],
        state=[one.state for one in settled],
        reason=[one.reason and statements.storable(one.reason) for one in settled],
    )


async def to_replay(
    connection: Connection, ids: Sequence[int], hook: str | None, limit: int = 1000
) -> list[Replayable]:
    """Return these deliveries, or every dead one of a hook, locked; but for those that wait."""
    rows = await statements.run(
        connection, "intake/to_replay", ids=list(ids), hook=hook, limit=limit
    )
    return [Replayable(**row) for row in rows]


async def body(connection: Connection, id_: int) -> bytes:
    """Return what a delivery holds."""
    (row,) = await statements.run(connection, "intake/body", id=id_)
    return bytes(row["body"])


async def find(connection: Connection, id_: int) -> Row | None:
    """Return a delivery with its headers and what it holds, None where there is none."""
    rows = await statements.run(connection, "intake/find_delivery", id=id_)
    return rows[0] if rows else None


async def replay(
    connection: Connection, ids: Sequence[int], proved: Sequence[int] = ()
) -> list[int]:
    """Let deliveries be taken again, some of which were `proved` since; return their ids."""
    rows = await statements.run(
        connection, "intake/replay_deliveries", ids=list(ids), proved=list(proved)
    )
    if rows:
        await connection.execute("NOTIFY fettle_delivery")
    return sorted(row["id"] for row in rows)


async def listed(
    connection: Connection, state: str | None, before: int | None, limit: int
) -> list[Row]:
    """Return deliveries, the latest first."""
    return await statements.run(
        connection, "intake/list_deliveries", state=state, before=before, limit=limit
    )


async def count(connection: Connection, counted: "Counter[Counted]") -> None:
    """Count outcomes."""
    if counted:
        await statements.run(
            connection,
            "intake/count",
            hook=[one.hook for one in counted],
            vendor=[one.vendor for one in counted],
            outcome=[one.outcome for one in counted],
            reason=[statements.storable(one.reason) for one in counted],
            number=list(counted.values()),
        )


async def counts(connection: Connection, since: date) -> list[Row]:
    """Return what came of what arrived since a day, by hook and vendor."""
    return await statements.run(connection, "intake/read_counts", since=since)
