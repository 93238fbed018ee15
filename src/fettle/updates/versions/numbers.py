"""What versions of numbers with points between have in common."""

from collections.abc import Sequence
from typing import Any

from fettle.errors import UnreadableVersion
from fettle.model.update import Level

# A version and a range are a line each; what is longer is read by nobody.
LONGEST = 2048


def ordered(a: Any, b: Any) -> int:  # noqa: ANN401 - whatever can be compared
    """Return -1, 0 or 1 for two keys."""
    return int(a > b) - int(a < b)


def level_of(current: Sequence[int], offered: Sequence[int]) -> Level:
    """Return the first number that differs: the first, the second, or any behind them.

    What differs in no number (a pre-release and its release, a build) is a patch.
    """
    longest = max(len(current), len(offered), 2)
    padded = [[*numbers, *(0,) * (longest - len(numbers))] for numbers in (current, offered)]
    if padded[0][0] != padded[1][0]:
        return Level.MAJOR
    return Level.MINOR if padded[0][1] != padded[1][1] else Level.PATCH


def refuse_long(text: str) -> None:
    """Raise UnreadableVersion for what is no line that somebody has written."""
    if len(text) > LONGEST:
        raise UnreadableVersion(f"a version of {len(text):,} characters is not read")


def unreadable(text: str, what: str) -> UnreadableVersion:
    """Return the error for a text that is not `what`, cut where it is long."""
    shown = text if len(text) <= 100 else f"{text[:100]}…"
    return UnreadableVersion(f"{shown!r} is no {what}")
