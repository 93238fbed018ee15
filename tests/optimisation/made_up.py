"""Visits as tests make them up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fettle.model.browser import PageAsked
from fettle.model.measurement import LargestPaint, PageMeasurement, Profile, Request, Visit
from fettle.optimisation.measure import together

URL = "https://shop.example/"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = PageAsked(URL, Profile.PHONE, timedelta(seconds=60))

DOCUMENT = Request(
    URL,
    "document",
    start_ms=0,
    first_byte_ms=570,
    end_ms=600,
    transferred=10_000,
    decoded=40_000,
    status=200,
    mime="text/html",
    encoding="br",
)
PAINT = LargestPaint(1000, "h1", None, 570, 0, 0, 430)
FIGURES = {
    "ttfb": 570.0,
    "fcp": 900.0,
    "lcp": 1000.0,
    "cls": 0.0,
    "inp": 40.0,
    "fid": 2.0,
    "tti": 900.0,
    "tbt": 0.0,
    "server_response": 20.0,
}


def visit(figures: dict[str, float] | None = None, **other: Any) -> Visit:  # noqa: ANN401 - by name
    """Return a visit of a page that is well, but for what is given."""
    well = Visit(URL, "Chrome/150", FIGURES, (DOCUMENT,), PAINT)
    return replace(well, figures={**FIGURES, **(figures or {})}, **other)


def asset(name: str, kind: str, start: float, end: float, size: int, **other: Any) -> Request:  # noqa: ANN401
    """Return a request of something packed, on a network that answers after 560 ms."""
    made = Request(
        URL + name,
        kind,
        start_ms=start,
        first_byte_ms=min(start + 560, end),
        end_ms=end,
        transferred=size,
        decoded=size * 3,
        status=200,
        encoding="br",
        asked_by=URL,
    )
    return replace(made, **other)


def measured(visits: Sequence[Visit], page: PageAsked = PAGE) -> PageMeasurement:
    """Return what visits come to."""
    return together(page, visits, NOW, timedelta(seconds=30))
