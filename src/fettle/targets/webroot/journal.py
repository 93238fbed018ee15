"""What is done to a web root, written down beside it before it is done.

It lies with the copy, so that whoever comes after a kill knows how things stand without any store.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from fettle.targets.webroot.exchange import flush

FILE = "state.json"


class State(StrEnum):
    """How far it is."""

    COPYING = "copying"  # the copy is made, or worked on; nobody sees it
    SWAPPING = "swapping"  # it may be in the root's place, and nobody has said that it is good
    SWAPPED = "swapped"  # it is in the root's place, and was found good
    UNDOING = "undoing"  # the old one may be in its place again
    UNDONE = "undone"


@dataclass(frozen=True)
class Written:
    """One copy of a root: of which, how far it is, and what tells the old one from the new.

    `link` is where the root's link led before, for a root that is one; `old` and `new` are the
    inodes of the folders, `before` and `after` the hashes of their manifests.
    """

    run: str
    root: str
    state: State
    at: float
    link: str | None = None
    old: int = 0
    new: int = 0
    before: str = ""
    after: str = ""

    def now(self, state: State) -> "Written":
        """Return it as it is when it is that far."""
        return replace(self, state=state)


def write(folder: Path, written: Written) -> None:
    """Have it on disk when this returns; the one before it until then."""
    beside = folder / f"{FILE}.new"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(asdict(written), file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / FILE)
    flush(folder)


def read(folder: Path) -> Written | None:
    """Return what is written; None where nobody came so far as to write it."""
    try:
        kept = json.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Written(**{**kept, "state": State(kept["state"])})
