"""The planner's statistics of a table are stale."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.statistics_stale import Limits, Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.diagnosis.counting import counted

ROW = Row(Relation("shop.orders"), modified=0, rows=0, never=False, trigger=50.0)


@pytest.mark.parametrize(
    ("modified", "trigger", "severity"),
    [
        (0, 50.0, None),
        (9_999, 50.0, None),
        (10_000, 50.0, Severity.MEDIUM),
        (10_000, 5_000.0, Severity.MEDIUM),
        (10_000, 5_000.5, None),
        (19_999, 10_000.0, None),
        (20_000, 10_000.0, Severity.MEDIUM),
    ],
)
def test_twice_the_trigger_and_ten_thousand_rows_decide(
    modified: int, trigger: float, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, modified=modified, trigger=trigger)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_a_table_that_was_never_analysed_is_said_to_be_so() -> None:
    stale = replace(ROW, modified=10_000)
    before, never = judge([stale, replace(stale, never=True)], Limits())

    assert isinstance(before, Finding)
    assert isinstance(never, Finding)
    assert "10,000 rows changed since it was analysed" in before.description
    assert "10,000 rows changed and it was never analysed" in never.description


async def stale(database: FreshDatabase, min_modified: int = 100) -> dict[str, str]:
    """Return what is said of each table that is reported."""
    outcome = await ask(database.url, "statistics_stale", min_modified=min_modified)
    assert not outcome.unknown
    return {found.subject: found.description for found in outcome.findings}


async def test_a_table_that_changed_is_reported_with_the_statement_that_cures_it(
    database: FreshDatabase,
) -> None:
    counted(
        database,
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" AS SELECT n AS a FROM generate_series(1, 500) AS n',
        'ANALYZE "Odd.one"."T""x"',
        'UPDATE "Odd.one"."T""x" SET a = 0 WHERE a <= 250',
    )

    outcome = await ask(database.url, "statistics_stale", min_modified=100)

    (finding,) = outcome.findings
    assert finding.subject == '"Odd.one"."T""x"'
    assert finding.metrics == {"modified_count": 250, "rows_count": 500}
    assert "autovacuum's trigger is 100" in finding.description  # 50, and 10 % of 500 rows
    counted(database, *finding.recommendations)
    assert await stale(database) == {}


async def test_what_has_not_changed_enough_is_clean(database: FreshDatabase) -> None:
    counted(
        database,
        "CREATE TABLE changed_little AS SELECT n AS a FROM generate_series(1, 500) AS n",
        "ANALYZE changed_little",
        "UPDATE changed_little SET a = 0 WHERE a <= 199",  # one short of twice the trigger
        "CREATE TABLE changed_enough AS SELECT n AS a FROM generate_series(1, 500) AS n",
        "ANALYZE changed_enough",
        "UPDATE changed_enough SET a = 0 WHERE a <= 200",
        "CREATE TABLE small (a int)",
        "INSERT INTO small SELECT n FROM generate_series(1, 99) AS n",
    )

    assert set(await stale(database)) == {"public.changed_enough"}
    assert await stale(database, min_modified=201) == {}


async def test_a_table_that_was_filled_and_never_analysed_is_reported(
    database: FreshDatabase,
) -> None:
    counted(
        database,
        "CREATE TABLE filled (a int)",
        "INSERT INTO filled SELECT n FROM generate_series(1, 10000) AS n",
    )

    outcome = await ask(database.url, "statistics_stale")

    (finding,) = outcome.findings
    assert "10,000 rows changed and it was never analysed" in finding.description


async def test_a_tables_own_trigger_counts(database: FreshDatabase) -> None:
    counted(
        database,
        "CREATE TABLE lazy (a int) WITH (autovacuum_analyze_threshold = 1000)",
        "INSERT INTO lazy SELECT n FROM generate_series(1, 500) AS n",
        "CREATE TABLE eager (a int)"
        " WITH (autovacuum_analyze_threshold = 10, autovacuum_analyze_scale_factor = 0)",
        "INSERT INTO eager SELECT n FROM generate_series(1, 500) AS n",
        "ANALYZE eager",
        "UPDATE eager SET a = 0 WHERE a <= 100",
    )

    assert "autovacuum's trigger is 10" in (await stale(database))["public.eager"]
    assert set(await stale(database)) == {"public.eager"}


async def test_a_partitioned_table_is_judged_by_its_partitions(database: FreshDatabase) -> None:
    counted(
        database,
        "CREATE TABLE parted (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9999)",
        "INSERT INTO parted SELECT n FROM generate_series(1, 500) AS n",
    )

    assert set(await stale(database)) == {"public.part"}
