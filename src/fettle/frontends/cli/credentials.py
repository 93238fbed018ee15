"""What `fettle token` and `fettle key` share."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fettle.frontends.cli import address, exits

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.role import Role
    from fettle.settings import Settings
    from fettle.store.access import Credential


@dataclass(frozen=True)
class MadeKey:
    """A sender's key, where the server is reached, and the number of whose errors it sends."""

    secret: str
    base: str
    project: int | None = None


async def create_token(
    application: "Application", settings: "Settings", name: str, role: "Role", owner: str | None
) -> str:
    """Make a token in the store and return it."""
    from fettle.store import access

    async with application.store(settings) as store, store.connection.transaction():
        return await access.create_credential(
            store.connection,
            access.CredentialKind.TOKEN,
            name,
            role,
            application.actor,
            owner=owner,
        )


async def create_key(
    application: "Application", settings: "Settings", kind: str, name: str
) -> MadeKey:
    """Make a sender's key, and return it."""
    from fettle.store import access

    async with application.store(settings) as store, store.connection.transaction():
        made = access.CredentialKind(kind)
        secret = await access.create_credential(
            store.connection, made, name, None, application.actor
        )
        project = None
        if made is access.CredentialKind.ERRORS:
            project = (await access.keep_project(store.connection, name)).number
        base = await address.of_server(settings, store.connection)
        return MadeKey(secret, base, project)


async def list_(
    application: "Application", settings: "Settings", kinds: Sequence[str], form: str
) -> int:
    """Print the credentials of these kinds."""
    from fettle.store import access

    async with application.store(settings) as store:
        found = await access.list_credentials(
            store.connection, [access.CredentialKind(kind) for kind in kinds]
        )
    if form == "json":
        show({"items": [_entry(one) for one in found]}, form, "")
        return exits.OK
    lines = [_line(one) for one in found] or ["There are none."]
    sys.stdout.write("\n".join(lines) + "\n")
    return exits.OK


async def revoke(
    application: "Application", settings: "Settings", kinds: Sequence[str], name: str
) -> int:
    """Revoke a credential by its name."""
    from fettle.store import access

    async with application.store(settings) as store, store.connection.transaction():
        await access.revoke_credential(
            store.connection,
            [access.CredentialKind(kind) for kind in kinds],
            name,
            application.actor,
        )
    sys.stderr.write(f"{name} is revoked.\n")
    return exits.OK


def show(document: Mapping[str, object], form: str, text: str) -> None:
    """Print a document as JSON, or its text."""
    written = json.dumps(document, ensure_ascii=False) if form == "json" else text
    sys.stdout.write(written + "\n")


def _entry(one: "Credential") -> dict[str, object]:
    moments = {
        name: moment and moment.isoformat(timespec="seconds")
        for name, moment in (
            ("created_at", one.created_at),
            ("used_at", one.used_at),
            ("revoked_at", one.revoked_at),
        )
    }
    role = None if one.role is None else str(one.role)
    entry = {"name": one.name, "kind": str(one.kind), "role": role, "created_by": one.created_by}
    return {**entry, "owner": one.owner, **moments}


def _line(one: "Credential") -> str:
    state = "revoked" if one.revoked_at else "in use"
    used = f"last used {one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never used"
    what = str(one.role) if one.role is not None else str(one.kind)
    whose = f", {one.owner}'s" if one.owner else ""
    return f"{one.name}  {what}  {state}, {used}, made by {one.created_by}{whose}"
