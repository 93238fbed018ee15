"""What a line of a log says, and how grave it says that it is.

A line is text with a head (a time, a level, a place), an object of JSON, or `key=value` pairs.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from fettle.intake.logs import stacks
from fettle.intake.logs.lines import RAISED, READ_AT_MOST, parted
from fettle.intake.logs.wrapped import Fields, object_of, said_in
from fettle.model.log import Level, Trace

_FATAL = "emerg emergency alert crit critical fatal panic f"
_ERROR = "error err severe e"
_WARNING = "warn warning w"
_INFO = "trace debug info information log notice verbose fine d i v statement detail hint"
_LEVELS: Mapping[str, Level] = {
    word: level
    for level, words in (
        (Level.FATAL, _FATAL),
        (Level.ERROR, _ERROR),
        (Level.WARNING, _WARNING),
        (Level.INFO, _INFO),
    )
    for word in words.split()
}
LEVEL_WORDS = "|".join(sorted((word for word in _LEVELS if len(word) > 1), key=len, reverse=True))
_IN_HEAD = re.compile(rf"(?<![\w-])(?:{LEVEL_WORDS}|[diwefv](?=[/\s]))(?![\w-])", re.IGNORECASE)
_AT_FIRST = re.compile(
    rf"[\[(<]?({LEVEL_WORDS})(?:[\])>][\s:|-]*|\s?[:|-]\s*|\s+(?=\[))", re.IGNORECASE
)
_SHOUTED = re.compile(rf"({LEVEL_WORDS.upper()})\s+")
_PAIR_LEVEL = re.compile(r"\b(?:level|lvl|severity)=\"?(\w{1,20})", re.IGNORECASE)
_PAIR_SAYS = re.compile(r"\b(?:msg|message)=(?:\"((?:[^\"\\]|\\.){0,4000})\"?|(\S+))")
_PAIRS_WITHIN = 300

_HOW_GRAVE = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "PRIORITY")


class Record(NamedTuple):
    """What was logged at once: what it says, how grave it is, of how many lines, and its trace.

    `begun` and `ended` are the places of its first and its last line.
    """

    says: str
    level: Level
    lines: int = 1
    trace: Trace | None = None
    begun: int = 0
    ended: int = 0


def read(line: str, fields: Fields | None = None) -> tuple[str, Level]:
    """Return what a line says without its head, and how grave it says that it is.

    `fields` are those of the object that it is, where somebody has read it before.
    """
    line = line.strip()
    if line[:1] == "{":
        fields = fields or object_of(line)
        told = None if fields is None else _of_fields(fields)
        if told is not None:
            return told
    head, says = parted(line)
    if head:
        levels = _IN_HEAD.findall(head)
        if levels:
            return says, _LEVELS[levels[0].casefold()]
    return _by_itself(says)


def _by_itself(says: str) -> tuple[str, Level]:
    """Read a line that has no head, or one without a level."""
    if pair := _PAIR_LEVEL.search(says, 0, _PAIRS_WITHIN):
        said = _PAIR_SAYS.search(says)
        return (said[1] or said[2] or says) if said else says, _level(pair[1])
    if first := (_AT_FIRST.match(says) or _SHOUTED.match(says)):
        return says[first.end() :] or says, _LEVELS[first[1].casefold()]
    return says, Level.UNKNOWN


def _of_fields(fields: Fields) -> tuple[str, Level] | None:
    """Read a line that is an object; None for one that says nothing."""
    says = said_in(fields)
    if not says:
        return None
    given = next((fields[name] for name in _HOW_GRAVE if name in fields), None)
    first, _, rest = says.strip().partition("\n")
    _, message = parted(first)
    level = _level(given) if given is not None else read_text(first)
    if raised := stacks.printed(fields) or rest:
        names = list(RAISED.finditer(raised[-READ_AT_MOST:]))
        if names and names[-1][0] not in message:
            return f"{message} {names[-1][0]}", max(level, Level.ERROR)
    return message, level


def read_text(line: str) -> Level:
    """Return how grave a text says that it is."""
    head, says = parted(line)
    levels = _IN_HEAD.findall(head)
    return _LEVELS[levels[0].casefold()] if levels else _by_itself(says)[1]


def _level(said: object) -> Level:
    """Return a level by its word, or by syslog's numbers (to 7) or those of Node's loggers."""
    if isinstance(said, str) and not said.isdecimal():
        return _LEVELS.get(said.casefold(), Level.UNKNOWN)
    if isinstance(said, bool) or not isinstance(said, str | int) or len(str(said)) > 4:
        return Level.UNKNOWN
    number = int(said)
    if number <= 7:
        return (Level.FATAL, Level.ERROR, Level.WARNING, Level.INFO)[min(3, max(0, number - 2))]
    for least, level in ((60, Level.FATAL), (50, Level.ERROR), (40, Level.WARNING)):
        if number >= least:
            return level
    return Level.INFO
