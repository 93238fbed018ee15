"""What processes have used, by what Linux says of them: a process, and all that it has started."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """The processor time of some processes, those among it that have ended, and their memory.

    Memory that several of them share counts once.
    """

    cpu_s: float
    memory_mb: float


def used(*roots: int) -> Used:
    """Say what these processes, and all that they have started, have used until now."""
    tree = [pid for root in roots for pid in _tree(root)]
    return Used(sum(map(_cpu_s, tree)), sum(map(_memory_mb, tree)))


def peak_mb(pid: int) -> float:
    """Say how much memory a process had at most, all that it shares with others included."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(kilobytes) / 1024


def parent(pid: int) -> int:
    """Return the process that has started one."""
    return int(_stat(pid)[1])


def _tree(root: int) -> Iterator[int]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                children[parent(int(folder.name))].append(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                continue
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children[pid]


def _cpu_s(pid: int) -> float:
    """Return its own time, and that of its children that have ended."""
    return sum(map(int, _stat(pid)[11:15])) * _TICK_S


def _stat(pid: int) -> list[str]:
    """Return what stands behind the name of the program, which can hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _memory_mb(pid: int) -> float:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    (kilobytes,) = re.findall(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(kilobytes) / 1024
