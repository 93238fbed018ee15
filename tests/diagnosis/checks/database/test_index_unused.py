"""An index is never read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.index_unused import Limits, Row, judge
from fettle.model.finding import Finding, Note, Relation
from fettle.model.quantity import Bytes
from fettle.targets.postgres import Patience, looking_at
from fettle.unit.rows import decode
from tests import servers
from tests.conftest import MAJORS, FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    index=Relation("shop.orders_note_idx"),
    table=Relation("shop.orders"),
    scans=0,
    unread=None,
    size=Bytes.parse("10 MiB"),
    window=timedelta(days=30),
    of_expressions=False,
    in_recovery=False,
    standbys=0,
)
EVERYTHING = {"min_size": "0", "min_window": "0s"}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (ROW, True),
        (replace(ROW, size=Bytes(ROW.size - 1)), False),
        (replace(ROW, window=timedelta(days=29, hours=23)), False),
        (replace(ROW, scans=7, unread=timedelta(days=180), window=timedelta(days=400)), True),
        (replace(ROW, scans=7, unread=timedelta(days=179), window=timedelta(days=400)), False),
    ],
)
def test_size_window_and_the_last_scan_decide(row: Row, found: bool) -> None:
    verdicts = judge([row], Limits())

    assert any(isinstance(verdict, Finding) for verdict in verdicts) is found


def test_statistics_that_do_not_go_back_far_enough_are_said() -> None:
    young = replace(ROW, window=timedelta(days=3))

    assert judge([young], Limits()) == [
        Note("the statistics go back 3 d; 30 d are needed to call an index unused")
    ]


def test_a_standby_is_not_asked_what_only_the_primary_knows() -> None:
    verdicts = judge([replace(ROW, in_recovery=True)], Limits())

    assert verdicts == [Note("this is a standby, which knows only its own reads: ask the primary")]


def test_the_finding_says_how_long_and_how_to_drop_it() -> None:
    (finding,) = judge([ROW], Limits())

    assert isinstance(finding, Finding)
    assert finding.description == "10 MiB on shop.orders, not read once in 30 d"
    assert finding.recommendations == ("Drop it: DROP INDEX CONCURRENTLY shop.orders_note_idx;",)
    assert finding.fixes == ("drop_unused_index",)
    assert finding.metrics == {"size_bytes": 10 * 1024**2, "scans": 0}


def test_standbys_are_to_be_asked_first() -> None:
    (finding,) = judge([replace(ROW, standbys=2)], Limits())

    assert isinstance(finding, Finding)
    assert "standbys" in finding.description
    assert "pg_stat_get_numscans('shop.orders_note_idx'::regclass)" in finding.recommendations[0]


def test_the_statistics_of_an_expression_are_thought_of() -> None:
    (finding,) = judge([replace(ROW, of_expressions=True)], Limits())

    assert isinstance(finding, Finding)
    assert "CREATE STATISTICS" in finding.recommendations[0]


async def test_what_nothing_reads_is_found_under_any_name(database: FreshDatabase) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (id int PRIMARY KEY, a int, b text)',
        'CREATE INDEX "plain.A" ON "Odd.one"."T""x" (a)',
        'CREATE INDEX partly ON "Odd.one"."T""x" (a) WHERE b > \'x\'',
        'CREATE INDEX computed ON "Odd.one"."T""x" (lower(b))',
    )

    outcome = await ask(database.url, "index_unused", **EVERYTHING)

    assert {finding.subject for finding in outcome.findings} == {
        '"Odd.one"."plain.A"',
        '"Odd.one".partly',
        '"Odd.one".computed',
    }


async def test_what_is_read_or_leant_on_is_left_alone(database: FreshDatabase) -> None:
    database.run(
        "CREATE EXTENSION btree_gist",
        "CREATE TABLE kept (id int PRIMARY KEY, a int UNIQUE, b int NOT NULL, c int, d int,"
        " EXCLUDE USING gist (d WITH =))",
        "CREATE UNIQUE INDEX kept_b ON kept (b)",
        "ALTER TABLE kept REPLICA IDENTITY USING INDEX kept_b",
        "CREATE INDEX kept_c ON kept (c)",
        "CLUSTER kept USING kept_c",
        "CREATE TABLE parted (id int, a int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX parted_a ON parted (a)",
        "CREATE TABLE read (id int)",
        "CREATE INDEX read_id ON read (id)",
    )
    with psycopg.connect(database.url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT FROM read WHERE id = 7")

    outcome = await ask(database.url, "index_unused", **EVERYTHING)

    assert [finding.subject for finding in outcome.findings] == []


async def test_the_last_cover_of_a_foreign_key_stays(database: FreshDatabase) -> None:
    """Any order of the leading columns covers; INCLUDE, other conditions and collations do not."""
    database.run(
        "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE child (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES parent)",
        "CREATE INDEX cover ON child (b, a, c)",
        "CREATE INDEX half ON child (a) INCLUDE (b)",
        "CREATE INDEX partial ON child (a, b) WHERE c > 0",
        "CREATE TABLE word (id text PRIMARY KEY)",
        "CREATE TABLE said (id text REFERENCES word, no int)",
        'CREATE INDEX said_otherwise ON said (id COLLATE "POSIX")',
        "CREATE INDEX said_present ON said (id) WHERE id IS NOT NULL",
        "CREATE INDEX said_numbered ON said (id) WHERE no IS NOT NULL",
    )

    outcome = await ask(database.url, "index_unused", **EVERYTHING)

    assert {finding.subject for finding in outcome.findings} == {
        "public.half",
        "public.partial",
        "public.said_otherwise",
        "public.said_numbered",
    }


async def test_of_two_covers_one_can_go(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (a int REFERENCES parent, b int)",
        "CREATE INDEX narrow ON child (a)",
        "CREATE INDEX wide ON child (a, b)",
    )

    outcome = await ask(database.url, "index_unused", **EVERYTHING)

    assert [finding.subject for finding in outcome.findings] == ["public.wide"]


async def test_indexes_of_extensions_are_left_alone(database: FreshDatabase) -> None:
    database.run(
        "CREATE EXTENSION pg_trgm",
        "CREATE TABLE of_it (a text)",
        "CREATE INDEX of_it_a ON of_it (a)",
        "ALTER EXTENSION pg_trgm ADD TABLE of_it",
    )

    outcome = await ask(database.url, "index_unused", **EVERYTHING)

    assert outcome.clean


async def test_an_index_that_was_read_lately_is_not_unused(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)")
    with psycopg.connect(database.url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT FROM t WHERE a = 7")

    outcome = await ask(database.url, "index_unused", last_scan="0s", **EVERYTHING)

    assert outcome.clean


async def test_whoever_streams_the_wal_as_a_standby_counts(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)")
    with _streaming(database, "a_standby"), _streaming(database, "pg_receivewal"):
        (row,) = await _rows(database.url, database.server.major)

    assert row.standbys == 1


@pytest.mark.parametrize("major", MAJORS)
async def test_statistics_that_a_crash_lost_go_back_to_the_crash(major: int) -> None:
    with servers.serve(major) as server:
        server.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CHECKPOINT")
        crashed_at = datetime.now(UTC)
        server.control("-m", "immediate", "restart")

        (row,) = await _rows(server.url(), major)

    assert datetime.now(UTC) - row.window >= crashed_at


async def _rows(url: str, major: int) -> list[Row]:
    async with looking_at(url, Patience()) as database:
        return decode(await database.read(judge.statement(major)), Row)


@contextmanager
def _streaming(database: FreshDatabase, name: str) -> Iterator[None]:
    """Receive the server's WAL under this name, as a standby does."""
    address = f"{database.server.url()}?replication=true&application_name={name}"
    with psycopg.connect(address, autocommit=True) as standby:
        where = standby.pgconn.exec_(b"IDENTIFY_SYSTEM").get_value(0, 2)
        assert where is not None
        standby.pgconn.exec_(b"START_REPLICATION PHYSICAL " + where)
        with psycopg.connect(database.url, autocommit=True) as connection:
            asked = (
                "SELECT state = 'streaming' FROM pg_stat_replication WHERE application_name = %s"
            )
            while connection.execute(asked, [name]).fetchone() != (True,):
                pass
        yield
        standby.pgconn.finish()
