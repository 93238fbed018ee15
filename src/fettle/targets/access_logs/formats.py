"""The formats of access logs that are text: rows are found by one expression over a whole block.

A row is (when, request, status, took), as the bytes that stand in the file; `took` is empty where
a line says of no time. Parsing a block at once is what makes it fast: it costs a third of a loop
over lines. Lines that the expression does not understand are looked at one by one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Row = tuple[object, object, object, object]

KNOWN = (
    "nginx and Apache combined (also with the virtual host before it, $request_time or rt= behind "
    "it), common, Traefik, and JSON of Caddy, Traefik, Envoy, Vercel's drains, pino and nginx"
)

_TIME = rb"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
_HEAD = rb'^[^\["\n]*\[(' + _TIME + rb')\] "([A-Z]+ [^\s"?]*)[^"\n]*" (\d{3}) (?:\d+|-)'
_AGENT = rb'(?: "[^"\n]*" "[^"\n]*")?'
# With quotes in quotes (Apache escapes them), brackets of IPv6, and requests that are none.
_PATIENT = (
    rb'^(?:[^"\n]*?)\[(' + _TIME + rb')\] "((?:[^"\\\n]|\\.)*)" (\d{3}) (?:\d+|-)'
    rb'(?: "(?:[^"\\\n]|\\.)*" "(?:[^"\\\n]|\\.)*")?'
)


@dataclass(frozen=True)
class Durations:
    """How the rest of a line says how long it took; one of these is meant by 1 / `parts`."""

    expression: bytes
    parts: float = 1.0

    @property
    def in_line(self) -> bytes:
        """The expression, wherever it is in a rest that may lack it."""
        return rb"(?:" + self.expression + rb"[^\n]*|(?:[ \r][^\n]*)?)$"


_UNTIMED = Durations(rb"(?!)()")
_WAYS = (
    # rt=0.123, request_time: 0.123, "request_time":"0.123": the whole time, by its name
    Durations(rb'(?: |(?: [^\n]*?[ "{,]))"?(?:rt|request_time)"?[=:] ?"?(\d{1,6}\.\d{1,6})'),
    # Traefik: … 12 "router" "http://10.0.0.7:80" 34ms
    Durations(rb' \d+ "[^"\n]*" "[^"\n]*" (\d{1,9})ms', 1000),
    # nginx writes three decimals; the first of several is $request_time by custom
    Durations(rb'(?: |(?: [^\n]*? ))"?(\d{1,6}\.\d{3})"?(?![^\s])'),
)


class Format(Protocol):
    """A way in which lines are written."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def parts(self) -> float:
        """How many of what `took` is in make a second."""

    @property
    def timed(self) -> bool:
        """Whether it says how long requests took."""

    def rows(self, block: bytes) -> Sequence[Row]:
        """Return the rows of whole lines; fewer than lines when some are not understood."""

    def left(self, block: bytes) -> Sequence[bytes]:
        """Return the lines that are none of its rows, but for empty ones."""

    def row(self, line: bytes) -> Row | None:
        """Return the row of one line, looked at with patience; None when it is not understood."""


@dataclass(frozen=True)
class Text:
    """Lines that begin as the common format does, and what may stand behind."""

    name: str
    fast: "re.Pattern[bytes]"
    patient: "re.Pattern[bytes]"
    parts: float
    timed: bool

    def rows(self, block: bytes) -> Sequence[Row]:
        """See Format.rows."""
        return self.fast.findall(block)

    def left(self, block: bytes) -> Sequence[bytes]:
        """See Format.left."""
        return [line for line in self.fast.sub(b"", block).split(b"\n") if line.strip()]

    def row(self, line: bytes) -> Row | None:
        """See Format.row."""
        match = self.patient.match(line)
        if match is None:
            return None
        when, request, status, took = match.groups()
        return when, request.partition(b"?")[0], status, took or b""


def _text(durations: Durations) -> Text:
    rest = durations.in_line
    timed = durations is not _UNTIMED
    return Text(
        "combined with times" if timed else "combined",
        re.compile(_HEAD + _AGENT + rest, re.MULTILINE),
        re.compile(_PATIENT + rest),
        durations.parts,
        timed,
    )


def text_of(lines: Sequence[bytes]) -> Text | None:
    """Return the text format that most of some lines are in; None when it is none of them.

    Where the times in it are not clear it is one without: a time that is guessed is worse than one
    that is not known.
    """
    plain = _text(_UNTIMED)
    fitting = [line for line in lines if plain.row(line) is not None]
    if not fitting:
        return None
    for way in _WAYS:
        candidate = _text(way)
        found = [row for line in fitting if (row := candidate.row(line)) is not None]
        if sum(bool(row[3]) for row in found) * 2 > len(fitting):
            return candidate
    return plain
