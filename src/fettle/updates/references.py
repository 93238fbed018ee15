"""References to updates as people type them: `uv.lock#httpx==0.28.1`, a lock and what to raise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from fettle.errors import WrongUsage
from fettle.model.rehearsal import SYSTEM, Wanted, wanted_of
from fettle.model.update import Ecosystem, Package, Update
from fettle.updates.images import FILES
from fettle.updates.kept import project_of

_OF_NPM = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock")
_REFERENCE = re.compile(r"([^#]+)#(@?[A-Za-z0-9][\w./:-]*)==([\w.!+@:-]+)", re.ASCII)
# Of Debian, whose versions have more in them: system#openssl==1:3.0.13-1~deb12u1
_OF_DEBIAN = re.compile(rf"{SYSTEM}#([a-z0-9][a-z0-9+.:-]*)==([A-Za-z0-9.+:~-]+)", re.ASCII)
HOW_TO_WRITE = "write it like uv.lock#httpx==0.28.1, with the lock's path"


@dataclass(frozen=True)
class Referred:
    """What a reference means: a project, by its name, and what is to be raised in it."""

    project: str
    wanted: Wanted


def is_reference(text: str) -> bool:
    """Whether it names a lock and what to raise, and is no id."""
    return "#" in text


def referred(text: str, projects: Mapping[str, Path], folder: Path) -> Referred:
    """Return what a reference means; its path begins in a folder, or with a project's name.

    Raises WrongUsage for what cannot be read, and for a lock that is in no project.
    """
    if (package := _OF_DEBIAN.fullmatch(text)) is not None:
        named, version = package.groups()
        return Referred(SYSTEM, Wanted(text, Package(Ecosystem.DEB, named), version, SYSTEM))
    parts = _REFERENCE.fullmatch(text)
    if parts is None:
        raise WrongUsage(f"{text} is no reference to an update", remedy=HOW_TO_WRITE)
    path, name, version = parts.groups()
    project, where = _place(path, projects, folder)
    ecosystem = _ecosystem(PurePosixPath(where).name)
    if ecosystem is Ecosystem.PYPI:
        name = re.sub(r"[-_.]+", "-", name).lower()
    id_ = f"{project}/{where}#{name}=={version}"
    return Referred(project, Wanted(id_, Package(ecosystem, name), version, where))


def on_offer(update: Update, projects: Mapping[str, Path]) -> Referred | None:
    """Return what an update on offer means; None for what no project has, nor the machine."""
    if update.package.ecosystem is Ecosystem.DEB:
        return Referred(SYSTEM, replace(wanted_of(update), where=SYSTEM))
    project = project_of(update.where, projects)
    if project is None:
        return None
    where = Path(update.where).relative_to(projects[project]).as_posix()
    return Referred(project, replace(wanted_of(update), where=where))


def _ecosystem(file: str) -> Ecosystem:
    """Return whose names stand in a file, by what it is called."""
    if any(fnmatchcase(file, pattern) for pattern in FILES):
        return Ecosystem.OCI
    return Ecosystem.NPM if file in _OF_NPM else Ecosystem.PYPI


def _place(path: str, projects: Mapping[str, Path], folder: Path) -> tuple[str, str]:
    """Return the project that a lock is in, and its path from there on."""
    whole = (folder / path).resolve()
    inside = [
        (len(root.parts), name, whole.relative_to(root.resolve()))
        for name, root in projects.items()
        if whole.is_relative_to(root.resolve())
    ]
    if inside and whole.is_file():
        _, name, where = max(inside)
        return name, where.as_posix()
    first, _, rest = path.partition("/")
    if first in projects and rest and ".." not in PurePosixPath(rest).parts:
        return first, rest
    raise WrongUsage(
        f"{path} is no lock of a project",
        remedy="name the project's folder in fettle.toml: [[project]] name and path",
    )
