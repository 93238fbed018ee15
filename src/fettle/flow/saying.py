"""What a step of a task says while it is at work, kept as it comes."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fettle.engine.ledger import AWAY
from fettle.model.ports import Clock
from fettle.store import task_runs
from fettle.store.pool import Pool

_MOST_WAITING = 2000  # lines that wait for a store that is away

_log = logging.getLogger(__name__)


@dataclass
class Saying:
    """The log of a step: lines are kept together, a few times a second."""

    pool: Pool
    clock: Clock
    run: UUID
    number: int

    def __post_init__(self) -> None:
        self._lines: list[str] = []
        self._kept_at: datetime | None = None

    async def say(self, line: str) -> None:
        """Write a line."""
        self._lines.append(line)
        now = self.clock.now()
        if self._kept_at is None or abs(now - self._kept_at) >= timedelta(seconds=0.5):
            await self.flush()

    async def flush(self) -> None:
        """Keep what was not kept yet; a step does not fail because its log cannot be kept now."""
        if not self._lines:
            return
        self._kept_at = self.clock.now()
        try:
            async with self.pool.connection() as connection:
                await task_runs.say(connection, self.run, self.number, self._lines, self._kept_at)
        except AWAY as error:
            self._lines = self._lines[-_MOST_WAITING:]
            _log.warning("what a step says cannot be kept now: %s", error)
        else:
            self._lines = []
