"""What is known of errors: ours, a team's files, and what people write on pages.

What is written is known to every server and worker within a second or two: a change of it is told
by the store, as all that pages show is, and only then is it asked whether anything is new.
"""

import asyncio
import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import NoReturn

from fettle.engine.ledger import AWAY
from fettle.model.known_error import Catalogue, WrittenError
from fettle.resolution import catalogue
from fettle.resolution.recognise import Recogniser
from fettle.store import known_errors
from fettle.store.changes import EVERYTHING, Changes
from fettle.store.pool import Pool

TOPIC = "known-error"
_PAUSE_S = 1.0

_log = logging.getLogger(__name__)


@dataclass
class Knowing:
    """Gives what recognises errors; `files` are the known errors of a team's own folder.

    To make that takes a tenth of a second: it is done when it is first asked for, and from then on
    beside everything else, when something was written.
    """

    pool: Pool
    files: Catalogue = field(default_factory=dict)
    _revision: int = 0
    _pages: Mapping[str, WrittenError] = field(default_factory=dict)
    _made: Recogniser | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def read(self) -> Recogniser:
        """Return what is at hand; it waits for nothing that others do."""
        if self._made is None:
            self._made = Recogniser(self._known(self._pages))
        return self._made

    @property
    def ids(self) -> Set[str]:
        """The ids of all that is known, also of what is retired: a remedy may name those."""
        return {*catalogue.shipped(), *self.files, *self._pages}

    async def prepare(self) -> None:
        """Make it now, where people wrote so much that whoever asks first would wait."""
        if self._pages:
            await asyncio.to_thread(self.read().prepare)

    async def look(self) -> None:
        """Take in what was written since."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        async with self.pool.connection() as connection:
            revision = await known_errors.revision(connection)
            if revision == self._revision:
                return
            pages = await known_errors.listed(connection)
        if self._made is not None:
            self._made = await asyncio.to_thread(Recogniser(self._known(pages)).prepare)
        self._pages, self._revision = pages, revision
        for id_ in sorted(self.files.keys() & pages.keys()):
            _log.warning("known error %s: a file of that id takes the place of its page", id_)

    async def follow(self, changes: Changes) -> NoReturn:
        """Look whenever something was written, also when the store was away meanwhile."""
        async with changes.followed() as queue:
            while True:
                await self._until_seen()
                while not {TOPIC, *EVERYTHING} & await queue.get():
                    pass

    async def _until_seen(self) -> None:
        while True:
            try:
                return await self.look()
            except AWAY as error:
                _log.warning("what people wrote of errors is not looked for: %s", error)
            await asyncio.sleep(_PAUSE_S)

    def _known(self, pages: Mapping[str, WrittenError]) -> Catalogue:
        return catalogue.together(
            self.files, {id_: one.known for id_, one in pages.items() if not one.retired}
        )
