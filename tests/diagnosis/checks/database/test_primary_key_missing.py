"""A table has no primary key."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.primary_key_missing import Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    table=Relation("shop.log"),
    rows=1200,
    no_identity=True,
    candidate=None,
    of_constraint=None,
    columns=(),
    has_id=False,
)


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        (
            replace(ROW, candidate="log_no", of_constraint=False, columns=("no",)),
            "ALTER TABLE shop.log ADD PRIMARY KEY USING INDEX log_no;",
        ),
        (
            replace(ROW, candidate="log_no", of_constraint=True, columns=("no", "part")),
            "ALTER TABLE shop.log ADD PRIMARY KEY (no, part);",
        ),
        (
            replace(ROW, has_id=True),
            "CREATE UNIQUE INDEX CONCURRENTLY ON shop.log (id);",
        ),
        (
            ROW,
            "ALTER TABLE shop.log ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
        ),
    ],
)
def test_the_advice_takes_what_is_there_already(row: Row, advice: str) -> None:
    (finding,) = judge([row], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.severity == Severity.LOW
    assert advice in finding.recommendations[0]


@pytest.mark.parametrize("no_identity", [True, False])
def test_replication_is_only_spoken_of_where_it_fails(no_identity: bool) -> None:
    (finding,) = judge([replace(ROW, no_identity=no_identity)], NoLimits())

    assert isinstance(finding, Finding)
    assert ("logical replication" in finding.description) is no_identity


def test_an_empty_table_is_nothing_to_report() -> None:
    assert judge([replace(ROW, rows=0)], NoLimits()) == []


async def found(database: FreshDatabase) -> dict[str, int | float]:
    """Return each table with the rows it is said to have."""
    outcome = await ask(database.url, "primary_key_missing")
    assert not outcome.unknown
    return {finding.subject: finding.metrics["rows_count"] for finding in outcome.findings}


async def test_a_table_with_rows_is_found_and_the_advice_cures_it(
    database: FreshDatabase,
) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" ("A b" int NOT NULL)',
        'CREATE UNIQUE INDEX "In.dex" ON "Odd.one"."T""x" ("A b")',
        'INSERT INTO "Odd.one"."T""x" VALUES (1), (2)',
        "CREATE TABLE constrained (a int NOT NULL UNIQUE)",
        "INSERT INTO constrained VALUES (1)",
        "CREATE TABLE bare (a int)",
        "INSERT INTO bare VALUES (1)",
    )

    outcome = await ask(database.url, "primary_key_missing")

    advice = {finding.subject: finding.recommendations for finding in outcome.findings}
    assert set(advice) == {'"Odd.one"."T""x"', "public.constrained", "public.bare"}
    assert advice['"Odd.one"."T""x"'] == (
        'ALTER TABLE "Odd.one"."T""x" ADD PRIMARY KEY USING INDEX "In.dex";',
    )
    assert "ADD PRIMARY KEY (a);" in advice["public.constrained"][0]
    database.run(
        *advice['"Odd.one"."T""x"'],
        *advice["public.bare"],
        advice["public.constrained"][0].partition("null: ")[2],
    )
    assert await found(database) == {}


async def test_an_index_that_cannot_become_a_key_is_not_advised(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int NOT NULL, b int, c text NOT NULL)",
        "CREATE UNIQUE INDEX nullable ON t (a, b)",
        "CREATE UNIQUE INDEX partial ON t (a) WHERE b > 0",
        "CREATE UNIQUE INDEX computed ON t ((a + 0))",
        "CREATE UNIQUE INDEX descending ON t (a DESC)",
        "CREATE UNIQUE INDEX other_class ON t (c text_pattern_ops)",
        'CREATE UNIQUE INDEX other_collation ON t (c COLLATE "POSIX")',
        "CREATE INDEX plain ON t (a)",
        "CREATE UNIQUE INDEX invalid ON t (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid'::regclass",
        "INSERT INTO t VALUES (1, 1, 'x')",
    )

    (finding,) = (await ask(database.url, "primary_key_missing")).findings

    assert finding.evidence[0]["candidate"] is None


async def test_tables_that_need_none_are_left_alone(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE keyed (id int PRIMARY KEY)",
        "CREATE TABLE empty (id int)",
        "CREATE UNLOGGED TABLE passing (id int)",
        "CREATE EXTENSION pg_trgm",
        "CREATE TABLE of_it (id int)",
        "ALTER EXTENSION pg_trgm ADD TABLE of_it",
        "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "INSERT INTO keyed VALUES (1)",
        "INSERT INTO passing VALUES (1)",
        "INSERT INTO of_it VALUES (1)",
        "INSERT INTO parted VALUES (1)",
    )

    assert await found(database) == {}


async def test_a_partitioned_table_is_reported_in_place_of_its_partitions(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE parted (id int NOT NULL, a int) PARTITION BY RANGE (a)",
        "CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (10) PARTITION BY LIST (a)",
        "CREATE TABLE lowest PARTITION OF low DEFAULT",
        "CREATE TABLE high PARTITION OF parted FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE keyed PARTITION OF parted FOR VALUES FROM (20) TO (30)",
        "ALTER TABLE keyed ADD PRIMARY KEY (id)",
        "INSERT INTO parted VALUES (1, 1), (2, 11), (3, 21)",
    )

    assert await found(database) == {"public.parted": 2}


async def test_keys_on_every_partition_are_enough(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parted (id int, a int) PARTITION BY RANGE (a)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE part ADD PRIMARY KEY (id)",
        "INSERT INTO parted VALUES (1, 1)",
    )

    assert await found(database) == {}


async def test_rows_are_known_before_and_after_the_first_analyze(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)")
    before = await found(database)
    database.run("ANALYZE t", "SELECT pg_stat_reset()")

    assert before == await found(database) == {"public.t": 2}
