"""Settings of field data: which sites tell how their pages were for the people who visited."""

import re
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from fettle.settings.section import Section

_NAME = re.compile(r"[\w.-]{1,80}", re.ASCII)


class FieldSettings(Section):
    """A site whose visitors' browsers tell how its pages were."""

    name: str = Field(description="what it is called, in the address of its script too")
    origins: tuple[str, ...] = Field(
        min_length=1,
        description="where its pages are, like https://shop.example; from elsewhere nothing is "
        "taken",
    )
    service: str | None = Field(
        None, description="the [[service]] whose pages they are: how they are is part of its looks"
    )
    pages: tuple[str, ...] = Field(
        (),
        description="patterns of paths that count as one page, like /orders/*; ids are masked "
        "without them",
    )
    most_pages: int = Field(
        200, gt=0, le=10_000, description="pages that are told apart; the rest counts together"
    )

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name.endswith(".js"):
            raise ValueError("a site's name has 1 to 80 letters, digits, points, - and _")
        return name

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(one) for one in origins)

    @field_validator("pages")
    @classmethod
    def _pages(cls, pages: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in pages:
            if not pattern.startswith("/") or len(pattern) > 120:
                raise ValueError(f"{pattern[:120]!r} is no path: it begins with /")
        return pages

    def holds(self, url: str) -> bool:
        """Whether a page is one of this site's."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower() in self.origins


def _origin(given: str) -> str:
    """Return an origin as browsers write it; ValueError for what is none."""
    parts = urlsplit(given.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise ValueError(f"{given[:120]!r} is no origin: write it like https://shop.example")
    if "@" in parts.netloc:
        raise ValueError("an origin names no user")
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}".lower()
