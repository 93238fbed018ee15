"""People who log in to the pages, and how."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from fettle.model.role import Caller, Role

LONGEST_NAME = 100
_NAME = re.compile(rf"[a-z0-9][a-z0-9._@+-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True)
class User:
    """Somebody who can log in. What they log in with never leaves the store but to be compared."""

    id: UUID
    name: str
    role: Role
    has_password: bool
    has_totp: bool
    providers: tuple[str, ...]
    """The issuers at which they are known."""
    created_at: datetime
    created_by: str
    seen_at: datetime | None = None
    disabled_at: datetime | None = None
    tokens: tuple[str, ...] = ()
    """The tokens in use that are theirs; they are refused as long as their owner is disabled."""

    @property
    def actor(self) -> str:
        """Who acts, for timelines and the audit log."""
        return actor_of(self.name)


@dataclass(frozen=True)
class Tie:
    """Who a user is at an OpenID provider, since when, and when they last came from there."""

    issuer: str
    subject: str
    created_at: datetime
    seen_at: datetime | None = None


@dataclass(frozen=True)
class Secrets:
    """What a user's log-in is compared with: a hash, and a sealed secret."""

    user: User
    password: str | None = field(repr=False)
    totp: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Session:
    """A browser that is logged in: as whom, how, and what its forms must carry."""

    id: UUID
    user: str
    user_id: UUID
    role: Role
    how: str
    """`password`, `link`, or `oidc:NAME`."""
    csrf: str = field(repr=False)
    client: str = ""
    agent: str = ""
    created_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def actor(self) -> str:
        """Who acts, for timelines and the audit log."""
        return actor_of(self.user)

    @property
    def caller(self) -> Caller:
        """On whose behalf the API is called."""
        return Caller(self.actor, self.role)


@dataclass(frozen=True)
class Quota:
    """So many attempts within a time are let through: of a name from a client, or of either."""

    of_name: bool
    of_client: bool
    most: int
    within: timedelta


def actor_of(name: str) -> str:
    """Return a user as timelines and the audit log name them."""
    return f"user:{name}"


def named(text: str) -> str:
    """Return a name as users have it, `Ada ` as `ada`; ValueError for what is none."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{text[:LONGEST_NAME]!r} is no user's name: it has letters a to z, digits and "
            f". _ @ + -, begins with a letter or a digit, and is at most {LONGEST_NAME} long"
        )
    return name
