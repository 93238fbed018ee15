"""What a browser sends of a visit is read; what is no such thing is refused with the reason; pure.

Whoever knows the address can send anything: names are known ones, figures are bounded, and of the
page's address only its route is kept.
"""

import json
from collections.abc import Mapping, Sequence

from fettle.errors import BadPayload
from fettle.model.field import LARGEST, Beacon
from fettle.model.measurement import Profile
from fettle.model.route import page_of

LARGEST_BODY = 4096


def read(body: bytes, patterns: Sequence[str]) -> Beacon:
    """Return what a body tells; raises BadPayload."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):  # bytes that are no text, too
        raise BadPayload("this is no JSON") from None
    if not isinstance(given, Mapping):
        raise BadPayload("a visit is an object")
    return Beacon(
        _page(given.get("page"), patterns),
        _profile(given.get("profile")),
        _figures(given.get("figures")),
    )


def _page(given: object, patterns: Sequence[str]) -> str:
    if not isinstance(given, str) or not given.startswith("/"):
        raise BadPayload("page: a path begins with /")
    return page_of(given, patterns)


def _profile(given: object) -> Profile:
    if given not in tuple(Profile):
        raise BadPayload("profile: phone or desktop")
    return Profile(str(given))


def _figures(given: object) -> Mapping[str, float]:
    if not isinstance(given, Mapping) or not given:
        raise BadPayload("figures: an object with at least one of them")
    return {name: _figure(name, value) for name, value in given.items()}


def _figure(name: str, value: object) -> float:
    if name not in LARGEST:
        raise BadPayload(f"figures: there are {', '.join(LARGEST)}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadPayload("figures: each is a number")
    if not 0 <= value <= LARGEST[name]:  # nor is what is no number at all
        raise BadPayload("figures: one is beyond what it can be")
    return float(value)
