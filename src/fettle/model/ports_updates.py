"""What a look for updates asks of the outside, and what a source says that it saw."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from fettle.model.ports import Clock
from fettle.model.security import Audited, Packages, Skipped
from fettle.model.server import Server
from fettle.model.update import (
    Advisory,
    Installed,
    Offers,
    Package,
    Passed,
    Release,
    SourceResult,
    Update,
)


@dataclass(frozen=True)
class Project:
    """A project that is looked at: what it is called, and its folder on this machine.

    `variables` are those of the environment that its own settings of clients may name.
    """

    name: str
    folder: Path
    variables: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Below:
    """Files that were found in a folder and those below it, and what was not looked through."""

    names: tuple[str, ...]
    passed: tuple[Passed, ...] = ()


class ProjectFiles(Protocol):
    """The files of projects, within their folders and within bounds."""

    async def names(self, project: Project) -> Sequence[str]:
        """Return the names of the files in a project's folder; raises CannotLook."""

    async def below(self, project: Project, patterns: Sequence[str]) -> Below:
        """Return the files of these names in the folder and those below it, but for others' code.

        Raises CannotLook.
        """

    def text(self, project: Project, name: str) -> str | None:
        """Return what is in a file, None where there is none.

        Raises UnreadableLock for one that is too large or no text.
        """


class Registries(Protocol):
    """Where packages are on offer, by the addresses that a project's own clients are set to."""

    async def offers(
        self, packages: Collection[Package], project: Project, named: Sequence[str] = ()
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer for each package, or why it could not be told.

        `named` are addresses of the project's locks, for where no client is set to any.
        """


@dataclass(frozen=True)
class Told:
    """What those who publish advisories say of packages, and of which of them they said nothing.

    `told_by` is who; what they tell was fetched or published then (`told_at`), where that is known:
    of several the oldest. `newest_at` is when the newest of it was.
    """

    advisories: tuple[Advisory, ...]
    passed: tuple[Passed, ...] = ()
    told_by: str = ""
    told_at: datetime | None = None
    newest_at: datetime | None = None


class Advisories(Protocol):
    """Those who publish advisories; raises CannotLook where none can be asked."""

    async def about(self, installed: Sequence[Installed]) -> Told:
        """Return what is known of what is installed."""


@dataclass(frozen=True)
class VersionAsked:
    """A version of a package, as those who publish advisories name its ecosystem."""

    ecosystem: str
    name: str
    version: str


class AdvisoryServer(Protocol):
    """A server that speaks OSV's API."""

    @property
    def name(self) -> str:
        """What it is called: its host."""

    async def ids(
        self, asked: Sequence[VersionAsked]
    ) -> Mapping[VersionAsked, Sequence[str] | Passed]:
        """Return the ids of the records about each version, or why that is not known."""

    async def record(self, id_: str) -> bytes:
        """Return a record as it is published; raises CannotLook."""


@dataclass(frozen=True)
class RawRecord:
    """A record as it was published, and where it lies; `wrong` is why it was not read."""

    where: str
    text: bytes = field(default=b"", repr=False)
    wrong: str | None = None


class AdvisoryFiles(Protocol):
    """Records of advisories on this machine: a folder, or an archive."""

    @property
    def name(self) -> str:
        """What it is called: its path."""

    def records(self) -> Iterator[RawRecord]:
        """Yield the records, one at a time however many there are; raises CannotLook."""


@dataclass(frozen=True)
class Described:
    """What a release's own metadata says: whom it asks for, where changes are told, and a text."""

    asks: tuple[tuple[str, str], ...] = ()
    notes_url: str | None = None
    text: str = ""


class Auditors(Protocol):
    """The auditors of this machine, that read locks themselves."""

    async def audit(self, folder: Path) -> Mapping[Path, Audited | Skipped]:
        """Return what is said of a folder's locks, by the files."""


class ReleaseFiles(Protocol):
    """What the files of releases tell; they must be those whose hash the registry tells."""

    async def described(self, release: Release) -> Described:
        """Return what a release's metadata says; raises CannotLook, NotFound for no metadata."""

    async def changelog(self, release: Release) -> str:
        """Return the changelog in a release's archive, empty where it has none; raises as above."""


@dataclass(frozen=True)
class AboutImage:
    """What an image says of itself: when it was made, and where what it is made from is."""

    made_at: datetime | None = None
    source_url: str | None = None


class ImageRegistries(Protocol):
    """Where container images come from."""

    async def digest(self, image: str, tag: str) -> str:
        """Return the digest behind a tag now; raises CannotLook."""

    async def about(self, image: str, tag: str) -> AboutImage:
        """Return what is behind a tag says of itself; raises CannotLook."""

    async def tags(self, image: str) -> Sequence[str]:
        """Return the tags of an image; raises CannotLook."""


class Machine(Protocol):
    """This machine, as its own package manager tells of it."""

    @property
    def name(self) -> str:
        """What it is called."""

    async def packages(self) -> Packages | Skipped:
        """Return which packages have updates, by lists that are there already."""

    async def changelog(self, package: str, version: str) -> str:
        """Return the changelog of a package's version; raises CannotLook."""


class Databases(Protocol):
    """The databases of the settings."""

    @property
    def names(self) -> Sequence[str]:
        """What they are called."""

    async def server(self, name: str) -> Server:
        """Return what a database's server says of itself; raises CannotLook."""


@dataclass(frozen=True)
class Outside:
    """Everything that a source may ask; what one look is about is what is in it.

    Lists of packages that are older than `stale_after` say nothing, nor do advisories of which the
    newest is older than `advisories_age`.
    """

    clock: Clock
    projects: Sequence[Project]
    files: ProjectFiles
    registries: Registries
    images: ImageRegistries
    advisories: Advisories | None = None
    machine: Machine | None = None
    databases: Databases | None = None
    releases: ReleaseFiles | None = None
    stale_after: timedelta = timedelta(days=2)
    advisories_age: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class Seen:
    """What a source's look came to: how it went, what is in use, on offer, and known of that.

    What an update is follows from these for all sources alike (updates.worth); `updates` are those
    that only the source itself can tell.
    """

    result: SourceResult
    installed: tuple[Installed, ...] = ()
    offers: Mapping[Package, Offers] = field(default_factory=dict)
    advisories: tuple[Advisory, ...] = ()
    updates: tuple[Update, ...] = ()
