"""A table is bloated."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.table_bloat import Limits, Row, judge
from fettle.model.finding import Finding, Relation, Unknown
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.diagnosis.counting import counted
from tests.sessions import application
from tests.standby import Pair

MEBIBYTE = 1024**2
ROW = Row(
    table=Relation("shop.orders"),
    dead=0,
    live=1_000_000,
    size=Bytes(0),
    free=None,
    hidden=False,
    user="app",
    remedy="GRANT pg_read_all_data TO app;",
)


@pytest.mark.parametrize(
    ("dead", "live", "severity"),
    [
        (0, 0, None),
        (10_000, 0, None),
        (10_001, 0, Severity.MEDIUM),
        (10_001, 40_004, None),  # 20 %
        (10_001, 40_003, Severity.MEDIUM),
        (1_000_000, 4_000_000, None),
        (1_000_000, 3_999_999, Severity.MEDIUM),
    ],
)
def test_more_than_autovacuum_would_have_left_is_too_much(
    dead: int, live: int, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, dead=dead, live=live)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("size", "free", "severity"),
    [
        (200 * MEBIBYTE, None, None),
        (200 * MEBIBYTE, 100 * MEBIBYTE - 1, None),
        (200 * MEBIBYTE, 100 * MEBIBYTE, Severity.MEDIUM),
        (400 * MEBIBYTE, 200 * MEBIBYTE - 1, None),
        (400 * MEBIBYTE, 200 * MEBIBYTE, Severity.MEDIUM),
        (120 * MEBIBYTE, 99 * MEBIBYTE, None),
        (120 * MEBIBYTE, -5.0 * MEBIBYTE, None),  # the estimate may err to below nothing
    ],
)
def test_half_of_the_file_and_a_hundred_mebibytes_are_wanted_of_free_room(
    size: int, free: float | None, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, size=Bytes(size), free=free)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_dead_rows_come_first_for_a_vacuum_helps_and_free_room_needs_a_rewrite() -> None:
    roomy = replace(ROW, size=Bytes(400 * MEBIBYTE), free=300.0 * MEBIBYTE)
    both, free = judge([replace(roomy, dead=900_000), roomy], Limits())

    assert isinstance(both, Finding)
    assert isinstance(free, Finding)
    assert both.fixes == ("vacuum_table",)
    assert both.recommendations == ("VACUUM (ANALYZE, SKIP_LOCKED) shop.orders;",)
    assert free.fixes == ()
    assert "pg_repack" in free.recommendations[0]


def test_tables_whose_statistics_cannot_be_read_are_unknown_with_the_grant() -> None:
    assert judge([replace(ROW, hidden=True), ROW, replace(ROW, hidden=True)], Limits()) == [
        Unknown(
            "the statistics of 2 large tables cannot be read by app, so how much of their room is "
            "free is not known",
            "GRANT pg_read_all_data TO app;",
        )
    ]


async def test_a_table_with_dead_rows_is_reported_with_the_statement_that_cures_it(
    database: FreshDatabase,
) -> None:
    counted(
        database,
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" AS SELECT n AS a FROM generate_series(1, 100) AS n',
        'DELETE FROM "Odd.one"."T""x" WHERE a <= 21',
        "CREATE TABLE at_the_limit AS SELECT n AS a FROM generate_series(1, 100) AS n",
        "DELETE FROM at_the_limit WHERE a <= 20",
        "CREATE TABLE small AS SELECT n AS a FROM generate_series(1, 20) AS n",
        "DELETE FROM small WHERE a <= 10",
        "CREATE TABLE clean AS SELECT n AS a FROM generate_series(1, 100) AS n",
    )

    (finding,) = (await ask(database.url, "table_bloat", min_dead=10)).findings

    assert finding.subject == '"Odd.one"."T""x"'
    assert (finding.metrics["dead_count"], finding.metrics["dead_ratio"]) == (21, 0.21)
    counted(database, *finding.recommendations)
    assert (await ask(database.url, "table_bloat", min_dead=10)).clean


async def test_a_tenth_may_be_too_much_where_the_settings_say_so(database: FreshDatabase) -> None:
    counted(
        database,
        "CREATE TABLE t AS SELECT n AS a FROM generate_series(1, 100) AS n",
        "DELETE FROM t WHERE a <= 11",
    )

    lowered = await ask(database.url, "table_bloat", min_dead=10, dead="10%")

    assert [finding.subject for finding in lowered.findings] == ["public.t"]
    assert (await ask(database.url, "table_bloat", min_dead=10)).clean


# More than 100 MiB, a row on each page; not logged, which takes a third of the time.
_PAGES = 13_000


def large(name: str, width: int, fillfactor: int = 100) -> tuple[str, ...]:
    """Return what makes a table of that many pages, whose rows are not compressed."""
    return (
        f"CREATE UNLOGGED TABLE {name} (a int, b text) WITH (fillfactor = {fillfactor})",
        f"ALTER TABLE {name} ALTER b SET STORAGE PLAIN",
        f"INSERT INTO {name} SELECT n, repeat('x', {width}) FROM generate_series(1, {_PAGES}) n",
    )


async def test_a_large_file_with_few_rows_is_reported_and_one_that_is_kept_roomy_is_not(
    database: FreshDatabase,
) -> None:
    counted(
        database,
        *large("emptied", 5000),
        "DELETE FROM emptied WHERE a % 5 <> 0",
        *large("kept_roomy", 2400, fillfactor=30),
        *large("filled", 7000),
        "VACUUM (ANALYZE) emptied, kept_roomy, filled",
    )

    outcome = await ask(database.url, "table_bloat", min_free="50MiB")

    (finding,) = outcome.findings
    assert finding.subject == "public.emptied"
    # 2,600 rows of 5,032 bytes are left.
    assert finding.metrics["free_bytes"] == pytest.approx(_PAGES * 8192 - 2600 * 5032, rel=0.02)
    assert finding.fixes == ()
    assert not outcome.unknown
    assert (await ask(database.url, "table_bloat", min_free="110MiB")).clean


async def test_a_standby_which_counts_no_writes_is_not_called_clean_of_dead_rows(
    pair: Pair,
) -> None:
    outcome = await ask(pair.standby.url(), "table_bloat")

    (note,) = outcome.notes
    assert "ask the primary" in note.text


async def test_a_role_that_may_not_read_a_large_table_is_told_the_grant(
    database: FreshDatabase,
) -> None:
    database.run(*large("secret", 5000), "VACUUM (ANALYZE) secret")
    async with application(database) as app:
        outcome = await ask(app.url, "table_bloat")

    (gap,) = outcome.unknown
    granted = "pg_read_all_data" if database.server.major >= 14 else "SELECT ON public.secret"
    assert gap.remedy == f"GRANT {granted} TO {app.role};"
