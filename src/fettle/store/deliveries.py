"""What arrived, as it came: kept before it is answered, settled when it became signals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.pool import Pool
from fettle.store.statements import Connection, Row
from fettle.store.together import Together


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
class Which:
    """What is to be taken again: these, the dead ones of a key by its name, or all dead ones."""

    ids: Sequence[int] = ()
    hook: str | None = None
    every: bool = False

    @property
    def parameters(self) -> Mapping[str, object]:
        """What its statements are given: a thousand at once are enough."""
        hook = self.hook and statements.storable(self.hook)
        return {"ids": list(self.ids), "hook": hook, "every": self.every, "limit": 1000}


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


class Deliveries(Together[Arrived]):
    """Keeps deliveries: one commit, and one sync of the disk, for all that arrive at once."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, keep, lambda arrived: len(arrived.body), "deliveries")


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


async def to_replay(connection: Connection, which: Which) -> list[Replayable]:
    """Return deliveries that can be taken again, locked; but for those that wait."""
    rows = await statements.run(connection, "intake/to_replay", **which.parameters)
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
