"""What a process does for everybody beside going on with runs: it takes what came, and tells."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from fettle.engine.ledger import AWAY
from fettle.flow import absorb, digest
from fettle.flow.absorb import Taking
from fettle.flow.announce import Announcer
from fettle.flow.digest import Digesting
from fettle.flow.logs import Learning
from fettle.flow.sentry_rounds import Rounds
from fettle.store import bell
from fettle.store.bell import Bell
from fettle.store.pool import Pool

_PAUSE_S = 1.0  # between looks when nothing rings, and while the store is away
_LOOK_AGAIN_S = 15.0
_LOOK_AT_ERRORS_S = 60.0
_GATHER_S = 0.25  # errors that come meanwhile are digested together: each group costs some ms
_LOOK_AT_LOGS_S = 60.0
_READ_SENTRIES_S = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Duty:
    """The duties of one process; `run` does them and is cancelled to stop.

    Several processes may do them beside one another: one takes at a time, and each notification is
    handed over by one. `rounds` reads Sentries; None where the settings name none.
    """

    pool: Pool
    bell: Bell
    taking: Taking
    digesting: Digesting
    announcer: Announcer
    learning: Learning
    rounds: Rounds | None = None

    async def run(self) -> None:
        """Do them all, whatever becomes of the store meanwhile."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.bell.run())
                group.create_task(_again(self._take, "taking what came"))
                group.create_task(_again(self._digest, "digesting errors"))
                group.create_task(_again(self._tell, "telling"))
                group.create_task(_again(self._look_again, "looking again"))
                group.create_task(_again(self._look_at_errors, "looking at errors"))
                group.create_task(_again(self._learn, "learning what logs say"))
                group.create_task(_again(self._look_at_logs, "looking at logs again"))
                if self.rounds is not None:
                    group.create_task(_again(self._read_sentries, "reading Sentries"))
        finally:
            await self.announcer.stop()

    async def _take(self) -> None:
        if not await absorb.absorb(self.pool, self.taking):
            await self.bell.wait(bell.DELIVERY, _PAUSE_S)

    async def _digest(self) -> None:
        taken = await digest.digest(self.pool, self.digesting)
        if not taken:
            await self.bell.wait(bell.ERROR, _PAUSE_S)
        elif taken < digest.FEW:
            await asyncio.sleep(_GATHER_S)

    async def _tell(self) -> None:
        if not await self.announcer.announce():
            await self.bell.wait(bell.OUTBOX, _PAUSE_S)

    async def _look_again(self) -> None:
        await asyncio.sleep(_LOOK_AGAIN_S)
        await absorb.look_again(self.pool, self.taking)

    async def _look_at_errors(self) -> None:
        await asyncio.sleep(_LOOK_AT_ERRORS_S)
        await digest.look_again(self.pool, self.digesting)

    async def _learn(self) -> None:
        taken = await self.learning.take()
        await self.learning.close()
        await self.learning.tell_pages()
        if not taken:
            await asyncio.sleep(_PAUSE_S)

    async def _look_at_logs(self) -> None:
        await self.learning.look_again()
        await asyncio.sleep(_LOOK_AT_LOGS_S)

    async def _read_sentries(self) -> None:
        if self.rounds is not None:
            await self.rounds.follow()
        await asyncio.sleep(_READ_SENTRIES_S)


async def _again(act: Callable[[], Awaitable[None]], what: str) -> NoReturn:
    """Do something again and again; what goes wrong is logged, and does not end it."""
    while True:
        try:
            await act()
        except AWAY as error:
            _log.warning("%s waits for the store: %s", what, error)
            await asyncio.sleep(_PAUSE_S)
        except Exception:  # noqa: BLE001 - the boundary of what goes on for ever
            _log.exception("%s failed; it goes on", what)
            await asyncio.sleep(_PAUSE_S)
