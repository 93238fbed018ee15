"""Which of two releases is the newer one.

By their versions where both have one (https://semver.org, more or fewer numbers allowed, behind the
package's name as in `shop@1.4.2`); else by the order in which they were first seen.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_VERSION = re.compile(
    r"(?:(?P<package>.{1,200})@)?v?(?P<numbers>\d{1,18}(?:\.\d{1,18}){1,5})"
    r"(?:-(?P<early>[0-9A-Za-z.\-]{1,100}))?(?:\+[0-9A-Za-z.\-]{1,100})?",
    re.DOTALL,
)

# An early one is before the final one; in it numbers are before words.
_Part = tuple[int, int, str]
_Order = tuple[tuple[int, ...], bool, tuple[_Part, ...]]


def is_newer(release: str, than: str, seen: Sequence[str]) -> bool:
    """Whether a release is newer than another one; `seen` has the first that was seen first.

    One that was never seen is the newest; one that is no longer known is older than all.
    """
    if release == than:
        return False
    one, other = _version(release), _version(than)
    if one is not None and other is not None and one[0] == other[0] and one[1] != other[1]:
        return one[1] > other[1]
    place = seen.index(release) if release in seen else len(seen)
    return place > (seen.index(than) if than in seen else -1)


def newest_of(seen: Sequence[str]) -> str | None:
    """Return the newest of releases, of which the first was seen first; None of none."""
    newest: str | None = None
    for release in seen:
        if newest is None or is_newer(release, newest, seen):
            newest = release
    return newest


@lru_cache(maxsize=1024)
def _version(release: str) -> tuple[str, _Order] | None:
    match = _VERSION.fullmatch(release)
    if match is None:
        return None
    numbers = [int(number) for number in match["numbers"].split(".")]
    while numbers and not numbers[-1]:  # 1.2 is 1.2.0
        numbers.pop()
    early = match["early"]
    parts = tuple(map(_part, early.split("."))) if early else ()
    return match["package"] or "", (tuple(numbers), not early, parts)


def _part(text: str) -> _Part:
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)
