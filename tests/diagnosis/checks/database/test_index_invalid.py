"""An index is invalid."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from fettle.diagnosis.checks.database.index_invalid import Row, judge
from fettle.model.finding import Finding, Note, Relation
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    index=Relation("shop.orders_i"),
    table=Relation("shop.orders"),
    maintained=False,
    is_unique=False,
    transient=False,
    size=Bytes(0),
    in_recovery=False,
)

# What a concurrent build waits for: at its beginning for open transactions that write, at its end
# for snapshots that are older.
WRITES = "LOCK TABLE t IN ROW EXCLUSIVE MODE"
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class"


@pytest.mark.parametrize(
    ("row", "severity", "advice"),
    [
        (
            ROW,
            Severity.LOW,
            "Drop it, and build it again if it is wanted: DROP INDEX CONCURRENTLY shop.orders_i;",
        ),
        (
            replace(ROW, maintained=True),
            Severity.HIGH,
            "Rebuild it: REINDEX INDEX CONCURRENTLY shop.orders_i;",
        ),
        (
            replace(ROW, maintained=True, transient=True),
            Severity.HIGH,
            "Drop what a REINDEX has left: DROP INDEX CONCURRENTLY shop.orders_i;",
        ),
    ],
)
def test_what_every_write_pays_for_is_worse_than_debris(
    row: Row, severity: Severity, advice: str
) -> None:
    (finding,) = judge([row], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.severity == severity
    assert finding.recommendations == (advice,)
    assert finding.fixes == ("repair_invalid_index",)


def test_doubled_rows_are_looked_for_before_a_unique_one_is_rebuilt() -> None:
    (finding,) = judge([replace(ROW, maintained=True, is_unique=True)], NoLimits())

    assert isinstance(finding, Finding)
    assert "twice" in finding.recommendations[0]


def test_a_standby_cannot_tell_a_build_from_debris() -> None:
    assert judge([replace(ROW, in_recovery=True)], NoLimits()) == [
        Note("shop.orders_i is invalid, or still being built: ask the primary")
    ]


async def found(database: FreshDatabase) -> dict[str, Severity]:
    outcome = await ask(database.url, "index_invalid")
    assert not outcome.unknown
    return {finding.subject: finding.severity for finding in outcome.findings}


async def test_a_build_that_failed_is_found_whatever_its_name(database: FreshDatabase) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (a int)',
        'INSERT INTO "Odd.one"."T""x" VALUES (1), (1)',
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.run('CREATE UNIQUE INDEX CONCURRENTLY "of.it" ON "Odd.one"."T""x" (a)')

    assert await found(database) == {'"Odd.one"."of.it"': Severity.LOW}


async def test_a_drop_that_gave_up_leaves_what_every_write_pays_for(
    database: FreshDatabase,
) -> None:
    """The statement waits for the open transaction after it has made the index invalid."""
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)")
    with psycopg.connect(database.url) as open_transaction:
        open_transaction.execute("SELECT FROM t")
        with pytest.raises(psycopg.errors.QueryCanceled), _impatient(database) as connection:
            connection.execute("DROP INDEX CONCURRENTLY t_a")

        assert await found(database) == {"public.t_a": Severity.HIGH}


async def test_what_a_rebuild_has_left_is_to_be_dropped(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)")
    with psycopg.connect(database.url) as open_transaction:
        open_transaction.execute(WRITES)
        with pytest.raises(psycopg.errors.QueryCanceled), _impatient(database) as connection:
            connection.execute("REINDEX INDEX CONCURRENTLY t_a")

        outcome = await ask(database.url, "index_invalid")

    (finding,) = outcome.findings
    assert finding.subject == "public.t_a_ccnew"
    assert finding.recommendations == (
        "Drop what a REINDEX has left: DROP INDEX CONCURRENTLY public.t_a_ccnew;",
    )


@pytest.mark.parametrize(
    ("statement", "meanwhile"),
    [
        ("CREATE INDEX CONCURRENTLY t_b ON t (a)", WRITES),
        ("CREATE INDEX CONCURRENTLY t_b ON t (a)", SNAPSHOT),
        ("REINDEX TABLE CONCURRENTLY t", WRITES),
        ("REINDEX TABLE CONCURRENTLY t", SNAPSHOT),
        ("DROP INDEX CONCURRENTLY t_a", WRITES),
    ],
)
async def test_what_is_under_way_has_not_failed(
    database: FreshDatabase, statement: str, meanwhile: str
) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_1 ON t (a)")
    with _waiting(database, statement, meanwhile):
        assert await found(database) == {}


async def test_a_role_without_grants_sees_that_too(database: FreshDatabase) -> None:
    role = f"{database.name}_blind"
    database.run(
        "CREATE TABLE t (a int)",
        "CREATE TABLE failed (a int)",
        "CREATE INDEX failed_a ON failed (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'failed_a'::regclass",
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'",
    )
    try:
        with _waiting(database, "CREATE INDEX CONCURRENTLY t_a ON t (a)"):
            outcome = await ask(database.server.url(database.name, role, "x"), "index_invalid")
    finally:
        database.run(f"DROP ROLE {role}")

    assert not outcome.unknown
    assert [finding.subject for finding in outcome.findings] == ["public.failed_a"]


async def test_a_build_elsewhere_on_the_table_does_not_hide_what_failed(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE t (a int)",
        "CREATE INDEX t_a ON t (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass",
    )
    with _waiting(database, "CREATE INDEX CONCURRENTLY t_b ON t (a)"):
        assert await found(database) == {"public.t_a": Severity.HIGH}


async def test_a_partitioned_index_only_lacks_partitions(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX parted_id ON ONLY parted (id)",
    )

    assert await found(database) == {}


@contextmanager
def _impatient(database: FreshDatabase) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("SET statement_timeout = '300ms'")
        yield connection


@contextmanager
def _waiting(database: FreshDatabase, statement: str, meanwhile: str = WRITES) -> Iterator[None]:
    """Run a statement until it waits for an open transaction, with an index that is not valid."""
    with psycopg.connect(database.url) as older, psycopg.connect(database.url) as connection:
        older.execute(meanwhile.encode())
        connection.autocommit = True
        connection.pgconn.send_query(statement.encode())
        _until_it_waits(database)
        yield
        older.rollback()
        while connection.pgconn.get_result() is not None:
            pass


def _until_it_waits(database: FreshDatabase) -> None:
    """Wait for a session that stands in line behind another's transaction."""
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'virtualxid' AND NOT granted"
    with psycopg.connect(database.url, autocommit=True) as connection:
        until = time.monotonic() + 20
        while connection.execute(asked).fetchone() == (0,):
            assert time.monotonic() < until
            time.sleep(0.01)
