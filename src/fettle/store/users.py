"""Users: who they are, what their log-in is compared with, and who they are elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fettle.errors import NotFound, Refused
from fettle.model.role import Role
from fettle.model.user import Secrets, Tie, User
from fettle.store import statements
from fettle.store.statements import Connection, Row

FIRST = "admin"


async def create(connection: Connection, name: str, role: Role, actor: str, now: datetime) -> User:
    """Make a user; raises Refused when the name is taken."""
    rows = await statements.run(
        connection, "users/create", name=name, role=str(role), created_by=actor, now=now
    )
    if not rows:
        raise Refused(
            f"a user called {name} is there already", remedy=f"fettle user link {name} lets them in"
        )
    return await find(connection, name)


async def create_first(connection: Connection, actor: str, now: datetime) -> User | None:
    """Make the first user, an admin; None where there is somebody."""
    rows = await statements.run(
        connection,
        "users/create_first",
        name=FIRST,
        role=str(Role.ADMIN),
        created_by=actor,
        now=now,
    )
    return await find(connection, FIRST) if rows else None


async def find(connection: Connection, name: str) -> User:
    """Return a user; raises NotFound."""
    found = await secrets_of(connection, name)
    if found is None:
        raise _unknown(name)
    return found.user


async def secrets_of(connection: Connection, name: str) -> Secrets | None:
    """Return a user with what their log-in is compared with; None when there is none."""
    rows = await statements.run(connection, "users/find", name=name)
    if not rows:
        return None
    row = rows[0]
    password, totp = row.pop("password"), row.pop("totp")
    return Secrets(_user(row), password, None if totp is None else bytes(totp))


async def listed(connection: Connection, after: str | None, limit: int) -> list[User]:
    """Return users by name, those after one where it is given."""
    rows = await statements.run(connection, "users/list", after=after, limit=limit)
    return list(map(_user, rows))


async def who_work(connection: Connection) -> list[str]:
    """Return the names of those who have logged in and may do more than look."""
    return [row["name"] for row in await statements.run(connection, "users/who_work")]


async def hold(connection: Connection, name: str) -> Secrets:
    """Return a user whom nobody else changes until the transaction ends; raises NotFound."""
    await statements.run(connection, "users/find_to_change", name=name)
    found = await secrets_of(connection, name)
    if found is None:
        raise _unknown(name)
    return found


async def admins(connection: Connection) -> int:
    """Return how many can administer; they are held until the transaction ends."""
    (row,) = await statements.run(connection, "users/hold_admins")
    return int(row["number"])


async def set_role(connection: Connection, user: UUID, role: Role) -> None:
    """Give a user another role."""
    await statements.run(connection, "users/set_role", user=user, role=str(role))


async def disable(connection: Connection, user: UUID, now: datetime) -> None:
    """Let a user log in no more."""
    await statements.run(connection, "users/disable", user=user, now=now)


async def enable(connection: Connection, user: UUID) -> None:
    """Let a user log in again."""
    await statements.run(connection, "users/enable", user=user)


async def set_password(connection: Connection, user: UUID, password: str) -> None:
    """Keep the hash of a password."""
    await statements.run(connection, "users/set_password", user=user, password=password)


async def turn_totp_on(
    connection: Connection, user: UUID, sealed: bytes, step: int, codes: Sequence[bytes]
) -> None:
    """Keep the sealed secret of a second factor, the step that proved it, and hashes of codes."""
    await statements.run(connection, "users/set_totp", user=user, totp=sealed, step=step)
    await set_codes(connection, user, codes)


async def turn_totp_off(connection: Connection, user: UUID) -> None:
    """Forget the second factor, and the codes that stand in for it."""
    await statements.run(connection, "users/set_totp", user=user, totp=None, step=None)
    await statements.run(connection, "users/forget_codes", user=user)


async def set_codes(connection: Connection, user: UUID, codes: Sequence[bytes]) -> None:
    """Keep recovery codes by their hashes, instead of those there were."""
    await statements.run(connection, "users/forget_codes", user=user)
    await statements.run(connection, "users/keep_codes", user=user, hashes=list(codes))


async def take_step(connection: Connection, user: UUID, step: int) -> bool:
    """Take the code of a step; False when it, or a later one, was taken before."""
    return bool(await statements.run(connection, "users/take_step", user=user, step=step))


async def take_code(connection: Connection, user: UUID, hash_: bytes, now: datetime) -> bool:
    """Take a recovery code; False when there is none such left."""
    return bool(await statements.run(connection, "users/take_code", user=user, hash=hash_, now=now))


async def codes_left(connection: Connection, user: UUID) -> int:
    """Return how many recovery codes a user has left."""
    (row,) = await statements.run(connection, "users/count_codes", user=user)
    return int(row["number"])


async def known_as(connection: Connection, issuer: str, subject: str) -> str | None:
    """Return the name of the user whom a provider calls so; None when it is nobody yet."""
    rows = await statements.run(connection, "users/find_identity", issuer=issuer, subject=subject)
    return str(rows[0]["name"]) if rows else None


async def seen_as(
    connection: Connection, user: UUID, issuer: str, subject: str, now: datetime
) -> bool:
    """Note that a user is seen at a provider; False when they are not known so there any more."""
    rows = await statements.run(
        connection, "users/note_identity", user=user, issuer=issuer, subject=subject, now=now
    )
    return bool(rows)


async def know_as(
    connection: Connection, user: UUID, issuer: str, subject: str, now: datetime
) -> None:
    """Note who a user is at a provider; raises Refused when that is somebody else here."""
    rows = await statements.run(
        connection, "users/keep_identity", user=user, issuer=issuer, subject=subject, now=now
    )
    if not rows:
        raise Refused("who you are there is already another user here")


async def ties(connection: Connection, user: UUID) -> list[Tie]:
    """Return who a user is at providers."""
    return [
        Tie(**row) for row in await statements.run(connection, "users/list_identities", user=user)
    ]


async def untie(
    connection: Connection, user: UUID, issuer: str | None = None, subject: str | None = None
) -> int:
    """Let a user be nobody any more at a provider, or at all; return how many ties that ended."""
    rows = await statements.run(
        connection, "users/end_identities", user=user, issuer=issuer, subject=subject
    )
    return len(rows)


async def anybody(connection: Connection) -> bool:
    """Whether anybody can log in, other than by a one-time link."""
    (row,) = await statements.run(connection, "users/anybody")
    return bool(row["anybody"])


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no user called {name}", remedy="fettle user list")


def _user(row: Row) -> User:
    return User(
        **{
            **row,
            "role": Role.named(row["role"]),
            "providers": tuple(row["providers"]),
            "tokens": tuple(row["tokens"]),
        }
    )
