"""Log-ins: sessions, one-time links, attempts; each secret is kept by its hash alone."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fettle.model.role import Role
from fettle.model.user import Quota, Session
from fettle.store import statements
from fettle.store.statements import Connection, Row

_LONGEST_AGENT = 300


def new_secret(kind: str) -> str:
    """Return a random secret that says what it is, so that logs can cut it out."""
    return f"fettle_{kind}_{secrets.token_urlsafe(32)}"


@dataclass(frozen=True)
class SessionOf:
    """A session to begin: whose, how they logged in, from where and by which browser."""

    user: UUID
    how: str
    client: str
    agent: str


async def begin_session(
    connection: Connection, of: SessionOf, now: datetime, lasts: timedelta
) -> str:
    """Let a browser be logged in; return what its cookie holds."""
    secret = new_secret("s")
    await statements.run(
        connection,
        "users/begin_session",
        hash=hashed(secret),
        user=of.user,
        how=of.how,
        client=of.client,
        agent=statements.storable(of.agent[:_LONGEST_AGENT]),
        now=now,
        ends_at=now + lasts,
    )
    return secret


async def find_session(
    connection: Connection,
    secret: str,
    csrf: str,
    now: datetime,
    idle: timedelta,
    *,
    noted: bool = True,
) -> Session | None:
    """Return the session of a cookie; None when there is none, or it is over.

    That somebody was there is `noted`, unless nobody was: a page asked by itself.
    """
    rows = await statements.run(
        connection,
        "users/find_session",
        hash=hashed(secret),
        now=now,
        idle_since=now - idle,
        noted=noted,
    )
    return _session(rows[0], csrf) if rows else None


async def sessions_of(
    connection: Connection, user: UUID, now: datetime, idle: timedelta
) -> list[Session]:
    """Return a user's sessions that last, the one seen last first; without what forms carry."""
    rows = await statements.run(
        connection, "users/list_sessions", user=user, now=now, idle_since=now - idle
    )
    return [_session(row, "") for row in rows]


async def end_session(connection: Connection, user: UUID, session: UUID) -> bool:
    """End one of a user's sessions; False when there is none such."""
    return bool(await statements.run(connection, "users/end_session", user=user, session=session))


async def end_sessions(connection: Connection, user: UUID, but: UUID | None = None) -> int:
    """End a user's sessions, all but one where that is given; return how many."""
    return len(await statements.run(connection, "users/end_sessions", user=user, but=but))


async def make_link(
    connection: Connection, user: UUID, actor: str, now: datetime, lasts: timedelta
) -> str:
    """Make the secret of a link by which a user logs in once; those before it end."""
    secret = new_secret("l")
    await statements.run(
        connection,
        "users/keep_link",
        hash=hashed(secret),
        user=user,
        created_by=actor,
        now=now,
        ends_at=now + lasts,
    )
    return secret


async def link_of(connection: Connection, secret: str, now: datetime) -> str | None:
    """Return the name of the user whose link it is; None when it cannot be used."""
    rows = await statements.run(connection, "users/find_link", hash=hashed(secret), now=now)
    return str(rows[0]["name"]) if rows else None


async def take_link(connection: Connection, secret: str, now: datetime) -> str | None:
    """Use a link up and return whose it was; None when it cannot be used, as it was used before."""
    rows = await statements.run(connection, "users/take_link", hash=hashed(secret), now=now)
    return str(rows[0]["name"]) if rows else None


async def end_links(connection: Connection, user: UUID) -> None:
    """End the links that a user was sent and has not used."""
    await statements.run(connection, "users/end_links", user=user)


async def attempt(
    connection: Connection, name: bytes, client: str, quotas: Sequence[Quota], now: datetime
) -> int | timedelta:
    """Note an attempt to log in, and return its id; how long to wait where there were too many.

    The caller is in no transaction: what others see of it decides who of several is let through.
    """
    values = {"name": name, "client": client}
    (noted,) = await statements.run(connection, "users/attempt", **values, now=now)
    for quota in quotas:
        (row,) = await statements.run(
            connection,
            "users/attempts",
            name=name if quota.of_name else None,
            client=client if quota.of_client else None,
            since=now - quota.within,
        )
        if row["number"] > quota.most:
            await withdraw(connection, noted["id"])
            until: datetime = row["first"] + quota.within
            return max(timedelta(seconds=1), until - now)
    return int(noted["id"])


async def withdraw(connection: Connection, attempt: int) -> None:
    """Forget an attempt: it was not looked at, or was right."""
    await statements.run(connection, "users/withdraw_attempt", id=attempt)


async def forgive(connection: Connection, name: bytes, client: str) -> None:
    """Forget the attempts of a name from a client: it has logged in."""
    await statements.run(connection, "users/forgive", name=name, client=client)


def hashed(secret: str) -> bytes:
    """Return what is kept of a random secret; nothing that a slow hash would protect better."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _session(row: Row, csrf: str) -> Session:
    role, user = Role.named(row.pop("role")), row.pop("name")
    return Session(**row, role=role, user=user, csrf=csrf)
