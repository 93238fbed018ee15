"""Verifying a dump of about 1 GB, beside a plain pg_restore of it."""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psycopg

from benchmarks import results
from fettle.model.backup import Restored
from fettle.model.quantity import Bytes
from fettle.settings import Settings
from fettle.targets.backups.restoring import backups_of
from tests.servers import Server, fresh_database, serve_on_disk

TITLE = "Verifying a backup of 1 GB"
MAJOR = 15
ROWS = 4_000_000  # a database of some 900 MiB
RUNS = 3
_ORDERS = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer int NOT NULL, placed timestamptz NOT NULL, state text NOT NULL,
    total numeric(12, 2) NOT NULL, receipt bytea NOT NULL
)
"""
_ORDERED = """
INSERT INTO orders
SELECT n, (random() * 100000)::int, '2026-01-01'::timestamptz + n * interval '3 seconds',
       (ARRAY['open', 'paid', 'sent', 'done'])[1 + n % 4], round((random() * 1000)::numeric, 2),
       sha512(n::text::bytea) || sha256(n::text::bytea)  -- which nothing packs
FROM generate_series(1, {rows}) AS n
"""
_CUSTOMERS = """
INSERT INTO customers
SELECT n, 'customer ' || n, md5(n::text) || '@shop.example' FROM generate_series(0, 100000) AS n
"""
_FILL = (
    _ORDERS,
    _ORDERED,
    "CREATE INDEX orders_customer ON orders (customer, placed)",
    "CREATE INDEX orders_state ON orders (state) WHERE state <> 'done'",
    "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, mail text NOT NULL UNIQUE)",
    _CUSTOMERS,
    "ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers",
    "VACUUM ANALYZE",
)


def main(rows: int = ROWS, runs: int = RUNS) -> None:
    """Dump a database once, and measure each way of restoring it, interleaved."""
    load = results.load_before()
    folder = Path(tempfile.mkdtemp(prefix="fettle-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with serve_on_disk(MAJOR, synchronous_commit="on", shared_buffers="128MB") as server:
            size, dump = _dumped(server, folder, rows)
            taken = _measured(server, folder, runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _write(size, dump, taken, load)


def _dumped(server: Server, folder: Path, rows: int) -> tuple[Bytes, Bytes]:
    """Fill a database, and dump it as pg_dump does where nothing else is said."""
    with fresh_database(server, "shop") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in _FILL:
                connection.execute(statement.format(rows=rows).encode())
            row = connection.execute("SELECT pg_database_size('shop')").fetchone()
        path = folder / "shop.dump"
        subprocess.run([str(server.programs / "pg_dump"), "-Fc", f"--file={path}", url], check=True)
    return Bytes((row or (0,))[0]), Bytes(path.stat().st_size)


def _measured(server: Server, folder: Path, runs: int) -> dict[str, list[float]]:
    path = folder / "shop.dump"
    ways: dict[str, Callable[[], object]] = {
        "pg_restore": lambda: _restored(server, path),
        "fettle": lambda: _verified(path, folder, every_row=False),
        "fettle, every row": lambda: _verified(path, folder, every_row=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(runs):
        order = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in order:
            subprocess.run(["sync"], check=True)
            began = time.monotonic()
            ways[name]()
            taken[name].append(time.monotonic() - began)
            print(f"{name}: {taken[name][-1]:.1f} s", flush=True)
    return taken


def _restored(server: Server, path: Path) -> None:
    """Restore the dump as people do: into a server that runs, with nothing said of how."""
    with fresh_database(server, "restored") as url:
        subprocess.run(
            [str(server.programs / "pg_restore"), f"--dbname={url}", str(path)], check=True
        )


def _verified(path: Path, folder: Path, *, every_row: bool) -> Restored:
    """Verify it as the daily task does, both steps of it that read the dump."""
    backup = {
        "name": "shop",
        "kind": "pg_dump",
        "path": str(path),
        "restore_in": str(folder),
        "every_row": every_row,
        "queries": ["SELECT count(*) > 0 FROM orders"],
    }
    port = backups_of(Settings.model_validate({"backup": [backup]}), os.environ)

    async def verify() -> Restored:
        files = await port.look("shop", str(path), "bench", _say)
        assert not files.wrong, files.wrong
        return await port.restore("shop", str(path), "bench", _say)

    told = asyncio.run(verify())
    assert (told.errors, told.corrupt) == ((), ()), told
    assert told.rows > 0
    return told


async def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _write(size: Bytes, dump: Bytes, taken: Mapping[str, Sequence[float]], load: str) -> None:
    plain = statistics.median(taken["pg_restore"])
    promised = {"pg_restore": "", "fettle": "1.3", "fettle, every row": "1.6"}
    told = (
        f"A database of {size}, as `pg_dump -Fc` packs it: {dump}; {load}, "
        f"{os.getloadavg()[0]:.1f} after. `pg_restore` goes into a database of a server that "
        "runs, with nothing said of how. Verifying reads its table of contents, makes a cluster, "
        "restores into it, goes through every page, row and index (amcheck), counts all rows and "
        "asks a query; with every row each is looked up in the indexes, too."
    )
    runs = len(taken["pg_restore"])
    head = f"| | wall, median of {runs} interleaved | times pg_restore | at most |"
    lines = [told, "", head, "| --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {results.spread(took)} | {statistics.median(took) / plain:.2f} | "
        f"{promised[name]} |"
        for name, took in taken.items()
    ]
    results.write(TITLE, lines, (f"PostgreSQL {MAJOR}",))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
