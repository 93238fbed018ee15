"""Who has which files open, as /proc tells: of processes that this user may look into."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_GONE = " (deleted)"


@dataclass(frozen=True)
class Open:
    """A file that a process has open; `path` as the kernel tells it, which follows renames."""

    process: str
    path: str
    file: tuple[int, int]
    writes: bool
    gone: bool


@dataclass
class Opened:
    """The files that are open; `unseen` is how many processes could not be looked into."""

    files: list[Open] = field(default_factory=list)
    unseen: int = 0

    def by_file(self) -> dict[tuple[int, int], list[str]]:
        """Return the processes that have each file open."""
        told: dict[tuple[int, int], list[str]] = {}
        for one in self.files:
            told.setdefault(one.file, []).append(one.process)
        return told


def opened(under: set[str]) -> Opened:
    """Return what is open in these folders, in whichever process."""
    told = Opened()
    own = os.getpid()
    for process in _PROC.iterdir():
        if not process.name.isdigit() or int(process.name) == own:
            continue
        try:
            told.files += _of(process, under)
        except PermissionError:
            told.unseen += 1
        except OSError:  # it has ended meanwhile
            continue
    return told


def _of(process: Path, under: set[str]) -> Iterator[Open]:
    called = ""
    for one in os.scandir(process / "fd"):
        try:
            target = os.readlink(one.path)  # noqa: PTH115 - a text, of thousands
            path = target.removesuffix(_GONE)
            if os.path.dirname(path) not in under:  # noqa: PTH120
                continue
            state = one.stat()
            flags = _flags(process, one.name)
        except OSError:  # it was closed meanwhile
            continue
        called = called or _name(process)
        writes = flags & os.O_ACCMODE != os.O_RDONLY
        gone = target.endswith(_GONE)
        yield Open(called, path, (state.st_dev, state.st_ino), writes, gone)


def _flags(process: Path, descriptor: str) -> int:
    for line in (process / "fdinfo" / descriptor).read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "flags":
            return int(value, 8)
    return os.O_RDONLY


def _name(process: Path) -> str:
    try:
        called = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        called = "it has ended"
    return f"process {process.name} ({called})"
