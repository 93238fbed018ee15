"""Tags of container images: `3.12-slim`, `16.4-bookworm`, `v1.29.3`, with a digest or without.

Tags are names, and their order is a custom: they are compared within one flavour alone, that is
with the same text behind the numbers and as many of them. `3.12` is a name that moves from one
patch to the next, so `3.12.4` is no update of it. A digest has no order; another one behind the
same tag is said by the level.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import comparators
from fettle.updates.versions.numbers import level_of, ordered, refuse_long, unreadable

_KEPT = 8192
_TAG = re.compile(
    r"(?P<v>v?)(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18})*)"
    r"(?:[.-]?(?P<stage>alpha|beta|preview|pre|rc|dev|nightly|a|b|m)[.-]?(?P<count>[0-9]{0,9}))?"
    r"(?P<flavour>(?:[-_.+][A-Za-z0-9_.+-]*)?)"
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*@[a-z0-9]+:[0-9a-f]+")
_STAGES = {
    "nightly": 0, "dev": 0, "a": 1, "alpha": 1, "m": 2, "b": 3, "beta": 3,
    "pre": 4, "preview": 4, "rc": 5,
}  # fmt: skip
_RELEASED = 6


@dataclass(frozen=True)
class _Tag:
    """A tag apart: what makes its flavour, and what is compared."""

    flavour: tuple[str, int, str]
    numbers: tuple[int, ...]
    stage: tuple[int, int]


@lru_cache(_KEPT)
def _tag(text: str) -> _Tag:
    refuse_long(text)
    match = _TAG.fullmatch(text.partition("@")[0])
    if match is None:
        raise unreadable(text, "tag with a version in it")
    numbers = tuple(map(int, match["numbers"].split(".")))
    stage = _STAGES[match["stage"]] if match["stage"] else _RELEASED
    return _Tag(
        (match["v"], len(numbers), match["flavour"]),
        numbers,
        (stage, int(match["count"] or 0)),
    )


def order(a: str, b: str) -> int:
    """See Versions.order; two flavours have none."""
    if _is_same_tag(a, b):
        return 0
    one, other = _tag(a), _tag(b)
    if one.flavour != other.flavour:
        raise UnreadableVersion(f"{a} and {b} are of two flavours, which have no order")
    return ordered((one.numbers, one.stage), (other.numbers, other.stage))


def inside(version: str, range_: str) -> bool:
    """See Versions.inside; comparisons with tags of the same flavour: `>=3.11-slim, <4.0-slim`."""
    return comparators.inside(version, range_, order, "range of tags, like >=3.11-slim")


def level(current: str, offered: str) -> Level:
    """See Versions.level; the same tag with another digest is `digest`."""
    if _is_same_tag(current, offered):
        return Level.DIGEST
    order(current, offered)
    return level_of(_tag(current).numbers, _tag(offered).numbers)


def _is_same_tag(a: str, b: str) -> bool:
    """Whether two have the same tag, which need not be a version, with a digest at least once."""
    held = _NAME.fullmatch(a) or _NAME.fullmatch(b)
    return held is not None and a.partition("@")[0] == b.partition("@")[0]


def is_prerelease(version: str) -> bool:
    """See Versions.is_prerelease."""
    return _is_version(version) and _tag(version).stage[0] != _RELEASED


def is_readable(version: str) -> bool:
    """See Versions.is_readable: `latest` and the like are none, but with a digest."""
    return bool(_NAME.fullmatch(version)) or _is_version(version)


def _is_version(text: str) -> bool:
    try:
        return bool(_tag(text))
    except UnreadableVersion:
        return False
