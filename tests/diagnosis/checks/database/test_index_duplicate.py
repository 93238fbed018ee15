"""Two indexes are the same."""

from dataclasses import replace

import psycopg

from fettle.diagnosis.checks.database.index_duplicate import Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    index=Relation("shop.orders_note_idx1"),
    table=Relation("shop.orders"),
    kept=Relation("shop.orders_note_idx"),
    size=Bytes.parse("12 MiB"),
    constraint=None,
    partitioned=False,
)


def test_the_twin_is_named_and_the_statement_is_ready() -> None:
    (finding,) = judge([ROW], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.subject == "shop.orders_note_idx1"
    assert finding.severity == Severity.MEDIUM
    assert finding.description == "12 MiB on shop.orders, the same as shop.orders_note_idx"
    assert finding.recommendations == ("Drop it: DROP INDEX CONCURRENTLY shop.orders_note_idx1;",)
    assert finding.fixes == ("drop_duplicate_index",)
    assert finding.evidence[0]["same_as"] == "shop.orders_note_idx"


def test_a_second_constraint_is_dropped_by_its_own_name() -> None:
    (finding,) = judge([replace(ROW, constraint='"odd one"')], NoLimits())

    assert isinstance(finding, Finding)
    assert 'ALTER TABLE shop.orders DROP CONSTRAINT "odd one";' in finding.recommendations[0]
    assert finding.fixes == ()


def test_a_partitioned_index_cannot_be_dropped_concurrently() -> None:
    (finding,) = judge([replace(ROW, partitioned=True)], NoLimits())

    assert isinstance(finding, Finding)
    assert "DROP INDEX shop.orders_note_idx1;" in finding.recommendations[0]
    assert finding.fixes == ()


async def twins(database: FreshDatabase) -> dict[str, str]:
    """Return what is to be dropped, with what is kept for it."""
    outcome = await ask(database.url, "index_duplicate")
    assert not outcome.unknown
    return {finding.subject: str(finding.evidence[0]["same_as"]) for finding in outcome.findings}


async def test_twins_are_found_whatever_they_are_made_of(database: FreshDatabase) -> None:
    """Equal predicates and expressions are equal wherever they stood in their statement."""
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (id int, a int, b text, c int4range)',
        'CREATE INDEX "one" ON "Odd.one"."T""x" (a, b)',
        'CREATE INDEX "two" ON "Odd.one"."T""x" (a, b) WITH (fillfactor = 70)',
        'CREATE INDEX lower_1 ON "Odd.one"."T""x" (lower(b)) WHERE a > 0',
        'CREATE INDEX IF NOT EXISTS lower_2 ON "Odd.one"."T""x"   ( lower( b ) )  WHERE a   > 0',
        'CREATE INDEX hash_1 ON "Odd.one"."T""x" USING hash (a)',
        'CREATE INDEX hash_2 ON "Odd.one"."T""x" USING hash (a)',
        'CREATE INDEX range_1 ON "Odd.one"."T""x" USING gist (c)',
        'CREATE INDEX range_2 ON "Odd.one"."T""x" USING gist (c)',
        'CREATE INDEX carries_1 ON "Odd.one"."T""x" (id) INCLUDE (a)',
        'CREATE INDEX carries_2 ON "Odd.one"."T""x" (id) INCLUDE (a)',
    )

    assert await twins(database) == {
        '"Odd.one".two': '"Odd.one".one',
        '"Odd.one".lower_2': '"Odd.one".lower_1',
        '"Odd.one".hash_2': '"Odd.one".hash_1',
        '"Odd.one".range_2': '"Odd.one".range_1',
        '"Odd.one".carries_2': '"Odd.one".carries_1',
    }


