"""A change of a table waits, and everybody behind it."""

from dataclasses import replace
from datetime import timedelta

from fettle import unit
from fettle.diagnosis import ask as asking
from fettle.diagnosis.checks.database.ddl_queue import Limits, Row, judge
from fettle.flow.look import Questions, diagnose
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from fettle.model.target import Target
from fettle.targets.postgres import Patience, looking_at
from fettle.testing import SteppedClock
from tests.conftest import FreshDatabase
from tests.sessions import application, waiting

ROW = Row(
    pid=7,
    user="app",
    database="shop",
    application="migrate",
    table=Relation("public.orders"),
    waited=timedelta(seconds=5),
    query="ALTER TABLE orders ADD COLUMN x int DEFAULT 'secret'",
    holders=(4242, 0),
    holders_users=("app", ""),
    holders_applications=("web", ""),
    behind=3,
)


def test_it_is_critical_once_anybody_has_queued_up_for_five_seconds() -> None:
    rows = [
        replace(ROW, waited=timedelta(seconds=4.9)),
        replace(ROW, behind=0),
        replace(ROW, waited=None),
        ROW,
    ]

    (found,) = judge(rows, Limits())

    assert isinstance(found, Finding)
    assert (found.subject, found.severity) == ("public.orders", Severity.CRITICAL)
    assert found.about == ("pid 7",)
    assert found.blames == ("pid 4242",)
    assert found.names == {"pid 7": "app@shop (migrate)", "pid 4242": "app@shop (web)"}
    assert "behind pid 4242 (app@shop (web)), and 3 sessions" in found.description
    assert "secret" not in str(found)


async def test_in_the_worst_incident_everything_else_is_seen_and_the_root_is_named(
    database: FreshDatabase,
) -> None:
    """An ALTER TABLE behind an idle transaction, and readers behind it."""
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        database.run(f"ALTER TABLE t OWNER TO {app.role}")
        root = await app.idle_in_transaction("web", "SELECT a FROM t")
        await app.running("migrate", "ALTER TABLE t ADD COLUMN b int")
        await waiting(database, 1)
        for _ in range(11):
            await app.running("reader", "SELECT count(*) FROM t")
        await waiting(database, 12)
        pid = root.info.backend_pid
        limits = ["ddl_queue.waited=0s", "blocked_sessions.high=0s"]
        checks = unit.checks_of_databases()
        asked = Questions(
            tuple(
                asking.with_limits(list(checks.values()), {}, asking.parse_options(checks, limits))
            )
        )

        diagnosis = await diagnose(
            Target("shop", database.url),
            lambda target: looking_at(target.url, Patience()),
            asked,
            SteppedClock(),
        )

    lacking = {check for check, _ in diagnosis.unknown}
    # the extension is not installed
    assert lacking == {"slow_queries", "statement_statistics_evicted"}
    assert len(diagnosis.outcomes) == len(checks)
    assert all(listing.note is None for listing in diagnosis.listings if "slow" not in listing.name)
    roots = [cause for cause in diagnosis.causes if "ddl_queue:public.t" in cause.explains]
    assert [cause.subject for cause in roots] == [f"pid {pid}"]
    assert f"blocked_sessions:{app.role}@{database.name} (web)" in roots[0].explains
