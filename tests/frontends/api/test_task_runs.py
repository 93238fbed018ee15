"""Maintenance done: in its window, by workers and people, with what it came to."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fettle.flow import upkeep
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.moved_clock import MovedClock
from tests.schemas import validate
from tests.servers import Server

TASKS = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[task]]
id = "index-care"
name = "Index care"
category = "performance"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "Europe/Berlin", duration = "2h", cutoff = "30m" }
[task.procedure]
[[task.procedure.steps]]
name = "Say so"
command = ["/bin/sh", "-c", "echo one; echo two; echo \\"$FETTLE_STEP\\""]
idempotent = true
[[task.procedure.steps]]
name = "Drop what is there twice"
fix = "drop_duplicate_index"
target = "main-db"
[[task.procedure.steps]]
name = "Note it"
sql = "INSERT INTO noted VALUES ('done') RETURNING what"
target = "main-db"

[[task]]
id = "with-people"
frequency = "daily"
automation = "partial"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Look"
check = "index_duplicate"
target = "main-db"
[[task.procedure.steps]]
name = "Tell the others"
person = "Write to the channel"
[[task.procedure.steps]]
name = "Act"
sql = "INSERT INTO noted VALUES ('acted')"
target = "main-db"

[[task]]
id = "failing"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Drop what is there twice"
fix = "drop_duplicate_index"
target = "main-db"
[[task.procedure.steps]]
name = "Fail"
command = ["/bin/sh", "-c", "echo oh no; exit 3"]
[[task.procedure.steps]]
name = "Never"
command = ["/bin/true"]

[[task]]
id = "failing-last"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Drop what is there twice"
fix = "drop_duplicate_index"
target = "main-db"
[[task.procedure.steps]]
name = "Fail"
command = ["/bin/sh", "-c", "exit 3"]

[[task]]
id = "slow"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Sleep"
command = ["/bin/sleep", "600"]
[[task.procedure.steps]]
name = "Never"
command = ["/bin/true"]
"""
TWINS = (
    "CREATE TABLE t (a int PRIMARY KEY, b int)",
    "CREATE INDEX t_b ON t (b)",
    "CREATE INDEX t_c ON t (b)",
    "CREATE TABLE noted (what text)",
)
START = datetime.fromisoformat("2026-01-06T02:00:00+00:00")


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "shop_of_tasks") as url:
        database = FreshDatabase("shop_of_tasks", url, pg18)
        database.run(*TWINS)
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + TASKS


@pytest.fixture
async def api(environ: dict[str, str], settings_text: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(environ, settings_text, tmp_path, MovedClock(), whole=True) as made:
        yield made


def indexes(database: FreshDatabase) -> set[str]:
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = 't'"
        )
        return {name for (name,) in rows.fetchall()}


def noted(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.url) as connection:
        return [what for (what,) in connection.execute("SELECT what FROM noted").fetchall()]


async def start(api: Api, task: str, **body: object) -> dict[str, Any]:
    answer = await api.admin.post(f"/api/v1/tasks/{task}/run", json=body)
    assert answer.status_code == 202, answer.text
    return validate(answer.json())


async def show(api: Api, run: int) -> dict[str, Any]:
    return validate((await api.viewer.get(f"/api/v1/task-runs/{run}")).json())


async def decide(api: Api, run: int, act: str, **body: object) -> dict[str, Any]:
    answer = await api.responder.post(f"/api/v1/task-runs/{run}/{act}", json=body or None)
    assert answer.is_success, answer.text
    return validate(answer.json())


async def came_to(api: Api, run: int, *states: str) -> dict[str, Any]:
    async def there() -> bool:
        return (await show(api, run))["status"] in states

    await until(there, 60)
    return await show(api, run)


def outcomes(run: dict[str, Any]) -> list[str]:
    return [step["outcome"] for step in run["steps"]]


async def test_a_task_is_done_in_its_window_step_by_step(api: Api, shop: FreshDatabase) -> None:
    api.clock.moment = START + timedelta(minutes=5)
    async with worker(api):
        run = await start(api, "index-care")
        ended = await came_to(api, run["run"], "passed", "failed", "unknown", "refused")
    assert ended["status"] == "passed", ended
    assert outcomes(ended) == ["passed", "passed", "passed"]
    assert ended["prechecks"]["outcome"] == "unknown"
    assert "main-db: the disks were not looked at" in ended["prechecks"]["error"]
    assert "[[database]] host" in ended["prechecks"]["remedy"]
    assert ended["validation"]["outcome"] == "passed"
    assert ended["successful"]
    assert ended["slot"]["local"] == "2026-01-06T03:00"
    assert len(indexes(shop)) == 2
    assert noted(shop) == ["done"]
    assert ended["steps"][2]["result"] == "it answered done"
    logs = []
    for step in (1, 3):
        log = await api.viewer.get(f"/api/v1/task-runs/{run['run']}/steps/{step}/log")
        logs.append([line["line"] for line in validate(log.json())["lines"]])
    assert logs == [["one", "two", "Say so"], ["what", "done"]]


async def test_a_task_is_done_once_in_its_window(api: Api) -> None:
    api.clock.moment = START + timedelta(minutes=5)
    async with worker(api):
        run = await start(api, "index-care")
        await came_to(api, run["run"], "passed")
    again = await api.admin.post("/api/v1/tasks/index-care/run", json={})
    assert again.status_code == 409
    assert "settled already" in again.json()["detail"]