async def test_of_two_twins_the_one_that_is_read_is_kept(database: FreshDatabase) -> None:
    """That nobody reads the other is reported by index_unused: both would be dropped."""
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_2 ON t (a)")
    with psycopg.connect(database.url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT FROM t WHERE a = 7")
    database.run("CREATE INDEX t_1 ON t (a)")

    assert await twins(database) == {"public.t_1": "public.t_2"}


async def test_what_differs_in_anything_is_no_twin(database: FreshDatabase) -> None:
    database.run(
        "CREATE EXTENSION pg_trgm",
        "CREATE TABLE t (a int, b text, c int, d timestamptz)",
        "CREATE INDEX plain ON t (a, b)",
        "CREATE INDEX other_order ON t (b, a)",
        "CREATE INDEX descending ON t (a DESC, b)",
        "CREATE INDEX nulls_first ON t (a, b NULLS FIRST)",
        'CREATE INDEX other_collation ON t (a, b COLLATE "POSIX")',
        "CREATE INDEX other_class ON t (a, b text_pattern_ops)",
        "CREATE INDEX carrying ON t (a, b) INCLUDE (c)",
        "CREATE INDEX carrying_key ON t (a) INCLUDE (b)",
        "CREATE INDEX partial ON t (a, b) WHERE c > 0",
        "CREATE INDEX partial_other ON t (a, b) WHERE c > 1",
        "CREATE INDEX lowered ON t (lower(b))",
        "CREATE INDEX uppered ON t (upper(b))",
        "CREATE INDEX hashed ON t USING hash (a)",
        "CREATE INDEX sorted ON t (a)",
        "CREATE INDEX coarse ON t USING brin (d) WITH (pages_per_range = 128)",
        "CREATE INDEX fine ON t USING brin (d) WITH (pages_per_range = 8)",
        "CREATE INDEX long_signature ON t USING gist (b gist_trgm_ops (siglen = 64))",
        "CREATE INDEX short_signature ON t USING gist (b gist_trgm_ops (siglen = 8))",
        "CREATE TABLE another (a int, b text)",
        "CREATE INDEX on_another ON another (a, b)",
    )

    assert await twins(database) == {}


async def test_what_something_leans_on_is_kept(database: FreshDatabase) -> None:
    """By name alone the first of each pair would be kept."""
    database.run(
        "CREATE TABLE keyed (id int, CONSTRAINT z_key PRIMARY KEY (id))",
        "CREATE INDEX a_key ON keyed (id)",
        "CREATE TABLE unique_ (id int)",
        "CREATE INDEX a_unique ON unique_ (id)",
        "CREATE UNIQUE INDEX z_unique ON unique_ (id)",
        "CREATE TABLE clustered (id int)",
        "CREATE INDEX a_clustered ON clustered (id)",
        "CREATE INDEX z_clustered ON clustered (id)",
        "CLUSTER clustered USING z_clustered",
        "CREATE TABLE identified (id int NOT NULL)",
        "CREATE UNIQUE INDEX a_identity ON identified (id)",
        "CREATE UNIQUE INDEX z_identity ON identified (id)",
        "ALTER TABLE identified REPLICA IDENTITY USING INDEX z_identity",
        "CREATE TABLE referred (id int)",
        "CREATE UNIQUE INDEX z_referred ON referred (id)",
        "CREATE TABLE refers (id int REFERENCES referred (id))",
        "CREATE UNIQUE INDEX a_referred ON referred (id)",
        "CREATE TABLE excluded (during int4range, CONSTRAINT z_excluded"
        " EXCLUDE USING gist (during WITH &&))",
        "CREATE INDEX a_excluded ON excluded USING gist (during)",
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX parted_id ON parted (id)",
        "CREATE INDEX a_part ON part (id)",
    )

    assert await twins(database) == {
        "public.a_key": "public.z_key",
        "public.a_unique": "public.z_unique",
        "public.a_clustered": "public.z_clustered",
        "public.a_identity": "public.z_identity",
        "public.a_referred": "public.z_referred",
        "public.a_excluded": "public.z_excluded",
        "public.a_part": "public.part_id_idx",
    }


async def test_a_rule_that_only_one_of_them_keeps_is_not_dropped(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE clustered (id int)",
        "CREATE UNIQUE INDEX rule ON clustered (id)",
        "CREATE INDEX sorted ON clustered (id)",
        "CLUSTER clustered USING sorted",
        "CREATE TABLE later (id int UNIQUE DEFERRABLE)",
        "CREATE UNIQUE INDEX at_once ON later (id)",
    )
    if database.server.major >= 15:
        database.run(
            "CREATE TABLE nullable (id int)",
            "CREATE UNIQUE INDEX one_null ON nullable (id) NULLS NOT DISTINCT",
            "CREATE UNIQUE INDEX nulls ON nullable (id)",
        )

    assert await twins(database) == {}


async def test_two_constraints_on_the_same_columns_cost_twice(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY)",
        'ALTER TABLE t ADD CONSTRAINT "A" UNIQUE (id)',
    )

    outcome = await ask(database.url, "index_duplicate")

    (finding,) = outcome.findings
    assert finding.subject == 'public."A"'
    assert finding.recommendations == (
        'public.t_pkey keeps the same rule: ALTER TABLE public.t DROP CONSTRAINT "A";',
    )


async def test_a_partitioned_twin_is_reported_once_with_all_its_room(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE parted (id int, a int) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (a)",
        "CREATE TABLE lowest PARTITION OF low FOR VALUES FROM (0) TO (1000)",
        "CREATE TABLE high PARTITION OF parted FOR VALUES FROM (1000) TO (3000)",
        "CREATE INDEX parted_1 ON parted (a)",
        "CREATE INDEX parted_2 ON parted (a)",
        "INSERT INTO parted SELECT n, n % 1000 FROM generate_series(0, 2000) AS n",
        "ANALYZE lowest, high",
    )

    outcome = await ask(database.url, "index_duplicate")

    (finding,) = outcome.findings
    assert finding.subject == "public.parted_2"
    assert finding.metrics["size_bytes"] > 4 * 8192


async def test_invalid_indexes_and_those_of_extensions_are_left_alone(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE EXTENSION pg_trgm",
        "CREATE TABLE of_it (a text)",
        "CREATE INDEX of_it_1 ON of_it (a)",
        "CREATE INDEX of_it_2 ON of_it (a)",
        "ALTER EXTENSION pg_trgm ADD TABLE of_it",
        "CREATE TABLE t (a int)",
        "CREATE INDEX t_1 ON t (a)",
        "CREATE INDEX t_2 ON t (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_2'::regclass",
    )

    assert await twins(database) == {}
