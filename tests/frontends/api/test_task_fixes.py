"""A fix of a run of maintenance waits, or is at work: the run is cancelled, or its time is over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.api.test_task_runs import (
    START,
    TWINS,
    came_to,
    decide,
    indexes,
    outcomes,
    show,
    start,
)
from tests.moved_clock import MovedClock
from tests.servers import Server

TASK = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[schedule]]
name = "there"
databases = ["main-db"]
on = "there"

[[task]]
id = "drop"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
[[task.procedure.steps]]
name = "Drop what is there twice"
fix = "drop_duplicate_index"
target = "main-db"
on = "here"
timeout = "10m"
retries = RETRIES
"""
# A drop waits for whoever has that lock. Of two triggers the one comes first whose name does.
HELD = (
    """CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(42); END'""",
    """CREATE EVENT TRIGGER a_hold ON ddl_command_start WHEN TAG IN ('DROP INDEX')
    EXECUTE FUNCTION hold()""",
)
# Another one comes behind it, whatever became of it.
BEHIND = """
[[task.procedure.steps]]
name = "Say so"
command = ["/bin/echo", "so"]
on = "here"
"""
# The first drop fails.
ONCE = (
    "CREATE SEQUENCE public.tries",
    """CREATE FUNCTION fail() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN IF nextval(''public.tries'') = 1 THEN RAISE ''not yet''; END IF; END'""",
    """CREATE EVENT TRIGGER fail ON ddl_command_start WHEN TAG IN ('DROP INDEX')
    EXECUTE FUNCTION fail()""",
)
WAITS = b"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "cancelled") as url:
        database = FreshDatabase("cancelled", url, pg18)
        database.run(*TWINS)
        yield database


@pytest.fixture
def retries() -> int:
    return 0


@pytest.fixture
def behind() -> str:
    return ""


