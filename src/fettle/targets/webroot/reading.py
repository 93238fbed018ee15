"""Reading a web root: what is in it, never what is outside, and whether it holds still.

Folders are opened by descriptors, one inside the other: somebody who puts a link in a folder's
place while it is read leads nobody anywhere.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from fettle.errors import CannotLook, Refused
from fettle.model.experiment import Entry, Manifest
from fettle.model.quantity import Bytes

_CHUNK = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEEPEST = 64

# What is told of each file as it is read: its path, what it is, and its bytes bit by bit.
Keep = Callable[[str, os.stat_result, Iterator[bytes]], None]


@dataclass(frozen=True)
class Bounds:
    """The most that a root may hold: more is no site that is copied while people wait."""

    files: int = 50_000
    size: Bytes = Bytes(4 * 1024**3)
    one: Bytes = Bytes(512 * 1024**2)


def manifest(root: Path, bounds: Bounds | None = None) -> Manifest:
    """Read all of a root; raises Refused for what cannot be copied, or does not hold still."""
    return _Reading(root, bounds or Bounds(), _only_read).read()


def read_through(root: Path, keep: Keep, bounds: Bounds | None = None) -> Manifest:
    """Read all of a root, and hand on every file's bytes; raises Refused as `manifest` does."""
    return _Reading(root, bounds or Bounds(), keep).read()


def look(root: Path, bounds: Bounds | None = None) -> dict[str, tuple[int, ...]]:
    """Return what tells whether anything in a root was written, without reading it."""
    reading = _Reading(root, bounds or Bounds(), _only_read)
    return {path: _state(found) for path, found, _ in reading.walk()}


def _only_read(_path: str, _found: os.stat_result, chunks: Iterator[bytes]) -> None:
    for _ in chunks:
        pass


def _state(found: os.stat_result) -> tuple[int, ...]:
    if stat.S_ISDIR(found.st_mode):
        return found.st_dev, found.st_ino, found.st_mode
    return (
        found.st_dev,
        found.st_ino,
        found.st_mode,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


class _Reading:
    """One reading of a root."""

    def __init__(self, root: Path, bounds: Bounds, keep: Keep) -> None:
        self._root, self._bounds, self._keep = root, bounds, keep
        self._files = self._size = 0

    def read(self) -> Manifest:
        """Read it, look at it again, and refuse one that has changed meanwhile."""
        entries: dict[str, Entry] = {}
        folders: dict[str, int] = {}
        before: dict[str, tuple[int, ...]] = {}
        for path, found, folder in self.walk():
            before[path] = _state(found)
            if stat.S_ISDIR(found.st_mode):
                folders[path] = stat.S_IMODE(found.st_mode)
            else:
                entries[path] = self._entry(path, found, folder)
        if look(self._root, self._bounds) != before:
            raise _moving(self._root)
        return Manifest(entries, folders)

    def walk(self) -> Iterator[tuple[str, os.stat_result, int]]:
        """Yield everything: its path, what it is, and the folder that it is in, while that is open.

        A folder comes before what is in it.
        """
        self._files = self._size = 0
        try:
            top = os.open(self._root, _FOLDER & ~os.O_NOFOLLOW)
        except OSError as error:
            raise CannotLook(
                f"{self._root} is no folder that can be read: {error.strerror}"
            ) from error
        try:
            yield from self._inside(top, PurePosixPath(), 0)
        finally:
            os.close(top)

    def _inside(
        self, folder: int, at: PurePosixPath, depth: int
    ) -> Iterator[tuple[str, os.stat_result, int]]:
        if depth > _DEEPEST:
            raise Refused(f"{self._root / at} is nested too deeply to be copied")
        for name in sorted(os.listdir(folder)):
            path = at / name
            try:
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                self._count(path, found)
                yield str(path), found, folder
                if stat.S_ISDIR(found.st_mode):
                    deeper = os.open(name, _FOLDER, dir_fd=folder)
                    try:
                        yield from self._inside(deeper, path, depth + 1)
                    finally:
                        os.close(deeper)
            except (FileNotFoundError, NotADirectoryError):
                raise _moving(self._root) from None
            except PermissionError as error:
                raise Refused(
                    f"{self._root / path} cannot be read", remedy="run as whoever owns it"
                ) from error

    def _count(self, path: PurePosixPath, found: os.stat_result) -> None:
        where = self._root / path
        if stat.S_ISLNK(found.st_mode) or stat.S_ISDIR(found.st_mode):
            pass
        elif not stat.S_ISREG(found.st_mode):
            raise Refused(f"{where} is neither a file nor a folder: it cannot be copied")
        elif found.st_size > self._bounds.one:
            raise Refused(f"{where} is larger than {self._bounds.one}: it is not copied")
        else:
            self._size += found.st_size
        self._files += 1
        if self._files > self._bounds.files:
            raise Refused(
                f"{self._root} holds more than {self._bounds.files:,} files: name a part of it"
            )
        if self._size > self._bounds.size:
            raise Refused(f"{self._root} is larger than {self._bounds.size}: name a part of it")

    def _entry(self, path: str, found: os.stat_result, folder: int) -> Entry:
        name, mode = PurePosixPath(path).name, stat.S_IMODE(found.st_mode)
        if stat.S_ISLNK(found.st_mode):
            leads = os.readlink(name, dir_fd=folder)
            self._refuse_out(path, leads)
            return Entry(0, 0, "", leads)
        opened = os.open(name, _FILE, dir_fd=folder)
        try:
            if _state(os.fstat(opened)) != _state(found):
                raise _moving(self._root)
            told = sha256()
            self._keep(path, found, _told(opened, told.update))
            if _state(os.fstat(opened)) != _state(found):
                raise _moving(self._root)
        finally:
            os.close(opened)
        return Entry(found.st_size, mode, told.hexdigest())

    def _refuse_out(self, path: str, leads: str) -> None:
        """Refuse a link out of the root: what it leads to is not ours to copy, or to change."""
        inside: list[str] = []
        parts = [] if leads.startswith("/") else [*PurePosixPath(path).parent.parts]
        out = leads.startswith("/")
        for part in (*parts, *PurePosixPath(leads).parts):
            if part == "..":
                out = out or not inside
                inside = inside[:-1]
            elif part != ".":
                inside.append(part)
        if out:
            raise Refused(
                f"{self._root / path} is a link out of the root, to {leads}",
                remedy="put what it leads to into the root, or the link elsewhere",
            )


def _told(opened: int, tell: Callable[[bytes], None]) -> Iterator[bytes]:
    while chunk := os.read(opened, _CHUNK):
        tell(chunk)
        yield chunk


def _moving(root: Path) -> Refused:
    return Refused(
        f"{root} changed while it was read: something is being deployed to it",
        remedy="try again when that has ended",
    )
