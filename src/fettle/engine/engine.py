"""The engine: what runs are started, told and asked by; and where workers come from."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from fettle.engine import queue
from fettle.engine.backoff import Chance
from fettle.engine.execution import Function
from fettle.engine.means import Handler, Means
from fettle.engine.pace import Pace
from fettle.engine.queue import Queue
from fettle.engine.worker import Worker
from fettle.errors import WrongUsage
from fettle.model.ports import Clock
from fettle.model.run import Json, RunRecord, RunState, StepRecord, StepState, Timer, WorkerRecord
from fettle.store import runs, timers, workers
from fettle.store.pool import Pool
from fettle.store.store import Connection

LONGEST_LABEL = 32  # bytes; it becomes part of a channel of NOTIFY, which has 63


class Says(StrEnum):
    """What a person says of a step that was cut off and must not run twice."""

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"


class Engine:
    """Durable runs and timers on one store; see fettle.engine for what holds.

    `runs` are the functions that this process knows, by name, and `timers` what it does when a
    timer of a kind is due; those that start runs themselves are made with the engine, and `know`
    tells it of them. What a process does not know it leaves to another one. `chance` is where the
    jitter comes from, in [0, 1).

    Each method that takes a connection is part of that connection's transaction.
    """

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        runs: Mapping[str, Function] | None = None,
        timers: Mapping[str, Handler] | None = None,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        chance: Chance = random.random,
    ) -> None:
        self._queue = Queue(pool)
        self._clock = clock
        self._means = Means(pool, self._queue, clock, chance, pace, runs or {}, timers or {})

    def know(
        self,
        runs: Mapping[str, Function],
        timers: Mapping[str, Handler],
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        """Let those who work from now on go on with these runs, and handle these timers.

        Of runs that take long `at_once` says, by their names, how many one worker takes: the others
        wait, and hold up nothing else.
        """
        self._means = replace(
            self._means,
            runs={**self._means.runs, **runs},
            timers={**self._means.timers, **timers},
            at_once={**self._means.at_once, **(at_once or {})},
        )

    async def prepare(self) -> None:
        """Make the queue's schema, or bring it up to this Fettle; raises StoreError."""
        async with self._means.pool.connection() as connection:
            await queue.prepare(connection)

    # Runs

    async def start(
        self,
        connection: Connection,
        name: str,
        given: Json = None,
        *,
        kind: str = "task",
        target: str | None = None,
        label: str | None = None,
        id_: UUID | None = None,
    ) -> UUID:
        """Start a run: the function `name` is called with `given`, once the transaction commits.

        With an `id_` of one's own, to start it again is to start it once. Raises WrongUsage.
        """
        if label is not None and not 1 <= len(label.encode()) <= LONGEST_LABEL:
            raise WrongUsage(f"a label has 1 to {LONGEST_LABEL} bytes, and {label!r} has not")
        run = RunRecord(
            id_ or uuid4(), kind, name, RunState.QUEUED, self._clock.now(), given, target, label
        )
        if await runs.start(connection, run):
            await self._queue.tell(connection, runs.Queued(run.id, label))
        return run.id

    async def signal(
        self, connection: Connection, run: UUID, event: str, payload: Json = None
    ) -> bool:
        """Tell a run of an event; False when there is no such run, or it has ended."""
        there, woken = await runs.signal(connection, run, event, payload, self._clock.now())
        if woken is not None:
            await self._queue.tell(connection, woken)
        return there

    async def cancel(self, connection: Connection, run: UUID) -> bool:
        """Ask a run to end; False when there is no such run, or it has ended."""
        now = self._clock.now()
        there, freed = await runs.cancel(connection, run, now)
        if freed is not None:
            for queued in await runs.next_of_target(connection, freed, now):
                await self._queue.tell(connection, queued)
        return there

    async def settle(
        self, connection: Connection, run: UUID, says: Says, why: str | None = None
    ) -> bool:
        """Let an unsure run go on, as a person says; False when it is not unsure.

        DONE: the step that was cut off has acted; it answers None. AGAIN: it has not, or may run
        twice after all. FAILED: the function gets StepFailed.
        """
        state, error = {
            Says.DONE: (StepState.DONE, None),
            Says.AGAIN: (StepState.RETRYING, None),
            Says.FAILED: (StepState.FAILED, why or "it was cut off, and has not acted"),
        }[says]
        queued = await runs.settle_unsure(connection, run, state, error, self._clock.now())
        if queued is not None:
            await self._queue.tell(connection, queued)
        return queued is not None

    async def find(self, connection: Connection, run: UUID) -> RunRecord | None:
        """Return a run."""
        return await runs.find(connection, run)

    async def newest(
        self,
        connection: Connection,
        *,
        state: RunState | None = None,
        kind: str | None = None,
        limit: int = 50,
    ) -> list[RunRecord]:
        """Return the newest runs."""
        return await runs.newest(connection, state, kind, limit)

    async def steps(self, connection: Connection, run: UUID) -> list[StepRecord]:
        """Return a run's steps, in the order in which they were begun."""
        return await runs.steps(connection, run)

    # Timers

    async def schedule(
        self,
        connection: Connection,
        kind: str,
        subject: str,
        due_at: datetime,
        detail: Json = None,
    ) -> bool:
        """Set the timer of a kind and subject, or move it.

        False when it was handled for this very moment already: then nothing is set.
        """
        return await timers.schedule(connection, kind, subject, due_at, detail)

    async def unschedule(self, connection: Connection, kind: str, subject: str) -> bool:
        """Take a pending timer back; False when there is none."""
        return await timers.unschedule(connection, kind, subject)

    async def timers(self, connection: Connection, subject: str | None = None) -> list[Timer]:
        """Return the pending timers, the next one first."""
        return await timers.pending(connection, subject)

    # Workers

    async def workers(self, connection: Connection) -> list[WorkerRecord]:
        """Return those who work, and those who were missed within the last hour."""
        return await workers.listed(connection)

    async def run_forever(
        self,
        stop: asyncio.Event,
        *,
        labels: tuple[str, ...] = (),
        concurrency: int = 4,
        hurry: asyncio.Event | None = None,
    ) -> None:
        """Work until `stop` is set; then end gracefully, within Pace.grace, or until `hurry` is."""
        await Worker(self._means, labels, concurrency).run(stop, hurry)

    @asynccontextmanager
    async def worker(
        self,
        *,
        labels: tuple[str, ...] = (),
        concurrency: int = 4,
        hurry: asyncio.Event | None = None,
    ) -> AsyncIterator[Worker]:
        """Work as long as this is entered; yield the worker."""
        worker = Worker(self._means, labels, concurrency)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop, hurry))
            try:
                yield worker
            finally:
                stop.set()
