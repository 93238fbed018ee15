"""Settings of how people log in to the pages."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator

from fettle.model.looking import Duration
from fettle.model.role import Role
from fettle.settings.section import Section


def _role(value: object) -> object:
    return Role.named(value) if isinstance(value, str) else value


RoleByName = Annotated[Role, BeforeValidator(_role)]


class LogInSettings(Section):
    """How people log in to the pages, and for how long."""

    idle: Duration = Field(
        timedelta(days=1),
        gt=timedelta(0),
        description="a session ends when nothing was seen of it for so long",
    )
    longest: Duration = Field(
        timedelta(days=14),
        gt=timedelta(0),
        description="a session ends after so long at the latest",
    )
    link: Duration = Field(
        timedelta(days=1), gt=timedelta(0), description="how long a one-time link can be used"
    )
    shortest_password: int = Field(
        12, ge=8, le=128, description="characters that a password has at least"
    )
    plain_http: bool = Field(
        False,
        description="let people log in over http that is not of this machine alone: whoever "
        "listens on the way can then act as them",
    )


class OidcSettings(Section):
    """An OpenID provider by which people log in."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="what it is called in addresses: google"
    )
    title: str | None = Field(None, description="what its button says; its name if not given")
    issuer: str = Field(description="its address, as its tokens name it")
    client_id: str = Field(min_length=1, description="what Fettle is called there")
    secret: str | None = Field(
        None, description="the client's secret, as ${NAME} of the environment"
    )
    scopes: tuple[str, ...] = Field(
        ("openid", "profile", "email"), description="what is asked of it"
    )
    name_claim: str = Field(
        "email",
        description="the claim that says what a new user is called: email, or preferred_username",
    )
    domains: tuple[str, ...] = Field(
        (), description="only who has a verified e-mail address in one of them is let in"
    )
    role_claim: str | None = Field(
        None, description="the claim that says what somebody may do: groups, or realm_access.roles"
    )
    roles: dict[str, RoleByName] = Field(
        default_factory=dict,
        description="what its values make of somebody: viewer, responder or admin; the most "
        "counts, at each log-in",
    )
    role: RoleByName | None = Field(
        None,
        description="what somebody is for whom the claims say nothing; without it only who was "
        "invited by a link is let in",
    )

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, url: str) -> str:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or parts.scheme not in (("http", "https") if local else ("https",)):
            raise ValueError(f"{url!r} is no https address")
        return url
