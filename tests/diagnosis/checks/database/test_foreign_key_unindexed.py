"""A foreign key has no index on its columns."""

from dataclasses import replace

import psycopg
import pytest

from fettle.diagnosis.checks.database.foreign_key_unindexed import Limits, Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    constraint="orders_customer_fkey",
    table=Relation("shop.orders"),
    parent=Relation("shop.customers"),
    columns=("customer", '"Region"'),
    rows=10_000,
    partitioned=False,
    partitions=(),
)
PARENTS = (
    "CREATE TABLE parent (id int PRIMARY KEY)",
    "CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b))",
    "INSERT INTO parent VALUES (1)",
    "INSERT INTO pair VALUES (1, 1)",
)


@pytest.mark.parametrize(
    ("rows", "severity"),
    [(0, None), (1, Severity.LOW), (9_999, Severity.LOW), (10_000, Severity.MEDIUM)],
)
def test_the_rows_of_the_child_table_decide(rows: int, severity: Severity | None) -> None:
    verdicts = judge([replace(ROW, rows=rows)], Limits())

    assert [verdict.severity for verdict in verdicts if isinstance(verdict, Finding)] == (
        [severity] if severity is not None else []
    )


def test_the_statement_is_ready_to_copy() -> None:
    (finding,) = judge([ROW], Limits())

    assert isinstance(finding, Finding)
    assert finding.subject == "shop.orders.orders_customer_fkey"
    assert finding.recommendations == (
        'CREATE INDEX CONCURRENTLY ON shop.orders (customer, "Region");',
    )
    assert finding.fixes == ("create_foreign_key_index",)
    assert finding.about == ('no index on shop.orders (customer, "Region")',)
    assert finding.evidence[0]["table"] == "shop.orders"
    assert finding.evidence[0]["constraint"] == "orders_customer_fkey"


def test_partitions_get_theirs_first_and_not_all_of_many_are_listed() -> None:
    partitions = tuple(f"shop.orders_{number}" for number in range(12))
    (finding,) = judge([replace(ROW, partitioned=True, partitions=partitions)], Limits())

    assert isinstance(finding, Finding)
    assert finding.fixes == ()
    assert finding.recommendations[0] == (
        'CREATE INDEX CONCURRENTLY ON shop.orders_0 (customer, "Region");'
    )
    assert finding.recommendations[10:] == (
        "The same on the 2 further partitions of shop.orders",
        'When every partition has it: CREATE INDEX ON shop.orders (customer, "Region");',
    )


async def uncovered(database: FreshDatabase) -> set[str]:
    outcome = await ask(database.url, "foreign_key_unindexed")
    assert not outcome.unknown
    return {finding.subject for finding in outcome.findings}


async def test_a_key_without_an_index_is_found_and_its_statement_runs(
    database: FreshDatabase,
) -> None:
    database.run(
        *PARENTS,
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" ("A ""b" int CONSTRAINT "F K" REFERENCES parent)',
        'INSERT INTO "Odd.one"."T""x" VALUES (1)',
    )

    (finding,) = (await ask(database.url, "foreign_key_unindexed")).findings
    assert finding.subject == '"Odd.one"."T""x"."F K"'
    assert finding.metrics["rows_count"] == 1

    database.run(*finding.recommendations)
    assert await uncovered(database) == set()


async def test_any_order_of_the_leading_columns_covers(database: FreshDatabase) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE turned (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES pair)",
        "CREATE INDEX ON turned (b, a, c)",
        "CREATE TABLE keyed (a int, b int, PRIMARY KEY (b, a), FOREIGN KEY (a, b) REFERENCES pair)",
        "CREATE TABLE hashed (id int REFERENCES parent)",
        "CREATE INDEX ON hashed USING hash (id)",
        "CREATE TABLE present (id int REFERENCES parent)",
        "CREATE INDEX ON present (id) WHERE id IS NOT NULL",
        "INSERT INTO turned VALUES (1, 1)",
        "INSERT INTO keyed VALUES (1, 1)",
        "INSERT INTO hashed VALUES (1)",
        "INSERT INTO present VALUES (1)",
    )

    assert await uncovered(database) == set()


