"""Old logs as they lie beside those that are written: found, packed and deleted, and nothing else.

Only what is called as a log of the patterns is, with what a rotation adds, is one. No link is
followed: a folder must really lie where the pattern says, and what is packed or deleted is named
within a folder that is held open, so that nothing can take its place meanwhile.
"""

import fnmatch
import glob
import gzip
import os
import re
import shutil
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fettle.errors import ActFailed
from fettle.model.quantity import Bytes
from fettle.model.rotation import OldLog

PACKED = (".gz", ".xz", ".bz2", ".zst")
# shop.log.3, shop.log-20261127, shop.log-20261127-1764201600, and those packed.
_OLD = re.compile(
    r"(?P<of>.+?)(?:\.(?P<number>[0-9]{1,5})|-(?P<date>[0-9]{8,10}(?:-[0-9]{1,10})?))"
    r"(?P<packed>\.gz|\.xz|\.bz2|\.zst)?"
)
_HALF = ".fettle-half"
_MOST = 100_000
_AT_ONCE = 1024 * 1024


@dataclass(frozen=True)
class Found:
    """An old log in a folder, before it is known which place it has among the others."""

    folder: Path
    name: str
    of: str
    order: tuple[int, str]
    packed: bool
    state: os.stat_result

    @property
    def path(self) -> str:
        """Where it lies."""
        return str(self.folder / self.name)


def logs(patterns: Sequence[str]) -> list[str]:
    """Return the logs that are written, and are no old ones of others."""
    found = {
        path
        for pattern in patterns
        for path in glob.glob(pattern)  # noqa: PTH207 - a whole path, not a folder
        if _is_file(path) and not _is_old(path, pattern)
    }
    return sorted(found)


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:  # it is gone meanwhile
        return False


def _is_old(path: str, pattern: str) -> bool:
    """Whether a path that fits a pattern is an old log of another that fits it, too."""
    parted = _OLD.fullmatch(Path(path).name)
    return parted is not None and fnmatch.fnmatchcase(parted["of"], Path(pattern).name)


def found_by(patterns: Sequence[str], not_seen: list[str]) -> list[Found]:
    """Return the old logs of the patterns; what was not looked at is told in `not_seen`."""
    each: dict[str, Found] = {}
    for pattern in patterns:
        for folder in _folders(pattern, not_seen):
            for one in _in_folder(folder, Path(pattern).name, not_seen):
                each[one.path] = one
    return list(each.values())


