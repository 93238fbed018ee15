"""Hand over what waits in the outbox.

1. Messages are taken for a lease, which is renewed before it is too short for one more: a sender
   that dies gives them back, and the receiver may see one twice, with the same id. Who stood still
   for longer than his lease hands over no more of it. What was handed over is written down as soon
   as the store is there; who is to stop gives the rest back.
2. Receivers are told beside one another, and each of several issues at once: one that hangs keeps
   nobody else waiting. Of one issue it hears one thing after the other.
3. A receiver that had its fill in the last minute gets one digest of what has gathered meanwhile;
   what tells of the end of an issue, or of a breach, waits for nothing. What is quiet is gathered
   in any case.
4. What was not taken is tried again, later each time, for a day; then it is given up, and shown.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from fettle.engine.ledger import AWAY
from fettle.errors import ActFailed
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.ports import Clock, Notify
from fettle.store import outbox
from fettle.store.pool import Pool
from fettle.store.statements import Connection

LEASE = timedelta(seconds=20)
GATHERING = timedelta(seconds=15)
_ENOUGH = timedelta(seconds=16)  # of a lease, for one more: longer than handing over may take
_AT_A_TIME = 8
_WINDOW = timedelta(minutes=1)
_PATIENCE = timedelta(days=1)
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=30)
_LAST_WORDS_S = 16.0
_PAUSE_S = 0.2  # before the store is asked again
_NAMED = 20
_AT_ONCE = (Event.RESOLVED, Event.BREACHED)

_ResultT = TypeVar("_ResultT")
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
    """One process's sender; `freed` is called when a receiver has been told all that was taken."""

    def __init__(
        self, pool: Pool, telling: Telling, freed: Callable[[], None] | None = None
    ) -> None:
        self._pool = pool
        self._telling = telling
        self._freed = freed or (lambda: None)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def announce(self) -> int:
        """Begin to hand over what is due; return how many messages were taken up."""
        now = self._telling.clock.now()
        async with self._pool.connection() as connection:
            taken = await outbox.take(connection, now, LEASE, busy=list(self._busy))
            receivers = sorted({one.receiver for one in taken})
            had = await outbox.sent_since(connection, receivers, now - _WINDOW) if taken else {}
        for name, messages in _by_receiver(taken).items():
            lease = Lease(messages, now + LEASE)
            task = asyncio.create_task(self._tell(name, lease, had.get(name, 0)))
            self._busy[name] = task
        return len(taken)

    async def rest(self) -> None:
        """Wait until everybody has been told who is being told."""
        if self._busy:
            await asyncio.wait(list(self._busy.values()))

    async def stop(self) -> None:
        """Let what is being handed over come to its end, and give back the rest."""
        self._stopping = True
        if self._busy:
            _, late = await asyncio.wait(list(self._busy.values()), timeout=_LAST_WORDS_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _tell(self, name: str, lease: "Lease", had: int) -> None:
        try:
            await self._told(name, lease, had)
        except Exception:  # noqa: BLE001 - the boundary: the lease gives them back
            _log.exception("%s was not told", name)
        finally:
            del self._busy[name]
            self._freed()

    async def _told(self, name: str, lease: "Lease", had: int) -> None:
        telling = self._telling
        receiver = telling.receivers.get(name)
        if receiver is None:
            await self._put_off(lease, lease.messages, f"nobody in the settings is called {name}")
            return
        now = telling.clock.now()
        groups = grouped(lease.messages, had, telling.most_a_minute, now)
        if groups.later:
            ids, due_at = ids_of(groups.later), groups.later[0].created_at + GATHERING
            await self._say(lambda connection: outbox.later(connection, ids, now, due_at))
        slots = asyncio.Semaphore(_AT_A_TIME)
        async with asyncio.TaskGroup() as lanes:
            for lane in lanes_of(groups.now):
                lanes.create_task(self._follow(receiver, lease, lane, slots))
        if lease.unsaid:
            await self._say(
                lambda connection: outbox.give_back(connection, lease.unsaid, lease.until)
            )

    async def _follow(
        self,
        receiver: Receiver,
        lease: "Lease",
        lane: Sequence[Sequence[Queued]],
        slots: asyncio.Semaphore,
    ) -> None:
        """Hand over one after the other; when this is to stop, the rest stays unsaid."""
        for group in lane:
            async with slots:
                if self._stopping:
                    lease.unsaid += ids_of(group)
                elif ours := await self._still_ours(lease, group):
                    await self._hand_over(receiver, lease, ours)

    async def _still_ours(self, lease: "Lease", group: Sequence[Queued]) -> list[Queued]:
        """Return those of a group that nobody else has taken; they are ours for a while."""
        async with lease.renewing:
            now = self._telling.clock.now()
            if lease.until - now < _ENOUGH:
                kept = await self._say(
                    lambda connection: outbox.renew(
                        connection, ids_of(lease.messages), lease.until, now + LEASE
                    )
                )
                lease.until = now + LEASE
                lease.messages = [one for one in lease.messages if one.id in kept]
        ours = set(ids_of(lease.messages))
        return [one for one in group if one.id in ours]

    async def _hand_over(self, receiver: Receiver, lease: "Lease", group: Sequence[Queued]) -> None:
        first, telling = group[0], self._telling
        queued = first if len(group) == 1 else digest(group)
        try:
            await telling.notify.hand_over(queued, receiver, telling.clock.now())
        except ActFailed as error:
            await self._put_off(lease, group, error.reason, again=True)
            return

        async def sent(connection: Connection) -> None:
            async with connection.transaction():
                await outbox.sent(connection, [first.id], telling.clock.now())
                if len(group) > 1:
                    await outbox.merge(connection, ids_of(group[1:]))

        await self._say(sent)

    async def _put_off(
        self, lease: "Lease", group: Sequence[Queued], why: str, *, again: bool = False
    ) -> None:
        now = self._telling.clock.now()

        async def not_sent(connection: Connection) -> None:
            for one in group:
                again_at = retry_at(one, now) if again else None
                await outbox.not_sent(connection, one.id, lease.until, why, again_at)

        await self._say(not_sent)

    async def _say(self, say: Callable[[Connection], Awaitable[_ResultT]]) -> _ResultT:
        """Say something to the store, as soon as it is there."""
        while True:
            try:
                async with self._pool.connection() as connection:
                    return await say(connection)
            except AWAY as error:
                _log.info("telling waits for the store: %s", error)
                await asyncio.sleep(_PAUSE_S)


@dataclass
class Lease:
    """What was taken for one receiver, and until when it is ours; `unsaid` is given back."""

    messages: Sequence[Queued]
    until: datetime
    unsaid: list[UUID] = field(default_factory=list)
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)


def lanes_of(groups: Sequence[Sequence[Queued]]) -> list[list[Sequence[Queued]]]:
    """Return what may be told at the same time: what is of one issue stays in its order.

    A digest tells of many, and comes in its order with all.
    """
    if any(len(group) > 1 for group in groups):
        return [list(groups)]
    lanes: dict[int | UUID, list[Sequence[Queued]]] = defaultdict(list)
    for group in groups:
        issue = group[0].message.issue
        lanes[group[0].id if issue is None else issue].append(group)
    return list(lanes.values())


def ids_of(messages: Sequence[Queued]) -> list[UUID]:
    """Return the ids of messages."""
    return [one.id for one in messages]


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
