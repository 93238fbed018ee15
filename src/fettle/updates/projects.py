"""What the lock files of projects tell, and which of them could not be read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fettle.errors import CannotLook
from fettle.model.ports_updates import Outside, Project, ProjectFiles
from fettle.model.update import Installed, Passed
from fettle.updates import locks
from fettle.updates.locks.lock import Lock

_OWN_CODE = ("file", "directory")
_LOCKS = "keep uv.lock, requirements.txt with versions, poetry.lock, package-lock.json, "
REMEDY = f"{_LOCKS}pnpm-lock.yaml or yarn.lock there"


@dataclass(frozen=True)
class Locked:
    """A project with all that its locks tell; what is no registry's is among what was passed."""

    project: Project
    lock: Lock


async def locked(outside: Outside) -> list[Locked]:
    """Read the locks of each project; large ones take a while, and hold up nobody else."""
    return list(await asyncio.gather(*(_of(one, outside.files) for one in outside.projects)))


async def _of(project: Project, files: ProjectFiles) -> Locked:
    try:
        names = await files.names(project)
    except CannotLook as error:
        return Locked(project, Lock((), (Passed(project.name, error.reason, error.remedy),)))
    lock = Lock((), tuple(_unread(project, names)))
    for name in locks.among(names):
        lock += await asyncio.to_thread(_read, project, name, files)
    if not lock.installed and not lock.passed:
        reason = f"nothing in {project.folder} tells its dependencies"
        lock = Lock((), (Passed(project.name, reason, REMEDY),))
    return Locked(project, _of_registries(lock))


async def of_file(project: Project, name: str, files: ProjectFiles) -> Lock:
    """Read one lock of a project."""
    return _of_registries(await asyncio.to_thread(_read, project, name, files))


def _unread(project: Project, names: Sequence[str]) -> list[Passed]:
    return [
        Passed(str(project.folder / name), "no reader here knows it")
        for name in locks.OTHERS
        if name in names
    ]


def _read(project: Project, name: str, files: ProjectFiles) -> Lock:
    where = str(project.folder / name)
    try:
        text = files.text(project, name)
        return locks.read(name, text or "", where, lambda other: files.text(project, other))
    except CannotLook as error:
        return Lock((), (Passed(where, error.reason, error.remedy),))


def _of_registries(lock: Lock) -> Lock:
    """Return a lock of what registries offer; the project's own code is not asked about."""
    taken = [one for one in lock.installed if one.origin not in _OWN_CODE]
    elsewhere = [one for one in taken if one.origin != "registry"]
    passed = tuple(Passed(f"{one.package.name} in {one.where}", _says(one)) for one in elsewhere)
    kept = tuple(dict.fromkeys(one for one in taken if one.origin == "registry"))
    return Lock(kept, lock.passed + passed, lock.registries)


def _says(installed: Installed) -> str:
    said = "git" if installed.origin == "git" else "an address"
    return f"it comes from {said}, and no registry offers it"