async def test_an_index_that_cannot_be_used_covers_nothing(database: FreshDatabase) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE word (id text PRIMARY KEY)",
        "INSERT INTO word VALUES ('x')",
        "CREATE TABLE invalid (id int REFERENCES parent)",
        "CREATE INDEX invalid_id ON invalid (id)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid_id'::regclass",
        "CREATE TABLE partial (id int REFERENCES parent, no int)",
        "CREATE INDEX ON partial (id) WHERE no > 0",
        "CREATE INDEX ON partial (id) WHERE no IS NOT NULL",
        "CREATE INDEX ON partial (id) WHERE id IS NULL",
        "CREATE TABLE later (id int REFERENCES parent, no int)",
        "CREATE INDEX ON later (no, id)",
        "CREATE TABLE half (a int, b int, FOREIGN KEY (a, b) REFERENCES pair)",
        "CREATE INDEX ON half (a)",
        "CREATE INDEX ON half (b) INCLUDE (a)",
        "CREATE TABLE coarse (id int REFERENCES parent)",
        "CREATE INDEX ON coarse USING brin (id)",
        "CREATE TABLE computed (id int REFERENCES parent)",
        "CREATE INDEX ON computed ((id + 0))",
        "CREATE TABLE collated (id text REFERENCES word)",
        'CREATE INDEX ON collated (id COLLATE "POSIX")',
        "INSERT INTO invalid VALUES (1)",
        "INSERT INTO partial VALUES (1)",
        "INSERT INTO later VALUES (1)",
        "INSERT INTO half VALUES (1, 1)",
        "INSERT INTO coarse VALUES (1)",
        "INSERT INTO computed VALUES (1)",
        "INSERT INTO collated VALUES ('x')",
    )

    assert await uncovered(database) == {
        "public.invalid.invalid_id_fkey",
        "public.partial.partial_id_fkey",
        "public.later.later_id_fkey",
        "public.half.half_a_b_fkey",
        "public.coarse.coarse_id_fkey",
        "public.computed.computed_id_fkey",
        "public.collated.collated_id_fkey",
    }


async def test_what_is_said_to_cover_is_what_the_planner_uses(database: FreshDatabase) -> None:
    """Ask PostgreSQL itself about the two rules that are not plain: null and collation."""
    database.run(
        "CREATE TABLE t (id text)",
        "CREATE INDEX present ON t (id) WHERE id IS NOT NULL",
        "CREATE TABLE u (id text)",
        'CREATE INDEX collated ON u (id COLLATE "POSIX")',
    )
    with psycopg.connect(database.url) as connection:
        connection.execute("SET enable_seqscan = off")
        plans = [
            str(connection.execute(f"EXPLAIN SELECT FROM {table} WHERE id = 'x'").fetchall())
            for table in ("t", "u")
        ]

    assert "Index Cond: (id = " in plans[0]
    assert "Index Cond" not in plans[1]


async def test_empty_tables_and_those_of_extensions_are_left_alone(
    database: FreshDatabase,
) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE empty (id int REFERENCES parent)",
        "CREATE EXTENSION pg_trgm",
        "CREATE TABLE of_it (id int REFERENCES parent)",
        "INSERT INTO of_it VALUES (1)",
        "ALTER EXTENSION pg_trgm ADD TABLE of_it",
    )

    assert await uncovered(database) == set()


async def test_rows_are_known_before_and_after_the_first_analyze(database: FreshDatabase) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE child (id int REFERENCES parent)",
        "INSERT INTO child SELECT 1 FROM generate_series(1, 10000)",
    )
    before = await ask(database.url, "foreign_key_unindexed")
    database.run("ANALYZE child", "SELECT pg_stat_reset()")
    after = await ask(database.url, "foreign_key_unindexed")

    assert [finding.severity for finding in before.findings] == [Severity.MEDIUM]
    assert [finding.severity for finding in after.findings] == [Severity.MEDIUM]


async def test_a_partitioned_table_is_reported_once_with_what_lacks_an_index(
    database: FreshDatabase,
) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE parted (no int, id int REFERENCES parent) PARTITION BY RANGE (no)",
        "CREATE TABLE bare PARTITION OF parted FOR VALUES FROM (0) TO (10) PARTITION BY LIST (no)",
        "CREATE TABLE barest PARTITION OF bare DEFAULT",
        "CREATE TABLE indexed PARTITION OF parted FOR VALUES FROM (10) TO (20)",
        "CREATE INDEX ON indexed (id)",
        "INSERT INTO parted VALUES (1, 1), (2, 1), (11, 1)",
    )

    (finding,) = (await ask(database.url, "foreign_key_unindexed")).findings

    assert finding.subject == "public.parted.parted_id_fkey"
    assert finding.metrics["rows_count"] == 2
    assert finding.recommendations == (
        "CREATE INDEX CONCURRENTLY ON public.barest (id);",
        "When every partition has it: CREATE INDEX ON public.parted (id);",
    )


async def test_an_index_on_every_partition_is_enough(database: FreshDatabase) -> None:
    database.run(
        *PARENTS,
        "CREATE TABLE parted (no int, id int REFERENCES parent) PARTITION BY RANGE (no)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "CREATE INDEX ON part (id)",
        "INSERT INTO parted VALUES (1, 1)",
    )

    assert await uncovered(database) == set()


async def test_a_key_to_a_partitioned_parent_is_reported_once(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parent FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE high PARTITION OF parent FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE child (id int REFERENCES parent)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (1)",
    )

    outcome = await ask(database.url, "foreign_key_unindexed")

    (finding,) = outcome.findings
    assert finding.subject == "public.child.child_id_fkey"
    assert finding.metrics["rows_count"] == 1


async def test_a_key_that_is_not_enforced_looks_for_no_rows(database: FreshDatabase) -> None:
    if database.server.major < 18:
        return
    database.run(
        *PARENTS,
        "CREATE TABLE child (id int REFERENCES parent NOT ENFORCED)",
        "INSERT INTO child VALUES (1)",
    )

    assert await uncovered(database) == set()
