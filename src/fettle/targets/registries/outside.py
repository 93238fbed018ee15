"""What sources of updates may ask, as the settings and the clients' own configuration name it."""

import asyncio
import platform
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.errors import CannotLook, Unreachable, WrongUsage
from fettle.model.ports import Clock
from fettle.model.ports_updates import Advisories, Outside, Project
from fettle.model.security import Packages, Skipped
from fettle.model.server import Server
from fettle.targets import named
from fettle.targets.postgres import Patience, looking_at
from fettle.targets.registries.asking import Asking, asking
from fettle.targets.registries.docker_settings import of_docker
from fettle.targets.registries.kept import Kept
from fettle.targets.registries.look_up import PackageRegistries, authorities
from fettle.targets.registries.oci import Images
from fettle.targets.registries.project_files import FilesOnDisk
from fettle.targets.registries.release_files import FilesOfReleases
from fettle.targets.security import apt

if TYPE_CHECKING:
    from fettle.settings import Settings


_MOST_FAILED = 3  # in a row


class ThisMachine:
    """The machine that this process runs on; implements model.ports_updates.Machine."""

    def __init__(
        self, environ: Mapping[str, str], patience: timedelta = timedelta(seconds=10)
    ) -> None:
        self._environ = environ
        self._patience = patience
        self._one = asyncio.Lock()
        self._failed = 0

    @property
    def name(self) -> str:
        """What it is called."""
        return platform.node()

    async def changelog(self, package: str, version: str) -> str:
        """Return the changelog of a package's version, one at a time.

        Where nobody answers in time, or time and again has none, nobody is asked any more.
        """
        async with self._one:
            if self._failed >= _MOST_FAILED:
                raise CannotLook("nobody has changelogs of this machine's packages")
            try:
                told = await apt.changelog(package, version, self._environ, self._patience)
            except Unreachable:
                self._failed = _MOST_FAILED
                raise
            except CannotLook:
                self._failed += 1
                raise
            self._failed = 0
            return told

    async def packages(self) -> Packages | Skipped:
        """Return which packages have updates."""
        return await apt.packages(self._environ)


class SettledDatabases:
    """The databases of the settings; implements model.ports_updates.Databases."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings

    @property
    def names(self) -> Sequence[str]:
        """What they are called."""
        return [one.name for one in self._settings.database]

    async def server(self, name: str) -> Server:
        """Return what a database's server says of itself; raises CannotLook."""
        targets = [one for one in named.databases(self._settings) if one.name == name]
        if not targets:
            raise CannotLook(f"there is no [[database]] {name} any more")
        async with looking_at(targets[0].url, Patience()) as database:
            return database.server


@asynccontextmanager
async def outside_of(
    settings: "Settings",
    clock: Clock,
    environ: Mapping[str, str],
    kept: Path | None,
    path: Path | None = None,
    published: Callable[[Asking], Advisories | None] = lambda _: None,
) -> AsyncIterator[Outside]:
    """Open what a look may ask: of a folder alone, or of everything in the settings.

    `kept` is where answers of registries are kept; `published` gives those who publish advisories,
    asked over the same connections. Raises WrongUsage for a path that is no folder.
    """
    answers = Kept(kept)
    async with asking(clock, authorities(environ)) as pool:
        packages = PackageRegistries(pool, answers, clock, environ)
        yield Outside(
            clock=clock,
            projects=_projects(settings, path),
            files=FilesOnDisk(),
            registries=packages,
            images=Images(pool, of_docker(environ)),
            advisories=published(pool),
            machine=ThisMachine(environ) if path is None else None,
            databases=SettledDatabases(settings) if path is None else None,
            releases=FilesOfReleases(pool, answers, packages.authorization),
            stale_after=settings.security.stale_after,
            advisories_age=settings.updates.advisories_age,
        )
    answers.let_go(clock.now())


def _projects(settings: "Settings", path: Path | None) -> Sequence[Project]:
    known = [Project(one.name, one.path, one.environment) for one in settings.project]
    if path is None:
        return known
    folder = path.resolve()
    if not folder.is_dir():
        raise WrongUsage(f"{path} is no folder", remedy="name the folder of a project")
    own = [one for one in known if one.folder.resolve() == folder]
    return own or [Project(folder.name or str(folder), folder)]
