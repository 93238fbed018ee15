"""What a container may use, and uses: its control group, of version 1 or 2.

In a container the group's files are at the root of /sys/fs/cgroup; on a machine that is none, the
files that hold limits are not there (version 2), or hold a number beyond any machine (version 1).
"""

from dataclasses import dataclass
from pathlib import Path

_BEYOND = 1 << 60


@dataclass(frozen=True)
class ContainerMemory:
    """What a container uses of what it may, in bytes."""

    used: int
    limit: int


@dataclass(frozen=True)
class ContainerProcessor:
    """What a container has used so far: seconds of CPU, and periods in which it was held back."""

    used_s: float
    cores: float
    periods: int
    throttled: int


def memory(root: Path) -> ContainerMemory | None:
    """Return the memory of the container that this is; None where nothing bounds it.

    What the kernel can take back at once (inactive pages of files) is not used.
    """
    folder = root / "sys/fs/cgroup"
    limit = _number(folder / "memory.max")
    if limit is not None:
        told = _pairs(folder / "memory.stat")
        used = (_number(folder / "memory.current") or 0) - told.get("inactive_file", 0)
        return ContainerMemory(max(0, used), limit)
    limit = _number(folder / "memory/memory.limit_in_bytes")
    if limit is None or limit >= _BEYOND:
        return None
    told = _pairs(folder / "memory/memory.stat")
    inactive = _pairs(folder / "memory/memory.stat").get("total_inactive_file", 0)
    used = (_number(folder / "memory/memory.usage_in_bytes") or 0) - inactive
    return ContainerMemory(max(0, used), limit)


def processor(root: Path) -> ContainerProcessor | None:
    """Return what the container that this is has used of its processors; None without a quota."""
    folder = root / "sys/fs/cgroup"
    quota = _words(folder / "cpu.max")
    if len(quota) == 2 and quota[0].isdigit() and int(quota[1]):
        told = _pairs(folder / "cpu.stat")
        return ContainerProcessor(
            told.get("usage_usec", 0) / 1e6,
            int(quota[0]) / int(quota[1]),
            told.get("nr_periods", 0),
            told.get("nr_throttled", 0),
        )
    allowed, period = (_number(folder / "cpu" / f"cpu.cfs_{x}_us") for x in ("quota", "period"))
    used = _number(folder / "cpuacct/cpuacct.usage")
    if allowed is None or allowed <= 0 or not period or used is None:
        return None
    told = _pairs(folder / "cpu/cpu.stat")
    return ContainerProcessor(
        used / 1e9, allowed / period, told.get("nr_periods", 0), told.get("nr_throttled", 0)
    )


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    words = _words(path)
    try:
        return int(words[0]) if words else None
    except ValueError:  # "max": no limit
        return None


def _pairs(path: Path) -> dict[str, int]:
    words = _words(path)
    pairs = zip(words[::2], words[1::2], strict=False)
    return {name: int(value) for name, value in pairs if value.isdigit()}
