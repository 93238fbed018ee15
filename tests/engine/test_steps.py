"""Steps on a real store, in one process: what a run's function is promised."""

import asyncio
from datetime import timedelta
from typing import cast
from uuid import UUID, uuid4

import pytest

from fettle.engine.backoff import Backoff
from fettle.engine.engine import Says
from fettle.engine.run import Run
from fettle.errors import Refused, StepFailed
from fettle.model.run import Json, RunState, StepState
from tests.engine.conftest import Place, until
from tests.engine.working import SOON


async def add(one: int, other: int) -> int:
    return one + other


# Accepted is kept


async def test_a_run_is_started_when_its_transaction_commits(place: Place) -> None:
    engine = place.engine()
    async with place.pool.connection() as connection:
        async with connection.transaction(force_rollback=True):
            never = await engine.start(connection, "three")
        async with connection.transaction():
            run = await engine.start(connection, "three")
            assert await place.ask("SELECT id FROM run") == []  # nobody sees it yet
    async with engine.worker():
        ended = await place.reaches(engine, run)
    assert ended.state is RunState.DONE
    assert ended.result == [f"{name} under 1" for name in "abc"]
    async with place.pool.connection() as connection:
        assert await engine.find(connection, never) is None
    assert await place.ask("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


async def test_a_run_started_twice_with_one_id_is_one_run(place: Place) -> None:
    engine, id_ = place.engine(), uuid4()
    async with engine.worker():
        for _ in range(3):
            assert await place.start(engine, "three", id_=id_) == id_
        await place.reaches(engine, id_)
        await place.start(engine, "three", id_=id_)
        last = await place.start(engine, "three")
        await place.reaches(engine, last)
    assert len(place.traces.read("a", "begun")) == 2


async def test_the_newest_runs_and_their_workers_can_be_listed(place: Place) -> None:
    engine = place.engine()
    first = await place.start(engine, "three", kind="task")
    second = await place.start(engine, "three", kind="rehearsal")
    async with place.pool.connection() as connection:
        assert [run.id for run in await engine.newest(connection)] == [second, first]
        assert [r.id for r in await engine.newest(connection, kind="task")] == [first]
        assert await engine.newest(connection, state=RunState.DONE) == []
    async with engine.worker(labels=("web",)) as its:
        await place.reaches(engine, second)
        async with place.pool.connection() as connection:
            (worker,) = await engine.workers(connection)
        assert (worker.id, worker.labels) == (its.id, ("web",))
    async with place.pool.connection() as connection:
        assert await engine.workers(connection) == []


# Steps


async def test_a_finished_step_answers_from_its_row(place: Place) -> None:
    calls: list[int] = []

    async def count(number: int) -> list[int]:
        calls.append(number)
        return [number]

    async def sums(run: Run, given: Json) -> Json:
        first = await run.step("count", count, 1)
        second = await run.step("count", count, 2)
        await run.wait_for("go")
        return [first, second, await run.step("add", add, first[0], second[0]), given]

    engine = place.engine({"sums": sums})
    async with engine.worker():
        run = await place.start(engine, "sums", {"text": "a\0b"})
        await place.reaches(engine, run, RunState.WAITING)
        await place.signal(engine, run, "go")
        ended = await place.reaches(engine, run)
    assert ended.result == [[1], [2], 3, {"text": "a\ufffdb"}]
    assert calls == [1, 2]
    steps = await place.steps(engine, run)
    assert [step.name for step in sorted(steps.values(), key=lambda step: step.number)] == [
        "count",
        "count #2",
        "wait for go",
        "add",
    ]
    assert (ended.fence, steps["count"].fence, steps["add"].fence) == (2, 1, 2)


async def test_a_step_is_tried_again_after_pauses(place: Place) -> None:
    tries: list[int] = []

    async def shaky() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("not yet")
        return "at last"

    async def steady(run: Run, given: Json) -> Json:
        return await run.step("shaky", shaky, retries=5, backoff=SOON)

    engine = place.engine({"steady": steady})
    async with engine.worker():
        run = await place.start(engine, "steady")
        ended = await place.reaches(engine, run)
    step = (await place.steps(engine, run))["shaky"]
    assert (ended.result, step.attempts, step.error) == ("at last", 3, None)
    assert ended.fence == 3  # between the attempts nobody had it


async def test_a_failed_step_fails_the_same_each_time(place: Place) -> None:
    tries: list[int] = []
    said: list[str] = []

    async def broken() -> None:
        tries.append(1)
        raise Refused("the premise is gone", remedy="plan again")

    async def tolerant(run: Run, given: Json) -> Json:
        try:
            await run.step("broken", broken, retries=1, backoff=SOON)
        except StepFailed as error:
            said.append(str(error))
        await run.wait_for("go")
        return "went on"

    engine = place.engine({"tolerant": tolerant})
    async with engine.worker():
        run = await place.start(engine, "tolerant")

        async def waits() -> bool:
            return "wait for go" in await place.steps(engine, run)

        await until(waits)
        await place.reaches(engine, run, RunState.WAITING)
        await place.signal(engine, run, "go")
        ended = await place.reaches(engine, run)
    assert (ended.state, ended.result) == (RunState.DONE, "went on")
    assert len(tries) == 2
    assert said == ["step 'broken' failed: the premise is gone (plan again)"] * 2


async def result_of(place: Place, function: object) -> tuple[RunState, str]:
    engine = place.engine({"f": function})  # type: ignore[dict-item]
    async with engine.worker():
        run = await place.start(engine, "f")
        ended = await place.reaches(engine, run, *(s for s in RunState if s.ended), RunState.UNSURE)
    return ended.state, ended.error or ""


async def test_a_function_that_raises_fails_its_run(place: Place) -> None:
    async def f(run: Run, given: Json) -> Json:
        raise KeyError("lost")

    assert await result_of(place, f) == (RunState.FAILED, "KeyError: 'lost'")


async def test_a_function_that_cancels_itself_fails_its_run(place: Place) -> None:
    async def f(run: Run, given: Json) -> Json:
        raise asyncio.CancelledError

    assert await result_of(place, f) == (RunState.FAILED, "its function has cancelled itself")


async def test_a_result_that_cannot_be_kept_fails_its_step(place: Place) -> None:
    async def unkept() -> object:
        return object()

    async def f(run: Run, given: Json) -> Json:
        return cast("Json", await run.step("unkept", unkept))

    state, error = await result_of(place, f)
    assert state is RunState.FAILED
    assert "step 'unkept' failed: TypeError" in error


async def test_steps_come_one_after_the_other(place: Place) -> None:
    async def f(run: Run, given: Json) -> Json:
        sleep = asyncio.sleep
        async with asyncio.TaskGroup() as group:
            group.create_task(run.step("one", sleep, 60))
            await sleep(0)
            await run.step("two", sleep, 60)
        return None

    state, error = await result_of(place, f)
    assert state is RunState.FAILED
    assert "ExceptionGroup" in error


@pytest.mark.parametrize(
    ("idempotent", "state", "error"),
    [
        (True, RunState.FAILED, "it was not done within 0.05 s"),
        (False, RunState.UNSURE, "step 'slow' was cut off and must not run twice"),
    ],
)
async def test_a_step_has_its_limit(
    place: Place, idempotent: bool, state: RunState, error: str
) -> None:
    async def f(run: Run, given: Json) -> Json:
        limit = timedelta(seconds=0.05)
        await run.step("slow", asyncio.sleep, 60, idempotent=idempotent, timeout=limit)
        return None

    found, said = await result_of(place, f)
    assert found is state
    assert error in said


async def test_a_limit_of_the_functions_own_leaves_no_doubt_unsaid(place: Place) -> None:
    async def f(run: Run, given: Json) -> Json:
        async with asyncio.timeout(0.05):
            await run.step("slow", asyncio.sleep, 60, idempotent=False)
        return None

    state, error = await result_of(place, f)
    assert state is RunState.UNSURE
    assert "'slow' was cut off" in error


async def test_a_run_that_kills_its_workers_fails(place: Place) -> None:
    engine = place.engine()
    run = await place.start(engine, "three")
    await place.ask("UPDATE run SET attempts = 10")
    async with engine.worker():
        ended = await place.reaches(engine, run)
    assert ended.state is RunState.FAILED
    assert "taken 10 times and got no further" in (ended.error or "")
    assert place.traces.read() == []


# Cancelling


async def test_a_queued_and_a_waiting_run_are_cancelled_at_once(place: Place) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return await run.wait_for("go")

    engine = place.engine({"waits": waits})
    queued = await place.start(engine, "waits")
    assert await place.cancel(engine, queued)
    assert (await place.find(engine, queued)).state is RunState.CANCELLED
    assert not await place.cancel(engine, queued)
    assert not await place.cancel(engine, uuid4())
    assert not await place.signal(engine, queued, "go")
    async with engine.worker():
        waiting = await place.start(engine, "waits")
        await place.reaches(engine, waiting, RunState.WAITING)
        assert await place.cancel(engine, waiting)
        assert (await place.find(engine, waiting)).state is RunState.CANCELLED


@pytest.mark.parametrize(
    ("name", "state"), [("gated", RunState.CANCELLED), ("once", RunState.UNSURE)]
)
async def test_a_step_in_progress_is_cancelled(place: Place, name: str, state: RunState) -> None:
    engine = place.engine()
    async with engine.worker():
        run = await place.start(engine, name, str(place.folder / "never"), target="db")
        await place.begun("gate")
        assert await place.cancel(engine, run)
        await place.reaches(engine, run, state)
        after = await place.start(engine, "three", target="db")
        assert (await place.reaches(engine, after)).state is RunState.DONE
    assert place.traces.read("after") == []


async def test_a_step_that_ends_in_spite_of_it_is_recorded(place: Place) -> None:
    async def stubborn() -> str:
        place.traces.file.touch()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "cleaned up"
        return "slept"

    async def f(run: Run, given: Json) -> Json:
        await run.step("stubborn", stubborn, idempotent=False)
        await run.step("next", add, 1, 1)
        return None

    engine = place.engine({"f": f})
    async with engine.worker():
        run = await place.start(engine, "f")

        async def begun() -> bool:
            return place.traces.file.exists()

        await until(begun)
        await place.cancel(engine, run)
        ended = await place.reaches(engine, run)
    steps = await place.steps(engine, run)
    assert ended.state is RunState.CANCELLED
    assert {name: step.result for name, step in steps.items()} == {"stubborn": "cleaned up"}
    assert steps["stubborn"].state is StepState.DONE


# Unsure


async def unsure(place: Place, name: str = "once") -> UUID:
    engine = place.engine()
    async with engine.worker():
        run = await place.start(engine, name, str(place.folder / "gate"))
        await place.begun("gate")
        await place.cancel(engine, run)
        await place.reaches(engine, run, RunState.UNSURE)
    await place.ask("UPDATE run SET cancel_requested_at = NULL")
    return run


@pytest.mark.parametrize(
    ("says", "state", "result", "begun"),
    [
        (Says.DONE, RunState.DONE, None, 1),
        (Says.AGAIN, RunState.DONE, "gate under 3", 2),
        (Says.FAILED, RunState.FAILED, None, 1),
    ],
)
async def test_a_person_says_how_an_unsure_run_goes_on(
    place: Place, says: Says, state: RunState, result: str | None, begun: int
) -> None:
    run, engine = await unsure(place), place.engine()
    (place.folder / "gate").touch()
    async with place.pool.connection() as connection:
        assert await engine.settle(connection, run, says)
        assert not await engine.settle(connection, run, says)
    async with engine.worker():
        ended = await place.reaches(engine, run)
    assert (ended.state, ended.result) == (state, result)
    assert len(place.traces.read("gate", "begun")) == begun
    assert len(place.traces.read("before", "begun")) == 1


async def test_pauses_between_attempts_keep_the_target(place: Place) -> None:
    async def fails() -> None:
        raise ConnectionError("no")

    async def first(run: Run, given: Json) -> Json:
        pause = Backoff(timedelta(seconds=60), timedelta(seconds=60))
        await run.step("fails", fails, retries=1, backoff=pause)
        return None

    async def second(run: Run, given: Json) -> Json:
        place.traces.leave(run, "second", "begun")
        return None

    engine = place.engine({"first": first, "second": second})
    async with engine.worker():
        one = await place.start(engine, "first", target="db")
        await place.reaches(engine, one, RunState.WAITING)
        await place.start(engine, "second", target="db")
        other = await place.start(engine, "second", target="another")
        await place.reaches(engine, other)
        assert len(place.traces.read("second")) == 1
        await place.cancel(engine, one)  # that frees it
        await place.begun("second", 2)
