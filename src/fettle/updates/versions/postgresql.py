"""Versions of PostgreSQL: `16.4`, `9.6.24`, `17beta1`, and what a server says of itself.

Source: PostgreSQL's versioning policy. Since 10 the first number is the major version, before it
the first two were.
"""

import re
from functools import lru_cache

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import comparators
from fettle.updates.versions.numbers import ordered, unreadable

_KEPT = 1024
_FIRST_OF_ONE_NUMBER = 10
# Behind the number a server names its package: `16.4 (Debian 16.4-1.pgdg120+2)`.
_VERSION = re.compile(
    r"\s*([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:(devel|alpha|beta|rc)([0-9]{0,9}))?"
    r"\s*(?:\(.*\))?\s*"
)
_STAGES = ("devel", "alpha", "beta", "rc", "")

# The major version, what follows, and how far it is: its stage, and the number of that.
_Key = tuple[tuple[int, int], int, int, int]


@lru_cache(_KEPT)
def _key(text: str) -> _Key:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise unreadable(text, "version of PostgreSQL")
    first, second, third = (int(number or 0) for number in match.group(1, 2, 3))
    stage = _STAGES.index(match[4] or "")
    if first >= _FIRST_OF_ONE_NUMBER:
        if match[3]:
            raise unreadable(text, "version of PostgreSQL")
        return (first, 0), second, stage, int(match[5] or 0)
    return (first, second), third, stage, int(match[5] or 0)


def order(a: str, b: str) -> int:
    """See Versions.order."""
    return ordered(_key(a), _key(b))


def inside(version: str, range_: str) -> bool:
    """See Versions.inside; comparisons: `>=14, <17`."""
    return comparators.inside(version, range_, order, "range of PostgreSQL's versions, like >=14")


def level(current: str, offered: str) -> Level:
    """See Versions.level; PostgreSQL has major and minor versions, and no others."""
    return Level.MAJOR if _key(current)[0] != _key(offered)[0] else Level.MINOR


def is_prerelease(version: str) -> bool:
    """See Versions.is_prerelease."""
    return _STAGES[_key(version)[2]] != ""


def is_readable(version: str) -> bool:
    """See Versions.is_readable."""
    try:
        return bool(_key(version))
    except UnreadableVersion:
        return False