async def test_outside_of_its_window_a_task_is_refused_but_to_an_admin(api: Api) -> None:
    api.clock.moment = START + timedelta(hours=6)
    refused = await api.admin.post("/api/v1/tasks/index-care/run", json={})
    assert refused.status_code == 409
    assert "may begin next at 2026-01-07 02:00 UTC" in refused.json()["detail"]
    reason = {"reason": "the shop is slow now"}
    not_allowed = await api.responder.post("/api/v1/tasks/index-care/run", json=reason)
    assert not_allowed.status_code == 403
    async with worker(api):
        run = await start(api, "index-care", **reason)
        assert (run["slot"], run["reason"]) == (None, "the shop is slow now")
        await came_to(api, run["run"], "passed")


async def test_a_person_approves_before_what_acts_and_ticks_what_is_theirs(
    api: Api, shop: FreshDatabase
) -> None:
    shop.run("DROP INDEX t_c")
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "with-people")
        waits = await came_to(api, run["run"], "waiting", "failed")
        assert (waits["waits_for"], waits["steps"][0]["outcome"]) == ("person", "passed")
        api.clock.moment += timedelta(minutes=4)
        waits = await decide(api, run["run"], "steps/2", outcome="passed", note="told them")
        api.clock.moment += timedelta(minutes=7)
        assert (waits["waits_for"], noted(shop)) == ("approval", [])
        await decide(api, run["run"], "approve")
        ended = await came_to(api, run["run"], "passed", "failed")
    assert ended["status"] == "passed"
    assert ended["steps"][1]["by"] == "token:responder"
    (figure,) = (await api.viewer.get("/api/v1/task-runs/figures?task=with-people")).json()["items"]
    assert 4 * 60 <= figure["median_s"] < 7 * 60  # without what the approval took
    assert ended["approved_by"] == "token:responder"
    assert noted(shop) == ["acted"]


async def test_what_was_not_approved_in_its_window_lapses(api: Api, shop: FreshDatabase) -> None:
    shop.run("DROP INDEX t_c")
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "with-people")
        await came_to(api, run["run"], "waiting")
        await decide(api, run["run"], "steps/2", outcome="skipped", note="nobody is there")
        api.clock.moment += timedelta(hours=3)
        ended = await came_to(api, run["run"], "lapsed", "failed")
    assert outcomes(ended) == ["passed", "skipped", "left"]
    assert noted(shop) == []
    late = await api.responder.post(f"/api/v1/task-runs/{run['run']}/approve")
    assert late.status_code == 409


async def test_a_step_that_fails_ends_the_run_and_what_was_done_is_taken_back(
    api: Api, shop: FreshDatabase
) -> None:
    before = indexes(shop)
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "failing")
        ended = await came_to(api, run["run"], "failed", "passed")
    assert outcomes(ended) == ["passed", "failed", "left"]
    assert ended["steps"][1]["error"] == "/bin/sh ended with 3"
    assert [step["outcome"] for step in ended["undone"]] == ["passed"]
    assert ended["validation"]["outcome"] == "passed"
    assert indexes(shop) == before
    assert not ended["successful"]


async def test_what_a_fix_did_is_taken_back_though_it_was_the_last_step_but_one(
    api: Api, shop: FreshDatabase
) -> None:
    before = indexes(shop)
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "failing-last")
        ended = await came_to(api, run["run"], "failed", "passed")
    assert outcomes(ended) == ["passed", "failed"]
    assert [step["outcome"] for step in ended["undone"]] == ["passed"]
    assert indexes(shop) == before


async def test_a_run_is_cancelled_in_the_middle_of_a_step(api: Api) -> None:
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "slow")

        async def sleeps() -> bool:
            return outcomes(await show(api, run["run"]))[0] == "running"

        await until(sleeps, 30)
        await decide(api, run["run"], "cancel", reason="it is in the way")
        ended = await came_to(api, run["run"], "cancelled")
    assert ended["status"] == "cancelled"
    assert outcomes(ended) == ["unsure", "left"]
    assert ended["cancelled_because"] == "it is in the way"


async def test_a_paused_run_goes_on_when_it_is_resumed(api: Api, shop: FreshDatabase) -> None:
    shop.run("DROP INDEX t_c")
    api.clock.moment = START + timedelta(hours=1, minutes=5)
    async with worker(api):
        run = await start(api, "with-people")
        await came_to(api, run["run"], "waiting")
        await decide(api, run["run"], "pause")
        waits = await decide(api, run["run"], "steps/2", outcome="passed")
        assert waits["waits_for"] == "paused"
        waits = await decide(api, run["run"], "resume")
        assert waits["waits_for"] == "approval"


async def test_its_time_comes_and_a_task_begins_by_itself(api: Api) -> None:
    api.clock.moment = START - timedelta(minutes=5)
    async with api.serving.pool.connection() as connection:
        await upkeep.prepare(connection, api.serving.upkeep)
    async with worker(api):
        api.clock.moment = START + timedelta(minutes=1)

        async def begun() -> bool:
            found = (await api.viewer.get("/api/v1/task-runs?task=index-care")).json()["items"]
            return bool(found) and found[0]["status"] == "passed"

        await until(begun, 60)
    found = validate((await api.viewer.get("/api/v1/task-runs?task=index-care")).json())
    assert [one["slot"]["local"] for one in found["items"]] == ["2026-01-06T03:00"]
    assert found["items"][0]["asked_by"] == "fettle"
