"""What looking costs the database that is looked at: pgbench with a check every 10 s, and without.

Five pairs of 60 s each; the promise is at most 5 % of the throughput. Every other pair is run in
the other order, and each run begins behind a vacuum and a checkpoint: what earlier runs left would
else be counted as the cost of a look.
"""

import re
import statistics
import subprocess
import sys
import threading

from benchmarks import results
from fettle.model.quantity import say_share
from tests import servers
from tests.servers import Server

PAIRS = 5
SECONDS = 60
EVERY_S = 10
TITLE = "What a look costs its target"


def main() -> None:
    """Measure, and write the section."""
    with (
        servers.serve_on_disk(servers.EMBEDDED_MAJOR, shared_buffers="256MB") as server,
        servers.fresh_database(server, "bench") as url,
    ):
        _pgbench(server, "--initialize", "--scale=10", "--quiet")
        _pgbench(server, "--client=4", "--jobs=2", "--time=10")  # warm
        alone, watched = [], []
        for pair in range(PAIRS):
            for with_it in (False, True) if pair % 2 == 0 else (True, False):
                server.run("VACUUM ANALYZE", database="bench")
                server.run("CHECKPOINT", database="bench")
                if with_it:
                    watched.append(_watched(server, url))
                else:
                    alone.append(_throughput(server))
    losses = [1 - with_it / without for without, with_it in zip(alone, watched, strict=True)]
    results.write(
        TITLE,
        [
            (
                f"pgbench (scale 10, 4 clients, {SECONDS} s) alone and with `fettle check` every "
                f"{EVERY_S} s on the same machine, {PAIRS} pairs, every other in the other order, "
                "a vacuum and a checkpoint before each run."
            ),
            "",
            "| | transactions a second, median (range) |",
            "| --- | --- |",
            f"| pgbench alone | {_range(alone)} |",
            f"| with fettle check | {_range(watched)} |",
            "",
            (
                f"Loss: {say_share(statistics.median(losses), 1)} (median of the pairs; "
                f"{say_share(min(losses), 1)} to {say_share(max(losses), 1)})."
            ),
        ],
        [f"PostgreSQL {server.major}"],
    )


def _watched(server: Server, url: str) -> float:
    done = threading.Event()

    def look() -> None:
        while not done.wait(EVERY_S):
            command = [sys.executable, "-m", "fettle", "check", url, "--format=json"]
            subprocess.run(command, capture_output=True, check=False, timeout=60)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        return _throughput(server)
    finally:
        done.set()
        looking.join()


def _throughput(server: Server) -> float:
    said = _pgbench(server, "--client=4", "--jobs=2", f"--time={SECONDS}")
    match = re.search(r"tps = ([\d.]+)", said)
    assert match, said
    return float(match[1])


def _pgbench(server: Server, *arguments: str) -> str:
    place = ["--host=127.0.0.1", f"--port={server.port}", "--username=postgres", "bench"]
    command = [str(server.programs / "pgbench"), *arguments, *place]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return done.stdout


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


if __name__ == "__main__":
    main()
