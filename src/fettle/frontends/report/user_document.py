"""The shape of users, as the API and `fettle user --format json` give them."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.flow.people.manage import Invitation
from fettle.frontends.report.moments import said
from fettle.model.role import Role
from fettle.model.user import Tie, User


class UserItem(TypedDict):
    """A user in a list."""

    name: str
    role: Literal["viewer", "responder", "admin"]
    state: Literal["active", "invited", "disabled"]
    """Invited: nothing but a one-time link lets them in."""
    password: bool
    """Whether they have one."""
    totp: bool
    """Whether a second factor is on."""
    providers: list[str]
    """The OpenID providers that they are known at."""
    tokens: list[str]
    """Their tokens that are in use; of who is disabled all are refused."""
    created_at: str
    created_by: str
    seen_at: str | None
    """When they logged in last."""


class UserDocument(UserItem):
    """A user."""

    schema: Literal["fettle.user/1"]


class UsersDocument(TypedDict):
    """A page of a list of users, by name."""

    schema: Literal["fettle.users/1"]
    items: list[UserItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class UserLinkDocument(TypedDict):
    """A user, and the one-time address by which they log in: it is shown this once."""

    schema: Literal["fettle.user_link/1"]
    user: UserItem
    url: str
    ends_at: str


class TieItem(TypedDict):
    """Who a user is at a provider."""

    issuer: str
    subject: str
    """What the provider calls them."""
    created_at: str
    """Since when it lets them in."""
    seen_at: str | None
    """When they came from there last."""


class TiesDocument(TypedDict):
    """The log-ins of a user by OpenID providers."""

    schema: Literal["fettle.user_ties/1"]
    items: list[TieItem]


def of_user(user: User) -> UserDocument:
    """Return a user."""
    return {"schema": "fettle.user/1", **_item(user)}


def of_users(users: Sequence[User], next_: str | None) -> UsersDocument:
    """Return a page of users."""
    return {"schema": "fettle.users/1", "items": list(map(_item, users)), "next": next_}


def of_ties(ties: Sequence[Tie]) -> TiesDocument:
    """Return the log-ins of a user by providers."""
    items: list[TieItem] = [
        {
            "issuer": one.issuer,
            "subject": one.subject,
            "created_at": said(one.created_at),
            "seen_at": None if one.seen_at is None else said(one.seen_at),
        }
        for one in ties
    ]
    return {"schema": "fettle.user_ties/1", "items": items}


def of_invitation(made: Invitation) -> UserLinkDocument:
    """Return a one-time address."""
    return {
        "schema": "fettle.user_link/1",
        "user": _item(made.user),
        "url": made.url,
        "ends_at": said(made.ends_at),
    }


def _item(user: User) -> UserItem:
    return {
        "name": user.name,
        "role": _ROLES[user.role],
        "state": _state(user),
        "password": user.has_password,
        "totp": user.has_totp,
        "providers": list(user.providers),
        "tokens": list(user.tokens),
        "created_at": said(user.created_at),
        "created_by": user.created_by,
        "seen_at": None if user.seen_at is None else said(user.seen_at),
    }


_ROLES: dict[Role, Literal["viewer", "responder", "admin"]] = {
    Role.VIEWER: "viewer",
    Role.RESPONDER: "responder",
    Role.ADMIN: "admin",
}


def _state(user: User) -> Literal["active", "invited", "disabled"]:
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.has_password or user.providers else "invited"
