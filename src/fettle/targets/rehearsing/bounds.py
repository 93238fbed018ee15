"""What a sandboxed program may take of the machine, watched by its processes as they are.

Without a cgroup of its own, which only some users may make, nothing else counts the memory of all
processes together. A look every fifth of a second lets a greedy one take more for that long; the
kernel, asked to, ends it before anything else of the machine.
"""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from fettle.errors import ActFailed
from fettle.model.quantity import Bytes

_PAUSE_S = 0.2
LEAST_FREE = Bytes.parse("256 MiB")  # of the disk that it writes to, for everybody else
_MOST_OUTPUT = Bytes.parse("1 MiB")


@dataclass(frozen=True)
class Bounds:
    """How long a program may take, and what it may hold, with all that it has started."""

    within: timedelta
    memory: Bytes = Bytes.parse("4 GiB")
    processes: int = 1024
    output: Bytes = _MOST_OUTPUT
    free: Bytes = LEAST_FREE


@dataclass(frozen=True)
class Watching:
    """Looks after a program that writes below a folder; see running.How.watch."""

    bounds: Bounds
    folder: Path

    async def __call__(self, pid: int) -> None:
        """Return when the program has ended; raises ActFailed when it takes too much."""
        try:
            root = psutil.Process(pid)
            while root.is_running():
                self._refuse_excess([root, *root.children(recursive=True)])
                await asyncio.sleep(_PAUSE_S)
        except psutil.NoSuchProcess:
            return

    def _refuse_excess(self, processes: list[psutil.Process]) -> None:
        if len(processes) > self.bounds.processes:
            raise ActFailed(
                f"it started more than {self.bounds.processes} processes, and was ended",
                remedy="[project.rehearsal] processes lets it have more",
            )
        if sum(map(_held, processes)) > self.bounds.memory:
            raise ActFailed(
                f"it held more than {self.bounds.memory} of memory, and was ended",
                remedy="[project.rehearsal] memory lets it have more",
            )
        if shutil.disk_usage(self.folder).free < self.bounds.free:
            raise ActFailed(
                f"less than {self.bounds.free} is left on the disk of {self.folder}, and it was "
                "ended",
                remedy="make room there",
            )


def _held(process: psutil.Process) -> int:
    """Return what a process holds of memory by itself, in bytes; nothing once it has ended."""
    try:
        memory = process.memory_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return max(memory.rss - getattr(memory, "shared", 0), 0)
