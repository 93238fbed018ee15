"""A source map: where in what somebody wrote a place in what was made of it comes from.

Read whole and checked when it is uploaded, so that none that is kept fails later. What the sources
say is held packed: one line of one of them is asked for at a time.
Source: https://tc39.es/ecma426/
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from posixpath import normpath
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from fettle.errors import BadPayload
from fettle.intake.errors._enclosing import function_around
from fettle.intake.errors._fields import LINE, NAME, cut
from fettle.intake.errors._json import kind_of
from fettle.intake.errors._mappings import Mappings

_VERSION = 3
_MOST_SECTIONS = 1_000
_MOST_PATH = 500
_MOST_FOUND = 2_000  # places of a map that are remembered, of some 2 KB each at most
_AROUND = 5  # lines
_AROUND_A_TEXT = 80  # bytes that a text takes beside itself
_LEVEL = 3
_FORMAT = 1
# What ends a line in JavaScript, which is how a map counts them; others are turned into the first.
_LINE_END, _LINE_ENDS = "\n", ("\r\n", "\r", "\u2028", "\u2029")
# Lines before the JSON that keep browsers from running it: https://tc39.es/ecma426/#sec-parsing
_GUARD = re.compile(rb"\A\)\]\}'[^\n]{0,200}\n")
# `webpack:///./src/a.js?12ab`, `webpack://shop/./src/a.js`, `turbopack:///[project]/src/a.js`
_BUNDLER = re.compile(r"^(?:webpack|webpack-internal|turbopack|rollup|vite|ng)://(?:[^/]*/)?")
_QUERY = re.compile(r"\?[0-9a-z]{0,64}$")


@dataclass(frozen=True)
class Original:
    """A place in what somebody wrote; `line` and `column` count from 1.

    `name` is what a thing that begins there was called, where the map says so; `function` the one
    that it stands in, `context` its line, `before` and `after` those around it, where the map has
    what was written.
    """

    source: str
    line: int
    column: int
    name: str | None = None
    function: str | None = None
    context: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class SourceMap:
    """A map; one may consist of sections that stand behind one another."""

    def __init__(
        self, sections: "Sequence[tuple[int, int, _Section]]", debug_id: UUID | None = None
    ) -> None:
        self._sections = sections
        self._found: dict[tuple[int, int], Original | None] = {}
        self.debug_id = debug_id

    @property
    def size(self) -> int:
        """How many bytes it holds, about."""
        return sum(section.size for _, _, section in self._sections)

    def find(self, line: int, column: int) -> Original | None:
        """Return where a place comes from; lines and columns count from 1."""
        place = line, column
        if place not in self._found:
            if len(self._found) >= _MOST_FOUND:  # errors come from few places, again and again
                self._found.clear()
            self._found[place] = self._find(line, column)
        return self._found[place]

    def packed(self) -> bytes:
        """Return it as it is kept: what is in it, and then the parts one behind the other."""
        contents: list[dict[str, object]] = []
        parts: list[bytes] = []
        for line, column, one in self._sections:
            mine = [*one.mappings.packed(), *(part or b"" for part in one.contents)]
            contents.append(
                {
                    "at": [line, column],
                    "names": one.names,
                    "sources": one.sources,
                    "parts": [len(part) for part in mine],
                }
            )
            parts += mine
        head = zlib.compress(to_json({"format": _FORMAT, "sections": contents}), _LEVEL)
        return b"".join((len(head).to_bytes(4, "big"), head, *parts))

    @classmethod
    def unpacked(cls, body: bytes) -> "SourceMap":
        """Return what `packed` has packed."""
        place = 4 + int.from_bytes(body[:4], "big")
        sections = []
        for one in from_json(zlib.decompress(body[4:place]))["sections"]:
            parts = []
            for length in one["parts"]:
                parts.append(body[place : place + length])
                place += length
            contents = tuple(part or None for part in parts[4:])
            mappings = Mappings.unpacked(parts[:4])
            names, sources = tuple(one["names"]), tuple(one["sources"])
            sections.append((*one["at"], _Section(names, sources, contents, mappings)))
        return cls(sections)

    def _find(self, line: int, column: int) -> Original | None:
        at = line - 1, column - 1
        for first, left, section in reversed(self._sections):
            if (first, left) <= at:
                return section.find(at[0] - first, at[1] - (left if at[0] == first else 0))
        return None


@dataclass(frozen=True)
class _Section:
    """What one set of mappings says; each content is packed by itself, None where it is absent."""

    names: tuple[str, ...]
    sources: tuple[str, ...]
    contents: tuple[bytes | None, ...]
    mappings: Mappings

    @classmethod
    def read(cls, document: dict[str, Any], place: str) -> "_Section":
        names = tuple(map(_name, _list(document, "names", place)))
        root = document.get("sourceRoot")
        sources = _list(document, "sources", place)
        contents = _list(document, "sourcesContent", place)[: len(sources)]
        mappings = document.get("mappings")
        if not isinstance(mappings, str):
            raise BadPayload(f"{place}mappings: is {kind_of(mappings)}, and no text")
        return cls(
            names,
            tuple(_path(one, root if isinstance(root, str) else "") for one in sources),
            tuple(
                zlib.compress(one.encode(), _LEVEL) if isinstance(one, str) else None
                for one in contents
            ),
            Mappings.read(mappings, len(sources), len(names)),
        )

    @cached_property
    def size(self) -> int:
        """How many bytes it holds, about."""
        texts = sum(map(len, self.names)) + sum(map(len, self.sources))
        around = _AROUND_A_TEXT * (len(self.names) + len(self.sources))
        return texts + around + self.mappings.size + sum(len(one or b"") for one in self.contents)

    def find(self, line: int, column: int) -> Original | None:
        """Return where a place comes from; they count from 0."""
        found = self.mappings.find(line, column)
        if found is None or found.source is None:
            return None
        at, lines = found.source_line, self._lines(found.source)
        original = Original(
            self.sources[found.source],
            at + 1,
            found.source_column + 1,
            None if found.name is None else self.names[found.name],
        )
        if at >= len(lines):
            return original
        return replace(
            original,
            function=function_around(lines, at, found.source_column),
            context=cut(lines[at], LINE),
            before=tuple(cut(one, LINE) for one in lines[max(0, at - _AROUND) : at]),
            after=tuple(cut(one, LINE) for one in lines[at + 1 : at + 1 + _AROUND]),
        )

    def _lines(self, source: int) -> list[str]:
        packed = self.contents[source] if source < len(self.contents) else None
        return [] if packed is None else _lines(zlib.decompress(packed).decode())


def read_map(body: bytes) -> SourceMap:
    """Return the map that a body is; raises BadPayload, which says what is wrong in it."""
    try:
        document = from_json(_GUARD.sub(b"", body, count=1))
    except ValueError as error:
        raise BadPayload(f"is not JSON: {str(error)[:90]}") from None
    if not isinstance(document, dict):
        raise BadPayload(f"is {kind_of(document)}, and no object")
    _of_version(document, "")
    debug_id = debug_id_of(document.get("debug_id", document.get("debugId")))
    if "sections" not in document:
        return SourceMap([(0, 0, _Section.read(document, ""))], debug_id)
    return SourceMap(_sections(document), debug_id)


def debug_id_of(value: object) -> UUID | None:
    """Return a debug id; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        return UUID(value.strip()[:36])  # behind a longer one stands how often it was changed
    except ValueError:
        return None


