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
    """Return who was told of issues so far."""
    rows = await statements.run(connection, "outbox/told", issues=list(issues))
    return {row["issue"]: tuple(row["receivers"]) for row in rows}


async def take(
    connection: Connection,
    now: datetime,
    lease: timedelta,
    *,
    busy: Collection[str] = (),
    limit: int = 1000,
) -> list[Queued]:
    """Take what is due, but for busy receivers; it comes to nobody else before the lease ends."""
    rows = await statements.run(
        connection, "outbox/take", now=now, lease=lease, busy=list(busy), limit=limit
    )
    return sorted(map(_queued, rows), key=lambda queued: queued.created_at)


async def sent(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """Say that messages were handed over."""
    await statements.run(connection, "outbox/sent", ids=list(ids), now=now)


async def not_sent(
    connection: Connection, id_: UUID, until: datetime, error: str, again_at: datetime | None
) -> None:
    """Say that a message was not taken by its receiver; None for `again_at` gives it up.

    `until` is when our taking of it ends; nothing is said of what somebody else has taken since.
    """
    await statements.run(
        connection,
        "outbox/not_sent",
        id=id_,
        until=until,
        error=statements.storable(error),
        again_at=again_at,
    )


async def renew(
    connection: Connection, ids: Sequence[UUID], until: datetime, longer: datetime
) -> set[UUID]:
    """Keep for longer what was taken until a moment; return what is still ours."""
    rows = await statements.run(
        connection, "outbox/renew", ids=list(ids), until=until, longer=longer
    )
    return {row["id"] for row in rows}


async def give_back(connection: Connection, ids: Sequence[UUID], until: datetime) -> None:
    """Give back what was taken until a moment, and not tried."""
    await statements.run(connection, "outbox/give_back", ids=list(ids), until=until)
    await connection.execute("NOTIFY fettle_outbox")


async def later(
    connection: Connection, ids: Sequence[UUID], now: datetime, due_at: datetime
) -> None:
    """Give messages back, to be taken from a moment on, or with what their receiver gets sooner."""
    await statements.run(connection, "outbox/later", ids=list(ids), now=now, due_at=due_at)


async def merge(connection: Connection, ids: Sequence[UUID]) -> None:
    """Say that messages were told in a digest in their place."""
    await statements.run(connection, "outbox/merge", ids=list(ids))


async def sent_since(
    connection: Connection, receivers: Sequence[str], since: datetime
) -> dict[str, int]:
    """Return how many messages each receiver got since then."""
    rows = await statements.run(
        connection, "outbox/sent_since", receivers=list(receivers), since=since
    )
    return {row["receiver"]: row["number"] for row in rows}


async def of_issue(connection: Connection, issue: int) -> list[Row]:
    """Return what was told of an issue, and whether it was taken."""
    return await statements.run(connection, "outbox/of_issue", issue=issue)


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
