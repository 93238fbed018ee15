"""File systems and disks of the machine that looks."""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import DiskWork, Room

_UNCHANGING = frozenset(("squashfs", "iso9660", "udf", "erofs", "cramfs"))


def rooms(root: Path, host: str) -> Iterator[Room]:
    """Yield what is used of each file system of a host that can be written to.

    One that is mounted in several places is told once. In a container the root's is told whatever
    it is made of.
    """
    seen: set[int] = set()
    wanted = _wanted_writable(root)
    for mount, kind, options in _mounts(root):
        try:
            place = root / mount.lstrip("/")
            told, device = os.statvfs(place), place.stat().st_dev
        except OSError:  # it is gone, or not for us
            continue
        if device in seen or not told.f_blocks or kind in _UNCHANGING:
            continue
        seen.add(device)
        read_only = _turned_read_only(mount, options, wanted)
        if "ro" in options and not read_only:
            continue  # it is meant to be read only: nothing is written there
        yield _room(f"{host}:{mount}", told, read_only=read_only)


def _room(subject: str, told: os.statvfs_result, *, read_only: bool) -> Room:
    """Return what `df` says: what is kept for root is neither used nor free."""
    used = (told.f_blocks - told.f_bfree) * told.f_frsize
    free = told.f_bavail * told.f_frsize
    inodes = None
    if told.f_files:
        inodes = Ratio((told.f_files - told.f_ffree) / told.f_files)
    return Room(
        subject, Ratio(used / max(1, used + free)), Bytes(free), inodes, read_only=read_only
    )


def _mounts(root: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield where file systems on disks are mounted, of which kind, with which options."""
    kinds = _kinds_on_disks(root)
    try:
        lines = (root / "proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in lines.splitlines():
        words = line.split(" ")
        if len(words) < 4:
            continue
        mount = words[1].encode().decode("unicode_escape")
        if words[2] in kinds or mount == "/":
            place = root / mount.lstrip("/")
            if place.is_dir():  # a file that a container has from outside is no file system
                yield mount, words[2], frozenset(words[3].split(","))


def _kinds_on_disks(root: Path) -> frozenset[str]:
    try:
        lines = (root / "proc/filesystems").read_text(encoding="ascii").splitlines()
    except OSError:
        return frozenset(("ext4", "xfs", "btrfs", "zfs"))
    return frozenset((*(line.strip() for line in lines if line.startswith("\t")), "zfs"))


def _wanted_writable(root: Path) -> frozenset[str]:
    """Return the places that /etc/fstab wants to be written to."""
    try:
        lines = (root / "etc/fstab").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    found = set()
    for line in lines:
        words = line.split("#")[0].split()
        if len(words) >= 4 and "ro" not in words[3].split(","):
            found.add(words[1])
    return frozenset(found)


def _turned_read_only(mount: str, options: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether nobody meant a file system to be read only: the kernel made it so, at an error."""
    if "emergency_ro" in options:
        return True
    return "ro" in options and (mount in wanted or "errors=remount-ro" in options)


Counters = Mapping[str, Any]  # what each disk has done so far: operations, milliseconds


def counters(root: Path) -> Counters:
    """Return what each whole disk has done so far; partitions and loops are parts of others."""
    try:
        told = psutil.disk_io_counters(perdisk=True) or {}
    except (OSError, RuntimeError):
        return {}
    whole = root / "sys/block"
    return {
        name: count
        for name, count in told.items()
        if (whole / name).exists()
        and not name.startswith(("loop", "ram", "zram", "dm-", "md", "sr", "fd"))
    }


def work(before: Counters, after: Counters, seconds: float, host: str) -> Iterator[DiskWork]:
    """Yield what each disk of a host did between two moments."""
    over = timedelta(seconds=seconds)
    for name, now in after.items():
        if (then := before.get(name)) is None:
            continue
        operations = now.read_count + now.write_count - then.read_count - then.write_count
        taken_ms = now.read_time + now.write_time - then.read_time - then.write_time
        busy_ms = getattr(now, "busy_time", 0) - getattr(then, "busy_time", 0)
        if operations < 0 or taken_ms < 0:  # the counters began anew
            continue
        yield DiskWork(
            f"{host}:{name}",
            taken_ms / 1000 / operations if operations else None,
            operations,
            over,
            Ratio(min(1.0, max(0, busy_ms) / 1000 / seconds)),
        )
