"""Runs that wait, were cancelled, or whose task is gone: what they hold, and who is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fettle.engine.means import NotNow
from fettle.flow import upkeep
from fettle.flow.task_course import RUN, advance
from fettle.model.task import MADE_UP
from fettle.model.task_run import Part, StepRun, StepStand, TaskRun, TaskRunState
from fettle.store import task_runs, timers
from tests.flow.test_upkeep import (
    HOUR,
    MINUTE,
    START,
    TASK,
    absorbed,
    let_end,
    prepare,
    settle,
    settled,
)
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.moved_clock import MovedClock

LEFT = "first was cancelled, and left something that somebody has to look at"
ON_SHOP = """
[[task]]
id = "{id}"
frequency = "daily"
automation = "full"
window = {{ start = "{start}", timezone = "UTC", duration = "2h", cutoff = "30m" }}
[task.procedure]
[[task.procedure.steps]]
name = "do it"
command = ["/bin/true"]
target = "shop"
"""
DOWN = """
[[task]]
id = "down"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "Europe/Berlin", duration = "2h" }
[task.procedure]
downtime = "04:00-04:30"
[[task.procedure.steps]]
name = "do it"
command = ["/bin/true"]
"""
TASKS = (
    TASK.format(id="first", more="")
    + ON_SHOP.format(id="early", start="03:00")
    + ON_SHOP.format(id="late", start="06:00")
    + DOWN
)


@pytest.fixture
async def api(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    clock = MovedClock()
    async with running(store_environ, SETTINGS + TASKS, tmp_path, clock, whole=True) as made:
        clock.moment = START - HOUR
        await prepare(made)
        yield made


async def test_a_run_that_waits_lets_go_of_its_targets_when_its_window_closes(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api, "early")
    waits = await now_is(api, "early", "unsure")
    api.clock.moment = START + 3 * HOUR
    await settle(api, "late")
    api.clock.moment = START + 24 * HOUR
    stands = await now_is(api, "early", "passed")
    await end_run_of(api, "late")
    goes_on = await now_is(api, "early", "passed")

    assert waits.waits_for == "unsure"
    assert (await settled(api, "late"))[0]["number"] == 2
    assert (stands.waits_for, stands.says) == (
        "blackout", "run 2 of late has not ended, on the same",
    )  # fmt: skip
    assert (goes_on.state, goes_on.opened and goes_on.opened.start) == (
        "running",
        START + 24 * HOUR,
    )


async def test_a_run_that_waits_in_its_window_holds_its_targets(api: Api) -> None:
    early = next(one for one in api.serving.agenda.tasks if one.id == "early")
    api.clock.moment = START + MINUTE
    async with api.serving.pool.connection() as connection, connection.transaction():
        await upkeep.begin_now(connection, api.serving.upkeep, early, "ada", "it is wanted")
    await now_is(api, "early", "unsure")
    found = []
    for moment in (START + 3 * HOUR, START + 27 * HOUR):
        api.clock.moment = moment
        await settle(api, "late")
        found.append([one["reason"] for one in await settled(api, "late")])
    assert found == [[], [MADE_UP, None]]


async def test_a_timer_waits_for_nobody_who_changes_its_run(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api, "early")
    pool, known = api.serving.pool, api.serving.upkeep
    async with pool.connection() as connection, connection.transaction():
        (timer,) = await timers.of_kind(connection, RUN)
        async with pool.connection() as other, other.transaction():
            await task_runs.to_change(other, UUID(timer.subject))
            with pytest.raises(NotNow):
                async with asyncio.timeout(5), connection.transaction():
                    await upkeep.ringing(known)[RUN](connection, timer)


@pytest.mark.parametrize(
    ("steps", "titles"),
    [
        ([StepRun(1, Part.STEP, "do it", StepStand.LEFT)], []),
        ([StepRun(5000, Part.UNDO, "take back", StepStand.PASSED)], []),
        ([StepRun(5000, Part.UNDO, "take back", StepStand.FAILED)], [LEFT]),
        ([StepRun(1, Part.STEP, "do it", StepStand.UNSURE)], [LEFT]),
    ],
    ids=["nothing was done", "it was taken back", "it was not taken back", "it may have acted"],
)
async def test_a_cancelled_run_is_an_issue_where_it_has_left_something(
    api: Api, steps: list[StepRun], titles: list[str]
) -> None:
    api.clock.moment = START + MINUTE
    await settle(api)
    await let_end(api, TaskRunState.CANCELLED, *steps)
    await absorbed(api)
    found = (await api.viewer.get("/api/v1/issues")).json()["items"]
    assert [one["title"] for one in found] == titles


@pytest.mark.parametrize(
    ("later", "state", "says"),
    [
        (50 * MINUTE, "waiting", "the downtime begins at 2026-01-07 03:00 UTC"),
        (61 * MINUTE, "running", None),
        (91 * MINUTE, "waiting", "“do it” needs the downtime, which ended at 2026-01-07 03:30 UTC"),
        (
            120 * MINUTE,
            "failed",
            "it did not begin, and nothing does after 2026-01-07 04:00 UTC",
        ),
    ],
)
async def test_a_task_that_is_gone_keeps_its_downtime(
    api: Api, later: timedelta, state: str, says: str | None
) -> None:
    opens = START + 23 * HOUR  # 03:00 in Berlin
    api.clock.moment = opens + MINUTE
    await settle(api, "down")
    known = api.serving.upkeep
    kept = tuple(one for one in known.agenda.tasks if one.id != "down")
    gone = replace(known, agenda=replace(known.agenda, tasks=kept))
    api.clock.moment = opens + later
    async with api.serving.pool.connection() as connection, connection.transaction():
        (run,) = await task_runs.newest(connection, task="down")
        stands = await advance(connection, gone, run.id)
    assert stands is not None
    assert (stands.state, stands.says) == (state, says)


async def now_is(api: Api, task: str, state: str) -> TaskRun:
    """Let the first step of the latest run of a task stand so, and the run go on."""
    async with api.serving.pool.connection() as connection, connection.transaction():
        (run, *_) = await task_runs.newest(connection, task=task)
        said = "UPDATE task_step SET state = %s WHERE run = %s AND number = 0"
        await connection.execute(said, (state, run.id))
        advanced = await advance(connection, api.serving.upkeep, run.id)
        assert advanced is not None
        return advanced


async def end_run_of(api: Api, task: str) -> None:
    async with api.serving.pool.connection() as connection:
        said = "UPDATE task_run SET state = 'passed', finished_at = now() WHERE task = %s"
        await connection.execute(said, (task,))
