"""Users: made, listed, let in by a one-time link, given a role, shut out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AfterValidator, Field

from fettle.flow.people.manage import Manager
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body
from fettle.frontends.api.paging import Limit, Optional
from fettle.frontends.api.serving import serving
from fettle.frontends.report import user_document
from fettle.frontends.report.user_document import (
    TiesDocument,
    UserDocument,
    UserLinkDocument,
    UsersDocument,
)
from fettle.model.role import Role
from fettle.model.user import LONGEST_NAME, named
from fettle.store import users
from fettle.store.statements import storable

router = APIRouter(prefix="/api/v1/users", route_class=ApiRoute, tags=["access"])
_ADMIN = needs(Role.ADMIN)
_SHOWN_ONCE = needs(Role.ADMIN, shown_once=True)

RoleName = Literal["viewer", "responder", "admin"]
UserName = Annotated[str, AfterValidator(named)]
After = Annotated[
    Annotated[str, Field(max_length=LONGEST_NAME)] | None,
    Optional,
    Query(description="where the page before ended: its `next`"),
]
OfUser = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, description="the user's name")]


def _manager(request: Request, act: Act) -> Manager:
    shared = serving(request)
    return Manager(shared.people, shared.url, act.actor, shared.clock.now())


ByManager = Annotated[Manager, Depends(_manager)]


class UserBody(Body):
    """Who is made a user, and what they may do."""

    name: UserName
    role: RoleName


class LinkBody(Body):
    """Whether the second factor goes, for who has lost it, and every log-in by a provider."""

    reset_totp: bool = False
    end_ties: bool = False


class UntieBody(Body):
    """A provider by its issuer, and whom it knows by its subject; what is left out is any."""

    issuer: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    subject: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class RoleBody(Body):
    """What a user may do from now on."""

    role: RoleName


@router.get("", openapi_extra=_ADMIN)
async def listed(
    act: Act,
    cursor: After = None,
    limit: Limit = 50,
) -> UsersDocument:
    """List users, by name."""
    found = await users.listed(act.connection, cursor and _plain(cursor), limit)
    return user_document.of_users(found, found[-1].name if len(found) == limit else None)


@router.post("", status_code=201, openapi_extra=_SHOWN_ONCE)
async def create(act: Act, manager: ByManager, what: UserBody) -> UserLinkDocument:
    """Make a user, and the one-time address by which they log in: it is shown this once."""
    made = await manager.create(act.connection, what.name, Role.named(what.role))
    return user_document.of_invitation(made)


@router.get("/{name}", openapi_extra=_ADMIN)
async def found(act: Act, name: OfUser) -> UserDocument:
    """Show a user."""
    return user_document.of_user(await users.find(act.connection, _plain(name)))


@router.post("/{name}/link", status_code=201, openapi_extra=_SHOWN_ONCE)
async def link(
    act: Act, manager: ByManager, name: OfUser, what: LinkBody | None = None
) -> UserLinkDocument:
    """Make a one-time address by which a user logs in and sets a password; those before it end."""
    given = what or LinkBody()
    made = await manager.link(
        act.connection, _plain(name), reset_totp=given.reset_totp, end_ties=given.end_ties
    )
    return user_document.of_invitation(made)


@router.post("/{name}/role", openapi_extra=_ADMIN)
async def role(act: Act, manager: ByManager, name: OfUser, what: RoleBody) -> UserDocument:
    """Give a user another role; where they are logged in, that ends."""
    changed = await manager.set_role(act.connection, _plain(name), Role.named(what.role))
    return user_document.of_user(changed)


@router.post("/{name}/disable", openapi_extra=_ADMIN)
async def disable(act: Act, manager: ByManager, name: OfUser) -> UserDocument:
    """Shut a user out, at once."""
    return user_document.of_user(await manager.disable(act.connection, _plain(name)))


@router.post("/{name}/enable", openapi_extra=_ADMIN)
async def enable(act: Act, manager: ByManager, name: OfUser) -> UserDocument:
    """Let a user log in again, as before."""
    return user_document.of_user(await manager.enable(act.connection, _plain(name)))


@router.post("/{name}/logout", openapi_extra=_ADMIN)
async def log_out(act: Act, manager: ByManager, name: OfUser) -> UserDocument:
    """End a user's sessions, wherever they are logged in."""
    return user_document.of_user(await manager.log_out(act.connection, _plain(name)))


@router.get("/{name}/ties", openapi_extra=_ADMIN)
async def ties(act: Act, name: OfUser) -> TiesDocument:
    """List who a user is at OpenID providers, which let them in."""
    user = await users.find(act.connection, _plain(name))
    return user_document.of_ties(await users.ties(act.connection, user.id))


@router.post("/{name}/untie", openapi_extra=_ADMIN)
async def untie(
    act: Act, manager: ByManager, name: OfUser, what: UntieBody | None = None
) -> UserDocument:
    """End a user's log-ins by a provider, or by all of them, and their sessions."""
    given = what or UntieBody()
    issuer, subject = (one and storable(one) for one in (given.issuer, given.subject))
    return user_document.of_user(await manager.untie(act.connection, _plain(name), issuer, subject))


def _plain(name: str) -> str:
    return storable(name.strip().lower())
