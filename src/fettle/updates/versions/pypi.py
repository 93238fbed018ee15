"""Versions of Python's packages: PEP 440, as the library `packaging` has it."""

from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions.numbers import level_of, ordered, refuse_long, unreadable

_KEPT = 8192


@lru_cache(_KEPT)
def _version(text: str) -> Version:
    refuse_long(text)
    try:
        return Version(text)
    except InvalidVersion:
        raise unreadable(text, "version of Python's packages (PEP 440)") from None


@lru_cache(_KEPT)
def _range(text: str) -> SpecifierSet:
    refuse_long(text)
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise unreadable(text, "range of Python's packages, like >=1.2, <2") from None


def order(a: str, b: str) -> int:
    """See Versions.order; what follows a `+` counts last, as PEP 440 has it."""
    return ordered(_version(a), _version(b))


def inside(version: str, range_: str) -> bool:
    """See Versions.inside; pre-releases too: whether one is wanted is another question."""
    return _range(range_).contains(_version(version), prereleases=True)


def level(current: str, offered: str) -> Level:
    """See Versions.level; another epoch is another numbering altogether."""
    old, new = _version(current), _version(offered)
    return Level.MAJOR if old.epoch != new.epoch else level_of(old.release, new.release)


def is_prerelease(version: str) -> bool:
    """See Versions.is_prerelease; developers' builds are such."""
    return _version(version).is_prerelease


def is_readable(version: str) -> bool:
    """See Versions.is_readable."""
    try:
        return bool(_version(version))
    except UnreadableVersion:
        return False
