"""One file of a log that is followed: what tells it from others, how far it was read, its lines.

Nothing is remembered of what was read but the place behind it: whoever goes on from there, in this
process or in another, reads the same lines.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

HEAD_BYTES = 1024
_AT_ONCE = 4 * 1024 * 1024
# A longer line is more than one: nobody waits for its end.
LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Mark:
    """What tells a file from others: the SHA-256 of its first `size` bytes."""

    digest: bytes
    size: int

    def marks(self, head: bytes) -> bool:
        """Whether a file that begins so is the one."""
        return len(head) >= self.size and Mark.of(head[: self.size]) == self

    @classmethod
    def of(cls, head: bytes) -> "Mark":
        """Return the mark of a file that begins so."""
        return cls(hashlib.sha256(head).digest(), len(head))


NO_MARK = Mark.of(b"")


@dataclass(frozen=True)
class Line:
    """A line as it stands in a file, without what ends it, and the place behind it."""

    text: bytes
    end: int


class Tail:
    """An open file. It stays open while it is renamed or removed, so that its end can be read."""

    def __init__(self, descriptor: int, path: str, place: int, mark: Mark) -> None:
        self._descriptor = descriptor
        self.path = path
        self.place = place
        self.mark = mark
        # Until where it was written before anybody was there to read it.
        self.late_until = 0
        # Whether its name is one of the log's; whether it is a copy of what is followed itself.
        self.matched = False
        self.skipped = False
        # How long it was when it was looked at last, and since when.
        self.seen_size = -1
        self.seen_at = 0.0

    @property
    def state(self) -> os.stat_result:
        """How it is just now."""
        return os.fstat(self._descriptor)

    def head(self) -> bytes:
        """Return how it begins."""
        return os.pread(self._descriptor, HEAD_BYTES, 0)

    def is_itself(self) -> bool:
        """Whether all that was read of it is still there; its mark grows with it."""
        if self.state.st_size < self.place:
            return False
        head = self.head()
        if not self.mark.marks(head):
            return False
        if self.mark.size < HEAD_BYTES and len(head) > self.mark.size:
            self.mark = Mark.of(head)
        return True

    def lines(self, size: int, *, whole: bool) -> Iterator[Line]:
        """Yield lines from its place on, some megabytes of them at most.

        What is not yet a whole line waits, unless it is `whole` as it is: nobody writes any more.
        """
        place = self.place
        held = b""
        while place + len(held) < size and len(held) < LONGEST_LINE:
            most = min(_AT_ONCE, size - place - len(held))
            more = os.pread(self._descriptor, most, place + len(held))
            if not more:
                break
            held += more
            if b"\n" in more:
                break
        begin = 0
        while (end := held.find(b"\n", begin)) >= 0:
            yield Line(held[begin:end], place + end + 1)
            begin = end + 1
        rest = len(held) - begin
        if rest and (len(held) >= LONGEST_LINE or (whole and place + len(held) >= size)):
            yield Line(held[begin:], place + len(held))

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


def opened(path: str, place: int = 0, mark: Mark = NO_MARK) -> Tail | None:
    """Open a file to follow it; None for one that is gone, is no file, or may not be read."""
    try:
        # a pipe of that name would otherwise hold us up until somebody writes into it
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return Tail(descriptor, path, place, mark)


def file_of(state: os.stat_result) -> str:
    """Return what names a file whatever it is called: its device and inode."""
    return f"{state.st_dev}:{state.st_ino}"
