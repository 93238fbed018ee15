"""The slots of tasks: settled once each, held by what stands in their way, or missed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fettle.flow import absorb, task_course, task_news, upkeep
from fettle.maintenance.frozen import thawed
from fettle.maintenance.settled import agenda_of
from fettle.model.task import MISSED, Automation, Task
from fettle.model.task_run import StepRun, TaskRunState, TaskRunSteps, WaitsFor
from fettle.model.window import Window
from fettle.store import occurrences, task_runs, timers
from fettle.store.occurrences import Settled
from fettle.store.statements import Row
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.moved_clock import MovedClock
from tests.schemas import validate

START = datetime.fromisoformat("2026-01-06T03:00:00+00:00")
LAUNCH = datetime.fromisoformat("2026-01-20T04:00:00+00:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TASK = """
[[task]]
id = "{id}"
frequency = "daily"
automation = "full"
{more}
window = {{ start = "03:00", timezone = "UTC", duration = "2h", cutoff = "30m" }}
[task.procedure]
[[task.procedure.steps]]
name = "do it"
command = ["/bin/true"]
"""
TASKS = (
    TASK.format(id="first", more="")
    + TASK.format(id="second", more='depends_on = ["first"]')
    + TASK.format(id="third", more="")
    + """
[[freeze]]
name = "new year"
from = 2026-01-10
to = 2026-01-12