def _lines(text: str) -> list[str]:
    for end in _LINE_ENDS:
        text = text.replace(end, _LINE_END)
    return text.split(_LINE_END)


def _sections(document: dict[str, Any]) -> list[tuple[int, int, _Section]]:
    given = _list(document, "sections", "")
    if len(given) > _MOST_SECTIONS:
        raise BadPayload(f"sections: are {len(given)}, and {_MOST_SECTIONS} are taken")
    found: list[tuple[int, int, _Section]] = []
    for index, one in enumerate(given):
        place = f"sections[{index}]."
        match one:
            case {"offset": {"line": int(line), "column": int(column)}, "map": dict(inner)}:
                _of_version(inner, place)
                if line < 0 or column < 0 or (found and (line, column) <= found[-1][:2]):
                    raise BadPayload(f"{place}offset: does not come after the one before")
                found.append((line, column, _Section.read(inner, place)))
            case _:
                raise BadPayload(f"{place[:-1]}: has no offset with line and column, or no map")
    return found


def _of_version(document: dict[str, Any], place: str) -> None:
    version = document.get("version")
    if version not in (_VERSION, str(_VERSION)) or isinstance(version, bool):
        raise BadPayload(f"{place}version: is not {_VERSION}: it is no source map")


def _list(document: dict[str, Any], name: str, place: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadPayload(f"{place}{name}: is {kind_of(value)}, and no list")
    return value


def _name(given: object) -> str:
    return cut(given, NAME) if isinstance(given, str) else ""


def _path(source: object, root: str) -> str:
    """Return the path of a source, the same whichever bundler wrote it and from whichever folder.

    Generators write it from the folder of what they made, so what leads out of that is left out.
    """
    if not isinstance(source, str) or not source:
        return "<anonymous>"
    whole = source if not root or "://" in source else f"{root.rstrip('/')}/{source}"
    path = _QUERY.sub("", _BUNDLER.sub("", whole[:2_000]))
    if "://" in path:
        return path[:_MOST_PATH]
    path = normpath(path.replace("\\", "/"))
    while path.startswith("../"):
        path = path[3:]
    return path[-_MOST_PATH:]
