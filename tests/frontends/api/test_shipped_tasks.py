"""Tasks that come along, done for real: on a real database, by a worker, with a person's word."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from fettle.maintenance.tasks import monthly_database_maintenance as monthly
from fettle.maintenance.tasks import weekly_performance_analysis as weekly
from fettle.model.report import Report
from fettle.model.report_kept import read
from fettle.store import partitions, samples, task_runs
from fettle.store.samples import Sample, Took
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.moved_clock import MovedClock
from tests.schemas import validate
from tests.servers import Server

# Autovacuum is kept away, so that something is due whenever the test looks.
NEGLECTED = (
    "CREATE TABLE orders (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = false)",
    "INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 40000) n",
    "DELETE FROM orders WHERE id % 2 = 0",
)
DATABASES = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[database]]
name = "only-read"
url = "${SHOP}"
"""
OTHER = '[[database]]\nname = "only-read"'
HOUR = timedelta(hours=1)
SUNDAY = datetime.fromisoformat("2026-11-15T05:10:00+00:00")


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "neglected") as url:
        database = FreshDatabase("neglected", url, pg18)
        for statement in NEGLECTED:
            database.run(statement)
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + DATABASES.partition(OTHER)[0]


@pytest.fixture
async def api(environ: dict[str, str], settings_text: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(environ, settings_text, tmp_path, MovedClock(), whole=True) as made:
        yield made


async def start(api: Api, task: str) -> int:
    body = {"reason": "a test"}
    answer = await api.admin.post(f"/api/v1/tasks/{task}/run", json=body)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["run"])


async def came_to(api: Api, run: int, *states: str) -> dict[str, Any]:
    async def show() -> dict[str, Any]:
        return validate((await api.viewer.get(f"/api/v1/task-runs/{run}")).json())

    async def there() -> bool:
        return (await show())["status"] in states

    await until(there, 90)
    return await show()


async def report_of(api: Api, run: int, step: str) -> Report:
    async with api.serving.pool.connection() as connection:
        found = await task_runs.find(connection, str(run))
    kept = next(one.report for one in found.steps if one.name == step)
    assert kept
    return read(kept)


def counted(shop: FreshDatabase) -> tuple[int, int]:
    """Return how often the table was analysed and vacuumed by hand."""
    asked: LiteralString = (
        "SELECT analyze_count, vacuum_count FROM pg_stat_user_tables WHERE relname = 'orders'"
    )
    with psycopg.connect(shop.url) as connection:
        row = connection.execute(asked).fetchone()
    assert row
    return int(row[0]), int(row[1])


ENDED = ("passed", "failed", "unknown", "refused")


async def test_a_neglected_database_is_tended_once_a_person_approves(
    api: Api, shop: FreshDatabase
) -> None:
    async with worker(api):
        run = await start(api, monthly.TASK.id)
        waiting = await came_to(api, run, "waiting")
        assert waiting["waits_for"] == "approval"
        assert counted(shop) == (0, 0)
        await api.responder.post(f"/api/v1/task-runs/{run}/approve")
        ended = await came_to(api, run, *ENDED)

    steps = {one["description"]: one for one in ended["steps"]}
    assert steps[monthly.REFRESH]["outcome"] == "passed", ended
    assert steps[monthly.VACUUM]["outcome"] == "passed", ended
    assert counted(shop) >= (1, 1)
    assert ended["validation"]["outcome"] == "passed"
    # its statements are not kept, and nobody has watched it for two weeks
    assert steps[monthly.STATEMENTS]["outcome"] == "unknown"
    assert steps[monthly.FIT]["outcome"] == ended["status"] == "unknown"
    report = await report_of(api, run, monthly.FIT)
    (tended,) = [one for one in report.sections if one.title == "Statistics"]
    assert tended.table
    assert tended.table.rows[0][1] == "public.orders"
    assert tended.table.rows[0][3] == "done and verified"


