"""Sessions wait behind another one."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.blocked_sessions import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application, waiting

ROW = Row(
    pid=4242,
    user="app",
    database="shop",
    application="web",
    state="idle in transaction",
    type="client backend",
    query="UPDATE orders SET note = 'x'",
    waiting=1,
    waited=timedelta(seconds=10),
    waiting_query="UPDATE orders SET note = 'secret'",
)


@pytest.mark.parametrize(
    ("waited_s", "count", "severity"),
    [
        (9.9, 4, None),
        (9.9, 5, Severity.HIGH),
        (10, 1, Severity.HIGH),
        (60, 1, Severity.CRITICAL),
    ],
)
def test_the_longest_wait_and_the_length_of_the_queue_decide(
    waited_s: float, count: int, severity: Severity | None
) -> None:
    rows = [
        replace(ROW, waiting=number, waited=timedelta(seconds=waited_s)) for number in range(count)
    ]

    verdicts = judge(rows, Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_what_people_typed_is_not_in_the_report() -> None:
    (found,) = judge([ROW], Limits())

    assert isinstance(found, Finding)
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("state", "kind", "fixes"),
    [
        ("idle in transaction", "client backend", ("terminate_session",)),
        ("active", "client backend", ("cancel_query",)),
        ("active", "autovacuum worker", ()),
        (None, "walsender", ()),
    ],
)
def test_only_clients_are_signalled_and_no_harder_than_needed(
    state: str | None, kind: str, fixes: tuple[str, ...]
) -> None:
    (found,) = judge([replace(ROW, state=state, type=kind)], Limits())

    assert isinstance(found, Finding)
    assert found.fixes == fixes


def test_a_prepared_transaction_at_the_root_is_said_so() -> None:
    nobody = Row(0, None, None, None, None, None, None, 1, timedelta(minutes=1), "SELECT 1")

    (found,) = judge([nobody], Limits())

    assert isinstance(found, Finding)
    assert found.subject == "a prepared transaction"
    assert found.fixes == ()
    assert "pg_prepared_xacts" in found.recommendations[0]


async def test_the_only_prepared_transaction_is_the_root(database: FreshDatabase) -> None:
    """It has no session; two of its kind leave open which it is."""
    gids = [f"{database.name}_{name}" for name in ("pay", "other")]
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t VALUES (1, 0)",
        "GRANT ALL ON t TO PUBLIC",
    )
    try:
        with psycopg.connect(database.url) as client:
            client.execute("UPDATE t SET n = 1")
            client.execute(f"PREPARE TRANSACTION '{gids[0]}'")
        async with application(database) as app:
            await app.running("worker", "UPDATE t SET n = 2")
            await waiting(database, 1)
            one = await ask(database.url, "blocked_sessions", high="0s")
            with psycopg.connect(database.url) as client:
                client.execute("SELECT pg_current_xact_id()")
                client.execute(f"PREPARE TRANSACTION '{gids[1]}'")
            two = await ask(database.url, "blocked_sessions", high="0s")
    finally:
        with psycopg.connect(database.url, autocommit=True) as client:
            for gid in gids:
                with suppress(psycopg.errors.UndefinedObject):
                    client.execute(f"ROLLBACK PREPARED '{gid}'".encode())

    ((alone,), (among,)) = one.findings, two.findings
    assert alone.blames == (f"prepared transaction {gids[0]}",)
    assert (among.blames, among.suspects) == (
        (),
        tuple(f"prepared transaction {gid}" for gid in gids),
    )


async def test_the_root_is_named_and_not_who_waits_in_between(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t VALUES (1, 0), (2, 0)",
        "GRANT ALL ON t TO PUBLIC",
    )
    async with application(database) as app:
        root = await app.idle_in_transaction("root", "UPDATE t SET n = 1 WHERE id = 1")
        between = await app.idle_in_transaction("between", "UPDATE t SET n = 1 WHERE id = 2")
        app.run(between, "UPDATE t SET n = 1 WHERE id = 1")
        await waiting(database, 1)
        await app.running("last", "UPDATE t SET n = 1 WHERE id = 2")
        await waiting(database, 2)

        pid = root.info.backend_pid

        outcome = await ask(database.url, "blocked_sessions", high="0s")

    (found,) = [found for found in outcome.findings if app.role in found.subject]
    assert found.subject == f"{app.role}@{database.name} (root)"
    assert found.pids == (pid,)
    assert found.metrics["waiting_count"] == 2
