"""Maintenance of databases that only some workers reach, each by a label of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests import servers
from tests.conftest import FreshDatabase
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.frontends.api.test_task_runs import START, came_to, noted, outcomes, start
from tests.moved_clock import MovedClock
from tests.servers import Server

TASKS = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[database]]
name = "other-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[schedule]]
name = "here"
databases = ["main-db"]
on = "here"

[[schedule]]
name = "there"
databases = ["other-db"]
on = "there"

[[task]]
id = "notes"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Note it here"
sql = "INSERT INTO noted VALUES ('here')"
target = "main-db"
[[task.procedure.steps]]
name = "Note it there"
sql = "INSERT INTO noted VALUES ('there')"
target = "other-db"
"""


FULL = (
    TASKS.replace('name = "other-db"', 'name = "other-db"\nhost = "box"')
    + """
[[host]]
name = "box"
limits.disk_full.critical = 0.000001
"""
)


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "elsewhere") as url:
        database = FreshDatabase("elsewhere", url, pg18)
        database.run("CREATE TABLE noted (what text)")
        yield database


@pytest.fixture
def tasks() -> str:
    return TASKS


@pytest.fixture
async def api(
    store_environ: dict[str, str], shop: FreshDatabase, tasks: str, tmp_path: Path
) -> AsyncIterator[Api]:
    environ = {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}
    async with running(environ, SETTINGS + tasks, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = START + timedelta(hours=1, minutes=5)
        yield made


async def test_each_database_is_looked_at_and_worked_on_by_those_who_reach_it(
    api: Api, shop: FreshDatabase
) -> None:
    await api.serving.engine.prepare()
    async with api.serving.engine.worker(labels=("here",)):
        run = await start(api, "notes")
        async with api.serving.engine.worker(labels=("there",)):
            ended = await came_to(api, run["run"], "passed", "failed", "unknown", "refused")
    assert outcomes(ended) == ["passed", "passed"], ended
    assert noted(shop) == ["here", "there"]
    both = ["main-db", "other-db"]
    assert [one["target"] for one in ended["prechecks"]["detail"]] == both
    assert [one["target"] for one in ended["validation"]["detail"]["after"]] == both
    assert ended["status"] == "passed"


@pytest.mark.parametrize("tasks", [FULL])
async def test_nothing_is_done_where_the_disk_of_its_machine_is_full(
    api: Api, shop: FreshDatabase
) -> None:
    await api.serving.engine.prepare()
    async with (
        api.serving.engine.worker(labels=("here",)),
        api.serving.engine.worker(labels=("there",)),
    ):
        run = await start(api, "notes")
        ended = await came_to(api, run["run"], "passed", "failed", "unknown", "refused")
    assert (ended["status"], noted(shop)) == ("refused", []), ended
    assert "box: disk_full:" in ended["prechecks"]["error"]


async def test_nobody_does_what_others_alone_reach(api: Api, shop: FreshDatabase) -> None:
    await api.serving.engine.prepare()
    async with api.serving.engine.worker(labels=("there",)):
        run = await start(api, "notes")
        api.clock.moment += timedelta(hours=3)  # its window closes, and nobody here could look
    async with api.serving.engine.worker(labels=("here", "there")):
        await came_to(api, run["run"], "lapsed", "failed", "refused", "waiting")
    assert noted(shop) == []
