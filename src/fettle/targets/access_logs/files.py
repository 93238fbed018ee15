"""What there is to read of an access log: blocks of whole lines, from where a moment begins.

A log that is written to is opened anew for each look, so whatever its rotation does is followed:
what was moved away lies beside it, and is read first while it still has lines of the time asked.
"""

import bz2
import gzip
import io
import lzma
import os
import select
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from fettle.errors import CannotLook

BLOCK = 256 * 1024
LONGEST = 1024**2  # of a line; what is longer is no request, and would fill the memory
STANDARD_INPUT = "-"
_COMPRESSED: Mapping[bytes, Callable[[str], Any]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}
_STOPPED_WITHIN_S = 0.2
_CLOSE = 64 * 1024  # nearer than that to a place nothing is searched for any more
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


class _Piped(io.RawIOBase):
    """What is piped in: who waits for more of it can be told to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def read(self, size: int = -1) -> bytes:
        """Return what is there, as soon as something is; nothing at its end, and when stopped."""
        while not self._stop.is_set():
            if select.select([sys.stdin], [], [], _STOPPED_WITHIN_S)[0]:
                return os.read(sys.stdin.fileno(), size if size > 0 else BLOCK)
        return b""


def opened(path: str, stop: threading.Event) -> IO[bytes]:
    """Open a log, whichever way it is compressed; raises CannotLook.

    Reading what is piped in ends when it is told to stop.
    """
    if path == STANDARD_INPUT:
        return cast("IO[bytes]", _Piped(stop))
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - whoever asks closes it
        begin = file.read(2)
        file.seek(0)
    except OSError as error:
        raise unreadable(path, error) from None
    if begin not in _COMPRESSED:
        return file
    file.close()
    return cast("IO[bytes]", _COMPRESSED[begin](path))


def unreadable(path: str, error: Exception) -> CannotLook:
    """Return why a log cannot be read, and what would let it be read."""
    remedy = "name the file that the web server writes, as access_log or as the target"
    if isinstance(error, PermissionError):
        remedy = (
            f"let this user read it: setfacl -m u:$(id -un):r {path}, or on Debian add the user "
            "to the group adm"
        )
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return CannotLook(f"it cannot be read: {said}", remedy=remedy)


def can_be_searched(file: IO[bytes]) -> bool:
    """Whether one can go to any place of a log at once: it is a file, and not compressed."""
    return isinstance(file, io.BufferedReader) and file.seekable()


def siblings(path: str, since: float) -> list[str]:
    """Return the files that a log was moved to and that hold lines from a moment on; oldest first.

    `access.log.1`, `access.log.2.gz` and `access.log-20261120` lie beside `access.log`;
    `access-2026-11-20T10-00-00.000.log` does where Caddy rotates it.
    """
    log = Path(path)
    found = []
    for other in log.parent.glob(f"{log.stem}*"):
        rest = other.name.removeprefix(log.stem)
        moved = rest.startswith(log.suffix) or rest[:1] == "-"
        if other == log or not moved or not any(map(str.isdigit, rest)) or not other.is_file():
            continue
        if (changed := other.stat().st_mtime) >= since:
            found.append((changed, str(other)))
    return [name for _, name in sorted(found)]


def head(file: IO[bytes]) -> bytes:
    """Return how a log begins, and go back to there."""
    begin = file.read(BLOCK)
    file.seek(0)
    return begin


def go_to(file: IO[bytes], since: float, time_of: Callable[[bytes], float | None]) -> bool:
    """Go to where lines of a moment begin, a little before it; False when that is the beginning.

    Lines stand in the order of their times, but for some seconds: that is what bisecting takes.
    """
    low, high = 0, file.seek(0, 2)
    while high - low > _CLOSE:
        middle = (low + high) // 2
        at = _time_behind(file, middle, high, time_of)
        if at is None or at >= since:
            high = middle
        else:
            low = middle
    begin = max(0, low - _CLOSE)
    file.seek(begin)
    if begin:
        file.readline(LONGEST)
    return begin > 0


def _time_behind(
    file: IO[bytes], place: int, end: int, time_of: Callable[[bytes], float | None]
) -> float | None:
    """Return the time of the first line behind a place that has one."""
    file.seek(place)
    file.readline(LONGEST)
    while file.tell() < end:
        line = file.readline(LONGEST)
        if not line:
            break
        if (at := time_of(line)) is not None:
            return at
    return None


def blocks(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield blocks of whole lines, and how many lines were too long before each.

    A last line without an end is among them. Raises CannotLook when a compressed file is broken.
    """
    rest, too_long, skipping = b"", 0, False
    while read := _read(file):
        if skipping:
            _, end, read = read.partition(b"\n")
            skipping = not end
        text = rest + read
        end_of_line = text.rfind(b"\n") + 1
        whole, rest = text[:end_of_line], text[end_of_line:]
        if skipping or len(rest) > LONGEST:
            too_long += not skipping
            rest, skipping = b"", True
        yield whole, too_long  # nothing too: who reads may have been told to stop
        too_long = 0
    if rest:
        yield rest, 0


def _read(file: IO[bytes]) -> bytes:
    try:
        return file.read(BLOCK)
    except _BROKEN as error:
        raise CannotLook(f"it is compressed, and broken: {error}") from None
