"""Versions of Debian's packages: `epoch:upstream-revision`, as dpkg compares them.

Source: Debian Policy 5.6.12 and deb-version(7). Like dpkg, a version that begins with no digit, or
has signs that none should have, is compared all the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions.comparators import Holds
from fettle.updates.versions.numbers import level_of, ordered, refuse_long, unreadable

_KEPT = 8192
_LARGEST_EPOCH = 2**31 - 1
# What C calls space; other spaces are signs like any.
_SPACE = " \t\n\v\f\r"
_EPOCH = re.compile(r"[+-]?[0-9]+")
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_LEADING = re.compile(r"[0-9]+(?:\.[0-9]+)*")

# A text without digits as the places of its signs, and a number as its length and its digits.
_Key = tuple[tuple[tuple[int, ...], tuple[int, str]], ...]
_END = ((0,), (0, ""))

# As in the fields of a package; a single < or > has held what is equal since dpkg's beginning.
_RELATIONS: Mapping[str, Holds] = {
    "<<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "<": lambda order: order <= 0,
    "=": lambda order: order == 0,
    ">": lambda order: order >= 0,
    ">=": lambda order: order >= 0,
    ">>": lambda order: order > 0,
}
_RELATION = re.compile(r"\s*(\()?\s*([<>=]*)\s*([^\s<>=(),|]+)\s*(?(1)\))\s*")


@dataclass(frozen=True, order=True)
class _Version:
    epoch: int
    upstream: _Key
    revision: _Key


def _place(sign: str) -> int:
    """Return where a sign is sorted: a tilde before the end, letters before all else."""
    if sign == "~":
        return -1
    return ord(sign) if sign.isascii() and sign.isalpha() else ord(sign) + 256


@lru_cache(_KEPT)
def _key(text: str) -> _Key:
    parts = []
    for match in _PARTS.finditer(text or "0"):  # no revision is the revision 0
        if match[0]:
            digits = match[2].lstrip("0")
            parts.append(((*map(_place, match[1]), 0), (len(digits), digits)))
    return (*parts, _END)


def _split(text: str) -> tuple[int, str, str]:
    """Return the epoch, upstream's version and Debian's revision."""
    refuse_long(text)
    text = text.strip(_SPACE)
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, ""
    whole = bool(upstream) and bool(revision or not hyphen) and not set(text) & set(_SPACE)
    if not whole or "\0" in text or not _EPOCH.fullmatch(epoch):
        raise unreadable(text, "version of Debian's packages")
    if not 0 <= int(epoch) <= _LARGEST_EPOCH:
        raise unreadable(text, "version of Debian's packages: its epoch is none")
    return int(epoch), upstream, revision


@lru_cache(_KEPT)
def _version(text: str) -> _Version:
    epoch, upstream, revision = _split(text)
    return _Version(epoch, _key(upstream), _key(revision))


def order(a: str, b: str) -> int:
    """See Versions.order; dpkg --compare-versions."""
    return ordered(_version(a), _version(b))


def inside(version: str, range_: str) -> bool:
    """See Versions.inside; relations as in a package's fields: `>= 1.2, << 2 | = 3-1`."""
    refuse_long(range_)
    _version(version)
    every = [
        [_holds(version, one, range_) for one in alternatives.split("|")]
        for alternatives in range_.split(",")
    ]
    return all(any(alternatives) for alternatives in every)


def _holds(version: str, relation: str, range_: str) -> bool:
    match = _RELATION.fullmatch(relation)
    if match is None or (match[2] or "=") not in _RELATIONS:
        raise unreadable(range_, "range of Debian's packages, like >= 1.2, << 2")
    return _RELATIONS[match[2] or "="](order(version, match[3]))


def level(current: str, offered: str) -> Level:
    """See Versions.level: by the numbers that upstream's version begins with."""
    old, new = _split(current), _split(offered)
    if old[0] != new[0]:
        return Level.MAJOR
    numbers = [_LEADING.match(upstream) for _, upstream, _ in (old, new)]
    if numbers[0] is None or numbers[1] is None:
        return Level.OTHER
    return level_of(*([int(part[-18:]) for part in one[0].split(".")] for one in numbers if one))


def is_prerelease(version: str) -> bool:
    """See Versions.is_prerelease: what a tilde in upstream's version puts before it."""
    return "~" in _split(version)[1]


def is_readable(version: str) -> bool:
    """See Versions.is_readable."""
    try:
        return bool(_version(version))
    except UnreadableVersion:
        return False
