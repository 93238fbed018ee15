"""A line of a log as its words: without the time, level and place before it, values left out.

What is a value is decided by how it looks, for no log in particular: whatever holds a digit, what
stands behind `=`, paths, hosts, days and months, and the unit behind a number. Values that follow
one another are one, so that a list of three is like a list of two. A line of binary is one value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

VALUE = "<*>"
READ_AT_MOST = 4_000  # of a line: what comes behind it tells no two lines apart
_MOST_WORDS = 200
_REMEMBERED = 50_000

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?"
_TIME = (
    r"(?:\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?|\d{6})"
    r"(?:\s?(?:z|[+-]\d\d:?\d\d|am|pm|utc)\b)?"
)
_DATE = (
    rf"(?:\d{{2,4}}[-/.]\d\d?[-/.]\d{{2,4}}|\d{{6,8}}|(?:{_DAY}\s+)?{_MONTH}\s+\d{{1,2}}"
    rf"(?:,?\s+\d{{4}})?|\d{{1,2}}[-/\s]{_MONTH}[-/\s:]\d{{2,4}})"
)
_PRIORITY = r"\s*(?:<\d{1,3}>\d?\s*)?"
_STAMP = re.compile(
    rf"{_PRIORITY}[\[(]?{_DATE}[T\s:,-]+{_TIME}(?:\s+\d{{4}})?[\])]?[\s,:|-]*", re.IGNORECASE
)
SYSLOG = re.compile(
    rf"{_PRIORITY}(?:{_MONTH}\s+\d{{1,2}}\s+{_TIME}|\d{{4}}-\d\d-\d\dT{_TIME})"
    r"\s+[\w.-]+\s+(?=[\w./()-]+(?:\[\d+\])?:\s)",
    re.IGNORECASE,
)
_LEVEL = (
    r"(?:trace|debug|info|information|log|notice|warn|warning|error|err|crit|critical|fatal|alert"
    r"|emerg|severe|[diwefv](?=[/\s]))"
)
# Behind the time: a level, something in brackets (a thread, a logger), numbers before these, and
# once the name of who says it.
_PART = re.compile(
    rf"(?:[\[(<]?{_LEVEL}[\])>]?[\s:|/-]+|\[(?:[^\[\]]|\[[^\[\]]*\])*\][\s:|-]*"
    rf"|\d+\s+(?={_LEVEL}\b|\d+\s)|(?P<name>[\w.$/@*-]+(?:\([\w.-]*\))?(?:\[\d+\])?:\s+)|-\s+)",
    re.IGNORECASE,
)
_PARTS = 6

# The class of an exception, as it is named: `java.io.IOException`, `KeyError`.
RAISED = re.compile(
    r"(?:[a-zA-Z_][\w$]{0,80}\.){0,12}[A-Z]\w{0,80}(?:Exception|Error|Throwable|Exit|Interrupt"
    r"|Warning|Failure|Fault)\b"
)

_DIGIT = re.compile(r"\d")
# In no text, whatever its encoding; colours of terminals have an escape, UTF-16 has zeros.
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LEAST_CONTROLS, _SHARE_OF_CONTROLS = 3, 0.05
_PIECE = re.compile(
    r"(?<==)(?=\S)|\.{3,}|(?<=[\[\](){}\",;|])(?=\S)|(?<=\S)(?=[\[({])"
    r"|(?<=[A-Za-z_]{3}:)(?=[^/\s:])"
)
_STOPS = "[](){}<>,;:\"'.!?|=*"
_CALENDAR = (
    "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb "
    "mar apr may jun jul aug sep oct nov dec january february march april june july august "
    "september october november december pdt pst utc gmt est edt cet cest"
)
_AMOUNTS = "b kb mb gb tb kib mib gib tib bytes byte ms us ns s sec secs %"
_DAYS = frozenset(_CALENDAR.split())


def _however_written(words: Iterable[str]) -> frozenset[str]:
    return frozenset(way for word in words for way in (word, word.upper(), word.title()))


_UNITS = _however_written((*_AMOUNTS.split(), "KiB", "MiB", "GiB", "TiB", "kB"))
_NAMES = _however_written(("user", "username", "host", "hostname"))
_ONE_VALUE = (VALUE,)
# What is one value at first sight: nothing in it parts it. It is gone through once; to look for the
# digit by going back costs milliseconds a line.
_PLAIN_VALUE = re.compile(r"(?!.*\.{3})(?=[\w./#@+-]*\d)[\w./#@+-]*+[.,;:]?")
_HOST = re.compile(
    r"(?:[a-z0-9_-]+\.)+(?:com|net|org|edu|gov|io|dev|app|co|uk|de|fr|nl|it|es|pl|ru|cn|jp|br|in"
    r"|au|ca|us|eu|info|biz|local|localdomain|internal|lan|example|test)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Word:
    """A word of a line, and where it stands; a value may be several pieces."""

    said: str
    start: int
    end: int


def message_of(line: str) -> str:
    """Return what a line says, without the time, level and place that stand before it."""
    return parted(line)[1]


def parted(line: str) -> tuple[str, str]:
    """Return what stands before what a line says, and what it says."""
    line = line[:READ_AT_MOST]
    at = _headed(line)
    return line[:at], line[at:]


def _headed(line: str) -> int:
    found = SYSLOG.match(line) or _STAMP.match(line)
    if not found:
        return 0
    at = found.end()
    named = False
    for _ in range(_PARTS):
        part = _PART.match(line, at)
        if not part or (named and part["name"]):
            break
        named = named or bool(part["name"])
        at = part.end()
    return at if at < len(line) else 0


class Reader:
    """Reads lines into words; remembers how words that come again are read."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def words(self, message: str) -> tuple[str, ...]:
        """Return the words of what a line says, values as VALUE."""
        if not message.isprintable() and _is_binary(message):
            return _ONE_VALUE
        said: list[str] = []
        known = self._known
        before = ""
        for token in message.split()[:_MOST_WORDS]:
            for piece in known.get(token) or self._read(token):
                word = _after(before, piece)
                if word is not None:
                    said.append(word)
                    before = word
        return tuple(said)

    def _read(self, token: str) -> tuple[str, ...]:
        if _PLAIN_VALUE.fullmatch(token):
            return _ONE_VALUE
        pieces = tuple(piece for piece, _, _ in _pieces(token))
        if not _DIGIT.search(token):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[token] = pieces
        return pieces


