"""The files of projects: within their folders, and within bounds."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from fettle.errors import CannotLook, UnreadableLock
from fettle.model.ports_updates import Below, Project
from fettle.model.update import Passed

_OTHERS = frozenset(("node_modules", "site-packages", "vendor", "__pycache__"))
_LARGEST = 50 * 1024**2
_DEEPEST = 4
_MOST = 200


class FilesOnDisk:
    """Reads them; implements model.ports_updates.ProjectFiles."""

    async def names(self, project: Project) -> Sequence[str]:
        """Return the names of the files in a project's folder."""
        try:
            with os.scandir(project.folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except OSError as error:
            raise CannotLook(
                f"{project.folder} cannot be read: {(error.strerror or str(error)).lower()}",
                remedy="name a folder of this machine",
            ) from None

    async def below(self, project: Project, patterns: Sequence[str]) -> Below:
        """Return the files of these names in the folder and those below it."""
        await self.names(project)
        names = await asyncio.to_thread(lambda: list(_below(project.folder, patterns)))
        more = len(names[_MOST:])
        says = f"{more} files there were not read: {_MOST} are"
        passed = (Passed(str(project.folder), says),) if more else ()
        return Below(tuple(names[:_MOST]), passed)

    def text(self, project: Project, name: str) -> str | None:
        """Return what is in a file; none outside the folder is read."""
        folder = project.folder.resolve()
        file = (folder / name).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            return None
        try:
            if file.stat().st_size > _LARGEST:
                raise UnreadableLock(f"{file} is larger than 50 MB, and is not read")
            return file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise UnreadableLock(f"{file} is no text in UTF-8") from None
        except OSError as error:
            said = (error.strerror or str(error)).lower()
            raise UnreadableLock(f"{file} cannot be read: {said}") from None


def _below(folder: Path, patterns: Sequence[str]) -> Iterator[str]:
    """Yield the files of these names, the nearest first; no link to a folder is followed."""
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop(0)
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda one: one.name)
        except OSError:
            continue  # what we may not read is nobody's project
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if (
                    depth < _DEEPEST
                    and not entry.name.startswith(".")
                    and entry.name not in _OTHERS
                ):
                    waiting.append((Path(entry.path), depth + 1))
            elif any(fnmatch(entry.name, pattern) for pattern in patterns) and entry.is_file():
                yield str(Path(entry.path).relative_to(folder))
