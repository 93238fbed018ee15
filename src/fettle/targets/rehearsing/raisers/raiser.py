"""What raising and installing look like, whichever client does it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place
from fettle.targets.rehearsing.repository import read_file


class Raiser(Protocol):
    """A client of packages, and the locks that belong to it."""

    @property
    def environment(self) -> str:
        """What the folder is called that it installs into, beside its lock; "" where into none."""

    @property
    def python(self) -> bool:
        """Whether it installs into an environment of Python's."""

    def reads(self, where: str) -> bool:
        """Whether a lock of that name is this client's."""

    def found(self, folder: Path) -> bool:
        """Whether a folder has a lock of this client's."""

    def files(self, place: Place, where: str) -> Sequence[str]:
        """Return the files that raising in a lock may change, from the project's folder on."""

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """Bring packages to the versions wanted, in the lock and in what asks for them.

        No code of a package runs. Raises ActFailed with why they cannot be raised, and CannotLook
        where the client is not here.
        """

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """Install what the lock in a folder says, anew; raises ActFailed and CannotLook."""


def text_of(place: Place, name: str) -> str:
    """Return a file of the project's tree; raises ActFailed where it is not there."""
    file = read_file(place.tree, str(place.inner / name))
    if file is None:
        raise ActFailed(f"there is no {name}")
    try:
        return file.content.decode("utf-8")
    except UnicodeDecodeError:
        raise ActFailed(f"{name} is not text in UTF-8") from None


def normal(name: str) -> str:
    """Return the name of a Python package as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def refuse_other(wanted: Wanted, found: Sequence[str]) -> None:
    """Raise ActFailed where a package did not come to the version wanted."""
    if wanted.version not in found:
        stands = ", ".join(found) or "nothing of it"
        raise ActFailed(
            f"{wanted.package.name} did not come to {wanted.version}: the lock has {stands}"
        )
