"""What a look for known weaknesses is told, what it found, and what there was no look at."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from fettle.model.ports import Database
from fettle.model.severity import Severity

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Weakness:
    """Something that others may use; `closes` is what closes it."""

    area: str
    subject: str
    severity: Severity
    says: str
    closes: str


@dataclass(frozen=True)
class Looked:
    """What was looked at, and how far."""

    area: str
    subject: str
    how: str


@dataclass(frozen=True)
class Skipped:
    """What there was no look at, why, and what would let there be."""

    area: str
    subject: str
    reason: str
    remedy: str | None = None


@dataclass(frozen=True)
class Accepted:
    """A weakness, or a look that is not to be had, that somebody has accepted, and why."""

    area: str
    subject: str
    says: str
    reason: str


@dataclass(frozen=True)
class Look:
    """What came of looking: nothing is clean that is not among what was looked at.

    `unset` is what the settings name none of: nobody asked for a look at it. What is `accepted`
    fails nothing, and is told.
    """

    weaknesses: tuple[Weakness, ...] = ()
    looked: tuple[Looked, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unset: tuple[Skipped, ...] = ()
    accepted: tuple[Accepted, ...] = ()

    def __add__(self, other: "Look") -> "Look":
        return Look(
            self.weaknesses + other.weaknesses,
            self.looked + other.looked,
            self.skipped + other.skipped,
            self.unset + other.unset,
            self.accepted + other.accepted,
        )


@dataclass(frozen=True)
class Advisory:
    """A known weakness of a package, as an auditor tells it; `severity` is None where it does not.

    `fixed_in` are versions without it, as far as there are any.
    """

    package: str
    version: str
    id: str
    says: str = ""
    severity: Severity | None = None
    fixed_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audited:
    """What an auditor said of a project's dependencies; `not_audited` are those it left out."""

    project: str
    auditor: str
    source: str
    packages: int
    advisories: tuple[Advisory, ...] = ()
    not_audited: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """A package of this machine with an update; `security`: of the distribution's security team."""

    package: str
    installed: str
    offered: str
    origin: str
    security: bool


@dataclass(frozen=True)
class Packages:
    """The updates that wait on this machine, by lists that were fetched then."""

    waiting: tuple[Waiting, ...]
    listed_at: datetime
    sources: int


@dataclass(frozen=True)
class Named:
    """Something that is looked at, and the label of the workers that reach it."""

    name: str
    on: str | None = None


@dataclass(frozen=True)
class Site:
    """How a site answers, what TLS it agrees on, and what it gives to whoever asks for it.

    `plain` is how its name answers without TLS: `redirects`, `answers`, `nothing`, or None where
    that is not to be known. `exposed` are paths that gave what nobody is to have, `unasked` those
    that gave no answer; `debugs` is what a page that is not there tells too much by. `old_tls` and
    `weak_cipher` are what it agreed on when it was offered nothing better, False where it did not,
    and None where it could not be offered that.
    """

    subject: str
    url: str
    status: int | None = None
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plain: str | None = None
    version: str = ""
    cipher: str = ""
    old_tls: str | bool | None = None
    weak_cipher: str | bool | None = None
    exposed: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    debugs: str | None = None


class Advised(Protocol):
    """Those who publish advisories, asked about what a lock holds."""

    async def audit(self, project: str, folder: Path, file: str) -> Audited | Skipped:
        """Return what is known of what a lock of a project holds."""


class Security(Protocol):
    """What looks for weaknesses; by looking nothing is changed."""

    @property
    def fail_from(self) -> Severity:
        """A weakness as bad as that fails the scan."""

    def accepted(self, subject: str, today: date) -> str | None:
        """Return why something is accepted, by what the report calls it; None where it is not."""

    @property
    def stale_after(self) -> timedelta:
        """Lists of packages that are older say nothing."""

    @property
    def projects(self) -> Sequence[Named]:
        """The projects whose dependencies are audited."""

    async def audit(self, project: str, say: Say) -> Sequence[Audited | Skipped]:
        """Have a project's dependencies audited, by what is fit for each file that names them."""

    async def packages(self) -> Packages | Skipped:
        """Look which packages of this machine have updates."""

    @property
    def databases(self) -> Sequence[Named]:
        """The databases whose settings and privileges are looked at."""

    def database(self, name: str) -> AbstractAsyncContextManager[Database]:
        """Connect to look; raises CannotLook."""

    @property
    def services(self) -> Sequence[Named]:
        """The services whose sites are looked at."""

    async def sites(self, names: Sequence[str]) -> Sequence[Site | Skipped]:
        """Look how the sites of these services answer."""