@pytest.fixture
async def api(
    store_environ: dict[str, str], shop: FreshDatabase, retries: int, behind: str, tmp_path: Path
) -> AsyncIterator[Api]:
    environ = {**store_environ, "SHOP": shop.url, "PATH": "/usr/bin:/bin"}
    task = TASK.replace("RETRIES", str(retries)) + behind
    if behind:
        task = task.replace("[task.procedure]", "[task.procedure]\ncontinue_on_error = true")
    text = SETTINGS + task
    async with running(environ, text, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = START + timedelta(hours=1, minutes=5)
        yield made


async def fix_runs(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.viewer.get("/api/v1/fix-runs")).json()["items"]
    return found


async def with_a_fix_that_waits(api: Api) -> int:
    """Begin a run, and go on until its fix waits for a worker that is not there."""
    async with worker(api, "there"):
        run = int((await start(api, "drop"))["run"])

        async def is_seen() -> bool:
            return bool((await show(api, run))["prechecks"]["outcome"] == "unknown")

        await until(is_seen, 60)
    async with worker(api, "here"):

        async def has_asked() -> bool:
            return bool(await fix_runs(api))

        await until(has_asked, 60)
    return run


async def test_a_fix_that_waits_for_a_worker_never_begins(api: Api, shop: FreshDatabase) -> None:
    run = await with_a_fix_that_waits(api)
    async with worker(api, "here"):
        await decide(api, run, "cancel", reason="not today")

        async def is_left() -> bool:
            return bool((await show(api, run))["undone"])

        await until(is_left, 60)
    async with worker(api, "there"):
        ended = await came_to(api, run, "cancelled")
    (fix,) = await fix_runs(api)
    assert (fix["status"], "not today" in fix["reason"]) == ("refused", True)
    assert [step["outcome"] for step in ended["undone"]] == ["passed"]
    assert "t_c" in indexes(shop)


async def test_a_fix_that_no_worker_takes_in_its_steps_time_never_begins(
    api: Api, shop: FreshDatabase
) -> None:
    run = await with_a_fix_that_waits(api)
    api.clock.moment += timedelta(minutes=11)
    async with worker(api, "here"):

        async def is_over() -> bool:
            return outcomes(await show(api, run)) == ["failed"]

        await until(is_over, 60)
    async with worker(api, "there"):
        ended = await came_to(api, run, "failed")
    (fix,) = await fix_runs(api)
    assert (fix["status"], fix["reason"]) == ("refused", "it has not ended within 10 min")
    assert "it has not ended within 10 min" in ended["steps"][0]["error"]
    assert "t_c" in indexes(shop)


async def test_a_fix_that_takes_longer_than_its_step_may_is_taken_back(
    api: Api, shop: FreshDatabase
) -> None:
    before = indexes(shop)
    shop.run(*HELD)
    run = await with_a_fix_that_waits(api)
    with psycopg.connect(shop.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        async with worker(api, "there"), worker(api, "here"):
            await is_late(api, run, other)
            waiting = await show(api, run)
            other.execute("SELECT pg_advisory_unlock(42)")
            ended = await came_to(api, run, "failed")
    assert outcomes(waiting) == ["running"], "nothing else is done beside it"
    assert "it has not ended within 10 min; it ended later: done" in ended["steps"][0]["error"]
    assert [step["outcome"] for step in ended["undone"]] == ["passed"], ended
    assert indexes(shop) == before


async def is_late(api: Api, run: int, other: "psycopg.Connection[tuple[int]]") -> None:
    """Let the time of a step be over while its fix waits for that lock; wait until it is said."""
    await until(lambda: waits(other), 60)
    api.clock.moment += timedelta(minutes=11)

    async def is_said() -> bool:
        assert (await show(api, run))["finished_at"] is None
        return any(line.endswith("10 min, and is waited for") for line in await log_of(api, run))

    await until(is_said, 60)


async def log_of(api: Api, run: int) -> list[str]:
    answer = await api.viewer.get(f"/api/v1/task-runs/{run}/steps/1/log")
    return [line["line"] for line in answer.json()["lines"]]


@pytest.mark.parametrize("behind", [BEHIND])
async def test_the_next_step_waits_for_a_fix_that_takes_longer_than_its_step_may(
    api: Api, shop: FreshDatabase
) -> None:
    shop.run(*HELD)
    run = await with_a_fix_that_waits(api)
    with psycopg.connect(shop.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        async with worker(api, "there"), worker(api, "here"):
            await is_late(api, run, other)
            waiting = await show(api, run)
            other.execute("SELECT pg_advisory_unlock(42)")
            ended = await came_to(api, run, "failed")
    assert outcomes(waiting) == ["running", "pending"]
    assert outcomes(ended) == ["failed", "passed"]
    assert "t_c" not in indexes(shop), "the run went on behind it, and nothing is taken back"


@pytest.mark.parametrize("retries", [1])
async def test_a_fix_is_not_made_again_beside_the_one_that_is_late(
    api: Api, shop: FreshDatabase
) -> None:
    shop.run(*HELD)
    run = await with_a_fix_that_waits(api)
    with psycopg.connect(shop.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        async with worker(api, "there"), worker(api, "here"):
            await is_late(api, run, other)
            other.execute("SELECT pg_advisory_unlock(42)")
            ended = await came_to(api, run, "passed", "failed")
    assert (ended["status"], ended["steps"][0]["result"]) == ("passed", "nothing to be mended")
    assert [fix["status"] for fix in await fix_runs(api)] == ["done"]
    assert "t_c" not in indexes(shop)


@pytest.mark.parametrize("retries", [1])
async def test_a_run_that_is_paused_between_two_tries_of_a_fix_goes_on_with_it(
    api: Api, shop: FreshDatabase
) -> None:
    shop.run(*HELD, *ONCE)
    run = await with_a_fix_that_waits(api)
    with psycopg.connect(shop.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        async with worker(api, "there"), worker(api, "here"):
            await until(lambda: waits(other), 60)
            await decide(api, run, "pause")
            other.execute("SELECT pg_advisory_unlock(42)")
            paused = await came_to(api, run, "waiting", "failed", "passed")
            await decide(api, run, "resume")
            ended = await came_to(api, run, "passed", "failed")
    assert (paused["waits_for"], outcomes(paused)) == ("paused", ["pending"]), paused
    assert ended["status"] == "passed", ended
    assert sorted(fix["status"] for fix in await fix_runs(api)) == ["done", "failed"]
    assert "t_c" not in indexes(shop)


@pytest.mark.parametrize(("retries", "status"), [(0, "failed"), (1, "passed")])
async def test_a_fix_that_failed_is_made_again_as_often_as_its_step_says(
    api: Api, shop: FreshDatabase, status: str
) -> None:
    shop.run(*ONCE)
    async with worker(api, "there"), worker(api, "here"):
        run = int((await start(api, "drop"))["run"])

        async def is_tried_again() -> bool:
            api.clock.moment += timedelta(seconds=3)
            return (await show(api, run))["finished_at"] is not None

        await until(is_tried_again, 60)
    ended = await show(api, run)
    assert ended["status"] == status, ended
    assert ("t_c" in indexes(shop)) == (status == "failed")


async def waits(other: "psycopg.Connection[tuple[int]]") -> bool:
    await asyncio.sleep(0.05)
    row = other.execute(WAITS).fetchone()
    return row is not None and row[0] > 0


async def test_a_fix_that_is_at_work_is_waited_for_and_taken_back(
    api: Api, shop: FreshDatabase
) -> None:
    before = indexes(shop)
    shop.run(*HELD)
    run = await with_a_fix_that_waits(api)
    with psycopg.connect(shop.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        async with worker(api, "there"), worker(api, "here"):
            await until(lambda: waits(other), 60)
            await decide(api, run, "cancel", reason="not today")

            async def is_undoing() -> bool:
                undone = (await show(api, run))["undone"]
                return [step["outcome"] for step in undone] == ["running"]

            await until(is_undoing, 60)
            other.execute("SELECT pg_advisory_unlock(42)")
            ended = await came_to(api, run, "cancelled")
    assert [step["outcome"] for step in ended["undone"]] == ["passed"], ended
    assert outcomes(ended) == ["left"]
    assert ended["validation"]["outcome"] == "passed"
    assert indexes(shop) == before
    assert [fix["status"] for fix in await fix_runs(api)] == ["undone", "undone"]
