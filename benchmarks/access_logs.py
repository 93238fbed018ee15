"""Access logs: lines a CPU second, beside Debian's goaccess on the same file.

Both read one file of nginx's combined format with $request_time behind it, and both are measured
by the CPU that their process takes, from its start to its end. Fettle's is what `fettle check FILE`
does to read: every line, requests, failures and quantiles of each route, which it has to guess. It
is measured without the command line around it. goaccess writes JSON. It is measured twice: as it is
installed, with all its panels (visitors, browsers, hosts and so on), and with only those that
answer what Fettle answers (requests with their times, and statuses). Its requests are paths as they
are asked for: it masks no ids.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import results

TITLE = "Access logs"
LINES = 500_000
RUNS = 3
_FORMAT = '%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T'
_NOT_ASKED = (
    "VISITORS", "REQUESTS_STATIC", "NOT_FOUND", "HOSTS", "OS", "BROWSERS", "VISIT_TIMES",
    "VIRTUAL_HOSTS", "REFERRERS", "REFERRING_SITES", "KEYPHRASES", "GEO_LOCATION", "REMOTE_USER",
    "CACHE_STATUS", "MIME_TYPE", "TLS_TYPE",
)  # fmt: skip
_FETTLE = """
import sys
from fettle.targets.access_logs.read import Reading
summed = Reading(sys.argv[1]).summed()
routes = summed.tally.routes()
assert sum(route.requests for route in routes.values()) == int(sys.argv[2]), summed.tally.unread
assert all(route.took.quantile(0.95) for route in routes.values())
"""
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "curl/8.9.1",
)


@dataclass(frozen=True)
class Measured:
    """What one run took: seconds of CPU, and memory at most."""

    cpu_s: float
    peak_mb: float


def main() -> None:
    """Measure, and write the section."""
    if shutil.which("goaccess") is None:
        results.write(TITLE, ["goaccess is not installed; nothing was measured."])
        return
    load = results.load_before()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with log.open("w", encoding="ascii") as file:  # a child is said to use what its parent does
            file.writelines(lines(LINES))
        commands = _commands(log, Path(folder))
        runs = [{name: _run(command) for name, command in commands.items()} for _ in range(RUNS)]
        size_mb = log.stat().st_size / 1e6
    rows = {name: [run[name] for run in runs] for name in commands}
    results.write(TITLE, [*_told(rows, size_mb)], [_version(), load])


def lines(count: int) -> Iterator[str]:
    """Yield lines of a shop's log: ids in paths, some failures, times as they are distributed."""
    chance = random.Random(7)
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    for _ in range(count):
        moment += timedelta(seconds=chance.expovariate(20))
        address = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
        status = chance.choices((200, 301, 304, 404, 499, 500, 502), (88, 3, 4, 3, 0.5, 1, 0.5))[0]
        yield (
            f"{address} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "
            f'"{chance.choice(("GET",) * 9 + ("POST",))} {_path(chance)} HTTP/1.1" {status} '
            f'{chance.randrange(40_000)} "https://shop.example/" "{chance.choice(_AGENTS)}" '
            f"{chance.expovariate(8):.3f}\n"
        )


def _path(chance: random.Random) -> str:
    kind = chance.randrange(6)
    ids = {
        1: f"/products/{chance.randrange(50_000)}",
        2: f"/api/orders/{chance.getrandbits(64):016x}/items?page={chance.randrange(9)}",
        3: f"/search?q={chance.randrange(10**6)}",
    }
    return ids.get(kind, ("/", "", "", "", "/checkout", "/static/app.css")[kind])


def _commands(log: Path, folder: Path) -> Mapping[str, Sequence[str]]:
    goaccess = [
        "goaccess", str(log), "--no-global-config", "--no-progress", f"--log-format={_FORMAT}",
        "--date-format=%d/%b/%Y", "--time-format=%H:%M:%S", "-o", str(folder / "goaccess.json"),
    ]  # fmt: skip
    least = [f"--ignore-panel={panel}" for panel in _NOT_ASKED]
    return {
        "fettle": [sys.executable, "-c", _FETTLE, str(log), str(LINES)],
        "goaccess, two panels": [*goaccess, *least],
        "goaccess, as installed": goaccess,
    }


def _run(command: Sequence[str]) -> Measured:
    """Run a command to its end, and return what it took."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    assert process.returncode == 0, said.decode()
    return Measured(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _told(rows: Mapping[str, Sequence[Measured]], size_mb: float) -> Iterator[str]:
    yield (
        f"A file of {LINES:,} lines ({size_mb:.0f} MB), of nginx's combined format with "
        "$request_time: the CPU that each process takes, its start among it, on one core. Fettle "
        "tells requests, failures and quantiles of each route, whose ids it masks. goaccess tells "
        "requests as they are asked for with their average and longest time, and statuses (two "
        "panels); as installed also visitors, hosts, browsers and more. Promised: at least as many "
        "lines a second."
    )
    yield ""
    yield f"| | lines/CPU second, median of {RUNS} interleaved | CPU (range) | memory |"
    yield "| --- | --- | --- | --- |"
    for name, runs in rows.items():
        rate = LINES / statistics.median(run.cpu_s for run in runs)
        memory = max(run.peak_mb for run in runs)
        spread = results.spread([run.cpu_s for run in runs])
        yield f"| {name} | {rate:,.0f} | {spread} | {memory:.0f} MB |"
    yield ""
    own, least, whole = (statistics.median(run.cpu_s for run in runs) for runs in rows.values())
    yield (
        f"Fettle reads {least / own:.1f} times as many lines a second as goaccess with two panels, "
        f"and {whole / own:.1f} times as many as goaccess as installed."
    )


def _version() -> str:
    said = subprocess.run(["goaccess", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.partition("\n")[0].replace("GoAccess - ", "goaccess ").rstrip(".")


if __name__ == "__main__":
    main()
