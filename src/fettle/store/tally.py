"""Counts of what was not kept, gathered in memory and written once a second."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress

from psycopg_pool import AsyncConnectionPool

from fettle.store import deliveries
from fettle.store.deliveries import Counted
from fettle.store.pool import AWAY
from fettle.store.statements import Connection

_PAUSE_S = 1.0
_log = logging.getLogger(__name__)


class Tally:
    """Count outcomes; `run` writes them down and is cancelled to stop."""

    def __init__(self, pool: "AsyncConnectionPool[Connection]") -> None:
        self._pool = pool
        self._noted: Counter[Counted] = Counter()

    def note(self, counted: Counted, number: int = 1) -> None:
        """Count one more, or more; it is written within a second or two."""
        self._noted[counted] += number

    async def run(self) -> None:
        """Write what was counted, again and again; the rest when this is cancelled."""
        try:
            while True:
                await asyncio.sleep(_PAUSE_S)
                try:
                    await self._write()
                except AWAY as error:
                    _log.warning("counts wait for the store: %s", error)
        finally:
            with suppress(*AWAY):
                await self._write()

    async def _write(self) -> None:
        if not self._noted:
            return
        noted, self._noted = self._noted, Counter()
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await deliveries.count(connection, noted)
        except BaseException:
            self._noted.update(noted)
            raise