[[freeze]]
name = "the launch"
from = 2026-01-20T04:00:00
to = 2026-01-20T04:01:00
"""
)


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + TASKS


@pytest.fixture
async def api(
    store_environ: dict[str, str], settings_text: str, tmp_path: Path
) -> AsyncIterator[Api]:
    clock = MovedClock()
    async with running(store_environ, settings_text, tmp_path, clock, whole=True) as made:
        clock.moment = START - HOUR
        await prepare(made)
        yield made


async def prepare(api: Api) -> None:
    async with api.serving.pool.connection() as connection:
        await upkeep.prepare(connection, api.serving.upkeep)


async def settle(api: Api, task: str = "first") -> None:
    """Do what is done when the timer of a task rings."""
    known = api.serving.upkeep
    async with api.serving.pool.connection() as connection, connection.transaction():
        pending = await timers.of_kind(connection, upkeep.DUE)
        detail = next((one.detail for one in pending if one.subject == task), None)
        kept: Any = detail or {}
        await upkeep.settle(connection, known, known.agenda.find(task), kept)


async def settled(api: Api, task: str = "first") -> list[Row]:
    async with api.serving.pool.connection() as connection:
        return await occurrences.settled(connection, START - 30 * HOUR, START + 900 * HOUR, [task])


async def rings(api: Api, task: str = "first") -> datetime:
    async with api.serving.pool.connection() as connection:
        found = await timers.of_kind(connection, upkeep.DUE)
    return next(one.due_at for one in found if one.subject == task)


async def end_run(api: Api, state: str) -> None:
    async with api.serving.pool.connection() as connection:
        await connection.execute("UPDATE task_run SET state = %s, finished_at = now()", (state,))


async def test_a_tasks_timer_rings_when_it_may_begin_next(api: Api) -> None:
    assert await rings(api) == START
    api.clock.moment = START
    await settle(api)
    assert await rings(api) == START + 24 * HOUR


async def test_a_slot_begins_one_run_whoever_settles_it(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api)
    await settle(api)
    (one,) = await settled(api)
    assert (one["state"], one["reason"]) == ("running", None)
    assert one["local"].isoformat() == "2026-01-06T03:00:00"


async def test_of_many_that_were_missed_the_last_is_made_up_for(api: Api) -> None:
    api.clock.moment = START + 48 * HOUR + MINUTE
    await settle(api)
    found = await settled(api)
    assert [one["reason"] for one in found] == [
        "missed: the one after it does for both",
        "missed: the one after it does for both",
        None,
    ]


async def test_what_comes_after_its_cutoff_is_missed_and_begins_no_more(api: Api) -> None:
    api.clock.moment = START + 2 * HOUR
    await settle(api)
    (one,) = await settled(api)
    assert (one["run"], one["reason"]) == (None, "missed: nothing took it while it could begin")


async def test_a_time_that_is_missed_is_an_issue_until_the_task_passes(api: Api) -> None:
    api.clock.moment = START + 27 * HOUR
    await settle(api)
    await settle(api)
    await absorbed(api)
    (issue,) = (await api.viewer.get("/api/v1/issues")).json()["items"]
    (figures,) = validate((await api.viewer.get("/api/v1/task-runs/figures")).json())["items"]
    api.clock.moment = START + 48 * HOUR
    await settle(api)
    await let_end(api, TaskRunState.PASSED)
    await absorbed(api)
    after = await api.show(issue["number"])

    assert (issue["title"], issue["status"]) == ("Maintenance was missed: first", "triaged")
    assert (figures["task"], figures["runs"], figures["missed"]) == ("first", 0, 2)
    assert (figures["missed_at"], figures["missed_because"]) == ("2026-01-07T03:00:00Z", MISSED)
    assert after["status"] == "resolved"


async def test_what_one_outage_let_be_missed_is_one_issue_until_all_of_it_has_passed(
    api: Api,
) -> None:
    api.clock.moment = START + 26 * HOUR
    for task in ("first", "third"):
        await settle(api, task)
    await absorbed(api)
    (issue,) = (await api.viewer.get("/api/v1/issues")).json()["items"]
    assert issue["signals"] == 2

    api.clock.moment = START + 48 * HOUR
    for task in ("first", "third"):
        assert (await api.show(issue["number"]))["status"] == "triaged"
        await settle(api, task)
        await let_end(api, TaskRunState.PASSED)
        await absorbed(api)
    assert (await api.show(issue["number"]))["status"] == "resolved"


async def test_a_time_that_is_made_up_for_is_no_issue(api: Api) -> None:
    api.clock.moment = START + 48 * HOUR + MINUTE
    await settle(api)
    await absorbed(api)
    assert (await api.viewer.get("/api/v1/issues")).json()["items"] == []
    assert (await api.viewer.get("/api/v1/task-runs/figures")).json()["items"] == []


async def test_what_its_own_run_goes_on_in_is_missed_and_no_issue(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api)
    for when in (24 * HOUR, 26 * HOUR):
        api.clock.moment = START + when
        await settle(api)
    await absorbed(api)
    assert [one["reason"] for one in await settled(api)][1:] == [
        "missed: run 1 of first has not ended"
    ]
    assert (await api.viewer.get("/api/v1/issues")).json()["items"] == []


async def absorbed(api: Api) -> None:
    """Let what was filed become issues."""
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass


async def let_end(api: Api, state: TaskRunState, *steps: StepRun) -> None:
    """Let the latest run have ended, and its steps stand so."""
    async with api.serving.pool.connection() as connection, connection.transaction():
        (run, *_) = await task_runs.newest(connection)
        done = replace(run, state=state, finished_at=api.clock.now())
        await task_runs.keep(connection, done)
        ended = TaskRunSteps(done, steps)
        await task_news.ended(connection, api.serving.desk, ended, api.clock.now())


async def test_how_long_a_task_takes_is_how_long_its_steps_do(api: Api) -> None:
    api.clock.moment = START
    await settle(api)
    api.clock.moment = START + 30 * HOUR
    await let_end(api, TaskRunState.PASSED)
    async with api.serving.pool.connection() as connection:
        (run,) = await task_runs.newest(connection)
        (step,) = (await task_runs.find(connection, str(run.id))).steps
        at = START + 29 * HOUR
        took = replace(step, started_at=at, finished_at=at + MINUTE)
        await task_runs.keep_step(connection, run.id, took)
    (figures,) = validate((await api.viewer.get("/api/v1/task-runs/figures")).json())["items"]
    assert (figures["median_s"], figures["durations_s"]) == (60.0, [60.0])


async def test_what_was_left_out_last_is_listed_first_however_much_there_is(api: Api) -> None:
    times = [START + hour * HOUR for hour in range(50)]
    gone = [Settled("first", at.replace(tzinfo=None), at, reason=MISSED) for at in times]
    async with api.serving.pool.connection() as connection:
        await occurrences.settle(connection, gone, START)
        found = await occurrences.left_out(connection, START, START + 45 * HOUR, "first", 2)
    assert [one["starts_at"] for one in found] == [times[44], times[43]]


async def test_a_freeze_is_the_reason_that_is_kept(api: Api) -> None:
    api.clock.moment = datetime.fromisoformat("2026-01-10T03:01:00+00:00")
    await settle(api)
    assert (await settled(api))[-1]["reason"] == "frozen: new year"


async def test_a_freeze_stops_a_run_that_goes_on_for_longer_than_was_reckoned(api: Api) -> None:
    api.clock.moment = LAUNCH - HOUR
    await settle(api)
    run = (await settled(api))[-1]["run"]
    async with api.serving.pool.connection() as connection, connection.transaction():
        (step,) = (await task_runs.find(connection, str(run))).steps
        await task_runs.keep_step(connection, run, task_course.as_before(step, begun=True))
        api.clock.moment = LAUNCH
        frozen = await task_course.advance(connection, api.serving.upkeep, run)
        api.clock.moment = LAUNCH + MINUTE
        goes_on = await task_course.advance(connection, api.serving.upkeep, run)
    assert frozen is not None
    assert (frozen.waits_for, frozen.says) == (WaitsFor.BLACKOUT, "frozen: the launch")
    assert goes_on is not None
    assert goes_on.state is TaskRunState.RUNNING


@pytest.mark.parametrize(
    ("later", "begun", "may"),
    [
        (MINUTE, False, True),
        (1.6 * HOUR, False, False),
        (1.6 * HOUR, True, True),
        (2 * HOUR, True, False),
    ],
)
async def test_what_a_worker_takes_late_is_asked_again_whether_it_may_begin(
    api: Api, later: timedelta, begun: bool, may: bool
) -> None:
    api.clock.moment = START
    await settle(api)
    (one,) = await settled(api)
    api.clock.moment = START + later
    async with api.serving.pool.connection() as connection, connection.transaction():
        assert may is await task_course.may_begin(
            connection, api.serving.upkeep, one["run"], 1, begun=begun
        )


async def test_a_p1_issue_holds_a_task_until_it_is_over_or_the_cutoff_comes(api: Api) -> None:
    made = await api.report("The shop is down for everybody", service="shop")
    await api.act(made["number"], "classify", priority="p1", reason="all pay by it")
    api.clock.moment = START + MINUTE
    await settle(api)
    assert await settled(api) == []
    assert timedelta(0) < await rings(api) - api.clock.now() <= MINUTE
    await prepare(api)  # a server that is started again forgets nothing of it
    assert await rings(api) == START
    await settle(api)
    api.clock.moment = START + 2 * HOUR
    await settle(api)
    (one,) = await settled(api)
    assert one["reason"] == f"missed: #{made['number']} is p1 and open: {made['title']}"


async def test_a_task_waits_for_the_one_that_it_depends_on(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api, "second")
    assert await settled(api, "second") == []
    await settle(api, "first")
    await settle(api, "second")
    assert await settled(api, "second") == []
    await end_run(api, "passed")
    await settle(api, "second")
    assert (await settled(api, "second"))[0]["state"] == "running"


async def test_a_task_does_not_follow_one_that_failed(api: Api) -> None:
    api.clock.moment = START + MINUTE
    await settle(api, "first")
    await end_run(api, "failed")
    await settle(api, "second")
    api.clock.moment = START + 2 * HOUR
    await settle(api, "second")
    (one,) = await settled(api, "second")
    assert one["reason"] == "missed: it waits for first, whose run 1 is failed"


async def test_an_edited_window_moves_what_is_to_come_only(api: Api) -> None:
    api.clock.moment = START + 10 * MINUTE
    await settle(api)
    await end_run(api, "passed")
    known = api.serving.upkeep
    agenda = agenda_of(known.settings)
    moved = [
        replace(one, window=_at(one.window, 2, 30)) if one.id == "first" else one
        for one in agenda.tasks
    ]
    edited = replace(known, agenda=replace(agenda, tasks=tuple(moved)))
    async with api.serving.pool.connection() as connection:
        await upkeep.prepare(connection, edited)
    assert await rings(api) == START + 23.5 * HOUR
    async with api.serving.pool.connection() as connection, connection.transaction():
        await upkeep.settle(connection, edited, edited.agenda.find("first"), {})
    assert len(await settled(api)) == 1


def _at(window: Window, hour: int, minute: int) -> Window:
    return replace(window, start=window.start.replace(hour=hour, minute=minute))


async def test_a_task_that_is_gone_rings_no_more(api: Api) -> None:
    known = api.serving.upkeep
    kept = tuple(one for one in known.agenda.tasks if one.id != "first" and not one.depends_on)
    async with api.serving.pool.connection() as connection:
        await upkeep.prepare(connection, replace(known, agenda=replace(known.agenda, tasks=kept)))
        found = await timers.of_kind(connection, upkeep.DUE)
    assert "first" not in {one.subject for one in found}


async def test_an_approval_ahead_is_taken_by_the_run_that_it_was_for(api: Api) -> None:
    answer = await api.responder.post("/api/v1/tasks/first/approve")
    assert answer.json() == {"task": "first", "local": "2026-01-06T03:00"}
    api.clock.moment = START + MINUTE
    await settle(api)
    async with api.serving.pool.connection() as connection:
        (run,) = await task_runs.newest(connection)
        assert await occurrences.approvals(connection) == {}
    assert (run.approved_by, run.approved_upto) == ("token:responder", 1)


async def test_an_approval_ahead_is_of_no_steps_that_were_written_later(api: Api) -> None:
    await api.responder.post("/api/v1/tasks/first/approve")
    known = api.serving.upkeep
    tasks = [_with_more(one) if one.id == "first" else one for one in known.agenda.tasks]
    edited = replace(known, agenda=replace(known.agenda, tasks=tuple(tasks)))
    api.clock.moment = START + MINUTE
    async with api.serving.pool.connection() as connection, connection.transaction():
        await upkeep.settle(connection, edited, edited.agenda.find("first"), {})
        (run,) = await task_runs.newest(connection)

    assert (run.approved_by, run.approved_upto, run.waits_for) == (None, 0, "approval")
    assert run.says == (
        "somebody is to approve “do it” and 1 more that act: "
        "token:responder had approved it ahead, and it was edited since"
    )


def _with_more(task: Task) -> Task:
    """Return a task with one more step; a person is to approve what acts."""
    assert task.written is not None
    steps = [*task.written["steps"], {"name": "more", "command": ["/bin/false"]}]
    written = {**task.written, "steps": steps}
    procedure = thawed({"written": written}, task.id, {}).procedure
    return replace(task, written=written, procedure=procedure, automation=Automation.PARTIAL)


async def test_what_comes_along_and_has_nothing_to_do_is_left_out_and_no_issue(api: Api) -> None:
    api.clock.moment = START - HOUR + MINUTE  # 02:01: its window is open
    async with api.serving.pool.connection() as connection:
        known = occurrences.Known("daily-log-rotation", "", START - 2 * HOUR)
        await occurrences.note_known(connection, [known])
    await settle(api, "daily-log-rotation")
    refused = await api.responder.post("/api/v1/tasks/daily-log-rotation/run", json={})

    (one,) = await settled(api, "daily-log-rotation")
    nothing = "there is nothing for it to do: the settings have no [[rotation]]"
    assert (one["run"], one["reason"]) == (None, nothing)
    assert (refused.status_code, refused.json()["detail"]) == (409, nothing)
    assert (await api.viewer.get("/api/v1/issues")).json()["items"] == []
