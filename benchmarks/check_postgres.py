"""How long a look takes on a large database with every trouble planted, beside its peers.

Peers: pgextras (PyPI), all its listings in one process; check_postgres (Debian), 26 of its
actions, each a process, as it is used. Others when their command is given in FETTLE_BENCH_PEERS:
`name=command with {url}`, separated by `;`.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import results
from tests import servers
from tests.planted.expected import PLANTED
from tests.planted.plant import FULL, SERVER_SETTINGS, Planted, plant

RUNS = 5
TITLE = "Looking at 2,000 tables and 6,000 indexes"
_VENV = Path(__file__).parents[1] / ".work" / "peers"
_PGEXTRAS = """
import sys
from pgextras import PgExtras
worked = failed = 0
names = (
    "cache_hit index_usage calls blocking outliers vacuum_stats bloat long_running_queries "
    "seq_scans unused_indexes total_table_size total_indexes_size table_size index_size "
    "total_index_size locks table_indexes_size ps version"
)
for name in names.split():
    try:
        with PgExtras(dsn=sys.argv[1]) as pg:
            getattr(pg, name)()
        worked += 1
    except Exception:
        failed += 1
print(f"{worked} listings, {failed} more failed")
"""
_ACTIONS = (
    "archive_ready",
    "autovac_freeze",
    "backends",
    "bloat",
    "checkpoint",
    "commitratio",
    "connection",
    "database_size",
    "dbstats",
    "disabled_triggers",
    "hitratio",
    "index_size",
    "indexes_size",
    "last_analyze",
    "last_autoanalyze",
    "last_vacuum",
    "locks",
    "prepared_txns",
    "query_time",
    "relation_size",
    "replication_slots",
    "sequence",
    "table_size",
    "txn_idle",
    "txn_time",
    "wal_files",
)


def main() -> None:
    """Plant, measure, and write the section."""
    with servers.serve_on_disk(servers.EMBEDDED_MAJOR, **SERVER_SETTINGS) as server:
        planted = plant(server, FULL)
        _measure(planted)


def _measure(planted: Planted) -> None:
    """Time all of them without the planted sessions: a peer would wait for their locks for ever.

    Fettle alone is timed beside the sessions too, and then judged by what it finds.
    """
    limits = {name: value for one in planted.expected for name, value in one.limits.items()}
    options = [f"--limit={name}={value}" for name, value in limits.items()]
    command = [sys.executable, "-m", "fettle", "check", planted.url, "--format=json", *options]
    timed = _timed({"fettle": lambda: _call(command), **dict(_peers(planted))})
    with planted.sessions():
        beside = _timed({"fettle, beside blocked and open transactions": lambda: _call(command)})
        document = json.loads(_call(command))
    ours = statistics.median(timed["fettle"])
    rows = [
        f"| {name} | {results.spread(seconds)} | {statistics.median(seconds) / ours:.1f} |"
        for name, seconds in {**timed, **beside}.items()
    ]
    results.write(
        TITLE,
        [
            _found(planted, document),
            "",
            f"| | wall, median of {RUNS} interleaved | times fettle |",
            "| --- | --- | --- |",
            *rows,
        ],
        [f"PostgreSQL {planted.server.major}"],
    )


def _timed(calls: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    timed: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(RUNS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            timed[name].append(time.perf_counter() - started)
    return timed


def _found(planted: Planted, document: dict[str, Any]) -> str:
    wanted = {f"{one.check}:{one.subject}" for one in planted.expected if one.database == PLANTED}
    found = {finding["key"] for finding in document["findings"]}
    return (
        f"Planted troubles found by `fettle check`: {len(wanted & found)} of {len(wanted)}; beside "
        f"them, other sessions of the planted crowd under limits of 0 s: {len(found - wanted)}; "
        f"unknown: {len(document['unknown'])}. Inside the process the look took "
        f"{document['duration_s']} s; the rest is start-up and the report."
    )


def _peers(planted: Planted) -> Iterator[tuple[str, Callable[[], object]]]:
    pgextras = _pgextras()
    url = planted.url
    worked = _call([str(pgextras), "-c", _PGEXTRAS, url]).strip()
    yield f"pgextras, {worked}", lambda: _call([str(pgextras), "-c", _PGEXTRAS, url])
    if program := shutil.which("check_postgres"):
        base = [program, "--host=127.0.0.1", f"--port={planted.server.port}", "--dbuser=postgres"]
        actions = [[*base, f"--dbname={PLANTED}", f"--action={action}"] for action in _ACTIONS]
        yield (
            f"check_postgres, {len(actions)} actions",
            lambda: [_call(action) for action in actions],
        )
    for peer in filter(None, os.environ.get("FETTLE_BENCH_PEERS", "").split(";")):
        name, _, command = peer.partition("=")
        words = [word.format(url=url) for word in shlex.split(command)]
        yield name.strip(), lambda words=words: _call(words)  # type: ignore[misc]


def _pgextras() -> Path:
    """Return the Python of a virtual environment of its own, made by the first run."""
    python = _VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True)
        packages = ["pgextras", "psycopg2-binary"]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def _call(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    # what judges ends with the codes of Nagios; anything else has not looked
    assert done.returncode in range(4), f"{command[0]}: {done.stderr[-500:]}"
    return done.stdout


if __name__ == "__main__":
    main()
