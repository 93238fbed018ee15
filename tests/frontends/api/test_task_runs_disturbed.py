"""Maintenance that is disturbed: edited and deleted while it is done, decided about by several."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.flow import task_acts
from fettle.flow.task_acts import Answer
from fettle.frontends.api.serving import Serving
from fettle.main import Wired
from fettle.model.role import Caller, Role
from fettle.model.task_run import StepStand, TaskRunState
from fettle.store import task_runs
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.api.test_task_runs import (
    START,
    TASKS,
    came_to,
    decide,
    noted,
    outcomes,
    show,
    start,
)
from tests.moved_clock import MovedClock
from tests.receiving import receiving
from tests.servers import Server

SHAKY = """
[outgoing]
allow = ["127.0.0.0/8"]

[[task]]
id = "shaky"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "The second time it is well"
command = ["/bin/sh", "-c", "test -e FILE || { touch FILE; exit 7; }"]
retries = 1
[[task.procedure.steps]]
name = "Tell the hook"
http = { url = "HOOK" }
[[task.procedure.steps]]
name = "It never is"
command = ["/bin/sh", "-c", "echo at it; exit 3"]
retries = 1
"""
NOBODY = """
[[task]]
id = "nobody"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Say so"
command = ["/bin/echo", "so"]
on = "no-such-label"
"""
HANGS = """
[[task]]
id = "hangs"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Hang"
command = ["/bin/sh", "-c", "echo $$ > FILE; sleep 600 & sleep 600"]
timeout = "2s"
idempotent = true
"""
CHATTY = """
[[task]]
id = "chatty"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Say it all"
command = ["/bin/sh", "-c", "yes 0123456789 | head -c SIZE; echo; echo it broke; exit 3"]
"""
LATE = """
[[task]]
id = "late"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
downtime = "03:00-04:30"
[[task.procedure.steps]]
name = "Say so"
command = ["/bin/echo", "so"]
on = "no-such-label"

