"""Be told at once that something was kept: deliveries, errors, notifications."""

import asyncio
import logging
from contextlib import suppress
from typing import NoReturn

import psycopg
from psycopg import sql

from fettle.store.pool import Pool
from fettle.store.statements import Connection

DELIVERY = "fettle_delivery"
OUTBOX = "fettle_outbox"
ERROR = "fettle_error"
_PAUSE_S = 1.0
_log = logging.getLogger(__name__)


class Bell:
    """Listens for whoever waits. `run` does the work and is cancelled to stop.

    While the store is away nothing rings: who waits looks for itself now and then.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._rung = {channel: asyncio.Event() for channel in (DELIVERY, OUTBOX, ERROR)}

    async def wait(self, channel: str, within: float) -> None:
        """Return when it rings, or has since the last time; `within` seconds later at most."""
        rung = self._rung[channel]
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await rung.wait()
        rung.clear()

    def ring(self, channel: str) -> None:
        """Let who waits look now."""
        self._rung[channel].set()

    async def run(self) -> NoReturn:
        """Listen, again and again."""
        while True:
            try:
                # beside the pool's: nobody else is to hear what we listen to
                async with await psycopg.AsyncConnection.connect(
                    str(self._pool.conninfo), autocommit=True
                ) as connection:
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                _log.warning("the bell waits for the store: %s", error)
            await asyncio.sleep(_PAUSE_S)

    async def _listen(self, connection: Connection) -> None:
        for channel in self._rung:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        for channel in self._rung:
            self.ring(channel)  # what came before we listened
        async for notice in connection.notifies():
            if notice.channel in self._rung:
                self.ring(notice.channel)
