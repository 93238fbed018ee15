"""Who may do what: tokens, keys, the audit log, and answers that are given again."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from fettle.errors import Refused, WrongUsage
from fettle.model.role import Role
from fettle.store import statements
from fettle.store.statements import Connection, Row


class CredentialKind(StrEnum):
    """What a secret is for: the API, sending signals, or sending errors."""

    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    HOOK = "hook"
    ERRORS = "errors"


@dataclass(frozen=True)
class Project:
    """An application whose errors are sent; `number` stands at the end of its DSN."""

    id: UUID
    number: int


@dataclass(frozen=True)
class Credential:
    """A secret that is known by its hash alone; only a token has a role.

    `owner` is whose a token is, where that was said, who is `shut_out` where they are disabled;
    `project` whose errors are sent with a key.
    """

    id: UUID
    kind: CredentialKind
    name: str
    role: Role | None = None
    created_at: datetime | None = None
    created_by: str = ""
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    owner: str | None = None
    project: Project | None = None
    shut_out: bool = False


async def create_credential(
    connection: Connection,
    kind: CredentialKind,
    name: str,
    role: Role | None,
    actor: str,
    *,
    owner: str | None = None,
) -> str:
    """Make a secret, keep its hash, and return it: it is shown this once.

    `owner` is whose a token is. Raises Refused when one of that kind and name is in use.
    """
    secret = _secret(kind)
    project = await keep_project(connection, name) if kind is CredentialKind.ERRORS else None
    rows = await statements.run(
        connection,
        "access/create_credential",
        kind=str(kind),
        name=name,
        hash=_hash(secret),
        role=None if role is None else str(role),
        created_by=actor,
        owner=owner and owner.strip().lower(),
        project=project and project.id,
    )
    if not rows:
        raise Refused(
            f"a {kind} called {name} is in use", remedy="choose another name, or revoke that one"
        )
    await write_audit(connection, actor, f"create {kind}", name, None, {})
    return secret


def _secret(kind: CredentialKind) -> str:
    """Return a new secret.

    One that stands in a DSN holds letters and digits alone: clients take nothing else there
    (https://github.com/getsentry/sentry-javascript/blob/develop/packages/core/src/utils/dsn.ts).
    """
    if kind is CredentialKind.ERRORS:
        return secrets.token_hex(16)
    return f"fettle_{kind[0]}_{secrets.token_urlsafe(32)}"


async def keep_project(connection: Connection, name: str) -> Project:
    """Return the project of a name, made where there is none."""
    while True:  # who comes second in the very moment sees it a moment later
        for row in await statements.run(connection, "access/keep_project", name=name):
            return Project(**row)


async def find_credential(connection: Connection, secret: str) -> Credential | None:
    """Return the credential that a secret is for, None when it is unknown or revoked."""
    rows = await statements.run(connection, "access/find_credential", hash=_hash(secret))
    return _credential(rows[0]) if rows else None


async def name_of_revoked(connection: Connection, kind: CredentialKind, secret: str) -> str | None:
    """Return what the credential of a secret was called, where it was revoked; None elsewhere."""
    rows = await statements.run(connection, "access/find_revoked", hash=_hash(secret))
    return next((row["name"] for row in rows if row["kind"] == kind), None)


async def owner_of(connection: Connection, name: str, members: Sequence[str]) -> str | None:
    """Return whose the token of that name is, as far as that is known.

    `members` are people who may not log in, and are known all the same.
    """
    rows = await statements.run(
        connection, "access/owner_of", name=statements.storable(name), members=list(members)
    )
    return rows[0]["owner"] if rows else None


async def list_credentials(
    connection: Connection, kinds: Sequence[CredentialKind]
) -> list[Credential]:
    """Return the credentials of these kinds, those in use first."""
    rows = await statements.run(connection, "access/list_credentials", kinds=list(map(str, kinds)))
    return [_credential(row) for row in rows]


async def revoke_credential(
    connection: Connection, kinds: Sequence[CredentialKind], name: str, actor: str
) -> None:
    """Revoke the credential of that name; raises WrongUsage when there is none in use."""
    rows = await statements.run(
        connection, "access/revoke_credential", kinds=list(map(str, kinds)), name=name
    )
    if not rows:
        raise WrongUsage(f"no {' or '.join(kinds)} called {name} is in use")
    await write_audit(connection, actor, f"revoke {kinds[0]}", name, None, {})


async def write_audit(
    connection: Connection,
    actor: str,
    act: str,
    subject: str,
    request: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Note an unsafe act, in the transaction that does it."""
    await statements.run(
        connection,
        "access/write_audit",
        actor=actor,
        act=act,
        subject=statements.storable(subject),
        request=request,
        detail=statements.json(detail),
    )


async def read_audit(connection: Connection, before: int | None, limit: int) -> list[Row]:
    """Return unsafe acts, the latest first: id, at, actor, act, subject, request, detail."""
    return await statements.run(connection, "access/read_audit", before=before, limit=limit)


async def secret_called(connection: Connection, name: str) -> bytes:
    """Return a random key of this installation, made when it is first asked for."""
    while True:  # who comes second in the very moment sees it a moment later
        rows = await statements.run(
            connection, "access/find_secret", name=name, value=secrets.token_bytes(32)
        )
        if rows:
            return bytes(rows[0]["value"])


def _hash(secret: str) -> bytes:
    # the secret is 128 random bits or more: nothing that a slow hash would protect better
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _credential(row: Row) -> Credential:
    role = row["role"] and Role.named(row["role"])
    known = {**row, "kind": CredentialKind(row["kind"]), "role": role}
    number = known.pop("number", None)
    project = Project(known["project"], number) if number is not None else None
    return Credential(**{**known, "project": project})
