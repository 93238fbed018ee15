"""Settings of Sentries that a team has already: what is read there."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from fettle.model.looking import Duration
from fettle.settings.section import Section

_SLUG = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"


class SentrySettings(Section):
    """A Sentry, hosted or your own, whose errors are read by its API."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="what it is called here: acme"
    )
    url: str = Field(
        "https://sentry.io",
        description="its address: https://sentry.io, https://de.sentry.io, or your own",
    )
    token: str = Field(
        min_length=1,
        repr=False,
        description="a token of it, as ${NAME} of the environment, with the scopes event:read and "
        "project:read, and event:write where resolve is true",
    )
    organization: str = Field(
        pattern=_SLUG, description="the organization, as its address names it"
    )
    projects: tuple[str, ...] = Field(
        min_length=1, description="the projects that may be read, as their addresses name them"
    )
    services: dict[str, str] = Field(
        default_factory=dict,
        description="what applications are called here, where it is another name than the "
        "project's: a service's",
    )
    follow: bool = Field(
        False,
        description="take in what happens there from now on; else only what is asked for by "
        "fettle error resolve is read",
    )
    every: Duration = Field(
        timedelta(minutes=1),
        ge=timedelta(seconds=10),
        le=timedelta(days=1),
        description="how often each project is looked at",
    )
    resolve: bool = Field(
        False, description="say there that an issue is resolved, once it was seen to be fixed here"
    )

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            valid = False
        if not valid or parts.username or parts.query or parts.fragment or "/api/" in parts.path:
            raise ValueError("it must be the address of a Sentry, like https://sentry.example")
        return url.rstrip("/")

    @field_validator("token")
    @classmethod
    def _token(cls, token: str) -> str:
        token = token.strip()
        # of what is sent in a header: a line break would begin another one
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token holds what no token does: copy it anew")
        return token

    @model_validator(mode="after")
    def _known_projects(self) -> Self:
        if others := set(self.services) - set(self.projects):
            raise ValueError(f"services names {min(others)!r}, which is none of projects")
        return self

    def address(self, issue: str) -> str:
        """Return where people see an issue."""
        return f"{self.url}/organizations/{self.organization}/issues/{issue}/"

    def application(self, project: str) -> str:
        """Return what the application of a project is called here."""
        return self.services.get(project, project)
