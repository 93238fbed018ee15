"""What would make a page better, and what that would earn."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["high", "medium", "low"]
Category = Literal["core-web-vitals", "bundle-optimization", "server", "third-parties"]


@dataclass(frozen=True)
class Gain:
    """By how much a figure would be less: milliseconds, bytes, or a score (`cls`).

    `at_most` says that it is all there is to be had, and not what will come.
    """

    metric: str
    amount: float
    at_most: bool = False


@dataclass(frozen=True)
class Improvement:
    """What to do about some findings of a page.

    `risk` is that of breaking something, `automatable` whether Fettle could try it on a copy by
    itself. `gain` is None where the page's own waterfall does not tell.
    """

    category: Category
    title: str
    description: str
    impact: Level
    risk: Level
    automatable: bool
    actions: tuple[str, ...]
    gain: Gain | None
    findings: tuple[str, ...]
