"""The files of a folder; implements model.experiment.Tree."""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path


class Folder:
    """The files below a folder, without those that links lead to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    @cached_property
    def _paths(self) -> list[str]:
        found = []
        for where, folders, names in os.walk(self._folder):
            folders.sort()
            for name in names:
                file = Path(where, name)
                if not file.is_symlink():
                    found.append(file.relative_to(self._folder).as_posix())
        return sorted(found)

    def paths(self) -> Sequence[str]:
        """Return the paths of all files, in their order, as they were when first asked for."""
        return self._paths

    def size(self, path: str) -> int:
        """Return how large a file is."""
        return self._file(path).stat().st_size

    def read(self, path: str) -> bytes:
        """Return a file's content, of one that a link in the folder leads to, too."""
        return self._file(path).read_bytes()

    def _file(self, path: str) -> Path:
        file = (self._folder / path).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file():
            raise KeyError(path)
        return file
