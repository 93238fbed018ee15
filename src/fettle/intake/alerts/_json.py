"""Reading what others wrote: JSON whose shape nobody vouches for, with the path of what is wrong.

What tells an alert from others and whether it goes on must be there: without it BadPayload names
its path. What only describes it (a text, a moment, an address) is None where it cannot be read: an
alert is not lost over it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from fettle.errors import BadPayload
from fettle.intake.alerts._shapes import NAMES, strange
from fettle.intake.mapping import Rejected
from fettle.intake.moments import moment

# 2 MB hold 5,000 alerts as Alertmanager writes them: what is longer is no list of alerts.
MOST_PARTS = 10_000
_MOST_REJECTED = 100
_SAID_CUT = 60

_ReadT = TypeVar("_ReadT")


@dataclass(frozen=True, slots=True)
class Part:
    """An object in a payload, and where it stands there."""

    members: Mapping[str, Any]
    at: str = ""

    def path(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.at}.{name}" if self.at else name

    def bad(self, name: str, why: str) -> BadPayload:
        """Return the error that says what is wrong with a member."""
        return BadPayload(f"{self.path(name)}: {why}")

    def text(self, name: str) -> str | None:
        """Return a text, or a number or truth as one; None when it is absent, empty or neither."""
        return scalar(self.members.get(name))

    def needed(self, name: str) -> str:
        """Return a text that must be there; raises BadPayload."""
        found = self.text(name)
        if found is None:
            raise self.bad(name, self._why(name, "a text"))
        return found

    def first(self, *names: str) -> str | None:
        """Return the first of these texts that is there."""
        return next((found for name in names if (found := self.text(name)) is not None), None)

    def part(self, name: str) -> "Part":
        """Return an object; an empty one where there is none."""
        value = self.members.get(name)
        return Part(value if isinstance(value, dict) else {}, self.path(name))

    def needed_part(self, name: str) -> "Part":
        """Return an object that must be there; raises BadPayload."""
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self.bad(name, self._why(name, "an object"))
        return Part(value, self.path(name))

    def needed_list(self, name: str) -> Sequence[Any]:
        """Return a list that must be there, and no longer than can be; raises BadPayload."""
        value = self.members.get(name)
        if not isinstance(value, list):
            raise self.bad(name, self._why(name, "a list"))
        return at_most(value, self.path(name))

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts of an object by their names; what is no text in it is left out."""
        value = self.members.get(name)
        if not isinstance(value, dict):
            return {}
        return {key: text for key, one in value.items() if (text := scalar(one)) is not None}

    def moment(self, name: str) -> datetime | None:
        """Return a moment; None when there is none that can be read."""
        return moment(self.members.get(name))

    def _why(self, name: str, wanted: str) -> str:
        if self.members.get(name) in (None, ""):
            return "is missing"
        return f"is not {wanted}"


def document(body: bytes | str, what: str = "the body") -> Any:  # noqa: ANN401 - JSON
    """Return what a body says, or `what` else is written in JSON; raises BadPayload.

    Of a name that stands twice in an object the last counts.
    """
    try:
        return json.loads(body, parse_constant=str)
    except RecursionError:
        raise BadPayload(f"{what} is JSON nested too deep") from None
    except UnicodeDecodeError:
        raise BadPayload(f"{what} is not JSON: it is no text in UTF-8") from None
    except ValueError as error:
        raise BadPayload(f"{what} is not JSON: {_short(error)}") from None


def whole(body: bytes, door: str, *names: str) -> Part:
    """Return the object that a body is, with these members.

    Raises BadPayload, which says whose payload it looks like where it is another's.
    """
    found = document(body)
    if not isinstance(found, dict):
        kind = "a list" if isinstance(found, list) else "a single value"
        raise BadPayload(f"the body is {kind}, and no payload of {NAMES[door]}")
    for name in names:
        if name not in found:
            raise strange(found, door, f"{name}: is missing")
    return Part(found)


def at_most(value: list[Any], path: str) -> list[Any]:
    """Return a list of alerts; raises BadPayload for one that is longer than any."""
    if len(value) > MOST_PARTS:
        raise BadPayload(f"{path}: has {len(value)} members; at most {MOST_PARTS} are taken")
    return value


def each(
    values: Sequence[Any], path: str, read: Callable[[Part], _ReadT | None]
) -> tuple[tuple[_ReadT, ...], tuple[Rejected, ...]]:
    """Read the members of a list; those that cannot be are set aside, and the rest is taken.

    Raises BadPayload when not one of them can be read.
    """
    taken: list[_ReadT] = []
    rejected: list[Rejected] = []
    refused = 0
    for place, reason, one in _each(values, path, read):
        if one is not None:
            taken.append(one)
        elif reason:
            refused += 1
            if refused <= _MOST_REJECTED:
                rejected.append(Rejected(place, reason))
    if refused and refused == len(values):
        more = f"; nor can the other {refused - 1}" if refused > 1 else ""
        raise BadPayload(f"{rejected[0].reason}{more}")
    if refused > _MOST_REJECTED:
        rejected.append(Rejected(path, f"{refused - _MOST_REJECTED} more cannot be read"))
    return tuple(taken), tuple(rejected)


def _each(
    values: Sequence[Any], path: str, read: Callable[[Part], _ReadT | None]
) -> Iterator[tuple[str, str, _ReadT | None]]:
    for index, value in enumerate(values):
        place = f"{path}[{index}]"
        if not isinstance(value, dict):
            yield place, f"{place}: is not an object", None
            continue
        try:
            yield place, "", read(Part(value, place))
        except BadPayload as error:
            yield place, error.reason, None


def scalar(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """Return a text, a number or a truth as a text; None for anything else, and for nothing."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def _short(error: ValueError) -> str:
    said = str(error)
    return said if len(said) <= _SAID_CUT else f"{said[:_SAID_CUT]}…"
