"""Tests go on beside one another, in several processes; some want the machine for themselves.

Those that freeze and kill processes judge what follows by how long it takes. One that is marked
`alone` begins when no other test is at work, and none begins before it has ended.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FOLDER = "FETTLE_TEST_TURNS"


def prepare(config: pytest.Config) -> None:
    """Make the folder of the locks, in the process that begins the others."""
    if _FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="fettle-turns-")
        os.environ[_FOLDER] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder))


@contextmanager
def turn(item: pytest.Item) -> Iterator[None]:
    """Wait until a test may begin, and keep its place until the block ends.

    Whoever wants the room waits at its gate, one at a time: who wants it for himself lets nobody
    else in while he waits for the others to leave.
    """
    folder = Path(os.environ[_FOLDER])
    alone = item.get_closest_marker("alone") is not None
    with (folder / "room").open("w") as room:
        with (folder / "gate").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
