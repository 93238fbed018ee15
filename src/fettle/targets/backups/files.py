"""Dumps and base backups as files and folders of this machine."""

import asyncio
import glob
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from fettle.errors import CannotLook
from fettle.model.backup import Copy
from fettle.model.quantity import Bytes
from fettle.targets.backups.forms import summed, unreadable
from fettle.targets.backups.kept import Means
from fettle.targets.rotation.processes import opened
from fettle.targets.running import Say

_MOST = 30
_PAUSE_S = 0.5
_MOMENTS_AGO_S = 15 * 60
_BESIDE = (".sha256", ".sha512", ".sha1", ".md5", ".log", ".part", ".tmp", ".partial")


@dataclass(frozen=True)
class Files:
    """Copies that lie on this machine."""

    means: Means

    async def copies(self) -> Sequence[Copy]:
        """Return what the path names, the newest first, and whether each is written still."""
        pattern = self.means.settings.path or ""
        before = await asyncio.to_thread(_found, pattern)
        writers = await asyncio.to_thread(_writers, [path for path, _ in before])
        await asyncio.sleep(_PAUSE_S)
        told = []
        for path, first in before:
            growing = writers.get(path)
            if growing is None and await asyncio.to_thread(_state, path) != first:
                growing = "it changes while it is looked at"
            told.append(_copy(path, first, growing))
        return told

    async def proved(self, copy: str, say: Say) -> bool | None:
        """Compare a file with the checksum beside it."""
        path = Path(copy)
        if (beside := await summed(path)) is None:
            return None
        await say(f"{path.name} is what {beside} says")
        return True

    async def fetched(self, copy: str, into: Path, say: Say) -> Path:  # noqa: ARG002
        """Return where it lies."""
        return Path(copy)


@dataclass(frozen=True)
class State:
    """How a file, or all in a folder, is: what changes when it is written."""

    size: int
    modified: float
    files: int


def state_of(path: Path) -> State:
    """Look at how a file or a folder is; raises CannotLook."""
    try:
        return _state(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _state(path: Path) -> State:
    top = path.stat()
    if not stat.S_ISDIR(top.st_mode):
        return State(top.st_size, top.st_mtime, 1)
    size, modified, files = 0, 0.0, 0
    for folder, _, names in os.walk(path):
        for name in names:
            one = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - of thousands
            size, modified, files = size + one.st_size, max(modified, one.st_mtime), files + 1
    return State(size, modified or top.st_mtime, files)


def _found(pattern: str) -> list[tuple[Path, State]]:
    """Return the newest of what a pattern means, each with how it is."""
    paths = [Path(one) for one in glob.glob(pattern)]  # noqa: PTH207 - a whole path, not a folder
    if not paths and not Path(pattern).parent.is_dir() and "*" not in str(Path(pattern).parent):
        raise CannotLook(
            f"there is no folder {Path(pattern).parent}",
            remedy="see that [[backup]] path is right, and that `on` names who reaches it",
        )
    try:
        if not paths:
            os.scandir(Path(pattern).parent).close()
        told = [(path, _state(path)) for path in paths if path.suffix not in _BESIDE]
    except OSError as error:
        raise unreadable(Path(error.filename or pattern), error) from error
    return sorted(told, key=lambda one: one[1].modified, reverse=True)[:_MOST]


def _copy(path: Path, state: State, growing: str | None) -> Copy:
    made_at = datetime.fromtimestamp(state.modified, UTC)
    copy = Copy(str(path), made_at, Bytes(state.size), growing)
    if path.is_dir() and (lacks := _lacks(path)) is not None:
        if time.time() - state.modified < _MOMENTS_AGO_S:
            return replace(copy, growing=growing or f"{lacks}, and was written a moment ago")
        return replace(copy, unfinished=lacks)
    return copy


def _lacks(folder: Path) -> str | None:
    """Return what a folder lacks that is written last."""
    if (folder / "backup_manifest.tmp").exists():
        return "its manifest was not completed"
    named = {one.name for one in folder.iterdir()}
    if any(name.endswith((".dat", ".dat.gz", ".dat.lz4", ".dat.zst")) for name in named):
        return None if "toc.dat" in named else "it has no toc.dat"
    if "PG_VERSION" in named and not (folder / "global" / "pg_control").exists():
        return "it has no pg_control"
    return None


def _writers(paths: Sequence[Path]) -> dict[Path, str]:
    """Return who writes into these files, or into files of these folders."""
    folders = {str(path.resolve().parent) for path in paths}
    folders |= {str(path.resolve()) for path in paths if path.is_dir()}
    real = {path.resolve(): path for path in paths}
    told: dict[Path, str] = {}
    for one in opened(folders).files:
        if one.writes:
            where = Path(one.path)
            path = real.get(where) or real.get(where.parent)
            if path is not None:
                told[path] = f"{one.process} has it open for writing"
    return told
