"""Settings of what is done about known errors: the remedies, and how much is done at most."""

import re
from datetime import timedelta
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from fettle.model.looking import Duration
from fettle.model.remedy import Mode, RemedyKind
from fettle.settings.section import Section

PLACEHOLDERS = ("attempt", "error", "issue", "remedy", "target")
_PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_NO_TIME = timedelta(0)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class SolvingSettings(Section):
    """How much is done about known errors by itself."""

    most_an_hour: int = Field(
        6, ge=0, description="acts of all remedies together within an hour; 0 lets none act"
    )
    most_a_day: int = Field(20, ge=0, description="acts of all remedies together within a day")
    failures: int = Field(
        3, gt=0, description="so many failures of a remedy on a target in a row, and it pauses"
    )
    pause: Duration = Field(
        timedelta(hours=6), gt=_NO_TIME, description="for how long; then one more act decides"
    )
    proof: float = Field(
        0.5,
        ge=0,
        le=1,
        description="an automatic remedy begins by itself when this much of its success is proven: "
        "the lower end of the Wilson interval at 95 %, which four of four reach, or nine of eleven",
    )


class UndoSettings(Section):
    """A call that takes another one back."""

    url: str = Field(min_length=1, description="where it goes")
    method: Method = Field("POST", description="how it is asked")
    body: str | None = Field(None, max_length=20_000, description="what is sent")

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        return _address(url)

    @field_validator("body")
    @classmethod
    def _body(cls, body: str | None) -> str | None:
        return body if body is None else _filled(body)


class RemedySettings(Section):
    """Something that may be done about known errors."""

    name: str = Field(
        min_length=1, max_length=100, description="what the remedy is called where it is shown"
    )
    for_: tuple[str, ...] = Field(
        alias="for", min_length=1, description="the ids of the known errors that it may cure"
    )
    kind: RemedyKind = Field(
        description="fix, restart, webhook, or retry: one whose key lets it be repeated"
    )
    target: str = Field(
        min_length=1, max_length=200, description="the service or database that it acts on"
    )
    mode: Mode = Field(
        Mode.APPROVE,
        description="suggest: only a person begins it; approve: it waits on the issue for a yes; "
        "automatic: it begins by itself once enough is proven",
    )
    fix: str | None = Field(None, description="of the kind fix: which one, like vacuum_table")
    url: str | None = Field(
        None,
        description="of the others: where the call goes, a platform's deploy hook for instance; "
        "behind the host {{issue}}, {{error}}, {{target}}, {{remedy}}, {{attempt}} are filled in",
    )
    method: Method = Field("POST", description="how it is asked")
    body: str | None = Field(
        None, max_length=20_000, description="what is sent, as JSON; the same is filled in"
    )
    token: str | None = Field(None, description="what is sent as Authorization: Bearer")
    secret: str | None = Field(None, description="what the call is signed with, as notifications")
    undo: UndoSettings | None = Field(None, description="the call that takes it back: url, body")
    probe: str | None = Field(
        None,
        description="an address that answers 2xx while all is well: it must not before the act, "
        "and must after it",
    )
    check: str | None = Field(
        None, description="a check that must find something before the act, and nothing after it"
    )
    database: str | None = Field(
        None, description="the database that the check looks at; the target if not given"
    )
    cooldown: Duration = Field(
        timedelta(hours=1), ge=_NO_TIME, description="the least between two uses on its target"
    )
    settles: Duration = Field(
        timedelta(minutes=1),
        ge=_NO_TIME,
        description="so long after the act signals may still come that say nothing of it",
    )
    stays_away: Duration = Field(
        timedelta(minutes=15),
        gt=_NO_TIME,
        description="so long after that no signal may come, until it is said to have helped",
    )

    @field_validator("url", "probe")
    @classmethod
    def _url(cls, url: str | None) -> str | None:
        return url if url is None else _address(url)

    @field_validator("body")
    @classmethod
    def _body(cls, body: str | None) -> str | None:
        return body if body is None else _filled(body)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is RemedyKind.FIX:
            given = [
                one for one in ("url", "body", "token", "secret", "undo") if getattr(self, one)
            ]
            if self.fix is None or given:
                raise ValueError("one of kind fix names its fix, and makes no call")
        elif self.url is None or self.fix is not None:
            raise ValueError(f"one of kind {self.kind} has the url that is called, and no fix")
        return self


def _address(url: str) -> str:
    """Return an address that can be called; its host stands in it as it is."""
    try:
        parts = urlsplit(url)
        valid = bool(parts.scheme in ("http", "https") and parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    # a variable that is absent still stands there, and is refused by who needs it
    if not valid and not url.startswith("${"):
        raise ValueError("it must be an address like https://host/path")
    if "{{" in url.partition("://")[2].partition("/")[0]:
        raise ValueError("nothing is filled into the host of an address")
    return _filled(url)


def _filled(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{{{one}}}}}" for one in PLACEHOLDERS)
            raise ValueError(f"{{{{{name}}}}} is nothing that is filled in; there are {known}")
    return text
