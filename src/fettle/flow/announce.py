"""Hand over what waits in the outbox.

1. Messages are taken for a lease: a sender that dies gives them back, and the receiver may see one
   twice, with the same id.
2. A receiver that had its fill in the last minute gets one digest of what waits, not each of it;
   what tells of the end of an issue, or of a breach, is never held back by that.
3. What was not taken is tried again, later each time, for a day; then it is given up, and shown.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import ActFailed
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.ports import Clock, Notify
from fettle.store import outbox
from fettle.store.statements import Connection

LEASE = timedelta(seconds=30)
_WINDOW = timedelta(minutes=1)
_PATIENCE = timedelta(days=1)
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=30)
_NAMED = 20


@dataclass(frozen=True)
class Telling:
    """What it takes to tell: who can be told, how, and how much a minute."""

    receivers: Mapping[str, Receiver]
    notify: Notify
    clock: Clock
    most_a_minute: int = 20


async def announce(connection: Connection, telling: Telling) -> int:
    """Hand over what is due; return how many messages were taken up."""
    now = telling.clock.now()
    taken = await outbox.take(connection, now, LEASE)
    had = await outbox.sent_since(
        connection, sorted({one.receiver for one in taken}), now - _WINDOW
    )
    await asyncio.gather(
        *(
            _tell(connection, telling, name, messages, had.get(name, 0))
            for name, messages in _by_receiver(taken).items()
        )
    )
    return len(taken)


async def _tell(
    connection: Connection, telling: Telling, name: str, waiting: Sequence[Queued], had: int
) -> None:
    receiver = telling.receivers.get(name)
    if receiver is None:
        for queued in waiting:
            await outbox.not_sent(
                connection, queued.id, f"nobody in the settings is called {name}", None
            )
        return
    for group in grouped(waiting, had, telling.most_a_minute):
        await _hand_over(connection, telling, receiver, group)


async def _hand_over(
    connection: Connection, telling: Telling, receiver: Receiver, group: Sequence[Queued]
) -> None:
    first = group[0]
    queued = first if len(group) == 1 else digest(group)
    try:
        await telling.notify.hand_over(queued, receiver, telling.clock.now())
    except ActFailed as error:
        for one in group:
            again = retry_at(one, telling.clock.now())
            await outbox.not_sent(connection, one.id, error.reason, again)
        return
    await outbox.sent(connection, [first.id], telling.clock.now())
    if len(group) > 1:
        await outbox.merge(connection, [one.id for one in group[1:]])


def grouped(waiting: Sequence[Queued], had: int, most: int) -> list[list[Queued]]:
    """Return the messages in the groups in which they are told; a group of several is a digest."""
    alone = [one for one in waiting if one.message.event in (Event.RESOLVED, Event.BREACHED)]
    other = [one for one in waiting if one not in alone]
    room = max(0, most - had)
    if len(other) <= room:
        return [[one] for one in (*other, *alone)]
    singly = max(0, room - 1)
    return [*([one] for one in other[:singly]), other[singly:], *([one] for one in alone)]


def digest(group: Sequence[Queued]) -> Queued:
    """Return one message that tells of several, under the id of the first."""
    named = [f"- {one.message.title}" for one in group[:_NAMED]]
    more = [f"and {len(group) - _NAMED} more"] if len(group) > _NAMED else []
    severities = [one.message.severity for one in group if one.message.severity is not None]
    message = Message(
        Event.DIGEST,
        f"{len(group)} notifications together",
        "\n".join([*named, *more]),
        severity=max(severities, default=None),
    )
    first = group[0]
    return Queued(first.id, first.receiver, message, first.created_at, first.attempts)


def retry_at(queued: Queued, now: datetime) -> datetime | None:
    """Return when to try again: later each time; None when it has been tried for long enough."""
    if now - queued.created_at > _PATIENCE:
        return None
    wait = _FIRST_RETRY * 2.0 ** min(queued.attempts - 1, 10)
    return now + min(wait, _LONGEST_RETRY)


def _by_receiver(taken: Sequence[Queued]) -> dict[str, list[Queued]]:
    found: dict[str, list[Queued]] = defaultdict(list)
    for queued in taken:
        found[queued.receiver].append(queued)
    return found
