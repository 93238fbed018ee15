"""What has changed in the store, told to whoever shows it."""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import psycopg

from fettle.store.pool import Pool

CHANNEL = "fettle_changed"
TOGETHER_S = 0.5  # what changes within it is told at once
LATELY_S = 60.0  # so long a page may take until it listens, and miss nothing
_PAUSE_S = 1.0
_log = logging.getLogger(__name__)

# What changed: a kind of thing ("issue"), and each of them that did ("issue 12").
Topics = frozenset[str]
EVERYTHING: Topics = frozenset({"*"})


class Changes:
    """Follows what changes. `run` does the work and is cancelled to stop.

    Before it listens, at first and after the store was away, anything may have changed: whoever
    follows then is told so, and whoever comes later with what they read before.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lately: deque[tuple[float, Topics]] = deque()
        self._listens_since = -math.inf  # whoever follows before it is told of everything then
        self._followers: set[asyncio.Queue[Topics]] = set()
        self._changed: set[str] = set()
        self._telling: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def followed(self) -> AsyncIterator["asyncio.Queue[Topics]"]:
        """Give a queue of what changes from now on."""
        queue: asyncio.Queue[Topics] = asyncio.Queue()
        self._followers.add(queue)
        try:
            yield queue
        finally:
            self._followers.discard(queue)

    async def run(self) -> NoReturn:
        """Listen, again and again."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    str(self._pool.conninfo), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._listens_since = time.monotonic()
                    self._pass_on(EVERYTHING)
                    async for notice in connection.notifies():
                        self.note(read(notice.payload))
            except (psycopg.Error, OSError) as error:
                _log.warning("pages are not told of changes before the store is back: %s", error)
            await asyncio.sleep(_PAUSE_S)

    def lately(self, seconds: float) -> Topics:
        """Return what has changed in the last seconds; of more than are known, everything."""
        since = time.monotonic() - seconds
        if seconds > LATELY_S or since < self._listens_since:
            return EVERYTHING
        return frozenset().union(*(topics for at, topics in self._lately if at >= since))

    def note(self, topics: Topics) -> None:
        """Take down what has changed, to be told with what changes in the same moment."""
        self._changed |= topics
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOGETHER_S, self.tell)

    def tell(self) -> None:
        """Tell it now."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        told, self._changed = frozenset(self._changed), set()
        now = time.monotonic()
        self._lately.append((now, told))
        while self._lately[0][0] < now - LATELY_S:
            self._lately.popleft()
        self._pass_on(told)

    def _pass_on(self, told: Topics) -> None:
        for follower in self._followers:
            if follower.qsize() > 1:  # it is slow: what waits for it becomes one
                told_late = told.union(*(follower.get_nowait() for _ in range(follower.qsize())))
                follower.put_nowait(told_late)
            else:
                follower.put_nowait(told)


def read(payload: str) -> Topics:
    """Return what a notice says has changed: a kind, and the numbers of those that did."""
    if not payload.strip():
        return frozenset()
    kind, *numbers = payload.split()
    return frozenset({kind, *(f"{kind} {number}" for number in numbers)})