def _after(before: str, piece: str) -> str | None:
    """Return a piece as the word that it is behind another; None where it belongs to that."""
    if before is VALUE:
        return None if piece is VALUE or piece in _UNITS else piece
    return VALUE if before in _NAMES else piece


def spelled(message: str) -> Sequence[Word]:
    """Return the words of what a line says with where they stand: what `Reader.words` reads."""
    if _is_binary(message):
        return [Word(VALUE, 0, len(message))]
    words: list[Word] = []
    for token in list(re.finditer(r"\S+", message))[:_MOST_WORDS]:
        for piece, start, end in _pieces(token[0]):
            word = _after(words[-1].said if words else "", piece)
            if word is None:
                words[-1] = Word(VALUE, words[-1].start, token.start() + end)
            else:
                words.append(Word(word, token.start() + start, token.start() + end))
    return words


def _is_binary(message: str) -> bool:
    found = len(_CONTROL.findall(message))
    return found >= max(_LEAST_CONTROLS, _SHARE_OF_CONTROLS * len(message))


def _pieces(token: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words in a token: what they are, and where they stand in it."""
    begin = 0
    follows = False  # behind an `=`
    cuts = [(found.start(), found.end()) for found in _PIECE.finditer(token)]
    for end, after in (*cuts, (len(token), len(token))):
        part = token[begin:end]
        bare = part.strip(_STOPS)
        if bare:
            start = begin + part.index(bare)
            yield VALUE if follows or _is_value(bare) else bare, start, start + len(bare)
        follows = part.endswith("=") and bool(bare)
        begin = after


def _is_value(word: str) -> bool:
    if _DIGIT.search(word) or word.casefold() in _DAYS:
        return True
    if "/" in word:
        return word[0] == "/" or word.count("/") > 1
    return "." in word and _HOST.fullmatch(word) is not None
