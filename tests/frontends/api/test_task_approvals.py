"""Steps of maintenance are approved one by one, by who has seen which, while others do so, too."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.api.test_task_runs import START, came_to, decide, outcomes, show, start
from tests.moved_clock import MovedClock

TASK = """
[[task]]
id = "ID"
frequency = "daily"
automation = "ID"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "First"
command = ["/bin/echo", "first"]
[[task.procedure.steps]]
name = "Second"
command = ["/bin/echo", "second"]
"""


@pytest.fixture
async def api(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    text = SETTINGS + TASK.replace("ID", "manual") + TASK.replace("ID", "partial")
    async with running(store_environ, text, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = START + timedelta(hours=1, minutes=5)
        yield made


async def second_waits(api: Api, run: int) -> None:
    """Wait until the first step is done, and the second one is to be approved."""

    async def waits() -> bool:
        found = await show(api, run)
        return outcomes(found) == ["passed", "pending"] and found["waits_for"] == "approval"

    await until(waits, 30)


async def test_who_approves_second_approves_no_step_that_they_have_not_seen(api: Api) -> None:
    async with worker(api):
        run = (await start(api, "manual"))["run"]
        path = f"/api/v1/task-runs/{run}/approve"
        link = api.serving.desk.links.approve(run, 1, "chat", api.clock.now())
        by_link = link.removeprefix(api.serving.desk.links.url)
        await decide(api, run, "approve", step=1)
        await second_waits(api, run)

        late = await api.admin.post(path, json={"step": 1})
        unseen = await api.admin.post(path, json={})
        looked = await api.nobody.get(by_link)
        clicked = await api.nobody.post(by_link)
        still = await show(api, run)
        await decide(api, run, "approve", step=2)
        ended = await came_to(api, run, "passed", "failed")

    waits = f"run {run} waits with step 2, “Second”"
    assert (late.status_code, late.json()["detail"]) == (409, f"{waits}, not with step 1")
    assert unseen.status_code == 409
    assert unseen.json()["remedy"] == f"fettle task approve {run} 2"
    assert 'value="approve"' not in looked.text
    assert "There is nothing to approve" in clicked.text
    assert (still["waits_for"], outcomes(still)) == ("approval", ["passed", "pending"])
    assert outcomes(ended) == ["passed", "passed"]


async def test_of_a_partial_task_one_approval_is_for_all_its_steps(api: Api) -> None:
    async with worker(api):
        run = (await start(api, "partial"))["run"]
        wrong = await api.responder.post(f"/api/v1/task-runs/{run}/approve", json={"step": 2})
        await decide(api, run, "approve")
        ended = await came_to(api, run, "passed", "failed")
    assert wrong.status_code == 409
    assert outcomes(ended) == ["passed", "passed"]


async def test_no_time_of_a_manual_task_is_approved_before_it_comes(api: Api) -> None:
    ahead: dict[str, Any] = {}
    for task in ("manual", "partial"):
        answer = await api.responder.post(f"/api/v1/tasks/{task}/approve")
        ahead[task] = answer.status_code
    assert ahead == {"manual": 409, "partial": 200}


async def test_what_is_approved_after_the_window_has_closed_has_lapsed(api: Api) -> None:
    run = (await start(api, "partial"))["run"]
    api.clock.moment += timedelta(hours=3)
    late = await api.responder.post(f"/api/v1/task-runs/{run}/approve")
    async with worker(api):
        ended = await came_to(api, run, "lapsed", "failed", "passed")
    assert late.status_code == 409
    assert (ended["status"], outcomes(ended)) == ("lapsed", ["left", "left"])
