"""What node_exporter tells of machines: processors, memory, file systems, disks.

It can be up while a collector of it fails; what that would tell is not known then, and said to be.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from fettle.model.finding import Unknown
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import ClockSync, DiskWork, Memory, Processor, Room
from fettle.targets.metrics.figures import Figures, Only, Sample

# File systems that are no disk's, or cannot be written at all.
_NO_DISK = re.compile(
    r"tmpfs|ramfs|devtmpfs|overlay|squashfs|iso9660|autofs|rootfs|nsfs|fuse\.lxcfs|proc|sysfs"
    r"|cgroup2?|tracefs|debugfs|mqueue|devpts|erofs"
)
_NO_DEVICE = ("loop", "ram", "zram", "sr", "fd", "nbd")
# What shows that a node_exporter is there; figures of itself are often dropped.
_WORKS = "node_scrape_collector_success"
_OF_ITSELF = (_WORKS, "node_exporter_build_info", "node_uname_info")
_PAST, _WEEK = timedelta(hours=6), timedelta(days=7)
_A_YEAR_H = 365 * 24.0


async def _blind(figures: Figures, collector: str, wanted: str) -> Sequence[Unknown]:
    """Return what is to be said where a node_exporter does not tell something.

    Nothing, where there is none.
    """
    there = {
        instance
        for name in _OF_ITSELF
        for instance in _by_machine(await figures.last(name, ("instance",), "max"))
    }
    told = _by_machine(await figures.last(wanted, ("instance",)))
    only = Only("collector", collector)
    works = _by_machine(await figures.last(_WORKS, ("instance",), "min", only)) if there else {}
    said = {None: "tells no figures, or fails", 0.0: "fails"}
    return [
        Unknown(
            f"the node_exporter {instance or figures.whose.machine({})} tells nothing of it: its "
            f"collector {collector} {said.get(works.get(instance), 'tells no figures')}",
            f"see its log; it runs with --collector.{collector}, and must be let at /proc and /sys",
        )
        for instance in sorted(there - told.keys())
    ]


async def machine_memory(figures: Figures) -> Sequence[Memory | Unknown]:
    """Return what machines use of their memory; what the kernel can give back is free."""
    whole = _by_machine(await figures.last("node_memory_MemTotal_bytes", ("instance",), "max"))
    free = _by_machine(await figures.last("node_memory_MemAvailable_bytes", ("instance",), "min"))
    rows = [
        Memory(figures.whose.machine({"instance": one}), Bytes(total - free[one]), Bytes(total))
        for one, total in whole.items()
        if one in free
    ]
    return [*rows, *await _blind(figures, "meminfo", "node_memory_MemAvailable_bytes")]


async def machine_processors(figures: Figures) -> Sequence[Processor | Unknown]:
    """Return how busy the processors of machines were."""
    over = await figures.span()
    modes: dict[str, dict[str, float]] = defaultdict(dict)
    for sample in await figures.grown("node_cpu_seconds_total", ("instance", "mode")):
        modes[sample.labels.get("instance", "")][sample.labels.get("mode", "")] = sample.value
    idle = Only("mode", "idle")
    cores = _by_machine(await figures.last("node_cpu_seconds_total", ("instance",), "count", idle))
    load = _by_machine(await figures.last("node_load5", ("instance",), "max"))
    rows = []
    for instance, spent in modes.items():
        # what guests use is counted as their user's time already
        whole = sum(value for mode, value in spent.items() if not mode.startswith("guest"))
        if whole > 0 and "idle" in spent:
            waiting, stolen = spent.get("iowait", 0), spent.get("steal", 0)
            busy = whole - spent["idle"] - waiting - stolen
            had = cores.get(instance)
            rows.append(
                Processor(
                    figures.whose.machine({"instance": instance}),
                    Ratio(busy / whole),
                    over,
                    Ratio(waiting / whole),
                    Ratio(stolen / whole),
                    cores=had,
                    load=round(load[instance] / had, 2) if had and instance in load else None,
                )
            )
    return [*rows, *await _blind(figures, "cpu", "node_cpu_seconds_total")]


async def rooms(figures: Figures) -> Sequence[Room | Unknown]:
    """Return what is used of file systems, and when they are full at the rate of the last hours."""
    by = ("instance", "mountpoint", "device", "fstype")
    size = await _systems(figures, "size_bytes", by)
    free, available = (
        await _systems(figures, "free_bytes", by),
        await _systems(figures, "avail_bytes", by),
    )
    inodes, inodes_free = (
        await _systems(figures, "files", by),
        await _systems(figures, "files_free", by),
    )
    locked = await _locked(figures, by)
    hourly = await _filling(figures, by)
    rows: dict[tuple[str, str], Room] = {}
    for key in sorted(size.keys() & free.keys() & available.keys()):
        instance, mountpoint, device, fstype = key
        used, left = size[key] - free[key], available[key]
        if _NO_DISK.fullmatch(fstype) or used + left <= 0 or (instance, device) in rows:
            continue
        if locked.get(key) is False:  # an image, meant to be read only: it never fills up
            continue
        labels = {"instance": instance, "mountpoint": mountpoint}
        rate = hourly.get(key, 0)
        rows[instance, device] = Room(
            figures.whose.machine(labels, "mountpoint"),
            Ratio(used / (used + left)),
            Bytes(left),
            _used_of(inodes.get(key), inodes_free.get(key)),
            timedelta(hours=left / rate) if left < rate * _A_YEAR_H else None,
            locked.get(key, False),
        )
    return [*rows.values(), *await _blind(figures, "filesystem", "node_filesystem_size_bytes")]


async def _systems(
    figures: Figures, what: str, by: tuple[str, ...]
) -> Mapping[tuple[str, ...], float]:
    samples = await figures.last(f"node_filesystem_{what}", by, "min")
    return {tuple(one.labels.get(name, "") for name in by): one.value for one in samples}


async def _locked(figures: Figures, by: tuple[str, ...]) -> Mapping[tuple[str, ...], bool]:
    """Return of what is read only whether it could be written to once: some are meant so."""
    now = await _systems(figures, "readonly", by)
    before = await figures.lowest("node_filesystem_readonly", by, _WEEK)
    once = {tuple(one.labels.get(name, "") for name in by) for one in before if not one.value}
    return {key: key in once for key, value in now.items() if value}


async def _filling(figures: Figures, by: tuple[str, ...]) -> Mapping[tuple[str, ...], float]:
    """Return by how many bytes an hour less are available, of what was there six hours ago."""
    samples = await figures.risen("node_filesystem_avail_bytes", by, _PAST)
    hours = _PAST / timedelta(hours=1)
    return {tuple(one.labels.get(name, "") for name in by): -one.value / hours for one in samples}


def _used_of(whole: float | None, free: float | None) -> Ratio | None:
    if not whole or free is None:  # btrfs has no number of inodes
        return None
    return Ratio((whole - free) / whole)


async def disk_work(figures: Figures) -> Sequence[DiskWork | Unknown]:
    """Return how long disks took for a read or a write."""
    over = await figures.span()
    spent = await _of_disks(figures, "read_time_seconds_total", "write_time_seconds_total")
    done = await _of_disks(figures, "reads_completed_total", "writes_completed_total")
    busy = await _of_disks(figures, "io_time_seconds_total")
    rows = [
        DiskWork(
            figures.whose.machine({"instance": key[0], "device": key[1]}, "device"),
            spent[key] / done[key] if done[key] else None,
            done[key],
            over,
            Ratio(min(busy[key] / over.total_seconds(), 1)) if key in busy else None,
        )
        for key in sorted(spent.keys() & done.keys())
        if not key[1].startswith(_NO_DEVICE)
    ]
    return [*rows, *await _blind(figures, "diskstats", "node_disk_reads_completed_total")]


async def _of_disks(figures: Figures, *what: str) -> Mapping[tuple[str, str], float]:
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for part in what:
        for sample in await figures.grown(f"node_disk_{part}", ("instance", "device")):
            sums[sample.labels.get("instance", ""), sample.labels.get("device", "")] += sample.value
    return sums


async def clocks(figures: Figures) -> Sequence[ClockSync | Unknown]:
    """Return whether the clocks of machines are kept, as their kernels say."""
    kept = await figures.last("node_timex_sync_status", ("instance",), "min")
    most = _by_machine(await figures.last("node_timex_maxerror_seconds", ("instance",), "max"))
    return [
        ClockSync(
            figures.whose.machine(one.labels),
            one.value > 0,
            timedelta(seconds=most[instance]) if instance in most else None,
        )
        for one in kept
        for instance in [one.labels.get("instance", "")]
    ]


def _by_machine(samples: Sequence[Sample]) -> Mapping[str, float]:
    return {sample.labels.get("instance", ""): sample.value for sample in samples}
