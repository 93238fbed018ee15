"""Certificates that are looked after: where they are looked at, what is there, who renews them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# How TLS is begun, and the port where nobody names one.
_PORTS = {"https": 443, "smtp": 25, "postgresql": 5432}
_HOST = re.compile(
    r"(?:(?P<protocol>https|smtp|postgresql)://)?"
    r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?"
)


@dataclass(frozen=True)
class Host:
    """Where a certificate is shown, and how TLS is begun: at once, or as the protocol has it."""

    protocol: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """What people call it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        shown = f"{host}:{self.port}"
        return shown if self.protocol == "https" else f"{self.protocol}://{shown}"


def host_of(text: str) -> Host:
    """Read a host as it is written: host, host:port, smtp://host, postgresql://host; ValueError."""
    found = _HOST.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(
            f"{text[:60]!r} is no host: write it like shop.example:443, smtp://mail.example:25 or "
            "postgresql://db.example:5432"
        )
    protocol = found["protocol"] or "https"
    port = int(found["port"] or _PORTS[protocol])
    return Host(protocol, found["host"].strip("[]").lower(), port)


class Where(StrEnum):
    """How a certificate is looked at."""

    HANDSHAKE = "handshake"  # as a server shows it
    FILE = "file"  # as it lies on this machine
    STORE = "store"  # as whoever renews it keeps it


@dataclass(frozen=True)
class Place:
    """Somewhere that a certificate is looked at.

    `of` is the `[[certificate]]` that it belongs to, `watched_by` the service whose checks look at
    it between two runs. `on` is the label of the workers that reach it.
    """

    name: str
    where: Where
    of: str | None = None
    watched_by: str | None = None
    on: str | None = None


@dataclass(frozen=True)
class Held:
    """A certificate that is in a place; `distrust` says why this machine does not believe it."""

    place: Place
    serial: str
    not_before: datetime
    not_after: datetime
    issuer: str
    names: tuple[str, ...] = ()
    distrust: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missed:
    """A place whose certificate could not be looked at, and what would let it be."""

    place: Place
    reason: str
    remedy: str | None = None


Seen = Held | Missed


@dataclass(frozen=True)
class Kept:
    """A certificate as the settings have it: who renews it, whether anything puts it into use."""

    name: str
    renewed_by: str | None = None
    reloads: bool = False


Say = Callable[[str], Awaitable[None]]


class Certificates(Protocol):
    """Where certificates are looked at, and what renews them and puts them into use."""

    @property
    def within(self) -> timedelta:
        """Those that run out earlier than that are renewed."""

    @property
    def kept(self) -> Sequence[Kept]:
        """The certificates of the settings."""

    def reached(self, by: Callable[[str | None], bool]) -> "Certificates":
        """Return what looks after those alone that are reached so, by their labels."""

    async def look(self, of: str | None = None) -> Sequence[Seen]:
        """Look at every place, or at those of one certificate."""

    async def shown(self, of: str, serial: str) -> Sequence[Seen]:
        """Look where a certificate is used, again for some seconds until that one is there.

        That is at all its places but the store.
        """

    async def renew(self, name: str, run: str, say: Say) -> None:
        """Renew a certificate in its store; what was there before is kept for the run.

        Raises CannotLook where what renews it is not there, and ActFailed when it did not.
        """

    async def reload(self, name: str, say: Say) -> None:
        """Have a certificate loaded by what shows it; raises CannotLook and ActFailed."""

    async def put_back(self, name: str, run: str) -> bool:
        """Put back what the run has kept of a certificate's files; False where it kept nothing.

        Raises ActFailed.
        """
