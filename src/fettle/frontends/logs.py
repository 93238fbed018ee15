"""What a server and a worker log: one line for each record, for people or for programs.

1. Who logs waits for nobody: a thread writes the lines, a few milliseconds later and those of that
   time together. When nobody reads them they are dropped, and how many is said as soon as somebody
   does.
2. A line that is logged inside a request carries the request's id.
3. What looks like a secret is cut out of a line, wherever it came from: keys in paths, tokens,
   passwords in addresses.
"""

import json
import logging
import os
import queue
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Form = Literal["text", "json"]

REQUEST: ContextVar[str | None] = ContextVar("fettle.request", default=None)

_WAITING = 10_000  # lines
_TOGETHER = 500  # lines
# To wake the thread for each line costs as much as to make one.
_GATHER_S = 0.02
_LAST_WORDS_S = 2.0
_LONGEST_MESSAGE = 8_000
_LONGEST_TRACE = 32_000
_LONGEST_PATH = 500
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a text has to hold, in lower case, for its expression to fit: most lines hold nothing of it.
_CUTS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("fettle_",), re.compile(r"\bfettle_[a-z]_[\w-]+"), "fettle_…"),
    (("://",), re.compile(r"(://[^\s/@:\"']*:)[^\s\"'<>]*@"), r"\1…@"),
    (
        ("bearer", "authorization"),
        re.compile(r"(?i)\b(bearer|authorization[\"']?\s*[:=]\s*[\"']?(?:\w+\s)?)\s*[\w.~+/=-]+"),
        r"\1 …",
    ),
    (
        ("pass",),
        re.compile(r"(?i)\b(pass(?:word|wd)?)([\"']?\s*[:=]\s*)('[^']*'|\"[^\"]*\"|[^\s&,;]+)"),
        r"\1\2…",
    ),
    (
        ("secret", "token", "_key"),
        re.compile(r"(?i)\b(\w*(?:secret|token|_key))=[^\s&,;]+"),
        r"\1=…",
    ),
    (
        ("hooks", "ping", "acknowledge", "approve", "welcome", "demo"),
        re.compile(r"(?i)/(hooks|ping|acknowledge|approve|welcome|demo)/+[^\s/?]+"),
        r"/\1/…",
    ),
    ((".ics",), re.compile(r"(?i)/(oncall|maintenance)/+[^\s/?]+\.ics"), r"/\1/….ics"),
)
_SECRET_PART = re.compile(r"(?i)/(hooks|ping|acknowledge|approve|welcome|demo)/+[^/]+")

_log = logging.getLogger("fettle.server")


def cut(text: str) -> str:
    """Return a text without what looks like a secret."""
    lowered = text.lower()
    for words, pattern, instead in _CUTS:
        if any(word in lowered for word in words):
            text = pattern.sub(instead, text)
    return text


def cut_path(path: str) -> str:
    """Return a path without the part that is a secret: a hook's key, a link's token.

    It is cut where it is longer than any of ours: who asks says how long it is.
    """
    shown = cut(_SECRET_PART.sub(r"/\1/…", path))
    return shown if len(shown) <= _LONGEST_PATH else f"{shown[:_LONGEST_PATH]}…"


@dataclass(frozen=True)
class Line:
    """What a record says, without what looks like a secret; `plain` is for people as it stands."""

    at: str
    level: str
    logger: str
    message: str
    fields: Mapping[str, object]
    trace: str | None
    plain: bool


class Lines(logging.Formatter):
    """Each record as a line: an object of JSON, or text for people."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._write = _as_json if form == "json" else _as_text

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = {}
        if (request := REQUEST.get()) is not None:
            fields["request"] = request
        fields |= getattr(record, "fields", {})
        said = record.getMessage()[:_LONGEST_MESSAGE]
        trace = self.formatException(record.exc_info) if record.exc_info else None
        line = Line(
            at.replace("+00:00", "Z"),
            record.levelname.lower(),
            record.name,
            said if getattr(record, "shown", False) else cut(said),
            {name: cut(one) if isinstance(one, str) else one for name, one in fields.items()},
            None if trace is None else cut(trace[-_LONGEST_TRACE:]),
            getattr(record, "plain", False),
        )
        return self._write(line)


def _as_json(line: Line) -> str:
    said: dict[str, object] = {
        "at": line.at,
        "level": line.level,
        "logger": line.logger,
        "message": line.message,
        **line.fields,
    }
    if line.trace is not None:
        said["trace"] = line.trace
    written = json.dumps(said, ensure_ascii=False, default=str)
    # what JSON lets stand as it is can act on the terminal of who reads the log
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def _as_text(line: Line) -> str:
    """Return a line for people; nothing from outside can begin a line of its own."""
    if line.plain:
        return line.message
    more = "".join(f" {name}={value}" for name, value in line.fields.items())
    said = _visible(f"{line.at} {line.level} {line.logger}: {line.message}{more}")
    if line.trace is not None:
        said += "".join(f"\n    {_visible(one)}" for one in line.trace.splitlines())
    return said


def _visible(text: str) -> str:
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class Aside(logging.Handler):
    """Write lines to a file's descriptor from a thread of its own."""

    def __init__(self, descriptor: int, waiting: int = _WAITING) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._most = waiting
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Let the record be written; it is dropped when too many wait."""
        if self._lines.qsize() >= self._most:
            self._dropped += 1
            return
        try:
            self._lines.put(self.format(record))
        except Exception:  # noqa: BLE001 - logging's own boundary
            self.handleError(record)

    def close(self) -> None:
        """Write what waits, as long as somebody reads it."""
        self._lines.put(None)
        self._thread.join(_LAST_WORDS_S)
        super().close()

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            time.sleep(_GATHER_S)
            lines = [line, *self._at_hand()]
            if self._write("\n".join(lines)) and (dropped := self._dropped):
                self._dropped -= dropped
                _log.warning("%d lines of the log were dropped: nobody read them", dropped)

    def _at_hand(self) -> Iterator[str]:
        """Yield lines that wait; what says that they end goes on waiting."""
        for _ in range(min(self._lines.qsize(), _TOGETHER)):
            if (line := self._lines.get()) is None:
                self._lines.put(None)
                return
            yield line

    def _write(self, text: str) -> bool:
        data = memoryview(f"{text}\n".encode(errors="backslashreplace"))
        try:
            # not through a file object: the thread may hang in here when the process ends, and the
            # file's lock with it
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:  # whoever read it has gone
            return False
        return True


@dataclass(frozen=True)
class Log:
    """An installed log."""

    def say(self, message: str) -> None:
        """Say something to whoever has started the process."""
        _log.info("%s", message, extra={"plain": True})

    def show(self, message: str) -> None:
        """Say something of which nothing is cut out: a secret that is meant to be seen, once."""
        _log.info("%s", message, extra={"plain": True, "shown": True})


@contextmanager
def installed(form: Form, level: int, descriptor: int = 2) -> Iterator[Log]:
    """Let everything that is logged in the process be written as lines, until the block ends.

    `level` is for Fettle's own loggers; of libraries' nothing below a warning is.
    """
    handler = Aside(descriptor)
    handler.setFormatter(Lines(form))
    root, ours = logging.getLogger(), logging.getLogger("fettle")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    ours.setLevel(level)
    logging.captureWarnings(True)
    try:
        yield Log()
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        handler.close()
