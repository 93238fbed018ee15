"""A root's copy: every file, link and folder with its mode, its times and its owner."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fettle.errors import ActFailed, Refused
from fettle.model.experiment import Manifest
from fettle.targets.webroot.reading import Bounds, read_through


def copy(root: Path, to: Path, bounds: Bounds) -> Manifest:
    """Copy a root, and return what is in it; raises Refused, and ActFailed for a full disk."""
    to.mkdir()

    def keep(path: str, found: os.stat_result, chunks: Iterator[bytes]) -> None:
        there = to / path
        there.parent.mkdir(parents=True, exist_ok=True)
        with there.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        _own(there, found)
        shutil.copystat(root / path, there, follow_symlinks=False)

    try:
        manifest = read_through(root, keep, bounds)
        _link(to, manifest)
        _make_folders_alike(root, to, manifest)
    except FileNotFoundError as error:
        raise Refused(
            f"{root} changed while it was read: {error.filename} is gone",
            remedy="try again when the deployment has ended",
        ) from error
    except OSError as error:
        raise ActFailed(f"{root} cannot be copied: {error.strerror}") from error
    return manifest


def _link(to: Path, manifest: Manifest) -> None:
    for path, entry in manifest.entries.items():
        if entry.link is not None:
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).symlink_to(entry.link)


def _make_folders_alike(root: Path, to: Path, manifest: Manifest) -> None:
    """Give the folders their modes and times when nothing more is put into them."""
    deepest_first = sorted(manifest.folders, key=len, reverse=True)
    for path in deepest_first:
        (to / path).mkdir(parents=True, exist_ok=True)
    for path in (*deepest_first, "."):
        _own(to / path, (root / path).stat())
        shutil.copystat(root / path, to / path)


def put(tree: Path, path: str, content: bytes, like: Path) -> None:
    """Write a file of the copy, with the mode and the owner of one that is there.

    The old content is never written over: it may be the same file under another name.
    """
    there, found = tree / path, like.stat()
    beside = there.with_name(f".{there.name}.fettle")
    with _open(there.parent):
        with beside.open("xb") as file:
            file.write(content)
        _own(beside, found)
        beside.chmod(found.st_mode & 0o777)
        beside.rename(there)


@contextmanager
def _open(folder: Path) -> Iterator[None]:
    """Let its owner write into a folder that is closed to them, too, as long as this is entered."""
    mode = folder.stat().st_mode
    if mode & stat.S_IWUSR:
        yield
        return
    folder.chmod(mode | stat.S_IWUSR)
    try:
        yield
    finally:
        folder.chmod(mode)


def _own(path: Path, found: os.stat_result) -> None:
    """Give it to whoever owns the original; raises Refused where that is not ours to do."""
    have = path.lstat()
    if (have.st_uid, have.st_gid) == (found.st_uid, found.st_gid):
        return
    try:
        os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)
    except PermissionError:
        raise Refused(
            "the root has files of another owner, to whom no copy can be given",
            remedy="run as whoever owns them",
        ) from None
