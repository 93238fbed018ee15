"""Autovacuum is switched off."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.autovacuum_disabled import Limits, Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

TABLE = Row(Relation("shop.orders"), freeze_age=0, rows=7, value="off", globally_on=True)
SERVER = replace(TABLE, table=Relation("autovacuum"), rows=0, globally_on=False)


@pytest.mark.parametrize(
    ("row", "freeze_age", "severity"),
    [
        (TABLE, 0, Severity.MEDIUM),
        (TABLE, 99_999_999, Severity.MEDIUM),
        (TABLE, 100_000_000, Severity.CRITICAL),
        (SERVER, 0, Severity.HIGH),
        (SERVER, 99_999_999, Severity.HIGH),
        (SERVER, 100_000_000, Severity.CRITICAL),
    ],
)
def test_the_whole_server_is_worse_than_a_table_and_a_near_wraparound_is_worst(
    row: Row, freeze_age: int, severity: Severity
) -> None:
    (finding,) = judge([replace(row, freeze_age=freeze_age)], Limits())

    assert isinstance(finding, Finding)
    assert finding.severity == severity


def test_the_whole_server_is_switched_on_by_hand_and_a_table_by_the_fix() -> None:
    server, table = judge([SERVER, TABLE], Limits())

    assert isinstance(server, Finding)
    assert isinstance(table, Finding)
    assert server.recommendations == ("ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();",)
    assert server.fixes == ()
    assert table.fixes == ("enable_autovacuum",)


async def test_a_table_that_is_switched_off_is_reported_with_the_statement_that_cures_it(
    database: FreshDatabase,
) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (a int) WITH (autovacuum_enabled = off)',
    )

    (finding,) = (await ask(database.url, "autovacuum_disabled")).findings

    assert finding.subject == '"Odd.one"."T""x"'
    assert finding.severity == Severity.MEDIUM
    (cure,) = finding.recommendations
    database.run(cure)
    assert (await ask(database.url, "autovacuum_disabled")).clean


async def test_every_way_to_switch_it_off_is_seen_and_nothing_else(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE by_word (a int) WITH (autovacuum_enabled = 'false')",
        "CREATE TABLE by_number (a int) WITH (autovacuum_enabled = '0')",
        "CREATE TABLE of_toast (a text) WITH (toast.autovacuum_enabled = off)",
        "CREATE TABLE of_both (a text)"
        " WITH (autovacuum_enabled = on, toast.autovacuum_enabled = off)",
        "CREATE MATERIALIZED VIEW kept WITH (autovacuum_enabled = off) AS SELECT 1 AS a",
        "CREATE TABLE ordinary (a int)",
        "CREATE TABLE switched_on (a text)"
        " WITH (autovacuum_enabled = on, toast.autovacuum_enabled = on)",
        "CREATE TABLE tuned (a int) WITH (autovacuum_vacuum_threshold = 1000)",
    )

    outcome = await ask(database.url, "autovacuum_disabled")

    assert {finding.subject for finding in outcome.findings} == {
        "public.by_word",
        "public.by_number",
        "public.of_toast",
        "public.of_both",
        "public.kept",
    }


async def test_an_age_that_was_reached_makes_it_critical(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int) WITH (autovacuum_enabled = off)",
        "SELECT pg_current_xact_id()",
        "SELECT pg_current_xact_id()",
    )

    (aged,) = (await ask(database.url, "autovacuum_disabled", critical_age=2)).findings
    (young,) = (await ask(database.url, "autovacuum_disabled", critical_age=1000)).findings

    assert (aged.severity, young.severity) == (Severity.CRITICAL, Severity.MEDIUM)


async def test_a_server_without_autovacuum_is_reported_once(database: FreshDatabase) -> None:
    database.run("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
    try:
        outcome = await ask(database.url, "autovacuum_disabled")
    finally:
        database.run("ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()")

    assert [(found.subject, found.severity) for found in outcome.findings] == [
        ("autovacuum", Severity.HIGH)
    ]
    assert (await ask(database.url, "autovacuum_disabled")).clean
