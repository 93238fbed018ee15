"""Settings of measuring pages: with which browser, and which of them by the clock."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from fettle.model.looking import Duration
from fettle.model.measurement import Profile
from fettle.settings.section import Section

if TYPE_CHECKING:
    from fettle.settings import Settings

_PATTERNS = "*["


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

    @field_validator("pages")
    @classmethod
    def _pages(cls, pages: tuple[str, ...]) -> tuple[str, ...]:
        for url in pages:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{url[:120]!r} is no address: write it like https://host/path")
        return pages


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
