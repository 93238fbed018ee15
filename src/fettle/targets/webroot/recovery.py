"""Whoever works on a root does so alone, and first tidies up after who was killed."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fettle.errors import Refused
from fettle.targets.webroot import journal
from fettle.targets.webroot.journal import State
from fettle.targets.webroot.place import Place, Root


@contextmanager
def alone(path: Path) -> Iterator[Mapping[str, str]]:
    """Hold a root while this is entered; yields what became of each run that there is anything of.

    Raises Refused while somebody else holds it. The lock ends with the process.
    """
    root = Root.of(path)
    held = os.open(root.beside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"somebody else works on a root in {root.beside}",
                remedy="wait until that has ended",
            ) from None
        yield recovered(path)
    finally:
        os.close(held)


def recovered(path: Path) -> Mapping[str, str]:
    """Finish what was cut off, remove what nobody needs, and return what became of which run.

    Told of are also those that had come to their end, of which nobody may have said so.
    """
    told: dict[str, str] = {}
    Root.of(path).next_link.unlink(missing_ok=True)
    for folder in Root.of(path).places:
        written = journal.read(folder)
        if written is None:
            _remove_unwritten(folder)
        elif written.state is State.SWAPPED:
            told[written.run] = "kept"
        else:
            told[written.run] = Place(Root.of(path), folder, written).finish()
    return told


def forget_older(path: Path, run: str) -> None:
    """Remove what runs before this one keep, but for what this one would put back."""
    root = Root.of(path)
    newest = Place.found(path, run)
    needed = {newest.folder, (root.named.parent / (newest.written.link or "")).resolve().parent}
    for folder in root.places:
        written = journal.read(folder)
        if written is not None and folder not in needed and folder.resolve() not in needed:
            Place(root, folder, written).remove()


def _remove_unwritten(folder: Path) -> None:
    """Remove a place whose maker came to nothing: it holds at most a line that was half written."""
    if {one.name for one in folder.iterdir()} <= {"state.json.new"}:
        shutil.rmtree(folder)
