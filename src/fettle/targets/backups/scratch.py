"""Folders in which backups are restored: with room, of one user, gone afterwards.

What a worker that was killed has left, its server too, is found by the next one: nobody holds its
lock any more.
"""

import asyncio
import errno
import hashlib
import os
import pwd
import shutil
import signal
import stat
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import psutil

from fettle.errors import ActFailed, CannotLook, StoreError
from fettle.model.quantity import Bytes
from fettle.store.cluster import user_for
from fettle.store.file_lock import FileLock
from fettle.store.private import Owner

Free = Callable[[Path], int]
T = TypeVar("T")

_PREFIX = "fettle-restore-"
_KEPT = "kept"
_KEPT_FOR_S = timedelta(days=1).total_seconds()
_MAKE_ROOM = "make room, or name another folder with [[backup]] restore_in"
_FULL = ("no space left on device", "write error")  # lz4 does not say why it could not
_LEFT_FREE = Bytes(512 * 1024**2)
_LOOK_S = 0.5
_GRACE_S = 5.0


def free(folder: Path) -> int:
    """Return how many bytes may still be written into a folder."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class Scratch:
    """A folder in which one backup is restored, and the user whose it is."""

    folder: Path
    user: pwd.struct_passwd

    @property
    def kept(self) -> bool:
        """Whether it stays for a while."""
        return (self.folder / _KEPT).exists()

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "data"

    @property
    def fetched(self) -> Path:
        """What is taken out of a repository, or unpacked."""
        return self.folder / "fetched"

    @property
    def tablespaces(self) -> Path:
        """Tablespaces, each under its number."""
        return self.folder / "tablespaces"

    def given(self, *paths: Path) -> None:
        """Give files to the user that the server runs as."""
        if os.geteuid() != 0:
            return
        for top in paths:
            for path in (top, *top.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)


@asynccontextmanager
async def scratch(root: Path, name: str, run: str) -> AsyncIterator[Scratch]:
    """Use a folder that is gone afterwards; what was left in `root` goes first."""
    async with _held(root, name, run) as place:
        try:
            await asyncio.to_thread(_made, place)
            yield place
        finally:
            await asyncio.to_thread(_removed, place.folder)


@asynccontextmanager
async def kept(root: Path, name: str, run: str, *, anew: bool = False) -> AsyncIterator[Scratch]:
    """Use a folder that stays for the run, a day at most; raises CannotLook where it is gone."""
    async with _held(root, name, run) as place:
        if anew:
            await asyncio.to_thread(_removed, place.folder)
            await asyncio.to_thread(_made, place)
            (place.folder / _KEPT).touch()
        elif not await asyncio.to_thread(_is_ours, place):
            raise CannotLook(
                f"what was recovered of {name} is not in {root} any more",
                remedy="recover it again, on the machine where it is looked at",
            )
        yield place


async def dropped(root: Path, name: str, run: str) -> None:
    """Let go of a folder that was kept for the run."""
    async with _held(root, name, run) as place:
        await asyncio.to_thread(_removed, place.folder)


@asynccontextmanager
async def _held(root: Path, name: str, run: str) -> AsyncIterator[Scratch]:
    """Hold the lock of a folder, so that nobody else takes it for left behind."""
    place = await asyncio.to_thread(_placed, root, name, run)
    lock_file = place.folder.with_suffix(".lock")
    me = os.geteuid()
    try:
        lock = FileLock(lock_file, Owner(me, os.getegid()))
    except OSError as error:
        raise _unwritable(root, error) from error
    with closing(lock):
        if not lock.take():
            raise CannotLook(f"{place.folder} is in use by another worker")
        try:
            await asyncio.to_thread(_sweep, root, place)
            yield place
        finally:
            if not place.folder.exists():
                lock_file.unlink(missing_ok=True)


def _placed(root: Path, name: str, run: str) -> Scratch:
    try:
        user = user_for(root / "nothing")
    except StoreError as error:
        raise CannotLook(error.reason, remedy=error.remedy) from error
    if not root.is_dir():
        raise CannotLook(f"there is no folder {root}", remedy="name one with [[backup]] restore_in")
    called = hashlib.sha256(f"{run} {name}".encode()).hexdigest()[:12]
    return Scratch(root / f"{_PREFIX}{called}", user)


def _made(place: Scratch) -> None:
    try:
        place.folder.mkdir(mode=0o700)
        place.fetched.mkdir(mode=0o700)
        place.given(place.folder)
    except FileExistsError:
        raise CannotLook(f"{place.folder} is there already, and is not Fettle's") from None
    except OSError as error:
        raise _unwritable(place.folder.parent, error) from error


def _unwritable(root: Path, error: OSError) -> CannotLook:
    return CannotLook(
        f"nothing can be restored in {root}: {(error.strerror or str(error)).lower()}",
        remedy="name another folder with [[backup]] restore_in",
    )


def _is_ours(place: Scratch) -> bool:
    try:
        state = place.folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(state.st_mode) and state.st_uid in (os.geteuid(), place.user.pw_uid)


# What was left behind


def _sweep(root: Path, mine: Scratch) -> None:
    """Let go of what nobody uses any more: of this folder's earlier go, and of others."""
    for folder in root.glob(f"{_PREFIX}*"):
        if not _is_ours(Scratch(folder, mine.user)):
            continue
        if folder == mine.folder:
            if not mine.kept:
                _removed(folder)
            continue
        lock_file = folder.with_suffix(".lock")
        with suppress(OSError), closing(_lock(lock_file)) as lock:
            if lock.take() and not _is_kept(folder):
                _removed(folder)
                lock_file.unlink(missing_ok=True)


