"""An index is the beginning of a longer one."""

from dataclasses import replace

import psycopg

from fettle.diagnosis.checks.database.index_redundant import Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    index=Relation("shop.orders_a_idx"),
    table=Relation("shop.orders"),
    longer=Relation("shop.orders_a_b_idx"),
    longer_unread=False,
    size=Bytes.parse("12 MiB"),
    partitioned=False,
)


def test_the_longer_one_is_named_and_the_statement_is_ready() -> None:
    (finding,) = judge([ROW], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.subject == "shop.orders_a_idx"
    assert finding.severity == Severity.LOW
    assert finding.description == (
        "12 MiB on shop.orders; shop.orders_a_b_idx begins with the same columns"
    )
    assert finding.recommendations == (
        "Drop the shorter: DROP INDEX CONCURRENTLY shop.orders_a_idx;",
    )
    assert finding.fixes == ("drop_redundant_index",)
    assert finding.evidence[0]["longer"] == "shop.orders_a_b_idx"


def test_when_nobody_reads_the_longer_one_only_one_of_the_two_is_to_go() -> None:
    (finding,) = judge([replace(ROW, longer_unread=True)], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.recommendations[0].startswith(
        "Keep one of the two: shop.orders_a_b_idx was never read"
    )
    assert finding.fixes == ()  # index_unused offers to drop the longer one


def test_a_partitioned_index_cannot_be_dropped_concurrently() -> None:
    (finding,) = judge([replace(ROW, partitioned=True)], NoLimits())

    assert isinstance(finding, Finding)
    assert "DROP INDEX shop.orders_a_idx;" in finding.recommendations[0]
    assert finding.fixes == ()


async def served(database: FreshDatabase) -> dict[str, str]:
    """Return what is to be dropped, with the index that serves its queries."""
    outcome = await ask(database.url, "index_redundant")
    assert not outcome.unknown
    return {finding.subject: str(finding.evidence[0]["longer"]) for finding in outcome.findings}


async def test_what_a_longer_one_begins_with_is_found(database: FreshDatabase) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (id int PRIMARY KEY, a int, b text, c int, d int)',
        'CREATE INDEX short ON "Odd.one"."T""x" (a)',
        'CREATE INDEX long ON "Odd.one"."T""x" (a, b)',
        'CREATE INDEX carrying ON "Odd.one"."T""x" (b) INCLUDE (c)',
        'CREATE INDEX carrying_as_key ON "Odd.one"."T""x" (b, c)',
        'CREATE INDEX bare ON "Odd.one"."T""x" (c)',
        'CREATE INDEX bare_but_carrying ON "Odd.one"."T""x" (c) INCLUDE (d)',
        'CREATE INDEX low ON "Odd.one"."T""x" (lower(b)) WHERE d > 0',
        'CREATE INDEX low_c ON "Odd.one"."T""x"  ( lower( b ), c, upper(b) ) WHERE   d > 0',
        'CREATE INDEX backwards ON "Odd.one"."T""x" (d DESC)',
        'CREATE UNIQUE INDEX backwards_unique ON "Odd.one"."T""x" (d DESC, id)',
    )

    assert await served(database) == {
        '"Odd.one".short': '"Odd.one".long',
        '"Odd.one".carrying': '"Odd.one".carrying_as_key',
        '"Odd.one".bare': '"Odd.one".bare_but_carrying',
        '"Odd.one".low': '"Odd.one".low_c',
        '"Odd.one".backwards': '"Odd.one".backwards_unique',
    }


async def test_what_the_longer_one_could_not_serve_is_kept(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int, b text, c int, d text)",
        "CREATE INDEX long ON t (a, b, c)",
        "CREATE INDEX second ON t (b)",
        "CREATE INDEX swapped ON t (c, a)",
        "CREATE INDEX descending ON t (a DESC)",
        'CREATE INDEX other_collation ON t (a, b COLLATE "POSIX")',
        "CREATE INDEX other_class ON t (a, b text_pattern_ops)",
        "CREATE INDEX carrying_more ON t (a) INCLUDE (d)",
        "CREATE INDEX partial ON t (a) WHERE c > 0",
        "CREATE INDEX hashed ON t USING hash (a)",
        "CREATE INDEX coarse ON t USING brin (a)",
        "CREATE INDEX lowered ON t (lower(d))",
        "CREATE INDEX uppered ON t (upper(d), a)",
        "CREATE TABLE another (a int)",
        "CREATE INDEX on_another ON another (a)",
    )

    assert await served(database) == {}


async def test_what_keeps_a_rule_or_is_leant_on_is_kept(database: FreshDatabase) -> None:
    """A longer index that is not unique cannot stand in for a shorter one that is."""
    database.run(
        "CREATE TABLE keyed (id int PRIMARY KEY, a int)",
        "CREATE INDEX keyed_id_a ON keyed (id, a)",
        "CREATE TABLE unique_ (id int, a int)",
        "CREATE UNIQUE INDEX unique_id ON unique_ (id)",
        "CREATE UNIQUE INDEX unique_id_a ON unique_ (id, a)",
        "CREATE TABLE clustered (id int, a int)",
        "CREATE INDEX clustered_id ON clustered (id)",
        "CREATE INDEX clustered_id_a ON clustered (id, a)",
        "CLUSTER clustered USING clustered_id",
        "CREATE TABLE excluded (id int, a int, EXCLUDE USING btree (id WITH =))",
        "CREATE INDEX excluded_id_a ON excluded (id, a)",
        "CREATE TABLE parted (id int, a int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX parted_id ON parted (id)",
        "CREATE INDEX part_id_a ON part (id, a)",
    )

    assert await served(database) == {}


async def test_a_chain_names_the_one_that_is_left_at_its_end(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int, b int, c int)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE INDEX t_a_b ON t (a, b)",
        "CREATE INDEX t_a_b_c ON t (a, b, c)",
    )

    assert await served(database) == {
        "public.t_a": "public.t_a_b_c",
        "public.t_a_b": "public.t_a_b_c",
    }


async def test_a_partitioned_index_is_reported_once(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parted (id int, a int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX parted_a ON parted (a)",
        "CREATE INDEX parted_a_id ON parted (a, id)",
    )

    assert await served(database) == {"public.parted_a": "public.parted_a_id"}


async def test_an_invalid_index_serves_nobody(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int, b int)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE INDEX t_a_b ON t (a, b)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a_b'::regclass",
    )

    assert await served(database) == {}


async def test_it_is_said_when_only_the_shorter_one_is_read(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int, b int)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE TABLE u (a int, b int)",
        "CREATE INDEX u_a ON u (a)",
    )
    with psycopg.connect(database.url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT FROM t WHERE a = 7")
        connection.execute("SELECT FROM u WHERE a = 7")
    database.run("CREATE INDEX t_a_b ON t (a, b)", "CREATE UNIQUE INDEX u_a_b ON u (a, b)")

    outcome = await ask(database.url, "index_redundant")

    advice = {finding.subject: finding.recommendations for finding in outcome.findings}
    fixes = {finding.subject: finding.fixes for finding in outcome.findings}
    assert fixes == {"public.t_a": (), "public.u_a": ("drop_redundant_index",)}
    assert advice["public.t_a"][0].startswith("Keep one of the two: public.t_a_b was never read")
    assert advice["public.u_a"] == ("Drop the shorter: DROP INDEX CONCURRENTLY public.u_a;",)
