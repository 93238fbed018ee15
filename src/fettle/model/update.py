"""Updates: what is installed, what is on offer for it, and what there was no look at.

A source looks at one kind of thing (dependencies, advisories, the platform, images); what it says
is judged elsewhere. Versions are text, ordered as their ecosystem orders them (updates.versions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fettle.model.severity import Severity


class Ecosystem(StrEnum):
    """Whose names, versions and ranges something has."""

    PYPI = "pypi"
    NPM = "npm"
    DEB = "deb"
    OCI = "oci"
    POSTGRESQL = "postgresql"
    PYTHON = "python"
    NODE = "node"


class UpdateType(StrEnum):
    """Whether an update closes an advisory, or is only newer."""

    SECURITY = "security"
    REGULAR = "regular"


class Level(StrEnum):
    """The highest part of a version that an update changes; `other` where it has no such parts."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    DIGEST = "digest"
    OTHER = "other"


class SourceState(StrEnum):
    """How a source's look went; nothing is up to date that was not looked at."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    STALE = "stale"


@dataclass(frozen=True, order=True)
class Package:
    """Something that has versions, by its name as its ecosystem writes it for comparing."""

    ecosystem: Ecosystem
    name: str


@dataclass(frozen=True)
class Installed:
    """A version that is in use: in which file it stands, or on which machine.

    `direct` is what the project asks for itself, by `asks` (its range) where that is known;
    `needed_by` are the names that ask for one that is not. One from elsewhere than a registry
    (`origin`: git, a file, a link, an address) is offered nothing.
    """

    package: Package
    version: str
    where: str
    direct: bool = True
    asks: str = ""
    needed_by: tuple[str, ...] = ()
    origin: str = "registry"
    development: bool = False


@dataclass(frozen=True)
class Archive:
    """A file of a release at its registry; `hash` is like sha256:0a…, empty where none is told."""

    url: str
    hash: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Release:
    """A version on offer, as the registry tells of it; `withdrawn` is why it should not be taken.

    `needs` is the range of the runtime it works with; `size` in bytes. `released_at` None is what
    the registry does not tell. `asks` are the packages that it asks for, by their names, with the
    ranges; None where that is not known. `archive` is what may hold its changelog; `metadata` is
    what is told of it in a file of its own.
    """

    version: str
    released_at: datetime | None = None
    withdrawn: str | None = None
    needs: str = ""
    size: int | None = None
    asks: tuple[tuple[str, str], ...] | None = None
    archive: Archive | None = None
    metadata: Archive | None = None


@dataclass(frozen=True)
class Offers:
    """Everything on offer for a package, and where its history is told."""

    package: Package
    releases: tuple[Release, ...]
    newest: str | None = None
    notes_url: str | None = None
    source_url: str | None = None


@dataclass(frozen=True)
class Affected:
    """Which versions of a package an advisory is about: ranges of the ecosystem, or versions.

    A range is the events of an OSV record, in order: (introduced | fixed | last_affected | limit,
    version), where introduced "0" is before every version. `told_by` is the record's id.
    """

    package: Package
    ranges: tuple[tuple[tuple[str, str], ...], ...] = ()
    versions: frozenset[str] = frozenset()
    told_by: str = ""


@dataclass(frozen=True)
class Advisory:
    """A vulnerability, as somebody has published it.

    `told_by` is who, with the date of what they told; the same one may come from several, joined
    by its aliases. `severity` None is what nobody has rated. `contradictions` are where those who
    told it disagree, each a sentence that ends with what is taken.
    """

    id: str
    aliases: frozenset[str] = frozenset()
    summary: str = ""
    severity: Severity | None = None
    affected: tuple[Affected, ...] = ()
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    url: str | None = None
    told_by: str = ""
    modified_at: datetime | None = None
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raise:
    """What is to be raised so that a package comes in that others ask for: the ancestor."""

    package: Package
    current: str
    version: str


@dataclass(frozen=True)
class Update:
    """A newer version on offer for something that is in use.

    `id` is what people and programs call it by: stable as long as its place, package and offered
    version are. `held` is why it is not to be taken now (a pin, its age, an ignore …), empty where
    it is worth taking. `confidence` is from 0 to 1, with its `grounds`. `group` is what it is tried
    together with.
    """

    id: str
    package: Package
    where: str
    current: str
    version: str
    type: UpdateType
    level: Level
    released_at: datetime | None = None
    advisories: tuple[Advisory, ...] = ()
    through: tuple[Raise, ...] = ()
    group: str = ""
    held: tuple[str, ...] = ()
    confidence: float = 0.0
    grounds: tuple[str, ...] = ()
    notes_url: str | None = None
    notes: str = ""

    @property
    def worth_taking(self) -> bool:
        """Whether nothing holds it."""
        return not self.held


@dataclass(frozen=True)
class Open:
    """A vulnerability of something in use that nothing on offer closes, as far as is known."""

    installed: Installed
    advisory: Advisory


@dataclass(frozen=True)
class Passed:
    """What a source did not look at, why, and what would let it be looked at."""

    subject: str
    reason: str
    remedy: str | None = None


@dataclass(frozen=True)
class Withdrawn:
    """A version in use that is not to be had any more, or should not be used; `reason` says why."""

    package: Package
    version: str
    where: str
    reason: str


@dataclass(frozen=True)
class SourceResult:
    """How one source's look went, how much of what is in use it looked at, and by which data.

    `told_at` is when what it went by was published or fetched (advisories, apt's lists), where that
    matters. `withdrawn` is what it found in use that was withdrawn, whatever is on offer instead.
    """

    source: str
    state: SourceState
    at: datetime
    looked_at: int = 0
    total: int = 0
    passed: tuple[Passed, ...] = ()
    reason: str | None = None
    remedy: str | None = None
    told_at: datetime | None = None
    told_by: str = ""
    withdrawn: tuple[Withdrawn, ...] = ()


@dataclass(frozen=True)
class UpdateCheck:
    """What one look for updates came to, of one project or of everything.

    `open` are vulnerabilities that no update closes. `accepted` are those that the settings accept,
    of a package by an advisory's id, with the reason: they are told, and fail nothing.
    `installed` is all that is in use, as far as it was seen; not so where `lists_all` is not: of a
    machine only the packages that have updates are told. `releases` are what updates lead to,
    by the updates' ids, as their registries tell of them.
    """

    at: datetime
    updates: tuple[Update, ...]
    sources: tuple[SourceResult, ...]
    open: tuple[Open, ...] = ()
    accepted: Mapping[tuple[Package, str], str] = field(default_factory=dict)
    installed: tuple[Installed, ...] = ()
    lists_all: bool = True
    releases: Mapping[str, Release] = field(default_factory=dict)

    @property
    def security(self) -> int:
        """How many close an advisory."""
        return sum(update.type is UpdateType.SECURITY for update in self.updates)

    @property
    def regular(self) -> int:
        """How many are only newer."""
        return len(self.updates) - self.security

    @property
    def withdrawn(self) -> tuple[Withdrawn, ...]:
        """What is in use and was withdrawn, as its sources tell."""
        return tuple(dict.fromkeys(each for one in self.sources for each in one.withdrawn))

    @property
    def worst(self) -> Severity | None:
        """How bad the worst is that is known of what is in use, and that nobody has accepted.

        What nobody has rated counts as high.
        """
        known = [(one.package, advisory) for one in self.updates for advisory in one.advisories]
        known += [(one.installed.package, one.advisory) for one in self.open]
        rated = (
            Severity.HIGH if advisory.severity is None else advisory.severity
            for package, advisory in known
            if (package, advisory.id) not in self.accepted
        )
        return max(rated, default=None)

    @property
    def whole(self) -> bool:
        """Whether everything was looked at: only then is nothing found nothing there."""
        return is_whole(self.sources)


def is_whole(sources: Sequence[SourceResult]) -> bool:
    """Whether these have looked at everything that is theirs."""
    return all(one.state is SourceState.OK and one.looked_at == one.total for one in sources)


def severity_of(update: Update) -> Severity | None:
    """Return how bad the worst is that an update closes; what nobody has rated counts as high."""
    rated = (one.severity for one in update.advisories)
    return max((Severity.HIGH if one is None else one for one in rated), default=None)


def security_first(updates: Sequence[Update]) -> list[Update]:
    """Return updates as people read them: security first, the worst of it first, then by name."""

    def place(update: Update) -> tuple[bool, int, str, str]:
        worst = max((one.severity or Severity.INFO for one in update.advisories), default=-1)
        return (update.type is not UpdateType.SECURITY, -worst, update.package.name, update.where)

    return sorted(updates, key=place)
