"""Ranges of comparisons joined by commas, all of which must hold: `>=14, <17`."""

import re
from collections.abc import Callable, Mapping

from fettle.updates.versions.numbers import refuse_long, unreadable

Holds = Callable[[int], bool]

PLAIN: Mapping[str, Holds] = {
    ">=": lambda order: order >= 0,
    "<=": lambda order: order <= 0,
    "!=": lambda order: order != 0,
    "==": lambda order: order == 0,
    "=": lambda order: order == 0,
    ">": lambda order: order > 0,
    "<": lambda order: order < 0,
}
_ONE = re.compile(r"\s*([<>=!]*)\s*([^\s<>=!,]+)\s*")


def inside(version: str, range_: str, order: Callable[[str, str], int], what: str) -> bool:
    """Whether a version is in a range; `*` holds every one, a version alone itself."""
    refuse_long(range_)
    order(version, version)  # one that cannot be read is inside nothing, and is said to be so
    if range_.strip() == "*":
        return True
    holds = True
    for part in range_.split(","):
        match = _ONE.fullmatch(part)
        if match is None or (match[1] or "=") not in PLAIN:
            raise unreadable(range_, what)
        holds &= PLAIN[match[1] or "="](order(version, match[2]))
    return holds
