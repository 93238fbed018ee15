"""What proves that a tree is as it was: hashes of files, and of environments as a whole."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1024 * 1024
_CACHES = "__pycache__"


def of_bytes(content: bytes) -> str:
    """Return the hash of a content."""
    return hashlib.sha256(content).hexdigest()


def of_file(path: Path) -> str:
    """Return the hash of a file, "" where there is none; no link is followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_folder(folder: Path) -> str:
    """Return the hash of all that is in a folder: names, modes, contents, where links lead.

    What Python writes beside what it reads is no part of it. "" where there is no folder.
    """
    if not folder.is_dir():
        return ""
    whole = hashlib.sha256()
    for line in _lines(folder, ""):
        whole.update(line)
    return whole.hexdigest()


def _lines(folder: Path, within: str) -> Iterator[bytes]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda one: one.name)
    for entry in entries:
        name = f"{within}/{entry.name}"
        mode = entry.stat(follow_symlinks=False).st_mode
        if entry.is_symlink():
            said = f"{name} -> {Path(entry.path).readlink()}"
        elif stat.S_ISDIR(mode):
            if entry.name != _CACHES:
                yield os.fsencode(f"{name}/ {stat.S_IMODE(mode):o}\n")
                yield from _lines(Path(entry.path), name)
            continue
        elif stat.S_ISREG(mode):
            said = f"{name} {stat.S_IMODE(mode):o} {of_file(Path(entry.path))}"
        else:
            said = f"{name} is special"
        yield os.fsencode(f"{said}\n")
