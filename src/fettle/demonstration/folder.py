"""Where a demonstration keeps its data: a folder among the temporary files, of its own.

It is made anew each time, so it can never be somebody's data directory, and is removed at the end.
Its lock is held for as long as its process lives, which the kernel sees to: a folder that nobody
holds is what a killed demonstration has left, with the PostgreSQL that still runs in it. The next
demonstration ends that, and removes it.
"""

import os
import pwd
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from fettle.errors import StoreError
from fettle.store import cluster, postmaster, socket_folder
from fettle.store.cluster import Cluster
from fettle.store.file_lock import FileLock

PREFIX = "fettle-demo-"
_LOCK = "demo.lock"
_STOP = timedelta(seconds=10)
# Whoever makes a folder locks it within this time; an empty one that is older was left so.
_EMPTY_S = 60
_TRIES = 5


@contextmanager
def made() -> Iterator[Path]:
    """Make a folder, and remove it at the end; raises StoreError."""
    remove_left()
    for _ in range(_TRIES):
        data = _among_temporary_files() / f"{PREFIX}{secrets.token_hex(6)}"
        found = cluster.locate(data)
        with closing(FileLock(data / _LOCK, found.keeper)) as lock:
            if not lock.take():  # somebody looks this very moment whether it was left
                continue
            try:
                yield data
            finally:
                _remove(found)
            return
    raise StoreError(f"no folder for the demonstration can be made in {data.parent}")


def remove_left() -> None:
    """Remove what demonstrations that were killed have left; what is not ours stays."""
    for data in _among_temporary_files().glob(f"{PREFIX}*"):
        with suppress(OSError, StoreError):
            if _is_ours(data):
                _remove_if_left(data)


def _remove_if_left(data: Path) -> None:
    if not (data / _LOCK).exists():
        if time.time() - data.stat().st_mtime > _EMPTY_S:
            data.rmdir()  # fails where it is not empty
        return
    found = cluster.locate(data)
    with closing(FileLock(data / _LOCK, found.keeper)) as lock:
        if lock.take():
            _remove(found)


def _remove(found: Cluster) -> None:
    """End the server where one still runs, and remove everything."""
    if postmaster.stop(found, _STOP):
        with suppress(OSError):
            socket_folder.remove(found)
    shutil.rmtree(found.data, ignore_errors=True)


def _is_ours(data: Path) -> bool:
    """Whether it is a folder that we made: no link, and private to who runs our PostgreSQL."""
    state = data.lstat()
    private = stat.S_ISDIR(state.st_mode) and not stat.S_IMODE(state.st_mode) & 0o077
    return private and state.st_uid == _runner(data.parent).pw_uid


def _among_temporary_files() -> Path:
    """Return the folder for temporary files; /tmp where PostgreSQL's user cannot reach that."""
    own = Path(os.path.realpath(tempfile.gettempdir()))
    there = own / PREFIX / "postgres"
    return own if cluster.reachable(there, _runner(own)) else Path("/tmp")  # noqa: S108 - a folder that is new and private is made in it


def _runner(among: Path) -> pwd.struct_passwd:
    """Return the user that PostgreSQL of a new folder runs as."""
    return cluster.user_for(among / f"{PREFIX}{secrets.token_hex(6)}")
