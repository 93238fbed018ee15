"""Settings of measuring pages: with which browser, and which of them by the clock."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from fettle.model.browser import sendable
from fettle.model.looking import Duration
from fettle.model.measurement import Profile
from fettle.model.web_address import below
from fettle.settings.section import Section

if TYPE_CHECKING:
    from fettle.settings import Settings

_PATTERNS = "*["


class PageLogInSettings(Section):
    """What lets in to some pages."""

    url: str = Field(description="the address that the pages lie below")
    cookies: Mapping[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="cookies that let in, by their names; secrets as ${NAME} of the environment",
    )
    headers: Mapping[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="headers that let in, by their names; secrets as ${NAME} of the environment",
    )

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        if "@" in urlsplit(url).netloc:
            raise ValueError("its user lets in by a header: Authorization, with Basic")
        return _address(url)

    @field_validator("cookies", "headers")
    @classmethod
    def _sendable(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in given.items():
            if not sendable(name, value):
                raise ValueError(f"{name[:40]!r} cannot be sent so: look at its name and its value")
        return given


class OptimisationSettings(Section):
    """How pages are measured."""

    browser: Path | None = Field(
        None, description="the Chromium that measures; the first that is found when not given"
    )
    lighthouse: Path | None = Field(
        None,
        description="the Lighthouse that measures with --backend lighthouse; the one on the path "
        "when not given",
    )
    sandbox: bool = Field(
        True,
        description="whether the browser shuts pages in; false where the machine cannot, and only "
        "pages of your own are measured",
    )
    every: Duration = Field(
        timedelta(0),
        ge=timedelta(0),
        description="how often a server has pages measured by itself, like 1d; never when 0. The "
        "worker's machine needs a Chromium",
    )
    on: str | None = Field(
        None, description="the label of the worker that measures; any worker when not given"
    )
    runs: int = Field(5, ge=5, le=100, description="how many visits one measurement by itself has")
    pages: tuple[str, ...] = Field(
        (),
        description="addresses that are measured by itself, besides those that a [[budget]] names "
        "by a url without a pattern, or by a service that has a url",
    )
    log_in: tuple[PageLogInSettings, ...] = Field(
        (),
        description="what lets in to pages that are measured, at their own origin: url, cookies, "
        "headers; of several that are about a page the nearest",
    )

    @field_validator("pages")
    @classmethod
    def _pages(cls, pages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_address, pages))


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url[:120]!r} is no address: write it like https://host/path")
    return url


def measured_pages(settings: "Settings") -> Sequence[tuple[str, Profile]]:
    """Return the pages that are measured by the clock, each as a phone, a desktop, or both."""
    services = {one.name: one.url for one in settings.service}
    found = {(url, profile): None for url in settings.optimisation.pages for profile in Profile}
    for budget in settings.budget:
        url = budget.url if budget.service is None else services.get(budget.service)
        if url is not None and not any(sign in url for sign in _PATTERNS):
            profiles = Profile if budget.profile is None else (budget.profile,)
            found |= {(url, profile): None for profile in profiles}
    return tuple(found)


def letting_in(settings: "Settings", url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the headers and the cookies that let in to a page; raises BadSettings."""
    about = [one for one in settings.optimisation.log_in if below(url, one.url)]
    nearest = max(about, key=lambda one: len(one.url), default=None)
    if nearest is None:
        return {}, {}
    if error := settings.absent(*nearest.headers.values(), *nearest.cookies.values()):
        raise error
    return nearest.headers, nearest.cookies
