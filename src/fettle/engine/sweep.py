"""What a worker does for everybody, again and again: due timers, and runs that stand still."""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import UUID

from fettle.engine.backoff import Backoff
from fettle.engine.kept import in_words
from fettle.engine.means import Means, NotNow
from fettle.model.run import Timer
from fettle.store import runs, timers, workers
from fettle.store.store import Connection

_AGAIN = Backoff()
_MOMENT = timedelta(seconds=1)

_log = logging.getLogger(__name__)


async def handle_due_timers(means: Means) -> None:
    """Handle the timers that are due, one after the other."""
    while means.timers and await _handle_one(means):
        pass


async def _handle_one(means: Means) -> bool:
    """Handle the timer that has been due for longest; False when none is.

    A handler that fails, or takes too long, has done nothing; its timer is tried again.
    """
    timer: Timer | None = None
    async with means.pool.connection() as connection:
        try:
            async with (
                asyncio.timeout(means.pace.handling.total_seconds()),
                connection.transaction(),
            ):
                timer = await timers.due(connection, list(means.timers), means.clock.now())
                if timer is None:
                    return False
                await means.timers[timer.kind](connection, timer)
                await timers.end(connection, timer, means.clock.now())
        except NotNow:
            if timer is not None:
                await timers.wait(connection, timer, means.clock.now() + _MOMENT)
        except Exception as error:
            if timer is None or connection.broken:
                raise
            await _put_off(means, connection, timer, error)
    return True


async def _put_off(means: Means, connection: Connection, timer: Timer, error: Exception) -> None:
    _log.exception("timer %s of %s was not handled", timer.kind, timer.subject, exc_info=error)
    try_at = means.clock.now() + _AGAIN.pause(timer.attempts + 1, means.chance)
    await timers.put_off(connection, timer, in_words(error), try_at)


async def wake_due_runs(means: Means) -> None:
    """Let sleeping runs whose moment has come go on."""
    async with means.pool.connection() as connection:
        for queued in await runs.wake_due(connection, means.clock.now()):
            await means.queue.tell(connection, queued)


async def overlooked(means: Means, worker: runs.Worker, limit: int) -> list[UUID]:
    """Return queued runs that a worker could take, and that nobody took for a while."""
    now = means.clock.now()
    async with means.pool.connection() as connection:
        return await runs.overlooked(connection, worker, now - means.pace.again, now, limit)


async def take_over(means: Means, until: datetime) -> None:
    """Give the runs of the dead back to the queue, and forget the long dead.

    After `until`, by the store's clock, nobody is taken for dead: the store was away meanwhile.
    """
    async with means.pool.connection() as connection:
        now = means.clock.now()
        for queued in await runs.take_over(connection, means.pace.stale, until, now):
            _log.warning("run %s is taken over: its worker shows no life", queued.run)
            await means.queue.tell(connection, queued)
        await workers.forget(connection, 360 * means.pace.stale)  # an hour: people look at them
    await means.queue.clear(means.pace.stale)