class TestWhereFettleMayOnlyLook:
    """One of two databases has no fix_url."""

    @pytest.fixture
    def settings_text(self) -> str:
        return SETTINGS + DATABASES

    async def test_what_is_due_there_is_told_and_the_other_is_tended(
        self, api: Api, shop: FreshDatabase
    ) -> None:
        async with worker(api):
            run = await start(api, monthly.TASK.id)
            await came_to(api, run, "waiting")
            await api.responder.post(f"/api/v1/task-runs/{run}/approve")
            ended = await came_to(api, run, *ENDED)

        step = next(one for one in ended["steps"] if one["description"] == monthly.REFRESH)
        assert step["outcome"] == "unknown"
        assert "Fettle may not act on only-read" in step["error"]
        assert "1 fix done and verified" in step["error"]
        assert "fix_url" in step["remedy"]
        assert [one["verified"] for one in step["detail"]["fixes"]] == [True]
        assert counted(shop) >= (1, 1)


# Whoever analyses such a table waits for the lock, but for who holds it.
GATE = """
CREATE FUNCTION gate(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN PERFORM pg_advisory_lock(42); PERFORM pg_advisory_unlock(42); RETURN n; END $$
"""
GATED = (
    GATE,
    "CREATE INDEX ON orders (gate(id)) WHERE id <= 10",
    "CREATE TABLE parcels (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = false)",
    "INSERT INTO parcels SELECT n, 'x' FROM generate_series(1, 40000) n",
    "DELETE FROM parcels WHERE id % 2 = 0",
    "CREATE INDEX ON parcels (gate(id)) WHERE id <= 10",
)


async def test_what_somebody_else_did_meanwhile_is_told_as_already_done(
    api: Api, shop: FreshDatabase
) -> None:
    for statement in GATED:
        shop.run(statement)
    asked: LiteralString = (
        "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event = 'advisory' AND query LIKE 'ANALYZE%'"
    )
    with psycopg.connect(shop.url, autocommit=True) as somebody:

        async def one_is_at_work() -> bool:
            return somebody.execute(asked).fetchone() is not None

        async with worker(api):
            run = await start(api, monthly.TASK.id)
            await came_to(api, run, "waiting")
            somebody.execute("SELECT pg_advisory_lock(42)")
            await api.responder.post(f"/api/v1/task-runs/{run}/approve")
            await until(one_is_at_work, 60)
            (at_work,) = somebody.execute(asked).fetchone() or ("",)
            somebody.execute("ANALYZE parcels" if "orders" in at_work else "ANALYZE orders")
            somebody.execute("SELECT pg_advisory_unlock(42)")
            ended = await came_to(api, run, *ENDED)

    step = next(one for one in ended["steps"] if one["description"] == monthly.REFRESH)
    assert step["outcome"] == "passed", step
    assert sorted(one["status"] for one in step["detail"]["fixes"]) == ["already", "done"]
    report = await report_of(api, run, monthly.FIT)
    assert "1 tended by others meanwhile" in report.summary
    (tended,) = [one for one in report.sections if one.title == "Statistics"]
    assert tended.table
    came = {row[3] for row in tended.table.rows}
    assert came == {"done and verified", "it was done already when its turn came"}


async def measure(api: Api) -> None:
    """Let five weeks go by in which the database is looked at every hour, and slows in the last."""
    end = SUNDAY.replace(minute=0)
    async with api.serving.pool.connection() as connection, connection.transaction():
        await partitions.cover(connection, end - timedelta(days=36), end)
        await connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('main-db', '{}', 0, %s, 1) ON CONFLICT DO NOTHING",
            (end,),
        )
        stands = (await samples.stand(connection, ["main-db"]))["main-db"]
        for hour in range(35 * 24, 0, -1):
            at = end - hour * HOUR
            took = Took(stands.id, at, "checks", "ok", 0, 0, 0.1)
            slow = 0.9 if hour <= 72 else 0.3
            figures = [Sample("connections_used_ratio", "", slow + hour % 7 / 1000)]
            await samples.keep(connection, took, figures)


async def test_a_week_is_compared_and_its_report_is_kept(api: Api) -> None:
    api.clock.moment = SUNDAY
    await measure(api)
    async with worker(api):
        run = await start(api, weekly.TASK.id)
        ended = await came_to(api, run, *ENDED)

    assert ended["steps"][1]["outcome"] == "passed", ended
    report = await report_of(api, run, weekly.REPORT)
    (worse,) = [one for one in report.sections if one.title == "What got worse"]
    assert worse.table
    assert worse.table.rows[0][:2] == ("main-db", "connections used")
    assert worse.charts[0].curves[0].points
