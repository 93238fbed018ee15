"""A copy is brought into a throw-away cluster that runs: whoever keeps it, whatever it is."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fettle.errors import CannotLook
from fettle.model.backup import Kind
from fettle.model.quantity import Bytes
from fettle.settings.backups import BackupSettings
from fettle.targets.backups import dump as dumps
from fettle.targets.backups import physical, scratch
from fettle.targets.backups.barman import Barman
from fettle.targets.backups.cluster import DATABASE, Cluster, made, served
from fettle.targets.backups.files import Files, State, state_of
from fettle.targets.backups.forms import Form, Opened, opened
from fettle.targets.backups.kept import Means, Recoverable
from fettle.targets.backups.pgbackrest import PgBackRest
from fettle.targets.backups.programs import Programs, of_major, reading
from fettle.targets.backups.repositories import Borg, Restic
from fettle.targets.backups.scratch import Free, Scratch
from fettle.targets.backups.source import Facts
from fettle.targets.running import Say

# Of times that say no zone nothing is believed that is closer.
_ANY_ZONE = timedelta(hours=15)
_GROWS = {Form.PLAIN: 1.5, Form.TAR: 1.5, Form.BASE: 1.1}
_GROWS_PACKED = 5.0


AKeeper = Files | Restic | Borg | PgBackRest | Barman


def keeper_of(settings: BackupSettings, environ: Mapping[str, str]) -> AKeeper:
    """Return who keeps the copies of a backup."""
    means = Means(settings, environ)
    match settings.kind:
        case Kind.RESTIC:
            return Restic(means)
        case Kind.BORG:
            return Borg(means)
        case Kind.PGBACKREST:
            return PgBackRest(means)
        case Kind.BARMAN:
            return Barman(means)
        case _:
            return Files(means)


@dataclass(frozen=True)
class About:
    """What was brought: in which form, of which version, in which database, as of when.

    `errors` are what could not be restored. `state` is how the files were before, at `path`.
    `replayed` is when the last change was made that the log has brought.
    """

    form: str
    major: int
    database: str
    as_of: datetime | None = None
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    path: Path | None = None
    state: State | None = None
    replayed: datetime | None = None

    @property
    def changed(self) -> str | None:
        """What shows that the files were written while they were read."""
        if self.path is None or self.state is None:
            return None
        is_same = state_of(self.path) == self.state
        return None if is_same else f"{self.path.name} was written while it was read"


@dataclass(frozen=True)
class Bringing:
    """What it takes to bring a copy; `facts` are those of its database, where that answers.

    With the `whole_log` it is brought as far as whoever keeps a log of what came after it can.
    """

    settings: BackupSettings
    place: Scratch
    found: Sequence[Programs]
    facts: Facts | None
    jobs: int
    environ: Mapping[str, str] = field(repr=False)
    free: Free = scratch.free
    whole_log: bool = False

    @asynccontextmanager
    async def brought(self, copy: str, say: Say) -> AsyncIterator[tuple[Cluster, About]]:
        """Bring a copy, and let its cluster run."""
        keeper = keeper_of(self.settings, self.environ)
        if isinstance(keeper, PgBackRest | Barman):
            self._refuse_too_little(self.facts.size * 1.1 if self.facts else 0)
            ready = await keeper.recovered(copy, self.place, say, whole_log=self.whole_log)
            about = About(f"{self.settings.kind} backup", ready.major, self._database or "")
            async with self._recovered(ready, about) as (cluster, told):
                yield cluster, replace(told, replayed=await _replayed(cluster))
            return
        path = await keeper.fetched(copy, self.place.fetched, say)
        async with self._of_files(path, say) as (cluster, told):
            yield cluster, told

    @asynccontextmanager
    async def _of_files(self, path: Path, say: Say) -> AsyncIterator[tuple[Cluster, About]]:
        state = state_of(path)
        key = self.settings.passphrase
        found = await opened(path, self.place.fetched, self.environ, key)
        made_at = datetime.fromtimestamp(state.modified, UTC)
        about = About(str(found.form), 0, DATABASE, made_at, path=path, state=state)
        if found.form in (Form.BASE, Form.BASE_TAR):
            self._refuse_too_little(state.size * _GROWS.get(found.form, _GROWS_PACKED))
            await physical.brought(found.path, found.form, self.place, self.environ)
            ready = Recoverable(physical.major_of(self.place.data))
            as_of = _as_of(made_at, physical.begun_at(self.place.data))
            about = replace(about, database=self._database or "", as_of=as_of)
            if found.form is Form.BASE_TAR or path.is_relative_to(self.place.folder):
                about = replace(about, errors=await self._verified(ready.major))
            await asyncio.to_thread(physical.tamed, self.place)
            async with self._recovered(ready, about) as (cluster, told):
                yield cluster, told
        else:
            self._refuse_too_little(self._needed(found, state))
            async with self._dumped(found, about, say) as (cluster, told):
                yield cluster, told

    async def _verified(self, major: int) -> tuple[str, ...]:
        """Return what its manifest says is wrong in a base backup that was not on this machine."""
        programs = of_major(self.found, major)
        return await physical.verified(self.place.data, programs, self.environ) or ()

    @asynccontextmanager
    async def _dumped(
        self, found: Opened, about: About, say: Say
    ) -> AsyncIterator[tuple[Cluster, About]]:
        dump = await dumps.read(found, self.found, self.environ)
        major = dump.major or (self.facts.major if self.facts else None)
        if major is None:
            raise CannotLook(
                f"{found.path.name} does not say of which version it is",
                remedy="name its database with [[backup]] database",
            )
        programs = self._programs(major)
        reader = self._near(reading(self.found, dump.by or major, programs))
        await say(f"{about.form} of PostgreSQL {major} is restored, by {self.jobs} at once")
        await made(self.place, programs, self.environ)
        async with served(self.place, programs, self.environ, self._preload) as cluster:
            locale = self.facts.locale if self.facts else None
            came = await dumps.restored(dump, cluster, reader, locale, self.jobs, say)
            yield (
                cluster,
                replace(
                    about,
                    major=major,
                    database=came.database,
                    as_of=_as_of(about.as_of, dump.created_at),
                    errors=came.errors,
                    notes=came.notes,
                ),
            )

    @asynccontextmanager
    async def _recovered(
        self, ready: Recoverable, about: About
    ) -> AsyncIterator[tuple[Cluster, About]]:
        """Let the server of a cluster that was copied recover, and see whose it is."""
        programs = self._programs(ready.major)
        errors = list(about.errors)
        system = await physical.system_of(self.place.data, programs, self.environ)
        if self.facts is not None and system is not None and system != self.facts.system:
            errors.append(f"it is of another cluster than {self.settings.database} is in")
        settings = {**ready.settings, **self._preload}
        async with served(self.place, programs, self.environ, settings, ready.variables) as cluster:
            told = replace(about, major=ready.major, errors=tuple(errors))
            yield cluster, await _with_database(cluster, told)

    def _programs(self, major: int) -> Programs:
        return self._near(of_major(self.found, major))

    def _near(self, programs: Programs) -> Programs:
        return programs.within_reach(self.place.user, self.place.folder / "programs")

    @property
    def _preload(self) -> Mapping[str, str]:
        libraries = self.settings.preload
        return {"shared_preload_libraries": ",".join(libraries)} if libraries else {}

    @property
    def _database(self) -> str | None:
        return None if self.facts is None else self.facts.name

    def _needed(self, found: Opened, state: State) -> float:
        """Return how much room a restored database will take, at a guess."""
        if self.facts is not None:
            return self.facts.size * 1.2
        return state.size * (_GROWS_PACKED if found.around else _GROWS.get(found.form, 4.0))

    def _refuse_too_little(self, needed: float) -> None:
        scratch.refuse_too_little(self.place.folder, Bytes(round(needed)), self.free)


async def _with_database(cluster: Cluster, about: About) -> About:
    """Return which database is looked at: the one that is named, else the largest."""
    async with cluster.connected("postgres") as connection:
        rows = await connection.execute(
            b"SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datallowconn"
            b" ORDER BY pg_database_size(oid) DESC"
        )
        names = [str(row[0]) for row in await rows.fetchall()]
    if about.database in names:
        return about
    if not about.database:
        return replace(about, database=names[0])
    lacks = f"it holds no database {about.database}"
    return replace(about, database=names[0], errors=(*about.errors, lacks))


async def _replayed(cluster: Cluster) -> datetime | None:
    """Return when the last change was made that a log has brought; None where it brought none."""
    async with cluster.connected("postgres") as connection:
        asked = await connection.execute(b"SELECT pg_last_xact_replay_timestamp()")
        found = await asked.fetchone()
    return found[0] if found is not None and isinstance(found[0], datetime) else None


def _as_of(modified: datetime | None, created: datetime | None) -> datetime | None:
    """Return as of when a backup is: its files may have been copied, or touched, long after it."""
    if modified is not None and created is not None and created + _ANY_ZONE < modified:
        return created
    return modified
