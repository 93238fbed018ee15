"""Two folders put in each other's place at once, where the system and the file system can.

Linux has renameat2 with RENAME_EXCHANGE (ext4, xfs, btrfs, tmpfs; not NFS), macOS renamex_np with
RENAME_SWAP. Python has neither.
"""

import ctypes
import errno
import os
from pathlib import Path

from fettle.errors import ActFailed, NotSupported

_AT_FDCWD = -100
_SWAP = 2  # RENAME_EXCHANGE, and RENAME_SWAP
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EXDEV}


def exchange(one: Path, other: Path) -> None:
    """Put each in the other's place; there is no moment at which either is missing.

    Raises NotSupported where that cannot be done here, and ActFailed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _SWAP)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(first, second, _SWAP)
    else:
        raise _not_here(one)
    if failed:
        number = ctypes.get_errno()
        if number in _CANNOT:
            raise _not_here(one)
        raise ActFailed(f"{one} cannot be put in another's place: {os.strerror(number)}")
    flush(one.parent)
    flush(other.parent)


def flush(folder: Path) -> None:
    """Have the names in a folder on disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _not_here(path: Path) -> NotSupported:
    return NotSupported(f"the file system of {path} cannot put two folders in each other's place")
