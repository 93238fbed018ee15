"""What starting costs: the help, and a look at an empty database, beside Python and psql."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from benchmarks import results
from tests import servers

RUNS = 9
TITLE = "Starting"


def main() -> None:
    """Measure, and write the section."""
    with (
        servers.serve_on_disk(servers.EMBEDDED_MAJOR) as server,
        servers.fresh_database(server, "empty") as url,
    ):
        server.run("CREATE EXTENSION pg_stat_statements", database="empty")
        fettle = [sys.executable, "-m", "fettle"]
        psql = shutil.which("psql") or str(server.programs / "psql")
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "psql -c 'select 1'": [psql, url, "-c", "select 1"],
            "fettle --help": [*fettle, "--help"],
            "fettle check, empty database": [*fettle, "check", url],
            "fettle check --format json, empty database": [*fettle, "check", url, "--format=json"],
        }
        _measure(commands)


def _measure(commands: Mapping[str, Sequence[str]]) -> None:
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            taken[name].append(_run(command))
    base = statistics.median(wall for wall, _, _ in taken["python -c pass"])
    rows = []
    for name, runs in taken.items():
        wall = [run[0] for run in runs]
        cpu = statistics.median(run[1] for run in runs)
        memory = max(run[2] for run in runs)
        ratio = statistics.median(wall) / base
        rows.append(
            f"| `{name}` | {results.spread(wall)} | {cpu:.2f} s | {memory:.0f} MB | {ratio:.1f} |"
        )
    results.write(
        TITLE,
        [
            f"| | wall, median of {RUNS} interleaved | CPU | memory | times python |",
            "| --- | --- | --- | --- | --- |",
            *rows,
        ],
    )


def _run(command: Sequence[str]) -> tuple[float, float, float]:
    """Return wall and CPU seconds, and the most memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = 0
    assert isinstance(used, resource.struct_rusage)
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
