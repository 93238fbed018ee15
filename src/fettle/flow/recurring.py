"""A run that is started as often as a setting says, by a timer of the engine.

Two are never made at once, and a server that is started time and again makes it all the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from fettle.model.run import Timer
from fettle.store import runs, timers
from fettle.store.statements import Connection

_SOON = timedelta(minutes=5)  # whoever starts a server has other things to look at first


@dataclass(frozen=True)
class Recurring:
    """What its timer is called, and how often it rings; never when 0."""

    timer: str
    subject: str
    every: timedelta

    async def prepare(self, connection: Connection, newest: datetime | None, now: datetime) -> None:
        """Set the timer, as long after the newest run as it is to be."""
        async with connection.transaction():
            if not self.every:
                await timers.unschedule(connection, self.timer, self.subject)
                return
            pending = await timers.of_kind(connection, self.timer)
            due_at = now + _SOON if newest is None else max(newest + self.every, now + _SOON)
            if pending:
                due_at = min(due_at, pending[0].due_at)
            detail = pending[0].detail if pending else None
            await timers.schedule(connection, self.timer, self.subject, due_at, detail)

    async def ring(
        self,
        connection: Connection,
        timer: Timer,
        now: datetime,
        start: Callable[[], Awaitable[UUID]],
    ) -> None:
        """Start a run, unless the one before it has not ended, and set the timer for the next."""
        if not self.every:
            return
        detail = cast("Mapping[str, Any]", timer.detail or {})
        run = detail.get("run")
        before = None if run is None else await runs.find(connection, UUID(run))
        if before is None or before.state.ended:
            run = str(await start())
        due_at = max(now + self.every, timer.due_at + self.every)
        await timers.schedule(connection, self.timer, self.subject, due_at, {"run": run})
