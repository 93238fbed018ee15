"""A store whose timers are rung by hand, and what was filed there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fettle.engine import sweep
from fettle.engine.means import Handler, Means
from fettle.engine.pace import Pace
from fettle.engine.queue import Queue
from fettle.intake import own
from fettle.intake.mapping import Posted
from fettle.model.run import Timer
from fettle.model.signal import Signal
from fettle.store import deliveries, timers
from fettle.store.pool import Pool
from fettle.testing import SteppedClock


@dataclass(frozen=True)
class Filing:
    """A store, a clock that is moved by hand, and what was filed, told apart by moments."""

    address: str
    pool: Pool
    clock: SteppedClock

    async def ring(self, handlers: Mapping[str, Handler]) -> None:
        """Handle every timer that is due by now, as a worker does."""
        means = Means(self.pool, Queue(self.pool), self.clock, lambda: 0.5, Pace(), {}, handlers)
        await sweep.handle_due_timers(means)

    async def pass_(self, time: timedelta, handlers: Mapping[str, Handler]) -> None:
        """Let time pass, and ring what is due then."""
        self.clock.moment += time
        await self.ring(handlers)

    async def timers(self) -> list[Timer]:
        """Return the pending timers."""
        async with self.pool.connection() as connection:
            return await timers.pending(connection)

    async def filed(self) -> list[Signal]:
        """Return every signal that was filed, the oldest first."""
        async with self.pool.connection() as connection:
            kept = await deliveries.waiting(connection, 1000, 10**9)
        assert {one.vendor for one in kept} <= {own.VENDOR}
        return [
            signal
            for one in kept
            for signal in own.read(Posted(one.hook, one.body, one.received_at)).signals
        ]
