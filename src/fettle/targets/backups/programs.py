"""PostgreSQL's programs on this machine, by their major version."""

import asyncio
import pwd
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, StoreError
from fettle.store.programs import installed_programs, programs_for
from fettle.targets.running import How, run

_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
)
_VERSION = re.compile(rb"(\d+)(?:\.|devel|beta|rc)")
_WITHIN = timedelta(seconds=20)


@dataclass(frozen=True)
class Programs:
    """The programs of one version, in one folder; `own` says that Fettle brings them along."""

    major: int
    folder: Path
    own: bool = False

    def __getitem__(self, name: str) -> str:
        """Return the path of one of them; raises CannotLook where it is not there."""
        path = self.folder / name
        if not path.exists():
            raise CannotLook(f"{path} is not there", remedy=install(self.major))
        return str(path)

    def within_reach(self, user: pwd.struct_passwd, copies: Path) -> "Programs":
        """Return them where a user reaches them: Fettle's own may lie in somebody's home."""
        if not self.own:
            return self
        return Programs(self.major, programs_for(user, copies), own=True)


def install(major: int) -> str:
    """Say what brings the programs of a version."""
    return f"apt-get install postgresql-{major} on the worker's machine, or its label in `on`"


def folders(environ: Mapping[str, str]) -> Sequence[Path]:
    """Return the folders in which programs of PostgreSQL may be, those of packages first."""
    found = [path for pattern in _FOLDERS for path in sorted(Path("/").glob(pattern[1:]))]
    if (there := shutil.which("pg_ctl", path=environ.get("PATH"))) is not None:
        found.append(Path(there).resolve().parent)
    return [one for one in dict.fromkeys(found) if (one / "postgres").exists()]


async def installed(where: Sequence[Path], environ: Mapping[str, str]) -> Sequence[Programs]:
    """Return the programs that are in these folders, and those that Fettle brings along."""
    each = [(folder, False) for folder in where]
    each += [(folder, True) for folder in _own()]
    found = await asyncio.gather(*(_looked_at(*one, environ) for one in each))
    return [one for one in found if one is not None]


def _own() -> Iterator[Path]:
    try:
        yield installed_programs()
    except StoreError:  # no build for this machine
        return


async def _looked_at(folder: Path, own: bool, environ: Mapping[str, str]) -> Programs | None:
    try:
        told = await run([str(folder / "postgres"), "--version"], How(_WITHIN, environ))
    except (CannotLook, ActFailed):
        return None
    version = _VERSION.search(told.output)
    return Programs(int(version[1]), folder, own) if version is not None else None


def of_major(found: Sequence[Programs], major: int) -> Programs:
    """Return those of a version; raises CannotLook with what would bring them."""
    for one in found:
        if one.major == major:
            return one
    there = ", ".join(str(one) for one in sorted({one.major for one in found})) or "none"
    raise CannotLook(
        f"it is of PostgreSQL {major}, whose programs are not on this machine: {there} is",
        remedy=install(major),
    )


def reading(found: Sequence[Programs], wrote: int, rather: Programs | None = None) -> Programs:
    """Return those that read what the tools of a version wrote; raises CannotLook."""
    if rather is not None and rather.major >= wrote:
        return rather
    newer = sorted((one for one in found if one.major >= wrote), key=lambda one: one.major)
    return newer[0] if newer else of_major(found, wrote)
