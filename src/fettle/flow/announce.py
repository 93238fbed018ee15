"""Hand over what waits in the outbox.

1. A message is its taker's as long as that shows life (engine.worker): a sender that dies, or
   stands still, gives back what it had, and the receiver may see one thing twice, with the same
   id. What was handed over is written down as soon as the store is there; after the store was away
   nobody is taken for dead who may only be about to write that down. Who is to stop gives the rest
   back.
2. Receivers are told beside one another, and each of several issues at once: one that hangs keeps
   nobody else waiting. Of one issue it hears one thing after the other; what is not taken holds up
   what comes after it. See flow.gathered for what is told together.
3. What was not taken is tried again, later each time, for a day; then it is given up, and shown.
   That it had to wait before it was tried, for working hours or for a sender, makes none of it up.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from fettle.engine.ledger import AWAY
from fettle.engine.life import Life
from fettle.engine.pace import Pace
from fettle.errors import ActFailed
from fettle.flow.gathered import GATHERING, Said, gathered, lanes_of
from fettle.model.notification import Queued, Receiver
from fettle.model.ports import Clock, Notify
from fettle.store import outbox
from fettle.store.pool import Pool
from fettle.store.statements import Connection

STALE = Pace().stale
_SURE = STALE / 2  # for so long what was taken, or asked about, is known to be ours
_AT_A_TIME = 8
_WINDOW = timedelta(minutes=1)
_PATIENCE = timedelta(days=1)
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=30)
_LAST_WORDS_S = 16.0
_PAUSE_S = 0.2  # before the store is asked again
_MISTAKE_S = 20.0  # before a receiver is told again, when telling it failed by a mistake of ours

_ResultT = TypeVar("_ResultT")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Telling:
    """What it takes to tell: who can be told, how, and how much a minute."""

    receivers: Mapping[str, Receiver]
    notify: Notify
    clock: Clock
    most_a_minute: int = 20


@dataclass
class Hand:
    """What was taken for one receiver, and when it was last known to be ours.

    `unsaid` is given back.
    """

    messages: Sequence[Queued]
    known_at: datetime
    unsaid: list[UUID] = field(default_factory=list)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Announcer:
    """One process's sender. `taker` is its worker, whose `life` shows that it is at it.

    `freed` is called when a receiver has been told all that was taken.
    """

    def __init__(
        self,
        pool: Pool,
        telling: Telling,
        taker: UUID,
        life: Life,
        freed: Callable[[], None] | None = None,
    ) -> None:
        self._pool = pool
        self._telling = telling
        self._taker = taker
        self._freed = freed or (lambda: None)
        self._life = life
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._deaf: dict[str, str] = {}
        self._stopping = False

    async def announce(self) -> int:
        """Begin to hand over what is due; return how many messages were taken up."""
        async with self._pool.connection() as connection:
            now = self._telling.clock.now()
            taken = await outbox.take(
                connection,
                self._taker,
                now,
                STALE,
                judges_until=self._life.judges_until,
                busy=list(self._busy),
            )
            receivers = sorted({one.receiver for one in taken})
            had = await outbox.sent_since(connection, receivers, now - _WINDOW) if taken else {}
        for name, messages in _by_receiver(taken).items():
            task = asyncio.create_task(self._tell(name, Hand(messages, now), had.get(name, 0)))
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

    async def _tell(self, name: str, hand: Hand, had: int) -> None:
        try:
            await self._told(name, hand, had)
        except Exception:  # noqa: BLE001 - the boundary: what is ours and in no hand is taken again
            _log.exception("%s was not told", name)
            await asyncio.sleep(_MISTAKE_S)
        finally:
            del self._busy[name]
            self._freed()

    async def _told(self, name: str, hand: Hand, had: int) -> None:
        telling = self._telling
        receiver = telling.receivers.get(name)
        if receiver is None:
            why = f"nobody in the settings is called {name}"
            await self._put_off(hand.messages, why, None)
            return
        now = telling.clock.now()
        told = gathered(hand.messages, had, telling.most_a_minute, now)
        if told.later:
            await self._later(told.later, now)
        slots = asyncio.Semaphore(_AT_A_TIME)
        async with asyncio.TaskGroup() as lanes:
            for lane in lanes_of(told.now):
                lanes.create_task(self._follow(receiver, hand, lane, slots))
        if hand.unsaid:
            await self._say(
                lambda connection: outbox.give_back(connection, self._taker, hand.unsaid)
            )

    async def _later(self, put_off: Sequence[Said], now: datetime) -> None:
        ids = [id_ for said in put_off for id_ in said.ids]
        due_at = min(said.since for said in put_off) + GATHERING
        await self._say(lambda connection: outbox.later(connection, self._taker, ids, now, due_at))

    async def _follow(
        self, receiver: Receiver, hand: Hand, lane: Sequence[Said], slots: asyncio.Semaphore
    ) -> None:
        """Hand over one after the other; when this is to stop, the rest stays unsaid.

        What comes after something that was not taken, of the same issue, is put off with it.
        """
        held_up: dict[int, datetime] = {}
        for said in lane:
            async with slots:
                if self._stopping or not await self._still_ours(hand, said):
                    hand.unsaid += said.ids
                    continue
                before = [held_up[issue] for issue in said.issues if issue in held_up]
                again_at = max(before) if before else await self._hand_over(receiver, said)
                if before:
                    await self._put_off(said.of, "what came before it was not taken", again_at)
                if again_at is not None:
                    held_up |= dict.fromkeys(said.issues, again_at)

    async def _still_ours(self, hand: Hand, said: Said) -> bool:
        """Whether nobody else has taken it; then it is ours for a while."""
        async with hand.asking:
            now = self._telling.clock.now()
            if abs(now - hand.known_at) > _SURE:
                ids = [one.id for one in hand.messages]
                kept = await self._say(lambda connection: outbox.held(connection, self._taker, ids))
                hand.known_at = now
                hand.messages = [one for one in hand.messages if one.id in kept]
        return {one.id for one in hand.messages} >= {*said.ids}

    async def _hand_over(self, receiver: Receiver, said: Said) -> datetime | None:
        """Hand something over; return when it is tried again, None when it was taken."""
        telling = self._telling
        try:
            await telling.notify.hand_over(said.queued, receiver, telling.clock.now())
        except ActFailed as error:
            why = _why(error)
            self._note(receiver.name, why)
            return await self._not_taken(said, why)
        except Exception as error:  # noqa: BLE001 - the boundary: 170 services raise what they like
            _log.exception("handing over to %s failed", receiver.name)
            return await self._not_taken(said, f"a mistake: {type(error).__name__}: {error}")
        self._note(receiver.name, None)

        async def sent(connection: Connection) -> None:
            async with connection.transaction():
                await outbox.sent(connection, [said.queued.id], telling.clock.now())
                if len(said.of) > 1:
                    await outbox.merge(connection, said.ids)

        await self._say(sent)
        return None

    def _note(self, name: str, why: str | None) -> None:
        """Log that a receiver cannot be told, or can be again: once, however much waits for it."""
        if self._deaf.get(name) == why:
            return
        if why is None:
            del self._deaf[name]
            _log.info("%s is told again", name)
        else:
            self._deaf[name] = why
            _log.warning("%s is not told: %s", name, why)

    async def _not_taken(self, said: Said, why: str) -> datetime:
        now = self._telling.clock.now()
        again_at = max(retry_at(one, now) for one in said.of)
        await self._put_off(said.of, why, again_at)
        return again_at

    async def _put_off(
        self, messages: Sequence[Queued], why: str, again_at: datetime | None
    ) -> None:
        """Say that messages were not taken; those that were tried for a day are given up."""
        now = self._telling.clock.now()

        async def not_sent(connection: Connection) -> None:
            async with connection.transaction():
                for one in messages:
                    at = None if tried_for(one, now) > _PATIENCE else again_at
                    await outbox.not_sent(connection, self._taker, one.id, why, at)

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


async def examine(
    receivers: Iterable[Receiver], may: Callable[[Receiver], Awaitable[None]]
) -> None:
    """Say in the log who cannot be told as the settings are, before there is anything to tell."""
    for receiver in receivers:
        try:
            await may(receiver)
        except ActFailed as error:
            _log.warning("%s cannot be told: %s", receiver.name, _why(error))


def _why(error: ActFailed) -> str:
    return f"{error.reason}; {error.remedy}" if error.remedy else error.reason


def retry_at(queued: Queued, now: datetime) -> datetime:
    """Return when to try again: later each time."""
    return now + _pause(queued.attempts)


def tried_for(queued: Queued, now: datetime) -> timedelta:
    """Return for how long it was tried at least: the pauses between the attempts so far."""
    pauses = sum(map(_pause, range(1, queued.attempts)), timedelta())
    return min(pauses, now - queued.created_at)


def _pause(attempt: int) -> timedelta:
    return min(_FIRST_RETRY * 2.0 ** min(attempt - 1, 10), _LONGEST_RETRY)


def _by_receiver(taken: Sequence[Queued]) -> dict[str, list[Queued]]:
    found: dict[str, list[Queued]] = defaultdict(list)
    for queued in taken:
        found[queued.receiver].append(queued)
    return found
