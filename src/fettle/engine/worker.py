"""A worker: it takes runs and goes on with them, shows life, and looks after what stands still."""

import asyncio
import logging
import platform
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn
from uuid import UUID, uuid4

import fettle
from fettle.engine import sweep
from fettle.engine.decide import Ending
from fettle.engine.execution import Execution
from fettle.engine.kept import in_words
from fettle.engine.ledger import AWAY, Ledger
from fettle.engine.life import Life
from fettle.engine.means import Means
from fettle.model.run import RunRecord
from fettle.store import runs, workers
from fettle.store.runs import Hold, Owned

_PAUSE_S = 1.0  # before the queue is listened to again
_ROOM_S = 1.0  # for a run to end, when one more is at hand than can be gone on with
_LAST_WORDS_S = 5.0  # to record what was interrupted

_log = logging.getLogger(__name__)


class Worker:
    """One process's worker; `concurrency` is how many runs it goes on with at once."""

    def __init__(self, means: Means, labels: tuple[str, ...], concurrency: int) -> None:
        self.id: UUID = uuid4()
        self._means = means
        self._concurrency = concurrency
        self._self = runs.Worker(self.id, tuple(means.runs), labels)
        self.life = Life(means.pace.stale)
        self._going: dict[Hold, Execution] = {}
        self._taking = 0
        self._busy: Counter[str] = Counter()  # how many runs are gone on with, by their names
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._orphans: set[Hold] = set()
        self._shown = asyncio.Event()
        self._given_up = asyncio.Event()
        self._stopping = False

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event | None = None) -> None:
        """Work until told to stop; then end gracefully, and without patience once in a hurry."""
        pace = self._means.pace
        try:
            async with asyncio.TaskGroup() as group:
                beats = group.create_task(self._again(self._beat, pace.beat, pace.stale))
                work = [
                    group.create_task(self._listen()),
                    group.create_task(self._again(self._look_after, pace.beat, 3 * pace.stale)),
                    group.create_task(self._again(self._wake, pace.tick, pace.stale)),
                    group.create_task(self._again(self._ring, pace.tick, None)),
                ]
                await stop.wait()
                for task in work:
                    task.cancel()
                await self._let_go(pace.grace.total_seconds(), hurry)
                beats.cancel()
        finally:
            await self._let_go(0)
            await self._leave()

    async def _again(
        self, act: Callable[[], Awaitable[None]], pause: timedelta, limit: timedelta | None
    ) -> NoReturn:
        """Do something again and again, whatever went wrong the last time.

        What it looks after is of many runs and timers; a mistake with one ends no worker, nor the
        server that works beside it. Who cannot show life is missed, and taken over from.
        """
        while True:
            try:
                async with asyncio.timeout(None if limit is None else limit.total_seconds()):
                    await act()
            except (*AWAY, TimeoutError) as error:
                _log.warning("worker %s waits for the store: %s", self.id, in_words(error))
            except Exception:  # noqa: BLE001 - the boundary of what goes on for ever
                _log.exception("worker %s goes on after a mistake", self.id)
                await self._means.clock.sleep(_PAUSE_S)
            await self._means.clock.sleep(pause.total_seconds())

    # Taking runs, and going on with them

    async def _listen(self) -> None:
        """Listen to the queue, again and again, whatever became of it the last time."""
        pace = self._means.pace
        await self._shown.wait()  # nobody takes a run from one who has not shown any life yet
        while True:
            ended = "the queue's worker has ended"
            try:
                await self._means.queue.serve(
                    self._look, self._self.labels, self._concurrency, pace.beat, pace.stale
                )
            except Exception as error:  # noqa: BLE001 - the boundary: the package raises many
                ended += f" ({in_words(error)})"
            if _cancelled():
                return
            _log.warning("%s; it starts again", ended)
            await self._means.clock.sleep(_PAUSE_S)

    async def _look(self, run: UUID) -> None:
        """Take a run if it is to be had, and return when its go has ended.

        When this is cancelled the go goes on: the queue may fail, and the run need not know.
        """
        if self._stopping or not await self._room():
            return  # it is told of again
        await asyncio.wait({self._taken(run)})

    async def _room(self) -> bool:
        """Whether one more run can be gone on with; waits a moment for one to end."""
        if self._free <= 0 and self._tasks:
            await asyncio.wait(self._tasks, timeout=_ROOM_S, return_when=asyncio.FIRST_COMPLETED)
        return self._free > 0

    @property
    def _free(self) -> int:
        return self._concurrency - len(self._going) - self._taking

    def _able(self) -> runs.Worker:
        """Return who takes runs: without those of which it has enough."""
        full = {name for name, most in self._means.at_once.items() if self._busy[name] >= most}
        if not full:
            return self._self
        return replace(self._self, names=tuple(n for n in self._self.names if n not in full))

    def _taken(self, run: UUID) -> "asyncio.Task[None]":
        """Take a run and go on with it, beside everything else."""
        self._taking += 1
        task = asyncio.create_task(self._take(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _take(self, id_: UUID) -> None:
        try:
            async with self._one_by_one, self._means.pool.connection() as connection:
                run = await runs.take(connection, id_, self._able(), self._means.clock.now())
                if run is not None:
                    self._busy[run.name] += 1
        except AWAY as error:
            _log.info("run %s was not taken: %s", id_, error)
            return
        finally:
            self._taking -= 1
        if run is not None:
            try:
                await self._go(run)
            finally:
                self._busy[run.name] -= 1

    async def _go(self, run: RunRecord) -> None:
        means = self._means
        hold = Hold(run.id, run.fence)
        ledger = Ledger(means.pool, means.queue, means.clock, run, self._given_up)
        execution = Execution(run, means.runs[run.name], ledger, means.chance)
        self._going[hold] = execution
        if self._stopping:
            execution.stop()
        try:
            await execution.go()
        except Exception:  # noqa: BLE001 - the boundary; the next beats hand the run back
            _log.exception("run %s was left in the middle", run.id)
        finally:
            del self._going[hold]

    # Showing life, and looking after what stands still

    async def _beat(self) -> None:
        """Show life, and see what became of our runs; those of nobody go back to the queue."""
        going = dict(self._going)
        async with self._means.pool.connection() as connection:
            seen_at = await workers.beat(
                connection, self.id, platform.node(), self._self.labels, fettle.__version__
            )
            owned = await runs.owned(connection, self.id)
            self.life.shown(seen_at)
            self._shown.set()
            self._compare(going, owned)
            for hold in self._orphaned(owned):
                await runs.hand_back(connection, hold, self._means.clock.now(), forgiven=False)

    def _compare(self, going: dict[Hold, Execution], owned: list[Owned]) -> None:
        """End the goes of runs that are not ours any more, or are to be cancelled."""
        by_hold = {each.hold: each for each in owned}
        for hold, execution in going.items():
            if hold not in by_hold:
                execution.end(Ending.LOST)
            elif by_hold[hold].cancelled:
                execution.end(Ending.CANCELLED)

    def _orphaned(self, owned: list[Owned]) -> set[Hold]:
        """Return what is ours by the books and we know nothing of, for the second time.

        We took it, and the store went away before it could tell us so.
        """
        unknown = {each.hold for each in owned} - set(self._going)
        twice = unknown & self._orphans
        self._orphans = unknown - twice
        return twice

    async def _look_after(self) -> None:
        if (until := self.life.judges_until) is not None:
            await sweep.take_over(self._means, until)
        if (room := self._free) > 0 and not self._stopping:
            for run in await sweep.overlooked(self._means, self._able(), room):
                self._taken(run)

    async def _wake(self) -> None:
        await sweep.wake_due_runs(self._means)

    async def _ring(self) -> None:
        await sweep.handle_due_timers(self._means)

    # Ending

    async def _let_go(self, grace_s: float, hurry: asyncio.Event | None = None) -> None:
        """Let steps come to their end, then interrupt them; what is left is handed back."""
        self._stopping = True
        for execution in self._going.values():
            execution.stop()
        await self._patience(grace_s, hurry or asyncio.Event())
        for execution in self._going.values():
            execution.end(Ending.STOPPING)
        await self._rest(_LAST_WORDS_S)
        self._given_up.set()
        for task in self._tasks:
            task.cancel()
        await self._rest(_LAST_WORDS_S)

    async def _patience(self, seconds: float, hurry: asyncio.Event) -> None:
        """Let what goes on come to its end, for so long or until somebody is in a hurry."""
        hurried = asyncio.create_task(hurry.wait())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks and not hurried.done():
                    both = {*self._tasks, hurried}
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()

    async def _rest(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _leave(self) -> None:
        """Say goodbye; who cannot is missed after a while."""
        with suppress(*AWAY, TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S), self._means.pool.connection() as connection:
                await workers.leave(connection, self.id)


def _cancelled() -> bool:
    """Whether who asks was told to end, even if an error has come in the cancellation's place.

    The queue's package says goodbye to the store when it is cancelled, and when the store is away
    that failure is all that is heard of.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
