"""What a container may use, by both versions of control groups."""

from collections.abc import Mapping
from pathlib import Path

from fettle.targets.host import cgroups

GIB = 1024**3
VERSION_2 = {
    "memory.max": f"{GIB}\n",
    "memory.current": "900000000\n",
    "memory.stat": "anon 700000000\ninactive_file 100000000\n",
    "cpu.max": "150000 100000\n",
    "cpu.stat": "usage_usec 5000000\nnr_periods 100\nnr_throttled 40\nthrottled_usec 9\n",
}
VERSION_1 = {
    "memory/memory.limit_in_bytes": f"{GIB}\n",
    "memory/memory.usage_in_bytes": "900000000\n",
    "memory/memory.stat": "cache 1\ntotal_inactive_file 100000000\n",
    "cpu/cpu.cfs_quota_us": "150000\n",
    "cpu/cpu.cfs_period_us": "100000\n",
    "cpu/cpu.stat": "nr_periods 100\nnr_throttled 40\nthrottled_time 9\n",
    "cpuacct/cpuacct.usage": "5000000000\n",
}


def machine(root: Path, files: Mapping[str, str]) -> Path:
    """Make a machine with these files of its control group."""
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_both_versions_say_the_same(tmp_path: Path) -> None:
    for number, files in enumerate((VERSION_2, VERSION_1)):
        root = machine(tmp_path / str(number), files)
        # what the kernel can take back at once is not used
        assert cgroups.memory(root) == cgroups.ContainerMemory(800_000_000, GIB)
        assert cgroups.processor(root) == cgroups.ContainerProcessor(5.0, 1.5, 100, 40)


def test_what_is_not_bounded_is_no_container(tmp_path: Path) -> None:
    unbounded_2 = machine(tmp_path / "2", {"memory.max": "max\n", "cpu.max": "max 100000\n"})
    beyond_any = {"memory/memory.limit_in_bytes": "9223372036854771712\n"}
    unbounded_1 = machine(tmp_path / "1", {**beyond_any, "cpu/cpu.cfs_quota_us": "-1\n"})
    for root in (unbounded_2, unbounded_1, tmp_path / "bare"):
        assert cgroups.memory(root) is None
        assert cgroups.processor(root) is None
