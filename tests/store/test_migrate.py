"""Migrations on a real server: fresh, at once, unknown, changed, missing, failing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from fettle.errors import StoreDamaged, StoreTooNew
from fettle.store.migrate import Migration, known, migrate

SCHEMA = "fettle"
FIRST = Migration(1, "first", "CREATE TABLE one (id int)")
SECOND = Migration(2, "second", "CREATE TABLE two (id int); INSERT INTO two VALUES (2)")

Connection = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f"SET search_path = {SCHEMA}".encode())
        yield connection


async def ask(connection: Connection, question: str) -> list[Any]:
    return await (await connection.execute(question.encode())).fetchall()


async def test_a_fresh_store_has_our_tables_in_our_schema_alone(address: str) -> None:
    async with connected(address) as connection:
        assert await migrate(connection, SCHEMA) == known()[-1].number
        tables = await ask(
            connection,
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)'",
        )
        uncommented = await ask(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'fettle'::regnamespace"
            " AND relkind = 'r' AND relname <> 'migration' AND obj_description(oid) IS NULL",
        )
    assert {schema for schema, _ in tables} == {SCHEMA}
    assert {"diagnosis", "plan", "fix_run", "journal", "run", "step", "timer", "migration"} <= {
        table for _, table in tables
    }
    assert uncommented == []


async def test_what_was_applied_is_not_applied_again(address: str) -> None:
    async with connected(address) as connection:
        assert await migrate(connection, SCHEMA, [FIRST]) == 1
        assert await migrate(connection, SCHEMA, [FIRST, SECOND]) == 2
        assert await migrate(connection, SCHEMA, [FIRST, SECOND]) == 2
        assert await ask(connection, "SELECT id FROM two") == [(2,)]
        applied = await ask(connection, "SELECT number, name, sha256 FROM migration ORDER BY 1")
    assert applied == [(1, "first", FIRST.sha256), (2, "second", SECOND.sha256)]


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
async def test_many_that_start_at_once_migrate_once(address: str, isolation: str) -> None:
    with psycopg.connect(address, autocommit=True) as admin:
        database = admin.info.dbname
        admin.execute(
            f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'".encode()
        )

    async def start() -> int:
        async with connected(address) as connection:
            return await migrate(connection, SCHEMA, [FIRST, SECOND])

    assert await asyncio.gather(*(start() for _ in range(8))) == [2] * 8
    async with connected(address) as connection:
        assert await ask(connection, "SELECT id FROM two") == [(2,)]


async def test_a_store_of_a_newer_fettle_is_left_alone(address: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [FIRST, SECOND])
        with pytest.raises(StoreTooNew, match="migration 2"):
            await migrate(connection, SCHEMA, [FIRST])


@pytest.mark.parametrize(
    "migrations",
    [
        [Migration(1, "first", "CREATE TABLE another (id int)"), SECOND],
        [Migration(1, "first", FIRST.text), Migration(2, "second", SECOND.text + " ")],
    ],
)
async def test_an_edited_migration_is_damage(address: str, migrations: list[Migration]) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [FIRST, SECOND])
        with pytest.raises(StoreDamaged, match="is not the one that this Fettle brings"):
            await migrate(connection, SCHEMA, migrations)


async def test_a_missing_migration_is_damage(address: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [FIRST, SECOND])
        await connection.execute("DELETE FROM migration WHERE number = 1")
        with pytest.raises(StoreDamaged, match="lacks migration 1"):
            await migrate(connection, SCHEMA, [FIRST, SECOND])


async def test_a_migration_that_fails_leaves_the_store_as_it_was(address: str) -> None:
    broken = Migration(2, "broken", "CREATE TABLE two (id int); SELECT 1 / 0")
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [FIRST])
        with pytest.raises(psycopg.errors.DivisionByZero):
            await migrate(connection, SCHEMA, [FIRST, broken])
        assert await ask(connection, "SELECT to_regclass('two')") == [(None,)]
        assert await migrate(connection, SCHEMA, [FIRST, SECOND]) == 2


async def test_a_role_needs_no_more_than_its_schema(address: str, shared: str) -> None:
    role = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    async with connected(address) as admin:
        await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'".encode())
        await admin.execute(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {role}".encode())
        async with connected(make_conninfo(address, user=role, password="secret")) as connection:
            assert await migrate(connection, SCHEMA) == known()[-1].number
        await admin.execute(f"DROP OWNED BY {role}".encode())
        await admin.execute(f"DROP ROLE {role}".encode())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal SET event = 'other'", "DELETE FROM journal", "TRUNCATE journal"],
)
async def test_the_journal_is_append_only(address: str, statement: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA)
        await connection.execute(
            "WITH one AS (INSERT INTO fix_run (kind, plan, unit, target, subject, actor)"
            " VALUES ('fix', 'sha256:1', 'f', 't', 's', 'a') RETURNING id)"
            " INSERT INTO journal (run, number, event, detail) SELECT id, 1, 'begun', '{}' FROM one"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            await connection.execute(statement.encode())
        assert await ask(connection, "SELECT event FROM journal") == [("begun",)]


async def test_the_alert_of_a_heartbeat_is_known_by_its_name_from_then_on(address: str) -> None:
    named = next(one for one in known() if one.name == "heartbeat_runs")
    before = [one for one in known() if one.number < named.number]
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, before)
        await connection.execute(
            "WITH beat AS (INSERT INTO heartbeat (name, period, grace, created_by)"
            " VALUES ('backup', '1 h', '1 m', 'test') RETURNING id),"
            " late AS (INSERT INTO alert (source, key, firing, title, started_at, seen_at)"
            " SELECT 'heartbeats', id::text, true, 'late', now(), now() FROM beat"
            " RETURNING id, key)"
            " INSERT INTO signal (alert, at, firing, outcome, why, document)"
            " SELECT id, now(), true, 'opened', '', jsonb_build_object('key', key) FROM late"
        )
        await migrate(connection, SCHEMA, [*before, named])

        assert await ask(connection, "SELECT key FROM alert") == [("backup",)]
        assert await ask(connection, "SELECT document ->> 'key' FROM signal") == [("backup",)]


def test_the_files_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in known()] == list(range(1, len(known()) + 1))
