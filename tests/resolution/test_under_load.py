"""Fixes while others work: nobody fails, nothing is left half done, and the undo still fits."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest

from fettle.errors import Refused
from fettle.model.fix import RunStatus
from tests import servers
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender
from tests.resolution.test_index_fixes import UNUSED, definitions

TABLE = (
    "CREATE TABLE parents (id int PRIMARY KEY)",
    "INSERT INTO parents SELECT generate_series(1, 1000)",
    "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 0, p int REFERENCES parents)",
    "INSERT INTO t SELECT g, 0, 1 + g % 1000 FROM generate_series(1, 20000) g",
    "CREATE INDEX t_n ON t (n)",
    "CREATE INDEX t_n_twin ON t (n)",
    "VACUUM ANALYZE t",
)
SCRIPT = """\
\\set id random(1, 20000)
BEGIN;
UPDATE t SET n = n + 1 WHERE id = :id;
SELECT n FROM t WHERE id = :id;
END;
"""


@dataclass
class Load:
    """What pgbench came to: its exit code and what it said."""

    code: int = -1
    said: str = ""


@asynccontextmanager
async def load(database: FreshDatabase, seconds: int) -> AsyncIterator[Load]:
    """Have four clients write and read for that long."""
    process = await asyncio.to_thread(_start, database, seconds)
    done = Load()
    try:
        yield done
    finally:
        done.said, _ = await asyncio.to_thread(process.communicate)
        done.code = process.returncode


def _start(database: FreshDatabase, seconds: int) -> "subprocess.Popen[str]":
    script = database.server.folder / f"{database.name}.sql"
    script.write_text(SCRIPT)
    arguments = ["--no-vacuum", "--client=4", f"--time={seconds}", f"--file={script}"]
    place = ["--host=127.0.0.1", f"--port={database.server.port}", "--username=postgres"]
    program = database.server.programs / "pgbench"
    if not program.exists():  # npm's packages have none; any version serves
        program = servers.DEBIAN / "15" / "bin" / "pgbench"
    return subprocess.Popen(
        [str(program), *arguments, *place, database.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def test_indexes_are_dropped_made_and_brought_back_under_load(
    database: FreshDatabase,
) -> None:
    database.run(*TABLE)
    before = await definitions(database)
    somebody = mender(database.url)

    async with load(database, 6) as ended:
        for fix in ("drop_duplicate_index", "create_foreign_key_index"):
            run = await somebody.apply(await somebody.plan_one(fix, **UNUSED))
            undone = await somebody.undo(run)
            assert (run.status, run.verified) == (RunStatus.DONE, True), run.reason
            assert (undone.status, undone.verified) == (RunStatus.DONE, True), undone.reason

    assert ended.code == 0, ended.said
    assert "aborted" not in ended.said
    assert await definitions(database) == before


async def chaos(database: FreshDatabase, seed: int, rounds: int) -> None:
    """Apply and undo beside transactions that begin and end when chance says so."""
    chance = random.Random(seed)
    database.run(*TABLE)
    valid = {create for create, _, _ in await definitions(database)}
    somebody = mender(database.url)

    async def disturb() -> None:
        while True:
            async with await psycopg.AsyncConnection.connect(database.url) as connection:
                await connection.execute("SELECT count(*) FROM t")
                await asyncio.sleep(chance.uniform(0, 3))
            await asyncio.sleep(chance.uniform(0, 1))

    disturbing = asyncio.create_task(disturb())
    try:
        for _ in range(rounds):
            for plan in await somebody.plan("drop_duplicate_index"):
                try:
                    run = await somebody.apply(plan)
                    if run.status is RunStatus.DONE:
                        await somebody.undo(run)
                except Refused:
                    continue
    finally:
        disturbing.cancel()
        await asyncio.gather(disturbing, return_exceptions=True)
    left = await definitions(database)
    assert all(is_valid for _, is_valid, _ in left)
    assert {create for create, _, _ in left} <= valid


async def test_nothing_is_left_half_done_beside_transactions_of_any_length(
    pg18_database: FreshDatabase,
) -> None:
    await chaos(pg18_database, seed=8470, rounds=3)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_left_half_done_in_the_long_run(
    database: FreshDatabase, seed: int
) -> None:
    await chaos(database, seed=seed, rounds=30)
