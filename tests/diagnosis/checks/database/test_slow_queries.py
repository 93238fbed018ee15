"""A statement is slow."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.slow_queries import Limits, Row, judge
from fettle.model.finding import Finding, Note
from fettle.model.quantity import Ratio
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application

ROW = Row(
    id="42",
    query="SELECT * FROM t WHERE a = $1",
    calls=1,
    rows=1,
    total=timedelta(0),
    mean=timedelta(0),
    share=Ratio(0),
)


@pytest.mark.parametrize(
    ("mean_ms", "calls", "share", "slow"),
    [
        (999, 99, 0.99, False),
        (1000, 1, 0.0, True),
        (100, 100, 0.05, True),
        (99.9, 100, 0.05, False),
        (100, 99, 0.05, False),
        (100, 100, 0.049, False),
    ],
)
def test_slow_each_time_or_slow_enough_for_how_often_it_runs(
    mean_ms: float, calls: int, share: float, slow: bool
) -> None:
    row = replace(ROW, mean=timedelta(milliseconds=mean_ms), calls=calls, share=Ratio(share))

    verdicts = judge([row], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [Severity.MEDIUM] if slow else []
    )


def test_no_more_are_reported_than_anybody_reads_those_that_took_the_most_time() -> None:
    rows = [
        replace(ROW, id=str(hours), mean=timedelta(seconds=9), total=timedelta(hours=hours))
        for hours in range(25)
    ]

    verdicts = judge(rows, Limits())

    subjects = {verdict.subject for verdict in verdicts if isinstance(verdict, Finding)}
    assert subjects == {f"query {hours}" for hours in range(5, 25)}
    assert [verdict.text for verdict in verdicts if isinstance(verdict, Note)] == [
        "5 further statements that took less time in all are slow too"
    ]


async def test_a_comment_before_a_statement_hides_it_not(database: FreshDatabase) -> None:
    database.run("CREATE EXTENSION pg_stat_statements")
    with psycopg.connect(database.url) as connection:
        connection.execute("SELECT pg_stat_statements_reset()")
        for text in (
            "-- name: Odd :one\nSELECT pg_sleep(0.02), 1 AS a",
            "/* a * b **/ /* c */ (SELECT pg_sleep(0.02), now() AS b)",
            "SET application_name = 'secret'",
        ):
            connection.execute(text.encode())

    outcome = await ask(database.url, "slow_queries", mean="10ms")

    said = " ".join(found.description for found in outcome.findings)
    assert ("AS a" in said, "AS b" in said, "secret" in said) == (True, True, False)


async def test_who_runs_it_and_its_share_of_what_was_called_are_told(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE EXTENSION pg_stat_statements",
        "CREATE FUNCTION outer_call() RETURNS int LANGUAGE plpgsql"
        " AS 'BEGIN PERFORM pg_sleep(0.2); RETURN 1; END'",
    )
    with psycopg.connect(database.url) as connection:
        connection.execute("SET pg_stat_statements.track = 'all'")
        connection.execute("SELECT pg_stat_statements_reset()")
        connection.execute("SELECT outer_call()")

    outcome = await ask(database.url, "slow_queries", mean="100ms")

    shares = {
        str(found.evidence[0]["query"])[:12]: found.metrics["share_ratio"]
        for found in outcome.findings
    }
    assert {found.evidence[0]["user"] for found in outcome.findings} == {"postgres"}
    assert len(shares) == 2
    if database.server.major >= 14:
        assert min(shares.values()) > 0.9  # each is nearly all that was called from outside


async def test_the_statement_is_found_without_its_values_in_whatever_schema(
    database: FreshDatabase,
) -> None:
    database.run(
        'CREATE SCHEMA "Ext ensions"',
        'CREATE EXTENSION pg_stat_statements SCHEMA "Ext ensions"',
        "CREATE TABLE t (a text)",
    )
    with psycopg.connect(database.url) as connection:
        connection.execute("SELECT pg_sleep(0.4), count(*) FROM t WHERE a = 'secret'")
        connection.execute("CREATE TABLE kept AS SELECT 'secret' AS a, pg_sleep(0.4)::text AS b")

    outcome = await ask(database.url, "slow_queries", mean="300ms")

    (found,) = outcome.findings
    assert "FROM t WHERE a = $" in found.description
    assert "secret" not in str(found)


async def test_without_the_extension_it_is_unknown_how_slow_anything_is(
    database: FreshDatabase,
) -> None:
    outcome = await ask(database.url, "slow_queries")

    assert not outcome.clean
    (gap,) = outcome.unknown
    assert (gap.remedy or "").startswith("CREATE EXTENSION pg_stat_statements;")


async def test_a_role_that_sees_only_its_own_is_told_so(database: FreshDatabase) -> None:
    database.run("CREATE EXTENSION pg_stat_statements")
    async with application(database) as app:
        outcome = await ask(app.url, "slow_queries")

    assert f"GRANT pg_read_all_stats TO {app.role};" in [gap.remedy for gap in outcome.unknown]
