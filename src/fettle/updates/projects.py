"""What the lock files of projects tell, and which of them could not be read."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.errors import CannotLook, UnreadableLock
from fettle.model.ports_updates import Outside, Project, ProjectFiles
from fettle.model.update import Installed, Passed
from fettle.updates import locks
from fettle.updates.locks import unlocked
from fettle.updates.locks.lock import Lock, together

_MOST_NAMED = 5
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
    read = locks.among(names)
    lock = together([await asyncio.to_thread(_read, project, name, files) for name in read])
    unlocked_ = await asyncio.to_thread(lambda: tuple(_unlocked(project, names, files, lock)))
    lock = together([Lock((), tuple(_unread(project, names))), lock, Lock((), unlocked_)])
    if not lock.installed and not lock.passed and not any(map(unlocked.holds_all, read)):
        reason = f"nothing in {project.folder} tells its dependencies"
        lock = Lock((), (Passed(project.name, reason, REMEDY),))
    return Locked(project, _of_registries(lock))


async def of_file(project: Project, name: str, files: ProjectFiles) -> Lock:
    """Read one lock of a project."""
    return _of_registries(await asyncio.to_thread(_read, project, name, files))


def _unread(project: Project, names: Sequence[str]) -> Iterator[Passed]:
    for name in locks.unread(names):
        yield Passed(str(project.folder / name), "no reader here knows it")


def _unlocked(
    project: Project, names: Sequence[str], files: ProjectFiles, lock: Lock
) -> Iterator[Passed]:
    """Yield what a project asks for that no lock of its folder holds."""
    known = {one.package.name for one in lock.installed}
    known |= {one.subject.partition(" ")[0] for one in lock.passed}
    for name in unlocked.among(names):
        where = str(project.folder / name)
        try:
            asked = unlocked.asked(name, files.text(project, name) or "")
        except CannotLook as error:
            yield Passed(where, error.reason, error.remedy)
            continue
        if missing := sorted(asked - known):
            more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            said = f"{', '.join(missing[:_MOST_NAMED])}{more}"
            reason = f"no lock beside it tells which version is in use of {said}"
            yield Passed(where, reason, REMEDY)


def _read(project: Project, name: str, files: ProjectFiles) -> Lock:
    where = str(project.folder / name)
    try:
        text = files.text(project, name)
        if text is None:
            raise UnreadableLock(f"{where} is gone, or a link to outside of {project.folder}")
        return locks.read(name, text, where, lambda other: files.text(project, other))
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
