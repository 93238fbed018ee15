"""What is learnt, for whoever classifies: the model of the store, as new as a few seconds."""

import asyncio
import logging
from datetime import timedelta
from typing import NoReturn

from fettle.engine.ledger import AWAY
from fettle.errors import NotFound, StoreDamaged
from fettle.model.ports import Clock
from fettle.store import trainings
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.triage.case import History
from fettle.triage.learnt import TeamModel

_EVERY = timedelta(seconds=3)

_log = logging.getLogger(__name__)


async def kept_in(connection: Connection) -> TeamModel:
    """Return the newest model of a store; raises NotFound and StoreDamaged."""
    found = await trainings.model_after(connection, 0)
    if found is None:
        raise NotFound("nothing is learnt yet", remedy="fettle learnt show says why")
    return TeamModel.read(found.document)


class Learnt:
    """The newest model of the store.

    `history` gives what is at hand and waits for nothing. What is at hand is as new as the last
    `look`; `follow` looks again and again, as long as a server or a worker goes.
    """

    def __init__(self, pool: Pool, clock: Clock, every: timedelta = _EVERY) -> None:
        self._pool = pool
        self._clock = clock
        self._every = every
        self._known = 0
        self._model: TeamModel | None = None

    def history(self) -> History | None:
        """Return the model at hand; None when nothing was learnt."""
        return self._model

    async def look(self) -> None:
        """Read the newest model if it is not at hand; one that cannot be read counts as none."""
        async with self._pool.connection() as connection:
            found = await trainings.model_after(connection, self._known)
        if found is None:
            return
        try:
            self._model = await asyncio.to_thread(lambda: TeamModel.read(found.document).prepare())
        except StoreDamaged as error:
            self._model = None
            _log.warning("model %s: %s; %s", found.id, error.reason, error.remedy)
        self._known = found.id

    async def follow(self) -> NoReturn:
        """Look again and again, also when the store was away meanwhile."""
        while True:
            try:
                await self.look()
            except AWAY as error:
                _log.warning("what is learnt is not looked for: %s", error)
            await self._clock.sleep(self._every.total_seconds())
