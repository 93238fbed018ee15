"""Lines of a log as records: what each says, how grave it says that it is, traces joined to it.

A line is text with a head (a time, a level, a place), an object of JSON, or `key=value` pairs. A
line that goes on with what the one before it began, as those of a stack trace do, is a part of that
one's record: a trace is one record, told by its head and by what was raised.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fettle.intake.logs.lines import READ_AT_MOST, parted
from fettle.model.log import Level

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
_LONG = "|".join(sorted((word for word in _LEVELS if len(word) > 1), key=len, reverse=True))
_IN_HEAD = re.compile(rf"(?<![\w-])(?:{_LONG}|[diwefv](?=[/\s]))(?![\w-])", re.IGNORECASE)
_AT_FIRST = re.compile(rf"[\[(<]?({_LONG})(?:[\])>][\s:|-]*|\s?[:|-]\s*|\s+(?=\[))", re.IGNORECASE)
_SHOUTED = re.compile(rf"({_LONG.upper()})\s+")
_PAIR_LEVEL = re.compile(r"\b(?:level|lvl|severity)=\"?(\w{1,20})", re.IGNORECASE)
_PAIR_SAYS = re.compile(r"\b(?:msg|message)=(?:\"((?:[^\"\\]|\\.){0,4000})\"?|(\S+))")
_PAIRS_WITHIN = 300

_SAYS = ("message", "msg", "MESSAGE", "event", "log", "body", "text", "short_message")
_HOW_GRAVE = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "PRIORITY")
_RAISED_IN = ("exception", "stack_trace", "stack", "traceback", "exc_info", "error.stack_trace")

_TRACEBACK = "Traceback (most recent call last):"
_GOES_ON = re.compile(
    r"[ \t]+(?![\[(<]?(?:\d{4}-\d\d-|(?:" + _LONG.upper() + r")\b))\S"
    r"|(?:Caused by|Suppressed): |\.\.\. \d+ (?:more|common)|During handling of the above"
    r"|The above exception was|goroutine \d+ \[|Traceback \(most recent call last\):"
)
_RAISED = re.compile(
    r"(?:[a-zA-Z_][\w$]{0,80}\.){0,12}[A-Z]\w{0,80}(?:Exception|Error|Throwable|Exit|Interrupt"
    r"|Warning|Failure|Fault)\b"
)
_CAUSED = re.compile(r"Caused by: ((?:[a-zA-Z_][\w$]{0,80}\.){0,12}\w{1,80})")
_LONGEST_RECORD = 1_000  # lines


class Record(NamedTuple):
    """What was logged at once: what it says, how grave it is, and of how many lines it was."""

    says: str
    level: Level
    lines: int = 1


class Records:
    """Joins lines into records, one line after the other.

    `waits` is how many lines the record that is not yet complete has: whoever reads may have to
    read them again.
    """

    def __init__(self) -> None:
        self._first: str | None = None
        self._lines = 0
        self._raised: str | None = None
        self._in_trace = False  # of Python, whose last line says what was raised
        self._chained = False  # one trace was told to have led to the next

    @property
    def waits(self) -> int:
        """How many lines wait for what follows them."""
        return self._lines

    def take(self, line: str) -> Record | None:
        """Take a line; return the record that it shows to be complete, if any."""
        if self._first is not None and self._belongs(line):
            self._lines += 1
            return None
        done = self.end()
        self._in_trace = line.startswith(_TRACEBACK)
        self._lines = 1
        self._first = "" if self._in_trace else line
        return done

    def end(self) -> Record | None:
        """Return the record that waits, complete or not."""
        if self._first is None:
            return None
        first, lines, raised = self._first, self._lines, self._raised
        self._first, self._lines, self._raised = None, 0, None
        self._in_trace = self._chained = False
        if not first:
            return Record(raised or _TRACEBACK, Level.ERROR, lines)
        says, level = read(first)
        if raised is None:
            return Record(says, level, lines)
        name = raised.partition(":")[0]
        if name not in says:
            says = f"{says[:READ_AT_MOST]} {name}"
        return Record(says, max(level, Level.ERROR), lines)

    def _belongs(self, line: str) -> bool:
        """Whether a line belongs to the record that waits; sees what it says was raised."""
        if self._lines >= _LONGEST_RECORD:
            return False
        if _GOES_ON.match(line):
            return self._goes_on(line)
        if self._in_trace:
            self._in_trace = False
            self._raised = line[:READ_AT_MOST]
            return True
        if self._raised is None and _RAISED.match(line) and self._is_grave():
            self._raised = line[:READ_AT_MOST]
            return True
        return False

    def _goes_on(self, line: str) -> bool:
        if line.startswith(_TRACEBACK):
            if self._raised is not None and not self._chained:
                return False  # another trace
            self._in_trace = True
        self._chained = line[0] in "DT" and not self._in_trace
        if cause := _CAUSED.match(line):
            self._raised = cause[1]
        elif line[0] in " \t" and self._raised is None and not self._in_trace:
            self._see_raised_at_first(line)
        return True

    def _see_raised_at_first(self, line: str) -> None:
        """See that what the first line says was raised, where frames of a stack follow it."""
        if line.lstrip()[:3] == "at " and self._first and _RAISED.match(self._first):
            self._raised = self._first

    def _is_grave(self) -> bool:
        return bool(self._first) and read(self._first or "")[1] >= Level.ERROR


def read(line: str) -> tuple[str, Level]:
    """Return what a line says without its head, and how grave it says that it is."""
    line = line.strip()
    if line[:1] == "{":
        told = _of_json(line)
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


def _of_json(line: str) -> tuple[str, Level] | None:
    """Read a line that is an object; None for one that is none, or says nothing."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    texts = [fields[name] for name in _SAYS if isinstance(fields.get(name), str)]
    says: str = next(filter(None, texts), "")
    if not says:
        return None
    given = next((fields[name] for name in _HOW_GRAVE if name in fields), None)
    first, _, rest = says.strip().partition("\n")
    _, message = parted(first)
    level = _level(given) if given is not None else read_text(first)
    raised = next((str(fields[name]) for name in _RAISED_IN if fields.get(name)), rest)
    if raised:
        names = list(_RAISED.finditer(raised[-READ_AT_MOST:]))
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


def records(lines: Iterator[str]) -> Iterator[Record]:
    """Yield the records of whole lines."""
    joining = Records()
    for line in lines:
        if (done := joining.take(line)) is not None:
            yield done
    if (last := joining.end()) is not None:
        yield last
