"""Fields of an event: taken as they are meant, bounded, and noted where they cannot be read.

A field of the wrong kind is left out and noted with its place; the event is not lost over it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fettle.intake.errors._json import kind_of
from fettle.model.quantity import Bytes

_MOST_NOTES, _MOST_NOTE = 20, 200
NAME, LINE, TEXT, LONG = 200, 500, 2_000, 8_000
# Of variables, contexts, crumbs and lines of source together; real events have a tenth of it.
_ROOM = 256 * 1024
_AS_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=str)

Members = Mapping[str, Any]


class Notes:
    """What could not be read, each with its place."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._room = _ROOM

    def add(self, place: str, why: str) -> None:
        """Note one; the first twenty are kept."""
        if len(self.said) < _MOST_NOTES:
            self.said.append(cut(f"{place}: {why}", _MOST_NOTE))

    def wrong(self, value: object, place: str, wanted: str) -> None:
        """Note that a value is of another kind than its place wants; nothing for null."""
        if value is not None:
            self.add(place, f"is {kind_of(value)} where {wanted} belongs")

    def has_room(self, length: int, place: str) -> bool:
        """Whether so much more can be kept of the event; notes the first that cannot."""
        had, self._room = self._room, self._room - length
        if had >= 0 > self._room:
            self.add(place, f"and what follows is not kept: an event has {Bytes(_ROOM)} of it")
        return self._room >= 0

    def text(self, of: Members, name: str, place: str, most: int = NAME) -> str | None:
        """Return a text, or a number or truth as one; None where there is none."""
        value = of.get(name)
        if type(value) is str:
            return (value if len(value) <= most else cut(value, most)) or None
        if value is None:
            return None
        if isinstance(value, int | float):
            return cut(_scalar(value), most)
        self.wrong(value, f"{place}{name}", "a text")
        return None

    def number(self, of: Members, name: str, place: str) -> int | None:
        """Return a number that a column of the store holds; None where there is none."""
        value = of.get(name)
        if value is None:
            return None
        if type(value) is str and len(value) <= 10 and value.isascii() and value.isdigit():
            value = int(value)
        if type(value) is int and 0 <= value < 2**31:
            return value
        self.add(f"{place}{name}", "is no number of a line or column")
        return None

    def truth(self, of: Members, name: str, place: str) -> bool | None:
        """Return true or false; None where there is neither."""
        value = of.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(value, f"{place}{name}", "true or false")
        return None

    def part(self, of: Members, name: str, place: str) -> Members:
        """Return an object; an empty one where there is none."""
        value = of.get(name)
        if isinstance(value, dict):
            return value
        self.wrong(value, f"{place}{name}", "an object")
        return {}

    def parts(self, value: object, place: str) -> list[Any]:
        """Return the members of a list, or of the `values` of an object, or of one object alone."""
        match value:
            case list():
                return value
            case {"values": list() as values}:
                return values
            case {"values": other}:
                self.wrong(other, f"{place}.values", "a list")
            case dict() if value:
                return [value]
            case dict():
                pass
            case _:
                self.wrong(value, place, "a list or an object")
        return []

    def pairs(self, value: object, place: str) -> Iterator[tuple[str, Any]]:
        """Yield names and values of an object, or of a list of pairs."""
        if isinstance(value, dict):
            yield from value.items()
        elif isinstance(value, list):
            for index, one in enumerate(value):
                match one:
                    case [str() as name, inner]:
                        yield name, inner
                    case {"key": str() as name, "value": inner}:
                        yield name, inner
                    case None:
                        continue
                    case _:
                        self.add(f"{place}[{index}]", "is no pair of a name and a value")
        else:
            self.wrong(value, place, "an object or a list of pairs")

    def texts(self, value: object, place: str, most: int, each: int = LINE) -> dict[str, str]:
        """Return names and values as texts, `most` of them; what is nested is printed as JSON."""
        found: dict[str, str] = {}
        for name, inner in self.pairs(value, place):
            if len(found) >= most:
                self.add(place, f"has more than {most} members")
                break
            if inner is None:
                continue
            text = printed(inner, each)
            if not self.has_room(len(text), place):
                break
            found[name if len(name) <= NAME else cut(name, NAME)] = text
        return found


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters; an ellipsis stands for what is gone."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def last(values: list[Any], most: int, place: str, notes: Notes) -> list[Any]:
    """Return the last of a list."""
    if len(values) > most:
        notes.add(place, f"has {len(values)} members, of which the last {most} are kept")
        return values[-most:]
    return values


def printed(value: object, most: int) -> str:
    """Return a value as a text: itself, or what is nested in it as JSON, no longer than `most`."""
    if type(value) is str:  # which most are
        return value if len(value) <= most else cut(value, most)
    if isinstance(value, dict | list):
        return cut(_AS_JSON.encode(value), most)
    return cut(_scalar(value), most)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case True:
            return "true"
        case False:
            return "false"
        case str():
            return value
        case _:
            return str(value)