def _lock(file: Path) -> FileLock:
    return FileLock(file, Owner(os.geteuid(), os.getegid()))


def _is_kept(folder: Path) -> bool:
    try:
        return time.time() - (folder / _KEPT).stat().st_mtime < _KEPT_FOR_S
    except OSError:
        return False


def _removed(folder: Path) -> None:
    """End what works in a folder, and remove it."""
    if not folder.exists():
        return
    _ended(folder)
    for _ in range(3):  # a process that ends writes a last file
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.2)


def _ended(folder: Path) -> None:
    """End the processes that were told to work in a folder: a server first, at once."""
    found = list(_working_in(folder))
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    for process in psutil.wait_procs(found, timeout=_GRACE_S)[1] if found else ():
        with suppress(psutil.Error):
            process.kill()


def _working_in(folder: Path) -> Iterator[psutil.Process]:
    wanted = str(folder)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if process.pid != os.getpid() and any(wanted in word for word in words[1:]):
                yield process


# Room


def refuse_too_little(folder: Path, needed: int, there: Free = free) -> None:
    """Refuse to begin where there is less room than is needed; raises CannotLook."""
    room = there(folder)
    if room < needed + _LEFT_FREE:
        raise CannotLook(
            f"{folder} has {Bytes(room)} free, and {Bytes(needed)} are needed besides "
            f"{_LEFT_FREE} that stay free",
            remedy=_MAKE_ROOM,
        )


class _Full(CannotLook):
    """A program says that its disk is full, and not always which."""


def refuse_full(said: str, what: str) -> None:
    """Raise CannotLook where a program or the system says that a disk is full."""
    if any(one in said.lower() for one in _FULL):
        raise _Full(f"the disk was full while {what}", remedy=_MAKE_ROOM)


async def within_room(work: Coroutine[None, None, T], folder: Path, there: Free = free) -> T:
    """Let something work as long as its disk has room, and end it before that is full.

    Not every program says that it was: what fails while there is no room is not held against what
    was restored.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=_LOOK_S))[0]:
            if there(folder) < _LEFT_FREE:
                raise CannotLook(
                    f"the disk of {folder.parent} was about to be full: it was ended, and left as "
                    "it was",
                    remedy=_MAKE_ROOM,
                )
        return task.result()
    except (_Full, ActFailed, OSError) as error:
        if (how := _was_full(error, folder)) is not None:
            said = f"the disk of {folder.parent} was full{how}"
            raise CannotLook(said, remedy=_MAKE_ROOM) from error
        raise
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _was_full(error: _Full | ActFailed | OSError, folder: Path) -> str | None:
    """Return how a disk was full while something failed there; None where it was not."""
    if isinstance(error, _Full):
        return error.reason.removeprefix("the disk was full")
    if isinstance(error, OSError):
        return " while it was restored" if error.errno == errno.ENOSPC else None
    return f": {error.reason}" if free(folder) < _LEFT_FREE else None
