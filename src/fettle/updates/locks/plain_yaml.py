"""YAML as text alone: tables, lists, and scalars as they were written.

Nothing is made of a tag, `1.10` stays as it is, and what an anchor names is built once. How much
may be made of a file is bounded: a few lines of merges can stand for more than there is memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from fettle.errors import UnreadableLock
from fettle.updates.locks.part import Part

_DEEPEST = 100
_MOST_MERGED = 100_000
_MERGE = "<<"
_NOTHING = ("", "~", "null")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def of_yaml(text: str, file: str, *, anchors: bool = False) -> Part:
    """Read a text of one document; raises UnreadableLock.

    What no tool writes with `anchors` is refused where it has any.
    """
    whole, *others = documents_of(text, file, anchors=anchors)
    if others:
        raise UnreadableLock(f"{file} has {len(others) + 1} documents of YAML, and one is read")
    return whole


def documents_of(text: str, file: str, *, anchors: bool = False) -> list[Part]:
    """Read each document of a text, of which there is one at least; raises UnreadableLock."""
    try:
        values = [one for one in _read(text, anchors=anchors) if one is not None]
    except (yaml.YAMLError, _Unfit, ValueError) as error:
        raise UnreadableLock(f"{file} cannot be read as YAML: {_said(error)}") from None
    if not values or not all(isinstance(one, dict) for one in values):
        raise UnreadableLock(f"{file} is no table of YAML")
    return [Part(file, "", one) for one in values]


class _Unfit(Exception):
    """Something that YAML allows, and that is not read here."""


@dataclass
class _Open:
    """A table or a list whose end has not come yet."""

    value: dict[str, object] | list[object]
    anchor: str | None
    key: str | None = None


def _said(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', None)}"


def _read(text: str, *, anchors: bool) -> Iterator[object]:
    building = _Building(anchors)
    for event in yaml.parse(text, Loader=_LOADER):
        building.take(event)
        if isinstance(event, yaml.DocumentEndEvent):
            yield building.whole
            building = _Building(anchors)


class _Building:
    """Builds a value of events, without a call within a call: nesting is no matter of the stack."""

    def __init__(self, anchors: bool) -> None:
        self.whole: object = None
        self._anchors = anchors
        self._named: dict[str, object] = {}
        self._open: list[_Open] = []
        self._merged = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event; raises _Unfit."""
        match event:
            case yaml.ScalarEvent():
                value = None if event.implicit[0] and event.value in _NOTHING else event.value
                self._name(event.anchor, value)
                self._add(value)
            case yaml.AliasEvent():
                if event.anchor not in self._named:
                    raise _Unfit(f"*{event.anchor} names nothing that has ended before it")
                self._add(self._named[event.anchor])
            case yaml.MappingStartEvent():
                self._begin({}, event.anchor)
            case yaml.SequenceStartEvent():
                self._begin([], event.anchor)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()

    def _begin(self, value: dict[str, object] | list[object], anchor: str | None) -> None:
        if len(self._open) >= _DEEPEST:
            raise _Unfit("it is nested deeper than any tool writes")
        self._open.append(_Open(value, anchor))

    def _end(self) -> None:
        ended = self._open.pop()
        self._name(ended.anchor, ended.value)
        self._add(ended.value)

    def _name(self, anchor: str | None, value: object) -> None:
        if anchor is None:
            return
        if not self._anchors:
            raise _Unfit(f"it has an anchor, &{anchor}, which its tool does not write")
        self._named[anchor] = value

    def _add(self, value: object) -> None:
        if not self._open:
            self.whole = value
            return
        into = self._open[-1]
        if isinstance(into.value, list):
            into.value.append(value)
        elif into.key is None:
            if not isinstance(value, str):
                raise _Unfit("a key is no text")
            into.key = value
        else:
            self._put(into.value, into.key, value)
            into.key = None

    def _put(self, table: dict[str, object], key: str, value: object) -> None:
        if key != _MERGE:
            table[key] = value
            return
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise _Unfit("what is merged (<<) is no table")
            self._merged += len(one)
            if self._merged > _MOST_MERGED:
                raise _Unfit("it merges (<<) more than is read")
            for name, given in one.items():
                table.setdefault(name, given)
