"""The embedded server's log: kept short, and read for its last words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

from fettle.store import private
from fettle.store.private import Owner

LARGEST = 4 * 1024 * 1024
_LOOKED_AT = timedelta(minutes=1)


@dataclass(frozen=True)
class ServerLog:
    """The file that the server appends to; one older file is kept beside it."""

    path: Path
    owner: Owner

    def open(self) -> int:
        """Open it for the server; returns the descriptor."""
        return private.open_file(self.path, self.owner)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def tells_progress(self, since: int) -> bool:
        """Whether the server told of its work in what was written after `since` bytes.

        That it refused somebody, us for one, is no progress.
        """
        return any("] LOG: " in line for line in self._lines(since))

    def last_words(self, since: int) -> str:
        """Return what a server that ended said of it, in what was written after `since` bytes."""
        lines = self._lines(since)
        lines = [line for line in lines if "FATAL:  the database system is" not in line]
        fatal = [line for line in lines if "FATAL: " in line or "PANIC: " in line]
        said = fatal[-1:] or [line for line in lines if "LOG: " not in line][-1:] or lines[-1:]
        return said[0].partition("] ")[2] or said[0] if said else "it said nothing"

    def _lines(self, since: int) -> list[str]:
        if self.size <= since:
            return []
        with self.path.open("rb") as file:
            file.seek(since)
            return file.read(LARGEST).decode(errors="replace").splitlines()

    def shorten(self) -> None:
        """Move what it holds to `server.log.1` when it has grown too large.

        The server goes on writing to the same file: it is cut, not renamed. A line written in
        between is lost.
        """
        if self.size <= LARGEST:
            return
        handle = self.open()
        try:
            start = max(0, os.fstat(handle).st_size - LARGEST)
            text = os.pread(handle, LARGEST, start).decode(errors="replace")
            private.write_file(self.path.with_name(f"{self.path.name}.1"), text, self.owner)
            os.ftruncate(handle, 0)
        finally:
            os.close(handle)

    @contextmanager
    def kept_short(self) -> Iterator[None]:
        """Keep it short for as long as this lasts, which may be months."""
        ended = Event()

        def look() -> None:
            while not ended.wait(_LOOKED_AT.total_seconds()):
                with suppress(OSError):  # a full disk; the next look tries again
                    self.shorten()

        thread = Thread(target=look, name="fettle-server-log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