[[task]]
id = "stubborn"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "It never is"
command = ["/bin/sh", "-c", "echo at it; exit 3"]
retries = 3
"""
NOW = START + timedelta(hours=1, minutes=5)


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "disturbed") as url:
        database = FreshDatabase("disturbed", url, pg18)
        database.run("CREATE TABLE noted (what text)")
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}


@pytest.fixture
async def api(environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    text = SETTINGS + TASKS + NOBODY + LATE + HANGS.replace("FILE", str(tmp_path / "pid"))
    async with running(environ, text, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = NOW
        yield made


@asynccontextmanager
async def started_again(
    environ: dict[str, str], text: str, folder: Path, api: Api
) -> AsyncIterator[Serving]:
    """Let a server with other settings go on with the same store, and a worker of it work."""
    file = folder / "edited.toml"
    file.write_text(text)
    wired = Wired(environ, api.clock)
    settings = wired.settings(file)
    async with (
        wired.store(settings) as store,
        wired.serving(settings, store, "http://fettle") as made,
    ):
        await made.engine.prepare()
        async with made.engine.worker():
            yield made


def without(text: str, task: str) -> str:
    """Return a file without one of its tasks."""
    parts = text.split("[[task]]")
    return "[[task]]".join(part for part in parts if f'id = "{task}"' not in part)


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@pytest.mark.parametrize("is_deleted", [False, True], ids=["edited", "deleted"])
async def test_a_run_does_what_was_written_when_it_began(
    api: Api, shop: FreshDatabase, environ: dict[str, str], tmp_path: Path, *, is_deleted: bool
) -> None:
    async with worker(api):
        run = await start(api, "with-people")
        await came_to(api, run["run"], "waiting", "failed")
    edited = TASKS.replace("VALUES ('acted')", "VALUES ('edited')")
    text = SETTINGS + (without(edited, "with-people") if is_deleted else edited)
    person = Caller("bob", Role.ADMIN)
    async with started_again(environ, text, tmp_path, api) as serving:
        async with serving.pool.connection() as connection, connection.transaction():
            said = Answer(StepStand.PASSED, "told them")
            await task_acts.answer(connection, serving.upkeep, str(run["run"]), 2, said, person)
            await task_acts.approve(connection, serving.upkeep, str(run["run"]), 3, person)

        async def ended() -> bool:
            async with serving.pool.connection() as connection:
                return (await task_runs.find(connection, str(run["run"]))).run.state.ended

        await until(ended, 60)
        async with serving.pool.connection() as connection:
            found = await task_runs.find(connection, str(run["run"]))
    assert found.run.state is TaskRunState.PASSED, found
    assert noted(shop) == ["acted"]


async def test_two_who_approve_and_cancel_at_once_come_one_after_the_other(
    api: Api, shop: FreshDatabase
) -> None:
    done = 0
    async with worker(api):
        for turn in range(4):
            run = await start(api, "with-people", reason=f"turn {turn}")
            await came_to(api, run["run"], "waiting", "failed")
            await decide(api, run["run"], "steps/2", outcome="passed", note="told them")
            path = f"/api/v1/task-runs/{run['run']}"
            asked = [
                api.responder.post(f"{path}/approve"),
                api.admin.post(f"{path}/cancel", json={"reason": "not now"}),
                api.admin.post(f"{path}/approve"),
            ]
            answers = await asyncio.gather(*(asked if turn % 2 else reversed(asked)))
            by_cancel = answers[1]
            approved = [one for one in (answers[0], answers[2]) if one.is_success]
            ended = await came_to(api, run["run"], "passed", "failed", "cancelled")
            assert {one.status_code for one in answers} <= {200, 409}
            assert len(approved) <= 1, "what was approved once is approved"
            assert ended["status"] == ("cancelled" if by_cancel.is_success else "passed")
            acted = len(noted(shop)) - done
            assert acted <= len(approved)
            assert acted == 1 or by_cancel.is_success
            done += acted


async def test_a_step_is_tried_again_as_often_as_it_says_and_a_hook_is_called(
    environ: dict[str, str], tmp_path: Path
) -> None:
    clock = MovedClock()
    with receiving() as hook:
        text = SHAKY.replace("FILE", str(tmp_path / "was-here")).replace("HOOK", hook.url)
        async with running(environ, SETTINGS + text, tmp_path, clock, whole=True) as api:
            clock.moment = NOW
            async with worker(api):
                run = await start(api, "shaky")
                ended = await came_to(api, run["run"], "failed", "passed", "unknown")
            assert outcomes(ended) == ["passed", "passed", "failed"], ended
            assert ended["steps"][2]["error"] == "/bin/sh ended with 3"
            path = f"/api/v1/task-runs/{run['run']}/steps/3/log"
            said = [line["line"] for line in (await api.viewer.get(path)).json()["lines"]]
    assert said == ["at it", "/bin/sh ended with 3: it is tried again", "at it"]
    assert len(hook.requests) == 1


async def test_a_step_that_waited_for_its_worker_is_done_when_that_comes(api: Api) -> None:
    async with worker(api):
        run = await start(api, "nobody")
        api.clock.moment += timedelta(minutes=1)

        async def is_told() -> bool:
            (step,) = (await show(api, run["run"]))["steps"]
            return bool(step["result"])

        await until(is_told, 60)
        async with api.serving.engine.worker(labels=("no-such-label",)):
            ended = await came_to(api, run["run"], "passed", "failed")
    assert ended["steps"][0]["result"] == "/bin/echo ended with 0"


async def test_a_step_that_no_worker_takes_ends_with_its_window_and_says_why(api: Api) -> None:
    async with worker(api):
        run = await start(api, "nobody")
        api.clock.moment += timedelta(minutes=1)

        async def is_told() -> bool:
            (step,) = (await show(api, run["run"]))["steps"]
            return bool(step["result"] == "it waits for a worker with the label no-such-label")

        await until(is_told, 60)
        api.clock.moment += timedelta(hours=3)
        ended = await came_to(api, run["run"], "failed", "lapsed", "passed", "unknown")
    assert ended["status"] == "failed", ended
    assert outcomes(ended) == ["left"]
    assert "no worker with the label no-such-label took it" in ended["says"]


async def test_a_step_that_a_worker_takes_after_the_downtime_is_not_done_in_this_window(
    api: Api,
) -> None:
    async with worker(api):
        run = await start(api, "late")
        api.clock.moment += timedelta(hours=1, minutes=30)
        async with api.serving.engine.worker(labels=("no-such-label",)):
            held = await came_to(api, run["run"], "waiting", "passed", "failed")
    assert (held["waits_for"], outcomes(held)) == ("downtime", ["pending"]), held


async def test_a_step_is_not_tried_again_once_its_window_has_closed(api: Api) -> None:
    async with worker(api):
        run = await start(api, "stubborn")
        path = f"/api/v1/task-runs/{run['run']}/steps/1/log"

        async def failed_once() -> bool:
            said = (await api.viewer.get(path)).json()["lines"]
            return any(line["line"].endswith("it is tried again") for line in said)

        await until(failed_once, 60)
        api.clock.moment += timedelta(hours=2)
        held = await came_to(api, run["run"], "waiting", "passed", "failed")
    assert (held["waits_for"], outcomes(held)) == ("window", ["pending"]), held


@pytest.mark.parametrize("size", [30_000_000, pytest.param(10**9, marks=pytest.mark.soak)])
async def test_of_a_step_that_prints_a_gigabyte_the_first_and_the_last_lines_are_kept(
    environ: dict[str, str], tmp_path: Path, size: int
) -> None:
    clock = MovedClock()
    text = CHATTY.replace("SIZE", str(size))
    async with running(environ, SETTINGS + text, tmp_path, clock, whole=True) as api:
        clock.moment = NOW
        async with worker(api):
            run = await start(api, "chatty")
            ended = await came_to(api, run["run"], "failed", "passed", "unknown")
        async with api.serving.pool.connection() as connection:
            found = await task_runs.find(connection, str(run["run"]))
            lines = await task_runs.lines(connection, found.run.id, 1, limit=10_000)
    assert ended["steps"][0]["error"] == "/bin/sh ended with 3"
    assert len(lines) == 501
    assert lines[-1].line == "it broke"


async def test_a_step_that_hangs_is_ended_with_all_that_it_began_and_failed(
    api: Api, tmp_path: Path
) -> None:
    async with worker(api):
        run = await start(api, "hangs")
        ended = await came_to(api, run["run"], "failed", "passed", "unknown")
    assert outcomes(ended) == ["failed"]
    assert ended["steps"][0]["error"] == "it was not done within 2 s"
    assert not is_there(int((tmp_path / "pid").read_text()))
