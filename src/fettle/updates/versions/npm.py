"""Versions of npm's packages and of Node: semantic versions, and ranges as npm reads them.

Source: semver.org 2.0.0 and the library `semver` of npm, which is followed where they differ: in
what it takes for a range, and that a pre-release is inside a range only if a comparison of it has
one of the same three numbers.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import npm_range
from fettle.updates.versions.numbers import level_of, ordered, refuse_long, unreadable

_KEPT = 8192
_LONGEST = 256
_LARGEST = 2**53 - 1  # beyond it JavaScript's numbers leave some out
_VERSION = re.compile(npm_range.VERSION)

_Identifier = tuple[int, float, str]


@dataclass(frozen=True)
class Version:
    """Three numbers, and what stands behind a hyphen; a build (`+…`) counts nothing."""

    numbers: tuple[int, int, int]
    prerelease: tuple[_Identifier, ...]

    @property
    def place(self) -> tuple[tuple[int, int, int], bool, tuple[_Identifier, ...]]:
        """Return what is compared: a release is behind its pre-releases."""
        return self.numbers, not self.prerelease, self.prerelease


def _identifier(text: str) -> _Identifier:
    """Return a part of a pre-release; numbers are before words, and compared as JavaScript does."""
    return (0, float(text), "") if text.isdigit() else (1, 0.0, text)


@lru_cache(_KEPT)
def _version(text: str) -> Version:
    match = _VERSION.fullmatch(text.strip(npm_range.SPACE)) if len(text) <= _LONGEST else None
    if match is None:
        raise unreadable(text, "version of npm's packages, like 1.2.3")
    major, minor, patch = (int(number) for number in match.group(1, 2, 3))
    if max(major, minor, patch) > _LARGEST:
        raise unreadable(text, "version of npm's packages: a number is too large")
    behind = match[4].split(".") if match[4] else ()
    return Version((major, minor, patch), tuple(map(_identifier, behind)))


@dataclass(frozen=True)
class _Comparison:
    """One comparison of a range; without an operator it is the same version."""

    operator: str
    version: Version

    def holds(self, version: Version) -> bool:
        compared = ordered(version.place, self.version.place)
        match self.operator:
            case ">":
                return compared > 0
            case ">=":
                return compared >= 0
            case "<":
                return compared < 0
            case "<=":
                return compared <= 0
        return compared == 0


@lru_cache(_KEPT)
def _range(text: str) -> tuple[tuple[_Comparison, ...], ...]:
    """Return the alternatives of a range, each with all that must hold."""
    refuse_long(text)
    alternatives = []
    for comparisons in npm_range.alternatives(text):
        if comparisons is None:
            raise unreadable(text, "range of npm's packages, like ^1.2.3")
        try:
            every = tuple(_Comparison(sign, _version(version)) for sign, version in comparisons)
        except UnreadableVersion:
            raise unreadable(text, "range of npm's packages, like ^1.2.3") from None
        alternatives.append(every)
    # A range that has every version in it has them all, pre-releases apart.
    return ((),) if () in alternatives else tuple(alternatives)


def order(a: str, b: str) -> int:
    """See Versions.order."""
    return ordered(_version(a).place, _version(b).place)


def inside(version: str, range_: str) -> bool:
    """See Versions.inside; as `semver.satisfies` without options."""
    alternatives, asked = _range(range_), _version(version)
    return any(_all_hold(comparisons, asked) for comparisons in alternatives)


def _all_hold(comparisons: tuple[_Comparison, ...], version: Version) -> bool:
    if not all(one.holds(version) for one in comparisons):
        return False
    return not version.prerelease or any(
        one.version.prerelease and one.version.numbers == version.numbers for one in comparisons
    )


def level(current: str, offered: str) -> Level:
    """See Versions.level."""
    return level_of(_version(current).numbers, _version(offered).numbers)


def is_prerelease(version: str) -> bool:
    """See Versions.is_prerelease."""
    return bool(_version(version).prerelease)


def is_readable(version: str) -> bool:
    """See Versions.is_readable."""
    try:
        return bool(_version(version))
    except UnreadableVersion:
        return False
