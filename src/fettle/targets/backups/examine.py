"""What is in a cluster that was restored: its tables and rows, its indexes, what queries answer."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from fettle.errors import CannotLook
from fettle.model.backup import Answer
from fettle.targets.backups.cluster import Cluster
from fettle.targets.backups.scratch import refuse_full

_TABLES = Path(__file__).with_name("tables.sql").read_bytes()
_INDEXES = Path(__file__).with_name("indexes.sql").read_bytes()
_CORRUPT = re.compile(r"^(?:heap table|btree index|heap relation|sequence) ")
_MOST = 20
_MOST_TEXT = 200
_READING = b"SET default_transaction_read_only = on"
_QUERY_LIMIT = b"SET statement_timeout = '10min'"


@dataclass(frozen=True)
class Examined:
    """What is in a database; `corrupt` is what amcheck has found in all of the cluster."""

    tables: int
    rows: int
    indexes: int
    corrupt: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


async def examined(
    cluster: Cluster, database: str, queries: Sequence[str], jobs: int, *, every_row: bool
) -> Examined:
    """Look at every table, index and row of a cluster, and ask the sample queries."""
    corrupt = await _checked(cluster, jobs, every_row=every_row)
    counted = await _counted(cluster, database, jobs)
    answers = [await _answered(cluster, database, query) for query in queries]
    return replace(counted, corrupt=(*corrupt, *counted.corrupt)[:_MOST], answers=tuple(answers))


async def _checked(cluster: Cluster, jobs: int, *, every_row: bool) -> tuple[str, ...]:
    """Return what amcheck finds wrong: in pages and rows, and in the order of indexes."""
    words = ["--all", "--install-missing", f"--jobs={jobs}"]
    if every_row:
        words.append("--heapallindexed")
    ended = await cluster.run("pg_amcheck", *words)
    if ended.status == 0:
        return ()
    lines = ended.output.decode("utf-8", "replace").splitlines()
    found = []
    for number, line in enumerate(lines):
        if _CORRUPT.match(line):
            after = lines[number + 1].strip() if number + 1 < len(lines) else ""
            found.append(f"{line.rstrip(':')}: {after}"[:300])
    if found:
        return tuple(found[:_MOST])
    refuse_full(ended.last_words, "it was looked at")
    if "is not available" in ended.last_words:
        raise CannotLook(
            f"PostgreSQL {cluster.programs.major} on this machine has no amcheck",
            remedy=f"apt-get install postgresql-{cluster.programs.major}",
        )
    return (f"amcheck did not end well: {ended.last_words}",)


async def _counted(cluster: Cluster, database: str, jobs: int) -> Examined:
    """Count the tables and their rows, and the indexes."""
    async with cluster.connected(database) as connection:
        found = await (await connection.execute(_TABLES)).fetchall()
        indexes = await (await connection.execute(_INDEXES)).fetchone()
    waiting = [sql.Identifier(str(row[0]), str(row[1])) for row in found]
    wrong: list[str] = []
    counts = await asyncio.gather(
        *(_rows(cluster, database, waiting, wrong) for _ in range(min(jobs, len(waiting))))
    )
    return Examined(len(found), sum(counts), int(str((indexes or (0,))[0])), tuple(wrong))


async def _rows(
    cluster: Cluster, database: str, waiting: list[sql.Identifier], wrong: list[str]
) -> int:
    """Count the rows of tables until none waits; one that cannot be read is wrong."""
    many = 0
    async with cluster.connected(database) as connection:
        while waiting:
            table = waiting.pop(0)
            asked = sql.SQL("SELECT count(*) FROM {}").format(table)
            try:
                row = await (await connection.execute(asked)).fetchone()
            except psycopg.Error as error:
                refuse_full(str(error), "it was looked at")
                said = " ".join(str(error).split())[:_MOST_TEXT]
                wrong.append(f"{table.as_string()} cannot be read: {said}")
            else:
                many += int(str((row or (0,))[0]))
    return many


async def _answered(cluster: Cluster, database: str, query: str) -> Answer:
    """Ask a sample query: right is one that answers with something that is not false."""
    try:
        async with cluster.connected(database) as connection:
            await connection.execute(_READING)
            await connection.execute(_QUERY_LIMIT)
            row = await (await connection.execute(query.encode())).fetchone()
    except psycopg.Error as error:
        refuse_full(str(error), "it was looked at")
        said = " ".join(str(error).split())[:_MOST_TEXT]
        return Answer(query, said, said)
    if row is None:
        return Answer(query, "no row", "it was answered with no row")
    said = str(row[0])[:_MOST_TEXT]
    if not row[0]:
        return Answer(query, said, f"it was answered with {said}")
    return Answer(query, said)
