"""Of the machine that a database runs on a task compares the disks, where it saw them before."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.flow import task_acts
from fettle.model.role import Caller, Role
from fettle.model.task_run import TaskRunState
from fettle.store import task_runs
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.api.test_task_runs import START, came_to, noted, start
from tests.frontends.api.test_task_runs_disturbed import started_again
from tests.moved_clock import MovedClock
from tests.servers import Server

TASK = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[task]]
id = "note"
frequency = "daily"
automation = "partial"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Note it"
sql = "INSERT INTO noted VALUES ('done')"
target = "main-db"
"""
# Its memory is found to be full at any time, and so are its disks once the second is said.
ON_BOX = """
[[host]]
name = "box"
limits.memory_high.high = 0.000001
"""
FULL = "limits.disk_full.critical = 0.000001\n"
DISKS = {"disk_full", "inodes_low", "file_system_read_only"}


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "machines") as url:
        database = FreshDatabase("machines", url, pg18)
        database.run("CREATE TABLE noted (what text)")
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}


@pytest.fixture
def text() -> str:
    return SETTINGS + TASK


@pytest.fixture
async def api(environ: dict[str, str], text: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(environ, text, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = START + timedelta(hours=1, minutes=5)
        yield made


def on_box(text: str) -> str:
    return text.replace('name = "main-db"\n', 'name = "main-db"\nhost = "box"\n', 1) + ON_BOX


@pytest.mark.parametrize("text", [on_box(SETTINGS + TASK)])
async def test_how_busy_the_machine_is_is_not_compared(api: Api) -> None:
    async with worker(api):
        run = await start(api, "note")
        seen = await came_to(api, run["run"], "waiting", "refused", "failed")
    database, box = seen["prechecks"]["detail"]
    assert (database["target"], box["target"]) == ("main-db", "box")
    found = {key.partition(":")[0] for key in box["found"]}
    assert found | set(box["unseen"]) <= DISKS


async def test_a_machine_that_is_named_while_a_run_waits_is_not_called_worse(
    api: Api, shop: FreshDatabase, environ: dict[str, str], text: str, tmp_path: Path
) -> None:
    async with worker(api):
        run = str((await start(api, "note"))["run"])
        await came_to(api, int(run), "waiting", "failed")
    async with started_again(environ, on_box(text) + FULL, tmp_path, api) as serving:
        async with serving.pool.connection() as connection, connection.transaction():
            person = Caller("bob", Role.ADMIN)
            await task_acts.approve(connection, serving.upkeep, run, 1, person)

        async def ended() -> bool:
            async with serving.pool.connection() as connection:
                return (await task_runs.find(connection, run)).run.state.ended

        await until(ended, 60)
        async with serving.pool.connection() as connection:
            found = (await task_runs.find(connection, run)).run
    assert found.state is TaskRunState.UNKNOWN, found
    assert "could not be seen before: box: disk_full:" in str(found.says)
    assert noted(shop) == ["done"]
