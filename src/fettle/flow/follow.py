"""Files of logs, followed where they are: what is written into them is counted, once.

1. Each `[[log]]` is followed by the workers on its files' machine that carry its label; of several
   processes on a machine one at a time does, and another goes on a quarter of a minute after it was
   killed.
2. What was read, the errors in it, and how far the files were read become true together, and only
   for whoever holds the files: whatever is killed, frozen or restarted, no line is lost and none
   is counted twice. A line longer than 16 MiB is the exception, where somebody is killed in the
   middle of it.
3. While nobody takes what was read, nothing more is: the files wait.
"""

import asyncio
import logging
import platform
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID, uuid4

from fettle.engine.engine import LONGEST_LABEL
from fettle.engine.ledger import AWAY
from fettle.errors import BadSettings, FettleError
from fettle.flow import log_errors
from fettle.intake.logs.digest import Scrub
from fettle.intake.logs.errors import Happened, Raising
from fettle.intake.logs.following import At, Followed, Read
from fettle.intake.logs.tail import Mark
from fettle.intake.settled import terms_of
from fettle.model.ports import Clock
from fettle.settings import Settings
from fettle.settings.logs import LogSettings
from fettle.store import log_places, logs
from fettle.store.log_places import Hold, Place
from fettle.store.pool import Pool
from fettle.store.statements import Connection

PAUSE_S = 1.0
_HELD = timedelta(seconds=15)
_RENEWED = timedelta(seconds=5)
_LAST_WORDS_S = 2.0
_PATIENCE_S = 10.0

_log = logging.getLogger(__name__)


@dataclass
class Following:
    """What follows one log in one process; `run` does it and is cancelled to stop."""

    pool: Pool
    clock: Clock
    log: LogSettings
    most_sources: int
    scrub: Scrub
    raising: Raising = field(default_factory=Raising)
    holder: UUID = field(default_factory=uuid4)
    _files: Followed | None = None
    _hold: Hold | None = None
    _renewed_at: datetime | None = None

    async def run(self) -> NoReturn:
        """Follow it, whatever becomes of the store meanwhile."""
        try:
            while True:
                try:
                    more = await self.once()
                except AWAY as error:
                    self._forget()
                    _log.warning("following %s waits for the store: %s", self.log.name, error)
                    more = False
                except FettleError as error:  # nobody takes what was read: the files wait
                    self._forget()
                    _log.warning("%s is not followed just now: %s", self.log.name, error.reason)
                    more = False
                    await asyncio.sleep(_PATIENCE_S)
                except Exception:  # noqa: BLE001 - the boundary of what goes on for ever
                    self._forget()
                    _log.exception("following %s failed; it goes on", self.log.name)
                    more = False
                await asyncio.sleep(0 if more else PAUSE_S)
        finally:
            await self.stop()

    async def once(self) -> bool:
        """Read what was written since, and keep what it comes to; return whether there is more."""
        if self._files is None and not await self._begin():
            return False
        files = self._files
        if files is None:
            return False
        read = await asyncio.to_thread(files.read)
        if any((read.current, read.late, read.places, read.gone)):
            await self._keep(read)
        elif self._is_to_renew():
            async with self.pool.connection() as connection, connection.transaction():
                if await self._held(connection) is None:
                    self._forget()
        return read.more

    async def _begin(self) -> bool:
        """Take up the files where they were left; False while somebody else follows them."""
        now = self.clock.now()
        async with self.pool.connection() as connection, connection.transaction():
            source = await logs.enter(
                connection, self.log.name, self.log.service, now, self.most_sources
            )
            # a container has another name each time, where its label stays
            machine = platform.node() if self.log.on is None else f"on {self.log.on}"
            self._hold = Hold(source, machine, self.holder)
            first = await self._held(connection)
            if first is None:
                return False
            places = [_at(one, now) for one in await log_places.places(connection, self._hold)]
            self._files = await asyncio.to_thread(
                Followed, self.log.paths, places, self.scrub, first=first
            )
            if first:
                # ends are where the next process goes on, though nothing was read yet
                await self._note(connection, self._files.ends())
        return True

    async def _keep(self, read: Read) -> None:
        """Keep what was read, if the files are still ours; forget them else."""
        hold = self._hold
        happened = await asyncio.to_thread(self._happened, read)
        try:
            async with self.pool.connection() as connection, connection.transaction():
                if hold is None or await self._held(connection) is None:
                    self._forget()
                    return
                now = self.clock.now()
                await logs.keep(connection, hold.source, read.current, now, late=False)
                late = [one.digest for one in read.late]
                await logs.keep(connection, hold.source, late, now, late=True)
                await log_errors.keep(connection, self.log.name, happened, now)
                await self._note(connection, read.places, read.gone)
        except BaseException:
            self._forget()
            raise

    def _happened(self, read: Read) -> Happened:
        """Return the errors in what was read.

        A bug that was resolved since does not come back because old lines are read.
        """
        now = self.clock.now()
        happened = self.raising.errors(read.current, now)
        for one in read.late:
            happened += self.raising.errors([one.digest], now, one.written_by)
        return happened

    async def _note(
        self, connection: Connection, places: Sequence[At], gone: Sequence[str] = ()
    ) -> None:
        if self._hold is not None:
            kept = [_place(one) for one in places]
            await log_places.keep(connection, self._hold, kept, gone, self.clock.now())

    async def _held(self, connection: Connection) -> bool | None:
        if self._hold is None:
            return None
        now = self.clock.now()
        self._renewed_at = now
        return await log_places.hold(connection, self._hold, now, now + _HELD)

    def _is_to_renew(self) -> bool:
        return self._renewed_at is None or self.clock.now() - self._renewed_at >= _RENEWED

    def _forget(self) -> None:
        """Know nothing of the files any more: what was kept of them is read again."""
        if self._files is not None:
            self._files.close()
        self._files = self._hold = None

    async def stop(self) -> None:
        """Let another process go on at once."""
        self._forget()
        with suppress(*AWAY):
            async with self.pool.connection(timeout=_LAST_WORDS_S) as connection:
                await log_places.let_go(connection, self.holder)


def following(
    settings: Settings, labels: Sequence[str], pool: Pool, clock: Clock
) -> Iterator[Following]:
    """Yield what follows each log whose files a worker with such labels has; raises BadSettings."""
    terms_for = terms_of(settings)
    for log in settings.log:
        if log.on is not None and not 1 <= len(log.on.encode()) <= LONGEST_LABEL:
            where = f"[[log]] {log.name}"
            raise BadSettings(f"{where}: on: a label has 1 to {LONGEST_LABEL} bytes")
        if log.on is None or log.on in labels:
            terms, most = terms_for(log.name), settings.logs.most_sources
            raising = Raising(terms.scrubbing, terms.quota())
            yield Following(pool, clock, log, most, terms.scrubbing.text, raising)


def _at(place: Place, now: datetime) -> At:
    age = 0.0 if place.read_at is None else (now - place.read_at).total_seconds()
    return At(place.file, place.path, Mark(place.head, place.head_bytes), place.place, age)


def _place(at: At) -> Place:
    return Place(at.file, at.path, at.mark.digest, at.mark.size, at.place)
