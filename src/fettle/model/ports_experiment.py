"""What experiments on a web root ask of the outside; `main` hands them something that can do it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fettle.model.experiment import Manifest, Tree
from fettle.model.measurement import Profile


@dataclass(frozen=True)
class Sight:
    """A whole page as one screen shows it, as a PNG, and what it complained about.

    `said` are the console's errors, `missing` the paths that were answered with an error, or not.
    """

    screen: str
    png: bytes = field(repr=False)
    said: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


class Eye(Protocol):
    """What looks at pages without any hurry."""

    async def look(self, url: str, profile: Profile) -> Sight:
        """Show all of a page, once everything in it has come; raises CannotLook."""


@dataclass(frozen=True)
class Answered:
    """What a site answers: its status, its headers by their names in small letters, its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Live(Protocol):
    """The site as everybody sees it."""

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        """Ask for an address, following nothing; raises Unreachable."""


class Workplace(Protocol):
    """A copy of a web root, on its way into the root's place, or back."""

    @property
    def files(self) -> Tree:
        """The copy's files."""

    @property
    def original(self) -> Tree:
        """The files of the root as it stands: those of the copy, once it is in its place."""

    def put(self, path: str, content: bytes, like: str) -> None:
        """Write a file of the copy, with the mode and the owner of another one."""

    def refuse_changed(self) -> None:
        """Raise Refused where the root is not what was copied any more."""

    def swap(self) -> None:
        """Put the copy in the root's place; raises Refused where the root has changed since."""

    def keep(self) -> None:
        """Say that what is live is good; the one before the last is let go of.

        Raises Refused where somebody has written to the old root since: it is put back then.
        """

    def undo(self) -> None:
        """Put the old root back, byte for byte; raises Refused where either has changed since."""

    def remove(self) -> None:
        """Remove the copy; never what is live."""


class WebRoots(Protocol):
    """The web roots of this machine."""

    def alone(self, root: Path) -> AbstractContextManager[Mapping[str, str]]:
        """Hold a root; yields what became of each run there is anything of. Raises Refused."""

    def copied(self, root: Path, run: str) -> tuple[Workplace, Manifest]:
        """Copy a root beside itself; raises Refused, CannotLook, NotSupported and ActFailed."""

    def kept(self, root: Path, run: str) -> Workplace:
        """Return what a run has put in the root's place; raises Refused where it is gone."""

    def sha256(self, root: Path) -> str:
        """Return one hash of all that is in a root; raises Refused, CannotLook."""

    def serving(
        self, files: Tree, instead: Mapping[str, str], *, packs: bool
    ) -> AbstractContextManager[str]:
        """Serve files on loopback as a server of files does; yields the address, ending in a slash.

        For a path in `instead`, the file of the other path is sent. With `packs`, texts are packed
        on their way.
        """
