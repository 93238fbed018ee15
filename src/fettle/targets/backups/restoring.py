"""Backups as the settings name them, looked at and restored; implements model.backup.Backups."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.errors import CannotLook, Damaged
from fettle.model.backup import Backup, Copy, Files, Kind, Place, Restored, Say, Validated
from fettle.model.quantity import Bytes
from fettle.settings.backups import BackupSettings
from fettle.targets.backups import dump as dumps
from fettle.targets.backups import physical, programs, scratch
from fettle.targets.backups.bring import About, AKeeper, Bringing, keeper_of
from fettle.targets.backups.cluster import Cluster, served
from fettle.targets.backups.compare import compared
from fettle.targets.backups.examine import examined
from fettle.targets.backups.files import state_of
from fettle.targets.backups.forms import Form, opened
from fettle.targets.backups.programs import Programs, of_major
from fettle.targets.backups.scratch import Free, Scratch
from fettle.targets.backups.source import Facts, Source

if TYPE_CHECKING:
    from fettle.settings import Settings

_ABOUT = "about.json"
_LEAST_JOBS, _MOST_JOBS = 2, 4  # with two, pg_restore fills tables past the log


@dataclass(frozen=True)
class Restoring:
    """What restores the backups of the settings on this machine.

    `folders` are where PostgreSQL's programs may be, `free` says how much room a folder has.
    """

    settings: "Settings"
    environ: Mapping[str, str] = field(repr=False)
    folders: Sequence[Path]
    free: Free = scratch.free

    @property
    def backups(self) -> Sequence[Backup]:
        """Those of the settings."""
        return [
            Backup(
                one.name,
                one.kind,
                one.database,
                one.max_age,
                one.rto,
                one.rpo,
                one.tolerance,
                one.on,
            )
            for one in self.settings.backup
        ]

    async def copies(self, name: str) -> Sequence[Copy]:
        """Return the copies that there are, the newest first."""
        return await self._keeper(name).copies()

    async def look(self, name: str, copy: str, run: str, say: Say) -> Files:
        """Look at a copy's files: what is damaged, and why what is may not be seen."""
        one = self._named(name)
        facts = await self._facts(one, say)
        source = None if facts is None else facts.major
        try:
            proved = await self._keeper(name).proved(copy, say)
            if one.kind not in (Kind.DUMP, Kind.BASE):
                return Files(f"{one.kind} backup", source_major=source)
            async with scratch.scratch(one.restore_in, name, run) as place:
                looking = self._looked_at(one, Path(copy), place, source, proved=bool(proved))
                return await scratch.within_room(looking, place.folder, self.free)
        except Damaged as error:
            return Files(str(one.kind), source_major=source, wrong=(error.reason,))

    async def restore(self, name: str, copy: str, run: str, say: Say) -> Restored:
        """Restore a copy into a throw-away cluster, and look at what is in it; nothing stays."""
        one = self._named(name)
        facts = await self._facts(one, say)
        async with scratch.scratch(one.restore_in, name, run) as place:
            work = self._restored(one, place, copy, facts, say)
            return await scratch.within_room(work, place.folder, self.free)

    async def prepare(self, name: str, run: str) -> Place:
        """Make a clean place, and see that there is room and what it takes."""
        one = self._named(name)
        found = await self._installed()
        if not found:
            raise CannotLook(
                "no programs of PostgreSQL are on this machine", remedy=programs.install(18)
            )
        facts = await self._facts(one, _quietly)
        needed = None if facts is None else Bytes(round(facts.size * 1.2))
        if facts is not None:
            of_major(found, facts.major)
        async with scratch.kept(one.restore_in, name, run, anew=True) as place:
            scratch.refuse_too_little(place.folder, needed or 0, self.free)
            return Place(str(place.folder), Bytes(self.free(place.folder)), needed)

    async def recover(self, name: str, copy: str, run: str, say: Say) -> Restored:
        """Recover a copy until it can be used, which is what is timed; it stays for the run."""
        one = self._named(name)
        async with scratch.kept(one.restore_in, name, run, anew=True) as place:
            work = self._recovered(one, place, copy, say)
            return await scratch.within_room(work, place.folder, self.free)

    async def validate(self, name: str, run: str, say: Say) -> Validated:
        """Look at what the run has recovered, and compare it with the database."""
        one = self._named(name)
        async with scratch.kept(one.restore_in, name, run) as place:
            work = self._validated(one, place, say)
            return await scratch.within_room(work, place.folder, self.free)

    async def drop(self, name: str, run: str) -> None:
        """Let go of what the run has recovered."""
        await scratch.dropped(self._named(name).restore_in, name, run)

    # What each of them does

    async def _looked_at(
        self, one: BackupSettings, path: Path, place: Scratch, source: int | None, *, proved: bool
    ) -> Files:
        if state_of(path).size == 0:
            raise Damaged(f"{path.name} is empty")
        found = await opened(path, place.fetched, self.environ, one.passphrase)
        installed = await self._installed()
        if found.form is Form.BASE_TAR:
            return Files(str(found.form), None, source)
        if found.form is Form.BASE:
            major = physical.major_of(found.path)
            mine = of_major(installed, major)
            wrong = await physical.verified(found.path, mine, self.environ)
            bare = None if wrong is not None else f"{path.name} has no manifest"
            return Files(str(found.form), major, source, wrong or (), bare)
        dump = await dumps.read(found, installed, self.environ)
        if dump.tables == 0:
            raise Damaged(f"{path.name} holds no rows of any table")
        bare = None if proved or dump.proved else f"{path.name} carries no checksum of its rows"
        return Files(str(found.form), dump.major, source, unproved=bare)

    async def _restored(
        self, one: BackupSettings, place: Scratch, copy: str, facts: Facts | None, say: Say
    ) -> Restored:
        began = time.monotonic()
        async with self._brought(one, place, copy, facts, say) as (cluster, about):
            took = timedelta(seconds=time.monotonic() - began)
            await say(f"restored in {took.total_seconds():.1f} s; looking at what is in it")
            return await self._seen(one, cluster, about, took)

    async def _recovered(
        self, one: BackupSettings, place: Scratch, copy: str, say: Say
    ) -> Restored:
        began = time.monotonic()
        facts = await self._facts(one, say)
        async with self._brought(one, place, copy, facts, say, whole_log=True) as (_, about):
            took = timedelta(seconds=time.monotonic() - began)
        kept = {
            "form": about.form,
            "major": about.major,
            "database": about.database,
            "errors": about.errors,
            "took_s": took.total_seconds(),
            "as_of": None if about.as_of is None else about.as_of.isoformat(),
        }
        (place.folder / _ABOUT).write_text(json.dumps(kept), encoding="utf-8")
        return Restored(
            about.form,
            about.major,
            took,
            as_of=about.as_of,
            errors=about.errors,
            changed=about.changed,
            notes=about.notes,
            replayed=about.replayed,
        )

    async def _validated(self, one: BackupSettings, place: Scratch, say: Say) -> Validated:
        if not (place.folder / _ABOUT).exists():
            raise CannotLook(
                f"nothing was recovered of {one.name}", remedy="carry out its recovery"
            )
        kept = json.loads((place.folder / _ABOUT).read_text(encoding="utf-8"))
        as_of = None if kept["as_of"] is None else datetime.fromisoformat(kept["as_of"])
        about = About(kept["form"], kept["major"], kept["database"], as_of, tuple(kept["errors"]))
        took = timedelta(seconds=kept["took_s"])
        mine = of_major(await self._installed(), about.major)
        mine = mine.within_reach(place.user, place.folder / "programs")
        loads = {"shared_preload_libraries": ",".join(one.preload)}
        async with served(place, mine, self.environ, loads) as cluster:
            seen = await self._seen(one, cluster, about, took)
            await say(f"{seen.tables} tables with {seen.rows:,} rows were looked at")
            if (source := self._source(one)) is None:
                return Validated(
                    seen, unseen="it says of no database that it is one of", remedy=_NAME
                )
            try:
                tables = await compared(cluster, about.database, source)
            except CannotLook as error:
                return Validated(seen, unseen=error.reason, remedy=error.remedy)
        return Validated(seen, tables)

    @asynccontextmanager
    async def _brought(
        self,
        one: BackupSettings,
        place: Scratch,
        copy: str,
        facts: Facts | None,
        say: Say,
        *,
        whole_log: bool = False,
    ) -> AsyncIterator[tuple[Cluster, About]]:
        found = await self._installed()
        bringing = Bringing(one, place, found, facts, _jobs(), self.environ, self.free, whole_log)
        async with bringing.brought(copy, say) as told:
            yield told

    async def _seen(
        self, one: BackupSettings, cluster: Cluster, about: About, took: timedelta
    ) -> Restored:
        seen = await examined(
            cluster, about.database, one.queries, _jobs(), every_row=one.every_row
        )
        size = await asyncio.to_thread(lambda: state_of(cluster.place.data).size)
        return Restored(
            about.form,
            about.major,
            took,
            Bytes(size),
            seen.tables,
            seen.rows,
            seen.indexes,
            about.as_of,
            about.errors,
            seen.corrupt,
            seen.answers,
            await asyncio.to_thread(lambda: about.changed),
            about.notes,
        )

    # What they need

    def _named(self, name: str) -> BackupSettings:
        for one in self.settings.backup:
            if one.name == name:
                absent = self.settings.absent(one.passphrase or "", one.repository or "")
                if absent is not None:
                    raise CannotLook(absent.reason, remedy=absent.remedy)
                return one
        raise CannotLook(f"there is no [[backup]] {name} any more")

    def _keeper(self, name: str) -> AKeeper:
        return keeper_of(self._named(name), self.environ)

    async def _installed(self) -> Sequence[Programs]:
        return await programs.installed(self.folders, self.environ)

    def _source(self, one: BackupSettings) -> Source | None:
        for database in self.settings.database:
            if database.name == one.database and self.settings.absent(database.url) is None:
                return Source(database.name, database.url)
        return None

    async def _facts(self, one: BackupSettings, say: Say) -> Facts | None:
        """Return what its database is now; None where that does not answer, which is said."""
        if (source := self._source(one)) is None:
            return None
        try:
            return await source.facts()
        except CannotLook as error:
            await say(f"{error.reason}: nothing is compared with it")
            return None


_NAME = "name the database with [[backup]] database"


def _jobs() -> int:
    return max(_LEAST_JOBS, min(_MOST_JOBS, os.cpu_count() or 1))


async def _quietly(line: str) -> None:
    """Say nothing."""


def backups_of(settings: "Settings", environ: Mapping[str, str]) -> Restoring:
    """Return what restores the backups of the settings."""
    return Restoring(settings, environ, programs.folders(environ))