def belongs(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path is one of an old log of the patterns, whatever lies there."""
    at = Path(path)
    parted = _OLD.fullmatch(at.name)
    return parted is not None and any(
        fnmatch.fnmatchcase(parted["of"], Path(pattern).name)
        and at.parent in set(_folders(pattern, []))
        for pattern in patterns
    )


def _folders(pattern: str, not_seen: list[str]) -> Iterator[Path]:
    """Yield the folders of a pattern that really lie under the part of it that is plain."""
    parent = Path(pattern).parent
    plain = Path(*_until_star(parent.parts))
    for text in glob.glob(str(parent)):  # noqa: PTH207 - a whole path, not a folder
        folder = Path(text)
        if not folder.is_dir():
            continue
        if folder.resolve().is_relative_to(plain.resolve()):
            yield folder.resolve()
        else:
            not_seen.append(f"{folder} is a link that leads out of {plain}: it is left alone")


def _until_star(parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        if "*" in part or "?" in part:
            return
        yield part


def _in_folder(folder: Path, pattern: str, not_seen: list[str]) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST:
                    not_seen.append(f"{folder} has more than {_MOST:,} files")
                    return
                one = _found(folder, entry, pattern)
                if one is not None:
                    yield one
    except OSError as error:
        not_seen.append(f"{folder} cannot be read: {(error.strerror or '').lower()}")


def _found(folder: Path, entry: "os.DirEntry[str]", pattern: str) -> Found | None:
    parted = _OLD.fullmatch(entry.name)
    if parted is None or not fnmatch.fnmatchcase(parted["of"], pattern):
        return None
    try:
        state = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # somebody else has deleted it
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    packed, of = bool(parted["packed"]), str(folder / parted["of"])
    return Found(folder, entry.name, of, _order(parted), packed, state)


def _order(parted: "re.Match[str]") -> tuple[int, str]:
    """Return what sorts old logs of one log, the one that was rotated last first."""
    if parted["number"] is not None:
        return int(parted["number"]), ""
    # of dates the latest is first: each digit is turned over
    return 0, "".join(chr(ord("9") - int(c)) if c.isdigit() else "~" for c in parted["date"])


def placed(found: Sequence[Found], open_in: dict[tuple[int, int], list[str]]) -> list[OldLog]:
    """Return old logs with the place of each among those of the same log."""
    places: dict[str, list[tuple[int, str]]] = {}
    for one in found:
        places.setdefault(one.of, []).append(one.order)
    order = {of: sorted(set(own)) for of, own in places.items()}
    told = [
        OldLog(
            one.path,
            one.of,
            order[one.of].index(one.order),
            one.packed,
            Bytes(one.state.st_size),
            datetime.fromtimestamp(one.state.st_mtime, UTC),
            tuple(open_in.get((one.state.st_dev, one.state.st_ino), ())),
        )
        for one in found
    ]
    return sorted(told, key=lambda one: (one.of, one.place, one.path))


@contextmanager
def _held(path: str) -> Iterator[tuple[int, str]]:
    """Hold a file's folder open; raises ActFailed where it is none any more."""
    at = Path(path)
    try:
        folder = os.open(at.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise ActFailed(f"{at.parent} cannot be opened: {error.strerror}") from None
    try:
        yield folder, at.name
    except OSError as error:
        raise ActFailed(f"{path}: {(error.strerror or str(error)).lower()}") from None
    finally:
        os.close(folder)


def delete(old: OldLog) -> None:
    """Delete an old log, which no link can lead away from; raises ActFailed."""
    with _held(old.path) as (folder, name), suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def pack(old: OldLog) -> Bytes:
    """Pack an old log beside itself, see that it can be unpacked, and only then let go of it.

    What another go has left half done is begun anew. Raises ActFailed where it is written still, or
    where something else lies in the place.
    """
    with _held(old.path) as (folder, name):
        plain = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(plain, "rb") as source:
            state = os.fstat(source.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise ActFailed(f"{old.path} is no file any more")
            was = state.st_ino, state.st_size, state.st_mtime_ns
            to, half = f"{name}.gz", f".{name}.gz{_HALF}"
            if _is_there(folder, to, source):
                os.unlink(name, dir_fd=folder)  # it was packed, and cut off before this
                return Bytes(state.st_size - os.stat(to, dir_fd=folder).st_size)
            with suppress(FileNotFoundError):
                os.unlink(half, dir_fd=folder)
            size = _packed(folder, half, source, state)
            now = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if (now.st_ino, now.st_size, now.st_mtime_ns) != was:
                os.unlink(half, dir_fd=folder)
                raise ActFailed(f"{old.path} was written while it was packed: it is left as it is")
            os.rename(half, to, src_dir_fd=folder, dst_dir_fd=folder)
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
    return Bytes(state.st_size - size)


def _packed(folder: int, half: str, source: BinaryIO, state: os.stat_result) -> int:
    """Pack a file into another one that is as its own: its owner, its rights, its time."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(half, flags, 0o600, dir_fd=folder), "w+b") as target:
        try:
            with gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as packing:
                shutil.copyfileobj(source, packing, _AT_ONCE)
            target.flush()
            os.fchmod(target.fileno(), stat.S_IMODE(state.st_mode))
            if os.geteuid() == 0:
                os.fchown(target.fileno(), state.st_uid, state.st_gid)
            os.utime(target.fileno(), ns=(state.st_atime_ns, state.st_mtime_ns))
            os.fsync(target.fileno())
            target.seek(0)
            source.seek(0)
            _refuse_other(target, source)
        except BaseException:
            os.unlink(half, dir_fd=folder)
            raise
        return os.fstat(target.fileno()).st_size


def _refuse_other(packed: BinaryIO, source: BinaryIO) -> None:
    if not _is_copy(packed, source):
        raise ActFailed("what was packed cannot be unpacked to what it was")


def _is_there(folder: int, name: str, source: BinaryIO) -> bool:
    """Whether a file is there already, packed; raises ActFailed where another one is.

    One that was cut off in the middle is none.
    """
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return False
    with os.fdopen(descriptor, "rb") as packed:
        same = _is_copy(packed, source)
        source.seek(0)
        packed.seek(0)
        if not same and _is_whole(packed):
            raise ActFailed(f"{name} is there already, and is another one: both are left alone")
    return same


def _is_copy(packed: BinaryIO, source: BinaryIO) -> bool:
    try:
        with gzip.GzipFile(fileobj=packed) as unpacked:
            while True:
                one, other = unpacked.read(_AT_ONCE), source.read(_AT_ONCE)
                if one != other:
                    return False
                if not one:
                    return True
    except (OSError, EOFError, zlib.error):
        return False


def _is_whole(packed: BinaryIO) -> bool:
    try:
        with gzip.GzipFile(fileobj=packed) as unpacked:
            while unpacked.read(_AT_ONCE):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True
