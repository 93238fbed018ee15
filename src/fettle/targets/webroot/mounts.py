"""File systems that are mounted in a folder: they do not move with it, and are nobody's copy."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from fettle.errors import Refused

_TOLD = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")


def mounted(folder: Path) -> Sequence[Path]:
    """Return where file systems are mounted in a folder, itself included.

    Linux tells of all of them; elsewhere those are not seen that show another folder of the same
    file system. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
    """
    top = folder.resolve()
    try:
        lines = _TOLD.read_bytes().splitlines()
    except OSError:
        return [Path(where) for where, _, _ in os.walk(top) if os.path.ismount(where)]
    points = (_ESCAPED.sub(_letter, line.split(b" ")[4]) for line in lines)
    return [path for path in map(Path, map(os.fsdecode, points)) if path.is_relative_to(top)]


def refuse_mounted(folder: Path) -> None:
    """Raise Refused for a folder that another cannot take the place of, or that holds others'."""
    for path in mounted(folder):
        raise Refused(
            f"{path} is a file system of its own: it is neither copied nor moved",
            remedy="name a folder without one, or mount it elsewhere",
        )


def _letter(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])
