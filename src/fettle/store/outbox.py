"""Notifications that wait to be handed over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fettle.model.notification import Event, Message, Queued
from fettle.model.severity import Severity
from fettle.store import statements
from fettle.store.statements import Connection, Row

_LOCK = 847003  # the advisory lock of who takes; no other in fettle has this number
_PATIENCE = "SET LOCAL lock_timeout = '5s'"  # with one who was frozen in the middle of it


@dataclass(frozen=True)
class Addressed:
    """A message for one receiver, and when it may be handed over."""

    receiver: str
    message: Message
    due_at: datetime


async def put(connection: Connection, addressed: Sequence[Addressed], now: datetime) -> list[UUID]:
    """Keep messages, in the transaction of what they tell of."""
    if not addressed:
        return []
    rows = await statements.run(
        connection,
        "outbox/put",
        messages=statements.json([_row(place, one) for place, one in enumerate(addressed)]),
        now=now,
    )
    await connection.execute("NOTIFY fettle_outbox")
    return [row["id"] for row in rows]


async def told(connection: Connection, issues: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return who was told of issues so far, or of what was merged into them."""
    rows = await statements.run(connection, "outbox/told", issues=list(issues))
    return {row["issue"]: tuple(row["receivers"]) for row in rows}


async def take(
    connection: Connection,
    taker: UUID,
    now: datetime,
    stale: timedelta,
    *,
    judges_until: datetime | None,
    busy: Collection[str] = (),
    limit: int = 1000,
) -> list[Queued]:
    """Take what is due, but for busy receivers, in the order in which it was said.

    It is the taker's as long as that shows life; nothing is taken by one who has shown none yet.
    Others may be said to be dead, who were `stale` for so long, until `judges_until` by the store's
    clock; None: not by this one.
    """
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        rows = await statements.run(
            connection,
            "outbox/take",
            taker=taker,
            now=now,
            stale=stale,
            judges_until=judges_until,
            busy=list(busy),
            limit=limit,
        )
    return list(map(_queued, rows))


async def held(connection: Connection, taker: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Return those messages that are still their taker's; to ask is to show life."""
    rows = await statements.run(connection, "outbox/held", taker=taker, ids=list(ids))
    return {row["id"] for row in rows}


async def sent(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """Say that messages were handed over."""
    await statements.run(connection, "outbox/sent", ids=list(ids), now=now)


async def not_sent(
    connection: Connection, taker: UUID, id_: UUID, error: str, again_at: datetime | None
) -> None:
    """Say that a message was not taken by its receiver; None for `again_at` gives it up.

    Nothing is said of what somebody else has taken since.
    """
    await statements.run(
        connection,
        "outbox/not_sent",
        taker=taker,
        id=id_,
        error=statements.storable(error),
        again_at=again_at,
    )


async def give_back(connection: Connection, taker: UUID, ids: Sequence[UUID]) -> None:
    """Give back what was taken and not tried."""
    await statements.run(connection, "outbox/give_back", taker=taker, ids=list(ids))
    await connection.execute("NOTIFY fettle_outbox")


async def later(
    connection: Connection, taker: UUID, ids: Sequence[UUID], now: datetime, due_at: datetime
) -> None:
    """Give messages back, to be taken from a moment on, or with what their receiver gets sooner."""
    await statements.run(
        connection, "outbox/later", taker=taker, ids=list(ids), now=now, due_at=due_at
    )


async def merge(connection: Connection, ids: Sequence[UUID]) -> None:
    """Say that messages were told in another one, in their place."""
    await statements.run(connection, "outbox/merge", ids=list(ids))


async def sent_since(
    connection: Connection, receivers: Sequence[str], since: datetime
) -> dict[str, int]:
    """Return how many messages each receiver got since then."""
    rows = await statements.run(
        connection, "outbox/sent_since", receivers=list(receivers), since=since
    )
    return {row["receiver"]: row["number"] for row in rows}


async def of_issue(connection: Connection, issue: int, limit: int = 200) -> list[Row]:
    """Return what was told of an issue at last, and whether it was taken."""
    return await statements.run(connection, "outbox/of_issue", issue=issue, limit=limit)


async def find(connection: Connection, id_: UUID, receiver: str) -> Row | None:
    """Return what became of a notification to a receiver, None when there is none."""
    rows = await statements.run(connection, "outbox/find", id=id_, receiver=receiver)
    return rows[0] if rows else None


async def by_receiver(
    connection: Connection, receivers: Sequence[str], since: datetime
) -> dict[str, Row]:
    """Return how it stands with each receiver that anything was to be told since then."""
    rows = await statements.run(
        connection, "outbox/by_receiver", receivers=list(receivers), since=since
    )
    return {row["receiver"]: row for row in rows}


def _row(place: int, one: Addressed) -> dict[str, Any]:
    return {
        "place": place,
        "issue": one.message.issue,
        "receiver": one.receiver,
        "event": str(one.message.event),
        "message": _document(one.message),
        "due_at": one.due_at.isoformat(),
    }


def _document(message: Message) -> dict[str, Any]:
    return {
        "event": str(message.event),
        "title": message.title,
        "body": message.body,
        "issue": message.issue,
        "severity": None if message.severity is None else str(message.severity),
        "priority": message.priority,
        "status": message.status,
        "url": message.url,
        "acknowledge_url": message.acknowledge_url,
        "quiet": message.quiet,
    }


def _queued(row: Row) -> Queued:
    kept = row["message"]
    severity = kept["severity"] and Severity.named(kept["severity"])
    message = Message(
        **{"quiet": False, **kept, "event": Event(kept["event"]), "severity": severity}
    )
    return Queued(row["id"], row["receiver"], message, row["created_at"], row["attempts"])
