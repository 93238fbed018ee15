"""A prepared transaction was left behind."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.prepared_transaction_stale import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row("it's", "shop", "app", timedelta(0), 0)


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [(299, None), (300, Severity.MEDIUM), (3599, Severity.MEDIUM), (3600, Severity.CRITICAL)],
)
def test_the_time_decides(seconds: int, severity: Severity | None) -> None:
    verdicts = judge([replace(ROW, waiting=timedelta(seconds=seconds))], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_the_statement_that_rolls_it_back_can_be_copied() -> None:
    (found,) = judge([replace(ROW, waiting=timedelta(hours=1))], Limits())

    assert isinstance(found, Finding)
    assert "ROLLBACK PREPARED 'it''s';" in found.recommendations[0]


async def test_it_is_found_though_no_session_shows_it(database: FreshDatabase) -> None:
    gid = f"order {database.name}"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("BEGIN; CREATE TABLE t (a int)")
        connection.execute(f"PREPARE TRANSACTION '{gid}'".encode())
    try:
        outcome = await ask(database.url, "prepared_transaction_stale", medium="0s")
    finally:
        database.run(f"ROLLBACK PREPARED '{gid}'")

    assert gid in [found.subject for found in outcome.findings]
