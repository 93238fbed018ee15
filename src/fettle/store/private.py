"""Files that their owner alone may read, made safely in a folder that may be somebody else's.

Fettle may run as root on the data directory of an unprivileged user. So no link is followed in
there, and what root makes is given to the directory's owner, who can then use it without root.
"""

import os
import secrets
from pathlib import Path
from typing import NamedTuple

_MODE = 0o600


class Owner(NamedTuple):
    """Who a file belongs to."""

    uid: int
    gid: int


def open_file(path: Path, owner: Owner) -> int:
    """Open a file for reading and appending, made when there is none; returns its descriptor."""
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        return os.open(path, flags)
    _give(handle, owner)
    return handle


def write_file(path: Path, text: str, owner: Owner) -> None:
    """Write a file, whole or not at all; it is on disk when this returns."""
    written = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(written, flags, _MODE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            _give(handle, owner)
            file.write(text)
            file.flush()
            os.fsync(handle)
        written.rename(path)
    finally:
        written.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to disk: a rename is lost in a power cut before that."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _give(handle: int, owner: Owner) -> None:
    if os.geteuid() == 0:
        os.fchown(handle, owner.uid, owner.gid)
