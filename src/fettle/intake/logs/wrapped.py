"""Lines as a process wrote them, and whose they are, where something has wrapped them on their way.

Collectors write the lines of many processes into one log, each in an object of JSON, behind a head
of syslog's or a container's name: lines of one trace are joined by whose they are, whatever came
between them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fettle.intake.logs.lines import SYSLOG

Fields = Mapping[str, object]

# What is said, in the objects that shippers and loggers write.
_SAYS = ("message", "msg", "MESSAGE", "event", "log", "body", "text", "short_message", "@m", "@mt")
# What says in them whose a line is.
_WHOSE = (
    *("stream", "container_id", "container_name", "pod_name", "docker_id", "host", "hostname"),
    *("file", "pid", "_PID", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "kubernetes"),
)
_LONGEST_WHOSE = 200
_OF_DOCKER = frozenset({"log", "stream", "time", "attrs"})
_OF_CONTAINERS = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (stdout|stderr) [FP] ?(.*)", re.DOTALL
)
_OF_HEROKU = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) ([a-z]{1,20}\[[\w.-]{1,40}\]): ?(.*)",
    re.DOTALL,
)
_OF_COMPOSE = re.compile(r"([\w.-]{1,80}) +\| ?(.*)", re.DOTALL)
_TAG = re.compile(r"(?P<tag>[\w./()-]+(?P<pid>\[\d+\])?): ?(?P<text>.*)", re.DOTALL)
_LEVELS = frozenset(
    ("trace", "debug", "info", "notice", "warn", "warning", "error", "err", "critical", "fatal")
)
_DEEPEST = 2
_LONGEST_LINE, _MOST_PARTS = 64 * 1024, 1_000  # characters that are read of one; of one line


class Said(NamedTuple):
    """A line as a process wrote it, and what tells its lines from others' in the same log.

    `line` is what the beginning of a record is read from, and `fields` the object that it is.
    """

    whose: str
    text: str
    line: str
    fields: Fields | None = None


def said(line: str, deep: int = 0) -> Said:
    """Return what a line holds."""
    begin = line[:1]
    if begin == "{":
        return _of_object(line, deep)
    if begin.isdigit() and (found := _OF_CONTAINERS.match(line) or _OF_HEROKU.match(line)):
        return _inner(found[1], found[2], found[2], deep)
    if found := SYSLOG.match(line):
        host, tagged = found[0].split()[-1], _TAG.match(line, found.end())
        # loggers write a level and a place where syslog has a host and a process
        if tagged and (not begin.isdigit() or tagged["pid"]) and host.casefold() not in _LEVELS:
            return Said(f"{host} {tagged['tag']}", tagged["text"], line)
    elif found := _OF_COMPOSE.match(line):
        return _inner(found[1], found[2], found[2], deep)
    return Said("", line, line)


class Whole(NamedTuple):
    """A line that is whole: from which place up to which it came, as how many."""

    line: str
    begun: int
    ended: int
    lines: int = 1


class Lines:
    """Joins the parts that container runtimes make of long lines (`stdout P`, the last one `F`)."""

    def __init__(self) -> None:
        self._begun: dict[str, Whole] = {}  # of each stream the line of which parts have come

    def begun(self) -> Iterable[Whole]:
        """Return the lines of which parts have come, as far as they have."""
        return self._begun.values()

    def take(self, line: str, place: int) -> Whole | None:
        """Take a line; return it as it is whole, None where more of it is to come."""
        found = _OF_CONTAINERS.match(line) if line[:1].isdigit() else None
        if found is None:
            return Whole(line, place, place)
        goes_on = line[found.end(1) + 1] == "P"
        before = self._begun.pop(found[1], None)
        if before is None:
            whole = Whole(f"{line[: found.end(1)]} F {found[2]}", place, place)
        else:
            text = found[2] if len(before.line) < _LONGEST_LINE else ""
            whole = Whole(before.line + text, before.begun, place, before.lines + 1)
        if not goes_on or whole.lines >= _MOST_PARTS:
            return whole
        self._begun[found[1]] = whole
        return None

    def end(self) -> list[Whole]:
        """Return the lines of which more was to come, and forget them."""
        rest = sorted(self._begun.values(), key=lambda one: one.begun)
        self._begun.clear()
        return rest


def _inner(whose: str, text: str, line: str, deep: int) -> Said:
    """Return what a wrapped line holds, which may be wrapped itself."""
    if deep >= _DEEPEST:
        return Said(whose, text, line)
    within = said(text, deep + 1)
    return within._replace(whose=f"{whose} {within.whose}".rstrip()[:_LONGEST_WHOSE])


def _of_object(line: str, deep: int) -> Said:
    fields = object_of(line)
    if fields is None:
        return Said("", line, line)
    text = said_in(fields)
    whose = " ".join(_whose(fields))[:_LONGEST_WHOSE]
    if fields.keys() <= _OF_DOCKER and text:
        return _inner(whose, text.rstrip("\r\n"), text.rstrip("\r\n"), deep)
    return Said(whose, text.rstrip("\r\n"), line, fields)


def said_in(fields: Fields) -> str:
    """Return what an object says; empty where it says nothing."""
    for name in _SAYS:
        text = fields.get(name)
        if isinstance(text, str) and text:
            return text
    return ""


def object_of(line: str) -> Fields | None:
    """Return the object that a line is; None for one that is none."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _whose(fields: Fields) -> Iterator[str]:
    for name in _WHOSE:
        match fields.get(name):
            case str() | int() as one:
                yield str(one)
            case dict() as parts if name == "kubernetes":
                yield from (str(parts[part]) for part in _WHOSE if isinstance(parts.get(part), str))
            case _:
                pass
