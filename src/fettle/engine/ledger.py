"""What a worker records of a run that it has, through a store that may be away for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import psycopg

from fettle.engine.queue import Queue
from fettle.model.ports import Clock
from fettle.model.run import Json, RunRecord, RunState, StepRecord
from fettle.store import runs
from fettle.store.pool import Pool
from fettle.store.runs import Hold, Looked, Queued
from fettle.store.store import Connection

# The store is restarting, moving or full; or the connection is gone, also because we were frozen,
# or too busy, in a transaction: the driver counts that among the mistakes of a program.
AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)
# What is to be recorded cannot be: saying it again helps nobody.
_NEVER = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)
_PAUSE_S = 0.5

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


def is_away(error: Exception) -> bool:
    """Whether an error says that the store is away, and not that it can never take what was said.

    The driver has one kind for both.
    """
    return isinstance(error, AWAY) and not isinstance(error, _NEVER)


class Ledger:
    """The record of one run, as its taker writes it.

    Each entry is said until the store has answered: it is the same when it is said twice, and
    nothing when the run has changed hands. Only once `given_up` is set, the first error rises.
    """

    def __init__(
        self, pool: Pool, queue: Queue, clock: Clock, run: RunRecord, given_up: asyncio.Event
    ) -> None:
        self._pool = pool
        self._queue = queue
        self._clock = clock
        self._run = run
        self._hold = Hold(run.id, run.fence)
        self._given_up = given_up

    def now(self) -> datetime:
        """Return this moment."""
        return self._clock.now()

    async def steps(self) -> list[StepRecord]:
        """Return the run's steps."""
        return await self._say(lambda connection: runs.steps(connection, self._hold.run))

    async def held(self) -> bool:
        """Whether the run is still its taker's."""
        found = await self._say(lambda connection: runs.find(connection, self._hold.run))
        return (
            found is not None
            and found.state is RunState.RUNNING
            and found.fence == self._hold.fence
        )

    async def begin_step(self, step: StepRecord) -> bool | None:
        """See store.runs.begin_step."""
        return await self._say(lambda connection: runs.begin_step(connection, self._hold, step))

    async def end_step(self, step: StepRecord) -> bool:
        """See store.runs.end_step."""
        now = self.now()
        return await self._say(lambda connection: runs.end_step(connection, self._hold, step, now))

    async def begin_wait(self, step: StepRecord) -> bool:
        """See store.runs.begin_wait."""
        return await self._say(lambda connection: runs.begin_wait(connection, self._hold, step))

    async def take_event(self, step: str, key: str) -> Looked | None:
        """See store.runs.take_event."""
        now = self.now()
        return await self._say(
            lambda connection: runs.take_event(connection, self._hold, step, key, now)
        )

    async def suspend(self, wake_at: datetime | None, signals: int, *, keeps_target: bool) -> None:
        """Let the run wait, and the next one of its target go on."""

        async def say(connection: Connection) -> None:
            now = self.now()
            state = await runs.suspend(
                connection,
                self._hold,
                wake_at=wake_at,
                signals=signals,
                keeps_target=keeps_target,
                now=now,
            )
            if state is RunState.QUEUED:
                await self._queue.tell(connection, self._queued)
            if not keeps_target:
                await self._free_target(connection)

        await self._say(say)

    async def hand_back(self) -> None:
        """Give the run back to the queue, to be taken at once."""

        async def say(connection: Connection) -> None:
            if await runs.hand_back(connection, self._hold, self.now(), forgiven=True):
                await self._queue.tell(connection, self._queued)

        await self._say(say)

    async def end(self, state: RunState, *, result: Json = None, error: str | None = None) -> None:
        """Record how the run ended, and let the next one of its target go on."""

        async def say(connection: Connection) -> None:
            await runs.end(connection, self._hold, state, self.now(), result=result, error=error)
            await self._free_target(connection)

        await self._say(say)

    async def _free_target(self, connection: Connection) -> None:
        if self._run.target is not None:
            for queued in await runs.next_of_target(connection, self._run.target, self.now()):
                await self._queue.tell(connection, queued)

    @property
    def _queued(self) -> Queued:
        return Queued(self._run.id, self._run.label)

    async def _say(self, saying: Callable[[Connection], Awaitable[_T]]) -> _T:
        while True:
            try:
                async with self._pool.connection() as connection:
                    return await saying(connection)
            except _NEVER:
                raise
            except AWAY as error:
                if self._given_up.is_set():
                    raise
                _log.info("run %s waits for the store: %s", self._hold.run, error)
            await self._clock.sleep(_PAUSE_S)
