"""File systems and disks."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fettle.targets.host import disks


def machine(root: Path, mounts: str, fstab: str = "") -> Path:
    """Make a machine with these mounts, each of which is a folder of the real one."""
    for name, text in (
        ("proc/self/mounts", mounts),
        ("etc/fstab", fstab),
        ("proc/filesystems", "nodev\ttmpfs\n\text4\n\tsquashfs\n\txfs\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_file_system_is_told_as_df_tells_it(tmp_path: Path) -> None:
    root = machine(tmp_path, "/dev/sda1 / ext4 rw,relatime 0 0\ntmpfs /run tmpfs rw 0 0\n")
    (room,) = disks.rooms(root, "web-1")
    assert room.subject == "web-1:/"
    assert 0 <= room.used <= 1
    assert room.free > 0
    assert not room.read_only


def test_what_is_mounted_twice_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "srv/data").mkdir(parents=True)
    root = machine(tmp_path, "/dev/a / ext4 rw 0 0\n/dev/a /srv/data ext4 rw 0 0\n")
    assert [room.subject for room in disks.rooms(root, "h")] == ["h:/"]


def test_in_a_container_the_root_is_told_whatever_it_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").touch()
    mounts = "overlay / overlay rw 0 0\n/dev/sda1 /etc/hosts ext4 rw 0 0\n"
    assert [room.subject for room in disks.rooms(machine(tmp_path, mounts), "h")] == ["h:/"]


@pytest.mark.parametrize(
    ("mount", "fstab", "found"),
    [
        ("/dev/a / ext4 ro,relatime,errors=remount-ro 0 0", "", True),
        ("/dev/a / ext4 ro,relatime 0 0", "UUID=1 / ext4 defaults 0 1  # root", True),
        ("/dev/a / ext4 rw,emergency_ro 0 0", "", True),
        ("/dev/a / ext4 ro,relatime 0 0", "UUID=1 / ext4 ro 0 1", None),
        ("/dev/a / ext4 ro,relatime 0 0", "", None),  # an image that is meant to be
        ("/dev/a / squashfs rw 0 0", "", None),
        ("/dev/a / ext4 rw,errors=remount-ro 0 0", "", False),
    ],
)
def test_what_turned_read_only_is_told_from_what_is_meant_to_be(
    tmp_path: Path, mount: str, fstab: str, found: bool | None
) -> None:
    told = list(disks.rooms(machine(tmp_path, mount + "\n", fstab), "h"))
    assert [room.read_only for room in told] == ([] if found is None else [found])


def counted(reads: int, writes: int, taken_ms: int, busy_ms: int) -> SimpleNamespace:
    return SimpleNamespace(
        read_count=reads, write_count=writes, read_time=taken_ms, write_time=0, busy_time=busy_ms
    )


def test_what_a_disk_did_is_the_difference_of_two_moments() -> None:
    before = {"sda": counted(100, 100, 5_000, 9_000), "sdb": counted(1, 1, 1, 1)}
    after = {
        "sda": counted(130, 120, 7_000, 10_000),
        "sdb": counted(1, 1, 1, 1),
        "sdc": counted(9, 9, 9, 9),  # it was plugged in a moment ago
    }
    sda, sdb = disks.work(before, after, 2.0, "h")
    assert (sda.subject, sda.operations, sda.busy) == ("h:sda", 50, 0.5)
    assert sda.latency_s == pytest.approx(0.04)
    # what did nothing is not fast
    assert (sdb.operations, sdb.latency_s) == (0, None)


def test_counters_that_began_anew_are_no_work() -> None:
    assert list(disks.work({"a": counted(9, 9, 9, 9)}, {"a": counted(1, 0, 1, 1)}, 1.0, "h")) == []
