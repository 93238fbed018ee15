"""Locks between processes, which the kernel lets go of when a process ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fettle.store import private
from fettle.store.private import Owner

_POLL_S = 0.01


class FileLock:
    """A lock file, open; the lock belongs to this object, not to the process."""

    def __init__(self, path: Path, owner: Owner) -> None:
        self.path = path
        self.descriptor = private.open_file(path, owner)

    def close(self) -> None:
        """Let go of the lock and of the file."""
        os.close(self.descriptor)

    def share(self) -> None:
        """Hold it together with others; the caller knows that nobody has it alone."""
        fcntl.flock(self.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def take(self) -> bool:
        """Try to have it alone; what was held before is let go of either way."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def alone(self, give_up: Callable[[], bool]) -> Iterator[None]:
        """Hold it alone; raises TimeoutError when `give_up` says so while others have it."""
        while not self.take():
            if give_up():
                raise TimeoutError(f"{self.path} is held by another process")
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
