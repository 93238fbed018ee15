"""Figures of issues, as they are counted; review/figures.py says what each of them is."""

from dataclasses import dataclass
from datetime import timedelta

from fettle.model.quantity import Ratio


@dataclass(frozen=True)
class Times:
    """How long something took, over so many issues."""

    number: int
    median: timedelta | None = None
    p90: timedelta | None = None
    mean: timedelta | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of some issues; a ratio of no issues is None."""

    issues: int
    detect: Times
    acknowledge: Times
    mitigate: Times
    resolve: Times
    breach_rate: Ratio | None
    noise_ratio: Ratio | None
    recurrence_rate: Ratio | None


NONE = Figures(0, Times(0), Times(0), Times(0), Times(0), None, None, None)


@dataclass(frozen=True)
class Cell:
    """The figures of all issues, or where `grouped` of a group: None is what has no name.

    `part` is which part of the time it is, from 0; None is the whole.
    """

    figures: Figures
    grouped: bool = False
    name: str | None = None
    part: int | None = None
