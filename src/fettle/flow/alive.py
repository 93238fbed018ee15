"""The dead man's switch outwards: somebody else is called every minute, and misses us if not.

The call is made only while Fettle can do its work: the store answers, a worker shows life, and no
timer is overdue. Whoever is called notices everything else, Fettle's own machine gone with it.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn, Protocol

import psycopg
from psycopg_pool import PoolTimeout

from fettle.engine.pace import Pace
from fettle.errors import FettleError
from fettle.model.ports import Clock
from fettle.store import timers, workers
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_EVERY = timedelta(minutes=1)
_SOON = timedelta(seconds=5)  # a server that has just started has no worker yet
_OVERDUE = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class Answered(Protocol):
    """What somebody answered."""

    @property
    def status(self) -> int:
        """The status of HTTP."""


class Call(Protocol):
    """What calls an address: targets.outgoing.Outgoing.call."""

    async def __call__(self, method: str, url: str) -> Answered:
        """Make one request; raises FettleError when there is no answer."""


@dataclass(frozen=True)
class Alive:
    """Says that Fettle lives, to one address."""

    pool: Pool
    call: Call
    clock: Clock
    url: str = field(repr=False)  # it can hold a secret

    async def run(self) -> NoReturn:
        """Say so every minute, while it is so, until cancelled; when it is not is logged once."""
        before = None
        while True:
            try:
                why_not = await self.say()
            except Exception as error:  # noqa: BLE001 - the boundary: it is tried again
                _log.exception("the address in [server] alive_url was not called")
                why_not = type(error).__name__
            else:
                if why_not not in {None, before}:
                    _log.warning("[server] alive_url is not called: %s", why_not)
            before = why_not
            pause = _EVERY if why_not is None else _SOON
            await self.clock.sleep(pause.total_seconds())

    async def say(self) -> str | None:
        """Make the call; return why it was not made, or came to nothing."""
        try:
            async with self.pool.connection() as connection:
                why_not = await self._hindered(connection)
        except (psycopg.Error, PoolTimeout) as error:
            return f"the store does not answer: {' '.join(str(error).split())}"
        if why_not is not None:
            return why_not
        try:
            answer = await self.call("GET", self.url)
        except FettleError as error:
            return error.reason
        return None if answer.status < 400 else f"it answers with status {answer.status}"

    async def _hindered(self, connection: Connection) -> str | None:
        if not await workers.lives(connection, Pace().stale):
            return "no worker shows life"
        late = await timers.overdue(connection, self.clock.now() - _OVERDUE)
        if late is not None:
            return (
                f"the timer {late.kind} of {late.subject} is overdue since {late.due_at:%H:%M:%S}"
            )
        return None
