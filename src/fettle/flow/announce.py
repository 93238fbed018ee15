"""Hand over what waits in the outbox.

1. Messages are taken for a lease: a sender that dies gives them back, and the receiver may see one
   twice, with the same id.
2. Receivers are told beside one another: one that hangs keeps nobody else waiting.
3. A receiver that had its fill in the last minute gets one digest of what has gathered meanwhile;
   what tells of the end of an issue, or of a breach, waits for nothing. What is quiet is gathered
   in any case.
4. What was not taken is tried again, later each time, for a day; then it is given up, and shown.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import ActFailed
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.ports import Clock, Notify
from fettle.store import outbox
from fettle.store.pool import Pool
from fettle.store.statements import Connection

LEASE = timedelta(seconds=30)
GATHERING = timedelta(seconds=15)
_WINDOW = timedelta(minutes=1)
_PATIENCE = timedelta(days=1)
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=30)
_NAMED = 20
_AT_ONCE = (Event.RESOLVED, Event.BREACHED)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Telling:
    """What it takes to tell: who can be told, how, and how much a minute."""

    receivers: Mapping[str, Receiver]
    notify: Notify
    clock: Clock
    most_a_minute: int = 20


@dataclass(frozen=True)
class Grouped:
    """How messages are told: each group at once, one of several as a digest; the rest later."""

    now: tuple[tuple[Queued, ...], ...]
    later: tuple[Queued, ...] = ()


class Announcer:
    """One process's sender."""

    def __init__(self, pool: Pool, telling: Telling) -> None:
        self._pool = pool
        self._telling = telling
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def announce(self) -> int:
        """Begin to hand over what is due; return how many messages were taken up."""
        now = self._telling.clock.now()
        async with self._pool.connection() as connection:
            taken = await outbox.take(connection, now, LEASE, busy=list(self._busy))
            receivers = sorted({one.receiver for one in taken})
            had = await outbox.sent_since(connection, receivers, now - _WINDOW)
        for name, messages in _by_receiver(taken).items():
            task = asyncio.create_task(self._tell(name, messages, had.get(name, 0)))
            self._busy[name] = task
        return len(taken)

    async def rest(self) -> None:
        """Wait until everybody has been told who is being told."""
        if self._busy:
            await asyncio.wait(list(self._busy.values()))

    async def _tell(self, name: str, waiting: Sequence[Queued], had: int) -> None:
        try:
            await self._told(name, waiting, had)
        except Exception:  # noqa: BLE001 - the boundary: the lease gives them back
            _log.exception("%s was not told", name)
        finally:
            del self._busy[name]

    async def _told(self, name: str, waiting: Sequence[Queued], had: int) -> None:
        telling = self._telling
        receiver = telling.receivers.get(name)
        if receiver is None:
            await self._give_up(waiting, f"nobody in the settings is called {name}")
            return
        groups = grouped(waiting, had, telling.most_a_minute, telling.clock.now())
        if groups.later:
            due_at = groups.later[0].created_at + GATHERING
            async with self._pool.connection() as connection:
                await outbox.later(connection, [one.id for one in groups.later], due_at)
        for group in groups.now:
            await self._hand_over(receiver, group)

    async def _give_up(self, waiting: Sequence[Queued], why: str) -> None:
        async with self._pool.connection() as connection:
            for queued in waiting:
                await outbox.not_sent(connection, queued.id, why, None)

    async def _hand_over(self, receiver: Receiver, group: Sequence[Queued]) -> None:
        first, telling = group[0], self._telling
        queued = first if len(group) == 1 else digest(group)
        try:
            await telling.notify.hand_over(queued, receiver, telling.clock.now())
        except ActFailed as error:
            async with self._pool.connection() as connection:
                await _put_off(connection, group, error.reason, telling.clock.now())
            return
        async with self._pool.connection() as connection:
            await outbox.sent(connection, [first.id], telling.clock.now())
            if len(group) > 1:
                await outbox.merge(connection, [one.id for one in group[1:]])


async def _put_off(
    connection: Connection, group: Sequence[Queued], why: str, now: datetime
) -> None:
    for one in group:
        await outbox.not_sent(connection, one.id, why, retry_at(one, now))


def grouped(waiting: Sequence[Queued], had: int, most: int, now: datetime) -> Grouped:
    """Return how messages are told to a receiver that had so many in the last minute.

    One that had its fill is told the rest together, once the oldest has waited for a while.
    """
    at_once = [one for one in waiting if one.message.event in _AT_ONCE]
    quiet = [one for one in waiting if one.message.quiet and one not in at_once]
    other = [one for one in waiting if one not in at_once and one not in quiet]
    together = [quiet] if quiet else []
    together += [at_once] if len(at_once) > most else [[one] for one in at_once]
    room = max(0, most - had)
    if len(other) <= room:
        return _as_grouped([*([one] for one in other), *together])
    singly, rest = other[: max(0, room - 1)], other[max(0, room - 1) :]
    told = [[one] for one in singly]
    if room or now - rest[0].created_at >= GATHERING:
        return _as_grouped([*told, rest, *together])
    return _as_grouped([*told, *together], rest)


def _as_grouped(now: Sequence[Sequence[Queued]], later: Sequence[Queued] = ()) -> Grouped:
    return Grouped(tuple(map(tuple, now)), tuple(later))


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
