"""A constraint was never validated."""

from dataclasses import replace

import psycopg

from fettle.diagnosis.checks.database.foreign_key_not_validated import Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    constraint='"F K"',
    table=Relation("shop.orders"),
    parent=Relation("shop.customers"),
    kind="FOREIGN KEY",
    match_full=False,
    columns=("a", "b"),
    parent_columns=("x", "y"),
)


def test_what_breaks_a_foreign_key_is_counted_before_it_is_validated() -> None:
    (finding,) = judge([ROW], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.subject == 'shop.orders."F K"'
    assert finding.severity == Severity.LOW
    assert finding.description == (
        "FOREIGN KEY of shop.orders (a, b) → shop.customers: checked for new rows only"
    )
    count, validate = finding.recommendations
    assert count == (
        "SELECT count(*) FROM shop.orders AS c WHERE (c.a IS NOT NULL AND c.b IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM shop.customers AS p WHERE p.x = c.a AND p.y = c.b);"
    )
    assert validate == 'ALTER TABLE shop.orders VALIDATE CONSTRAINT "F K";'
    assert finding.fixes == ("validate_foreign_key",)
    assert finding.evidence[0]["table"] == "shop.orders"
    assert finding.evidence[0]["constraint"] == '"F K"'


def test_match_full_breaks_when_some_of_the_columns_are_null() -> None:
    (finding,) = judge([replace(ROW, match_full=True)], NoLimits())

    assert isinstance(finding, Finding)
    assert "(c.a IS NOT NULL OR c.b IS NOT NULL)" in finding.recommendations[0]


def test_another_constraint_has_its_statement_and_no_fix() -> None:
    check = replace(ROW, parent=None, kind="CHECK", parent_columns=())
    (finding,) = judge([check], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.description == "CHECK of shop.orders (a, b): checked for new rows only"
    assert finding.recommendations == ('ALTER TABLE shop.orders VALIDATE CONSTRAINT "F K";',)
    assert finding.fixes == ()


async def found(database: FreshDatabase) -> set[str]:
    outcome = await ask(database.url, "foreign_key_not_validated")
    assert not outcome.unknown
    return {finding.subject for finding in outcome.findings}


async def test_what_was_added_not_valid_is_found_and_the_statements_run(
    database: FreshDatabase,
) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE parent ("I d" int PRIMARY KEY)',
        'CREATE TABLE "Odd.one"."T""x" ("a b" int, c int)',
        'INSERT INTO "Odd.one"."T""x" VALUES (1, 1), (2, 2), (NULL, 3)',
        "INSERT INTO parent VALUES (1)",
        'ALTER TABLE "Odd.one"."T""x" ADD CONSTRAINT "F K" FOREIGN KEY ("a b")'
        " REFERENCES parent NOT VALID",
        'ALTER TABLE "Odd.one"."T""x" ADD CONSTRAINT positive CHECK (c > 0) NOT VALID',
    )

    outcome = await ask(database.url, "foreign_key_not_validated")

    advice = {finding.subject: finding.recommendations for finding in outcome.findings}
    assert set(advice) == {'"Odd.one"."T""x"."F K"', '"Odd.one"."T""x".positive'}
    count, validate = advice['"Odd.one"."T""x"."F K"']
    with psycopg.connect(database.url) as connection:
        assert connection.execute(count.encode()).fetchone() == (1,)
        connection.execute('DELETE FROM "Odd.one"."T""x" WHERE c = 2')
    database.run(validate, *advice['"Odd.one"."T""x".positive'])
    assert await found(database) == set()


async def test_what_is_valid_is_left_alone(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (id int NOT NULL REFERENCES parent CHECK (id > 0))",
        "CREATE TABLE later (id int)",
        "ALTER TABLE later ADD CONSTRAINT later_id FOREIGN KEY (id) REFERENCES parent NOT VALID",
        "ALTER TABLE later VALIDATE CONSTRAINT later_id",
    )
    if database.server.major >= 18:
        database.run("CREATE TABLE trusting (id int REFERENCES parent NOT ENFORCED)")

    assert await found(database) == set()


async def test_partitions_are_left_to_their_parent(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        "ALTER TABLE parted ADD CONSTRAINT positive CHECK (id > 0) NOT VALID",
        "ALTER TABLE part ADD CONSTRAINT small CHECK (id < 5) NOT VALID",
        "ALTER TABLE part ADD CONSTRAINT part_id FOREIGN KEY (id) REFERENCES parent NOT VALID",
    )
    expected = {"public.parted.positive", "public.part.small", "public.part.part_id"}
    if database.server.major >= 18:  # the first that can have such a key on the whole
        database.run(
            "ALTER TABLE parted ADD CONSTRAINT parted_id FOREIGN KEY (id) REFERENCES parent"
            " ON DELETE CASCADE NOT VALID"
        )
        expected.add("public.parted.parted_id")

    assert await found(database) == expected


async def test_a_key_to_a_partitioned_parent_is_reported_once(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parent FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE high PARTITION OF parent FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE child (id int)",
        "ALTER TABLE child ADD CONSTRAINT child_id FOREIGN KEY (id) REFERENCES parent NOT VALID",
    )

    assert await found(database) == {"public.child.child_id"}


async def test_a_not_null_that_was_never_validated_counts_too(database: FreshDatabase) -> None:
    if database.server.major < 18:  # the first that has them
        return
    database.run(
        "CREATE TABLE t (id int)",
        "ALTER TABLE t ADD CONSTRAINT there NOT NULL id NOT VALID",
    )

    (finding,) = (await ask(database.url, "foreign_key_not_validated")).findings

    assert finding.subject == "public.t.there"
    database.run(*finding.recommendations)
    assert await found(database) == set()
