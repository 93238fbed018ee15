"""Read an access log and sum it up; runs in a thread, and ends when it is told to."""

import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO

from fettle.errors import CannotLook
from fettle.targets.access_logs import files
from fettle.targets.access_logs.formats import KNOWN, Format, text_of
from fettle.targets.access_logs.moments import seconds
from fettle.targets.access_logs.tally import Tally
from fettle.targets.access_logs.written import written

_SAMPLE = 200  # lines that say in which format a file is
_HOPELESS = 8 * 1024**2  # bytes of which nothing was understood


@dataclass(frozen=True)
class Summed:
    """What was read of a log; `formats` are those that its lines were in."""

    tally: Tally
    formats: tuple[str, ...]
    timed: bool
    truncated: str | None = None


@dataclass
class Reading:
    """One reading of a log, from `since` (seconds since 1970) on, or of all of it."""

    path: str
    since: float | None = None
    format: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.tally = Tally(since=self.since)
        self._formats: list[Format] = []
        self._used: dict[str, Format] = {}
        self._understood = self._read = 0
        self._broken: str | None = None

    def summed(self) -> Summed:
        """Read; raises CannotLook when there is no such file, or nothing of it is understood."""
        with closing(files.opened(self.path, self.stop)) as file:
            if self.since is not None and files.can_be_searched(file):
                self._formats = self._detected(files.head(file))
                if not files.go_to(file, self.since, self._time_of):
                    self._read_siblings()
            self._take(file, self.path)
        if not self._understood and self.tally.lines:
            raise self._not_understood()
        timed = any(format_.timed for format_ in self._used.values())
        return Summed(self.tally, tuple(self._used), timed, self._broken)

    def _read_siblings(self) -> None:
        """Read what was moved away lately, and holds the beginning of the time that is asked."""
        if self.since is None or self.path == files.STANDARD_INPUT:
            return
        for other in files.siblings(self.path, self.since):
            try:
                self._read_sibling(other, self.since)
            except CannotLook as error:  # what is there now is read all the same
                self._broken = f"{other}: {error.reason}"

    def _read_sibling(self, path: str, since: float) -> None:
        with closing(files.opened(path, self.stop)) as file:
            if files.can_be_searched(file):
                self._formats = self._formats or self._detected(files.head(file))
                files.go_to(file, since, self._time_of)
            self._take(file, path)

    def _take(self, file: IO[bytes], path: str) -> None:
        try:
            for block, too_long in files.blocks(file):
                if self.stop.is_set():
                    return
                self._count(block, too_long)
                if not self._understood and self._read > _HOPELESS:
                    return
        except CannotLook as error:
            if not self._understood:
                raise
            self._broken = error.reason
        except OSError as error:
            raise files.unreadable(path, error) from None

    def _count(self, block: bytes, too_long: int) -> None:
        self._read += files.BLOCK
        self.tally.lines += too_long
        self.tally.unread += too_long
        if not block:
            return
        if not self._formats:
            self._formats = self._detected(block)
        if not self._formats:
            self._one_by_one([line for line in block.split(b"\n") if line.strip()])
            return
        rows = self._formats[0].rows(block)
        self.tally.lines += len(rows)
        self._add(self._formats[0], rows)
        if len(rows) < block.count(b"\n") + (not block.endswith(b"\n")):
            self._one_by_one(self._formats[0].left(block))

    def _one_by_one(self, lines: Sequence[bytes]) -> None:
        """Look with patience, and by every format, at lines that the first one left."""
        self.tally.lines += len(lines)
        found: dict[str, list[tuple[object, object, object, object]]] = {}
        unknown: list[bytes] = []
        for line in lines:
            for format_ in self._formats:
                if (row := format_.row(line)) is not None:
                    found.setdefault(format_.name, []).append(row)
                    break
            else:
                unknown.append(line)
        for format_ in self._formats:
            if rows := found.get(format_.name):
                self._add(format_, rows)
        for line in self._with_another(unknown):
            self.tally.miss(line)

    def _with_another(self, unknown: list[bytes]) -> list[bytes]:
        """Learn another format from what none has understood; return what is still unknown.

        A server's format is changed while it runs: then the rest of a file is of another one.
        """
        if len(unknown) < 3 or self.format is not None or len(self._formats) > 3:
            return unknown
        names = {format_.name for format_ in self._formats}
        new = [one for one in _detected(unknown[:_SAMPLE]) if one.name not in names]
        if not new:
            return unknown
        self._formats.append(new[0])
        pairs = [(line, new[0].row(line)) for line in unknown]
        self._add(new[0], [row for _, row in pairs if row is not None])
        return [line for line, row in pairs if row is None]

    def _add(self, format_: Format, rows: Sequence[tuple[object, object, object, object]]) -> None:
        if not rows:
            return
        self._understood += len(rows)
        self._used[format_.name] = format_
        self.tally.add(rows, format_.parts)

    def _detected(self, block: bytes) -> list[Format]:
        if self.format is not None:
            return [written(self.format)]
        return _detected(block.splitlines()[:_SAMPLE])

    def _time_of(self, line: bytes) -> float | None:
        rows = (format_.row(line.rstrip(b"\r\n")) for format_ in self._formats)
        row = next((row for row in rows if row is not None), None)
        return None if row is None else seconds(row[0])

    def _not_understood(self) -> CannotLook:
        shown = self.tally.example.decode("utf-8", "backslashreplace")[:80]
        lines = f"{self.tally.lines:,} line{'s' if self.tally.lines > 1 else ''}"
        begins = f"; the first begins {shown!r}" if shown else ""
        if self.format is not None:
            return CannotLook(
                f"none of the {lines} read of it is in the format that is set{begins}",
                remedy="set access_log_format to what the web server's configuration says",
            )
        return CannotLook(
            f"none of the {lines} read of it is in a format that is known{begins}",
            remedy=f"known are {KNOWN}; any other can be set as access_log_format of a [[service]]",
        )


def _detected(lines: Sequence[bytes]) -> list[Format]:
    """Return the formats that some lines are in, the one of most of them first."""
    objects = [line for line in lines if line.lstrip()[:1] == b"{"]
    others = [line for line in lines if line.lstrip()[:1] != b"{"]
    found: list[tuple[int, Format]] = []
    if (text := text_of(others)) is not None:
        found.append((len(others), text))
    if objects:
        from fettle.targets.access_logs.json_lines import json_of  # noqa: PLC0415 - few are JSON

        if (json := json_of(objects)) is not None:
            found.append((len(objects), json))
    return [format_ for _, format_ in sorted(found, key=lambda pair: -pair[0])]
