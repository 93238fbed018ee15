"""The mappings of a source map: read once, and held small.

They are a text of differences, each to the one before, from the first line of a file to its last; a
minified file is one line of hundreds of thousands. So all of it is read when the map is uploaded,
and every so often it is noted how things stand there. Who asks for a place begins at the last note
before it. Source: https://tc39.es/ecma426/#sec-mappings
"""

import re
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fettle.errors import BadPayload

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_MORE, _BITS = 32, 5
_MOST_DIGITS = 7  # of a number of 32 bits
_PIECE = re.compile("[,;]|[^,;]+")
_EVERY = 64  # segments, from one note to the next
_LINE_AT = 32  # a place is one number: its line above these bits, its column below
_MOST = 2**31
_KINDS = ("q", "I", "i")
_LEVEL = 3  # beyond it, packing takes longer than reading, and saves little


@dataclass(frozen=True)
class Segment:
    """From which place on what holds; all count from 0. No source: the generator put it there."""

    line: int
    column: int
    source: int | None = None
    source_line: int = 0
    source_column: int = 0
    name: int | None = None


class Mappings:
    """The mappings of one map: the text, and the notes."""

    def __init__(self, text: str, notes: "_Notes") -> None:
        self._text = text
        self._notes = notes

    @classmethod
    def read(cls, text: str, sources: int, names: int) -> "Mappings":
        """Return the mappings that a text is, of so many sources and names; raises BadPayload."""
        return cls(text, _Noting(sources, names).noted(text))

    @classmethod
    def unpacked(cls, parts: Sequence[bytes]) -> "Mappings":
        """Return what `packed` has packed."""
        text, places, offsets, standing = map(zlib.decompress, parts)
        return cls(text.decode("ascii"), _Notes.of(places, offsets, standing))

    def packed(self) -> list[bytes]:
        """Return it as it is kept: four parts."""
        return [zlib.compress(one, _LEVEL) for one in (self._text.encode(), *self._notes.parts())]

    @property
    def size(self) -> int:
        """How many bytes it holds, about."""
        return len(self._text) + sum(len(one) * one.itemsize for one in self._notes)

    def find(self, line: int, column: int) -> Segment | None:
        """Return what holds at a place: the last segment of its line that begins before it."""
        wanted = line << _LINE_AT | column
        note = bisect_right(self._notes.places, wanted) - 1
        if note < 0:
            return None
        found = None
        for segment in self._from(note):
            if segment.line << _LINE_AT | segment.column > wanted:
                break
            found = segment
        return found if found is not None and found.line == line else None

    def _from(self, note: int) -> Iterator[Segment]:
        """Yield the segments from a note on."""
        line, column = divmod(self._notes.places[note], 1 << _LINE_AT)
        state = list(self._notes.standing[4 * note : 4 * note + 4])
        behind = 0  # the note says where its first segment is; the others, how far behind it
        for found in _PIECE.finditer(self._text, self._notes.offsets[note]):
            if found[0] == ";":
                line, column = line + 1, 0
            elif found[0] != ",":
                fields = _numbers(found[0])
                column, behind = column + behind * fields[0], 1
                yield _segment(line, column, fields, state)


def _segment(line: int, column: int, fields: Sequence[int], state: list[int]) -> Segment:
    """Return a segment, and let the state be that behind it."""
    if len(fields) == 1:
        return Segment(line, column)
    for place, field in enumerate(fields[1:]):
        state[place] += field
    source, source_line, source_column, name = state
    named = name if len(fields) == 5 else None
    return Segment(line, column, source, source_line, source_column, named)


class _Notes(NamedTuple):
    """How things stand every so often: at which place, where in the text, and the four numbers."""

    places: "array[int]"
    offsets: "array[int]"
    standing: "array[int]"

    @classmethod
    def of(cls, *parts: bytes) -> "_Notes":
        arrays = [array(kind) for kind in _KINDS]
        for one, part in zip(arrays, parts, strict=True):
            one.frombytes(part)
            if sys.byteorder == "big":
                one.byteswap()
        return cls(*arrays)

    def parts(self) -> list[bytes]:
        """Return it as bytes, those that count least first."""
        copies = [array(one.typecode, one) for one in self]
        if sys.byteorder == "big":
            for one in copies:
                one.byteswap()
        return [one.tobytes() for one in copies]


class _Noting:
    """Reads all of a text once, looks whether it can be true, and notes how things stand."""

    def __init__(self, sources: int, names: int) -> None:
        self._most = (sources, _MOST, _MOST, names)
        self._state = [0, 0, 0, 0]
        self._known: dict[str, tuple[int, ...]] = {}
        self._count = 0
        self._notes = _Notes.of(b"", b"", b"")

    def noted(self, text: str) -> _Notes:
        """Return the notes; raises BadPayload."""
        offset = 0
        for line, segments in enumerate(text.split(";")):
            self._line(line, segments, offset)
            offset += len(segments) + 1
        return self._notes

    def _line(self, line: int, text: str, offset: int) -> None:
        known, column, last = self._known, 0, 0
        for segment in text.split(",") if text else ():
            if segment:
                fields = known.get(segment)
                if fields is None:
                    fields = known[segment] = _numbers(segment)
                column += fields[0]
                if not last <= column < _MOST:
                    raise BadPayload(f"mappings: line {line + 1} goes backwards")
                last = column
                if not self._count % _EVERY:
                    self._note(line, column, offset)
                self._count += 1
                if len(fields) > 1:
                    self._move(fields, line, column)
            offset += len(segment) + 1

    def _note(self, line: int, column: int, offset: int) -> None:
        self._notes.places.append(line << _LINE_AT | column)
        self._notes.offsets.append(offset)
        self._notes.standing.extend(self._state)

    def _move(self, fields: tuple[int, ...], line: int, column: int) -> None:
        state = self._state
        source = state[0] = state[0] + fields[1]
        source_line = state[1] = state[1] + fields[2]
        source_column = state[2] = state[2] + fields[3]
        sources, most, _, names = self._most
        if not (0 <= source < sources and 0 <= source_line < most and 0 <= source_column < most):
            raise _absent(line, column, "place in source", source)
        if len(fields) == 5:
            name = state[3] = state[3] + fields[4]
            if not 0 <= name < names:
                raise _absent(line, column, "name", name)


def _absent(line: int, column: int, what: str, number: int) -> BadPayload:
    return BadPayload(
        f"mappings: line {line + 1}, column {column + 1} is of {what} {number}, which is absent"
    )


def _numbers(segment: str) -> tuple[int, ...]:
    """Return the numbers of a segment: base 64, variable in length, the sign in the last bit."""
    found: list[int] = []
    value = shift = 0
    for digit in segment:
        bits = _VALUES.get(digit)
        if bits is None or shift >= _MOST_DIGITS * _BITS:
            raise _no_segment(segment)
        value |= (bits & (_MORE - 1)) << shift
        if bits & _MORE:
            shift += _BITS
        else:
            found.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(found) not in (1, 4, 5):
        raise _no_segment(segment)
    return tuple(found)


def _no_segment(segment: str) -> BadPayload:
    return BadPayload(f"mappings: {segment[:20]!r} is no segment of 1, 4 or 5 numbers in base 64")
