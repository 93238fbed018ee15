"""Fixes of tables and constraints."""

import psycopg
import pytest

from fettle.errors import Refused
from fettle.model.fix import RunStatus
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender


async def value(database: FreshDatabase, question: str) -> object:
    """Return the one value that a question answers."""
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        row = await (await connection.execute(question.encode())).fetchone()
        assert row is not None
        return row[0]


async def test_a_foreign_key_is_validated_when_no_row_is_an_orphan(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (p int)",
        "INSERT INTO child VALUES (1), (NULL)",
        'ALTER TABLE child ADD CONSTRAINT "F K" FOREIGN KEY (p) REFERENCES parent NOT VALID',
    )
    somebody = mender(database.url)
    plan = await somebody.plan_one("validate_foreign_key")

    with pytest.raises(Refused, match="rows without a parent"):
        await somebody.apply(plan)
    database.run("INSERT INTO parent VALUES (1)")
    run = await somebody.apply(plan)

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert await value(database, "SELECT convalidated FROM pg_constraint WHERE conname = 'F K'")


async def test_dead_rows_are_vacuumed_away(database: FreshDatabase) -> None:
    database.run(
        'CREATE TABLE "T" (a int)',
        'INSERT INTO "T" SELECT generate_series(1, 20000)',
        'DELETE FROM "T" WHERE a > 100',
        "SELECT pg_stat_force_next_flush()" if database.server.major >= 15 else "SELECT 1",
    )
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("vacuum_table", 'public."T"'))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert not await value(database, "SELECT n_dead_tup FROM pg_stat_user_tables")


async def test_stale_statistics_are_made_anew(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "INSERT INTO t SELECT generate_series(1, 20000)")
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("analyze_table"))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert await value(database, "SELECT reltuples FROM pg_class WHERE relname = 't'") == 20000


async def test_autovacuum_is_switched_on_and_off_again(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a text) WITH (autovacuum_enabled = off, "
        "toast.autovacuum_enabled = false, fillfactor = 80)"
    )
    options = "SELECT array_agg(o) FROM pg_class, unnest(reloptions) o WHERE relname = 't'"
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("enable_autovacuum"))
    between = await value(database, options)
    undone = await somebody.undo(run)

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert between == ["fillfactor=80"]
    assert (undone.status, undone.verified) == (RunStatus.DONE, True)
    assert await value(database, options) == ["fillfactor=80", "autovacuum_enabled=false"]


async def test_a_changed_collation_is_refreshed_after_its_indexes(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE COLLATION public.\"Mi'ne\" (provider = icu, locale = 'de')"
        if database.server.major < 17
        else "CREATE COLLATION public.\"Mi'ne\" (provider = builtin, locale = 'C.UTF-8')",
        'CREATE TABLE t (a text COLLATE "Mi\'ne")',
        "CREATE INDEX t_a ON t (a)",
        "UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'Mi''ne'",
    )
    somebody = mender(database.url)
    before = await value(database, "SELECT relfilenode FROM pg_class WHERE relname = 't_a'")

    run = await somebody.apply(await somebody.plan_one("refresh_collation"))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert await somebody.plan("refresh_collation") == []
    after = await value(database, "SELECT relfilenode FROM pg_class WHERE relname = 't_a'")
    assert after != before


async def test_a_type_of_an_extension_is_compared_as_its_key_does(database: FreshDatabase) -> None:
    database.run(
        "CREATE EXTENSION citext",
        "CREATE TABLE p (name citext PRIMARY KEY)",
        "CREATE TABLE c (name citext)",
        "INSERT INTO p VALUES ('Ada')",
        "INSERT INTO c VALUES ('ADA')",
        "ALTER TABLE c ADD CONSTRAINT c_name_fkey FOREIGN KEY (name) REFERENCES p NOT VALID",
    )
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("validate_foreign_key"))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
