"""Keep what arrives in groups: one commit, and one sync of the disk, for all that comes at once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import psycopg
from psycopg_pool import PoolTimeout

from fettle.errors import StoreUnreachable
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_BATCH = 500
_BATCH_BYTES = 16 * 1024**2
_MOST_WAITING_BYTES = 128 * 1024**2
_SOON_S = 0.1

_log = logging.getLogger(__name__)

One = TypeVar("One")


class Together(Generic[One]):
    """Keeps things together. `write` keeps some, all or none; `size` is how many bytes one has.

    `keep` returns when what it was given is on disk. `run` does the work and is cancelled to stop.
    """

    def __init__(
        self,
        pool: Pool,
        write: Callable[[Connection, Sequence[One]], Awaitable[object]],
        size: Callable[[One], int],
        what: str,
    ) -> None:
        self._pool = pool
        self._written = write
        self._size = size
        self._what = what
        self._last = float("-inf")
        self._waiting: list[_Waiting[One]] = []
        self._bytes = 0
        self._wake = asyncio.Event()

    async def keep(self, one: One) -> None:
        """Keep one thing. Raises StoreUnreachable: it was not kept, and may be sent again."""
        if self._bytes > _MOST_WAITING_BYTES:
            raise StoreUnreachable("more arrives than the store can keep", remedy="send it again")
        self._last = time.monotonic()
        waiting = _Waiting(one)
        self._waiting.append(waiting)
        self._bytes += self._size(one)
        self._wake.set()
        await waiting.kept

    def arriving(self) -> bool:
        """Whether something arrives just now, one soon after the other."""
        return time.monotonic() - self._last < _SOON_S

    async def run(self) -> None:
        """Keep what waits, until cancelled; what could not be kept is told to its sender."""
        try:
            while True:
                await self._wake.wait()
                group = self._next_group()
                try:
                    await self._write([waiting.one for waiting in group])
                except (psycopg.Error, PoolTimeout) as error:
                    # who sends is a stranger: hosts and roles are for the log
                    reason = " ".join(str(error).split())
                    _log.warning("%s were not kept: %s", self._what, reason)
                    self._fail(group, "the store does not answer")
                except BaseException:
                    self._fail(group, "Fettle is stopping")
                    raise
                else:
                    self._succeed(group)
        finally:
            self._fail(self._waiting, "Fettle is stopping")

    def _next_group(self) -> "list[_Waiting[One]]":
        taken, size = 0, 0
        for waiting in self._waiting[:_BATCH]:
            size += self._size(waiting.one)
            if taken and size > _BATCH_BYTES:
                break
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._bytes -= sum(self._size(waiting.one) for waiting in group)
        if not self._waiting:
            self._wake.clear()
        return group

    async def _write(self, group: Sequence[One]) -> None:
        async with self._pool.connection() as connection:
            await self._written(connection, group)

    @staticmethod
    def _succeed(group: "Sequence[_Waiting[One]]") -> None:
        for waiting in group:
            if not waiting.kept.done():  # who sent it may have gone
                waiting.kept.set_result(None)

    @staticmethod
    def _fail(group: "Sequence[_Waiting[One]]", why: str) -> None:
        for waiting in group:
            if not waiting.kept.done():
                waiting.kept.set_exception(StoreUnreachable(f"it could not be kept: {why}"))


@dataclass
class _Waiting(Generic[One]):
    one: One
    kept: "asyncio.Future[None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
