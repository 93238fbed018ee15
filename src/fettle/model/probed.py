"""What asking sites and dependencies tells: readings (model.readings) of their addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fettle.model.finding import Scalar, Unknown
from fettle.model.quantity import Bytes, say_duration


class Step(StrEnum):
    """What an answer takes, in its order: what a look at an address got stuck at."""

    RESOLVER = "resolver"  # nothing told what the name means, nor that it means nothing
    LOOKUP = "lookup"  # the name means nothing
    CONNECTION = "connection"
    TLS = "tls"
    CERTIFICATE = "certificate"  # it was shown, and is not believed
    ANSWER = "answer"
    REDIRECT = "redirect"
    BODY = "body"


@dataclass(frozen=True)
class Answer:
    """What came of asking a site, the better of two times where the first was not good.

    `authority` is the host, with its port where that is another. `good` says that the status is one
    that is expected. `failed` and `problem` say at what it got stuck, and why, where no whole
    answer came. Times are seconds, over all redirects, and None for what was not reached, or not
    needed: a name that is an address. `cut` says why a body was not read to its end. `tries` are
    rows about each time, for people; `flapped` what came of the first where the second was good.
    `critical` says that the business stands still without it.
    """

    subject: str
    url: str
    host: str
    authority: str
    good: bool
    status: int | None = None
    failed: Step | None = None
    problem: str | None = None
    lookup_s: float | None = None
    connect_s: float | None = None
    tls_s: float | None = None
    first_byte_s: float | None = None
    body_s: float | None = None
    whole_s: float | None = None
    size: Bytes | None = None
    cut: str | None = None
    flapped: str | None = None
    tries: Sequence[dict[str, Scalar]] = ()
    critical: bool = False

    @property
    def unasked(self) -> Unknown | None:
        """Why nothing was asked of it though it is there; None otherwise."""
        if self.failed is not Step.CERTIFICATE:
            return None
        return Unknown(
            f"the certificate of {self.authority} is not believed: nothing was asked of it",
            "see what certificate_expiring and certificate_untrusted found",
        )

    @property
    def parts(self) -> dict[str, float]:
        """The seconds of each part that is known, in their order."""
        named = {
            "name lookup": self.lookup_s,
            "connection": self.connect_s,
            "TLS": self.tls_s,
            "first byte": self.first_byte_s,
            "body": self.body_s,
        }
        return {name: seconds for name, seconds in named.items() if seconds is not None}

    @property
    def spent(self) -> str:
        """What it took, part by part, as people read it."""
        return ", ".join(
            f"{name} {say_duration(timedelta(seconds=seconds))}"
            for name, seconds in self.parts.items()
        )


@dataclass(frozen=True)
class Reached(Answer):
    """What came of asking a dependency, which somebody else runs.

    `says` is what its provider means by its status, `advice` what helps with that provider.
    """

    says: str | None = None
    advice: Sequence[str] = ()


@dataclass(frozen=True)
class NameLookup:
    """How long it took to learn what a host's name means, or why that was not learnt.

    `took_s` is the shorter of two times where the first was long; `first_s` is the first.
    `known` is False where there is no such name, as against nobody who would say.
    """

    subject: str
    host: str
    took_s: float | None = None
    first_s: float | None = None
    problem: str | None = None
    known: bool = True
    critical: bool = False
    dependency: bool = False


class Distrust(StrEnum):
    """Why a certificate is not believed."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    OTHER_NAME = "for another name"
    SELF_SIGNED = "self-signed"
    UNKNOWN_ISSUER = "of an authority that is not known"
    CHAIN = "its chain does not hold"


@dataclass(frozen=True)
class Certificate:
    """The certificate that an address showed, and why it is not believed, if so.

    `host` is with its port where that is another. `says` is the TLS library's sentence about it.
    """

    subject: str
    host: str
    not_before: datetime | None
    not_after: datetime
    now: datetime
    issuer: str
    names: tuple[str, ...] = ()
    distrust: tuple[Distrust, ...] = ()
    says: str | None = None
    critical: bool = False
    dependency: bool = False


@dataclass(frozen=True)
class Registration:
    """Until when the domain of a site is registered, as its registry says."""

    subject: str
    domain: str
    expires: datetime
    now: datetime
    registrar: str | None = None
    critical: bool = False


class Trouble(StrEnum):
    """How bad somebody says that their own trouble is, as Statuspage's words have it."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Announced:
    """What a dependency says of itself on its status page.

    `parts` are the components that do not work, by their names and what they say; `incidents` are
    the titles of those that go on, and how far they are.
    """

    subject: str
    trouble: Trouble
    says: str
    critical: bool = False
    parts: Sequence[tuple[str, str]] = ()
    incidents: Sequence[tuple[str, str]] = ()
    url: str | None = None
    advice: Sequence[str] = ()
