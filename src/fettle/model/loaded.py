"""How a page was loaded before a web root was made faster, and after: what is kept of it to see."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from fettle.model.measurement import PageMeasurement


class When(StrEnum):
    """Which of the two: the root as it was, or as the steps that stayed have made it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Load:
    """How a page of the root was loaded, in several visits under one profile."""

    page: str
    when: When
    measured: PageMeasurement


@dataclass(frozen=True)
class Shot:
    """A picture of a page, small enough to be kept.

    A `screen` is the whole page on a profile's screen, as far down as it is kept; a `frame` is what
    the screen showed from `at_ms` on, while the page was loaded.
    """

    kind: Literal["screen", "frame"]
    page: str
    profile: str
    when: When
    media: str
    width: int
    height: int
    content: bytes = field(repr=False)
    at_ms: float | None = None
