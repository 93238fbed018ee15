"""After an update its services are watched: a regression is taken back, and its version is held."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fettle.errors import NotFound, Refused
from fettle.flow.update_watch import Watching, look_once, release
from fettle.flow.updating import Updating, apply, undo
from fettle.model.rehearsal import (
    Isolation,
    Judged,
    Rehearsal,
    RunState,
    UpdateRun,
    Verdict,
    Wanted,
)
from fettle.model.severity import Severity
from fettle.model.update import Ecosystem, Package
from fettle.model.update_watch import WatchState
from fettle.settings.rehearsing import ApplySettings
from fettle.settings.security import ProjectSettings
from fettle.store import update_watches, updates
from fettle.store.statements import Connection
from tests.flow.filing import Filing
from tests.flow.machine import Machine

MINUTE = timedelta(minutes=1)
ALPHA = Wanted("shop/uv.lock#alpha==1.1.0", Package(Ecosystem.PYPI, "alpha"), "1.1.0", "uv.lock")
WATCHED = {"check": ("true",), "watch": ("shop",), "watch_for": 10 * MINUTE, "how": "in-place"}


def working(connection: Connection, machine: Machine, filing: Filing, **apply: object) -> Updating:
    settings = ApplySettings.model_validate({**WATCHED, **apply})
    here: Any = machine  # nothing else of it is asked for
    project = ProjectSettings(name="shop", path=Path("/srv/shop"), apply=settings)

    async def say(_line: str) -> None:
        pass

    return Updating(connection, here, {"shop": project}, machine.look, filing.clock, "ada", say)


async def applied(work: Updating) -> UpdateRun:
    """Apply what has passed its rehearsal."""
    judged = Judged(Verdict.PASSED, (ALPHA.id,), {}, "raised", "the tests pass with it")
    one = Rehearsal(
        str(uuid4()), "shop", "/srv/shop", "base", (ALPHA,), "ada", Isolation.BUBBLEWRAP, work.now,
        judged=judged, machine="here",
    )  # fmt: skip
    await updates.begin_rehearsal(work.connection, one)
    await updates.end_rehearsal(work.connection, one.id, judged, work.now)
    return await apply(work, one)


async def states(work: Updating) -> list[str]:
    return [str(one.state) for one in await updates.runs(work.connection)]


async def test_a_regression_is_taken_back_and_held_until_a_person_lets_it_go(
    filing: Filing,
) -> None:
    machine = Machine(bad={"shop slow": "shop is slow"})
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        run = await applied(work)
        first = await look_once(work)
        machine.bad = {**machine.bad, "shop down": "shop gives no answer"}
        filing.clock.moment += MINUTE
        second = await look_once(work)
        early = await look_once(work)
        filing.clock.moment += MINUTE
        third = await look_once(work)
        held = await update_watches.quarantined(connection)
        machine.commit = "base"
        with pytest.raises(Refused, match="shop gives no answer"):
            await applied(work)
        released = await release(work, str(held[0].number), "the index is there now")
        again = await applied(work)
        signals = await filing.filed()

    assert [one.state for one in (*first, *second, *third)] == [
        WatchState.WATCHING, WatchState.WATCHING, WatchState.WORSE,
    ]  # fmt: skip
    assert "shop is slow" not in str(third[0].says), "that was so before"
    assert [one.looks for one in early] == [2], "nobody looks more often than is said"
    assert machine.applied == ["raised", "base again", "raised"]
    assert [(one.package.name, one.version) for one in held] == [("alpha", "1.1.0")]
    assert held[0].reason == (
        "shop gives no answer; it was taken back, and it is the same without it"
    )
    assert released[0].released_because == "the index is there now"
    assert again.state is RunState.DONE
    assert [(one.key, one.firing, one.severity) for one in signals] == [
        (run.id, True, Severity.MEDIUM),
        (run.id, False, None),
    ]


async def test_it_ends_well_where_nothing_is_worse(filing: Filing) -> None:
    machine = Machine()
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        await applied(work)
        seen = []
        for _ in range(12):
            seen += await look_once(work)
            filing.clock.moment += MINUTE

        assert [one.state for one in seen] == [WatchState.WATCHING] * 10 + [WatchState.WELL]
        assert await states(work) == ["done"]
        assert await update_watches.quarantined(connection) == []
    assert await filing.filed() == []


async def test_what_cannot_be_taken_back_calls_a_person_once_and_is_tried_again(
    filing: Filing,
) -> None:
    machine = Machine(says="the check failed: it is down", refuses="shop has changes")
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        await applied(work)
        for _ in range(4):
            (seen,) = await look_once(work)
            filing.clock.moment += MINUTE
        signals = await filing.filed()
        machine.refuses = ""
        (after,) = await look_once(work)

    assert seen.state is WatchState.WATCHING
    assert seen.says == "the check failed: it is down; it is not taken back: shop has changes"
    assert [one.severity for one in signals] == [Severity.CRITICAL]
    assert after.state is WatchState.WORSE
    assert machine.applied == ["raised", "base again"]


async def test_where_it_is_no_better_without_it_a_person_is_called(filing: Filing) -> None:
    machine = Machine(says="the check failed: no table", unreturned="the check failed: no table")
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        await applied(work)
        for _ in range(2):
            seen = await look_once(work)
            filing.clock.moment += MINUTE
        still = await look_once(work)

        assert await states(work) == ["returned", "done"]
    assert seen[0].state is WatchState.WORSE
    assert still == []
    assert [one.severity for one in await filing.filed()] == [Severity.CRITICAL]


async def test_nobody_watches_what_was_taken_back_or_is_not_to_be_watched(filing: Filing) -> None:
    machine = Machine()
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        await undo(work, await applied(work))
        (ended,) = await look_once(work)
        machine.commit = "base"
        unwatched = working(connection, machine, filing, watch_for=timedelta(0))
        await applied(unwatched)
        seen = await look_once(unwatched)

    assert ended.state is WatchState.ENDED
    assert seen == []


async def test_of_several_who_would_look_at_once_one_does(filing: Filing) -> None:
    async with filing.pool.connection() as connection:
        work = working(connection, Machine(), filing)
        await applied(work)
        (watch,) = await update_watches.going_on(connection, "here")
        first = await update_watches.claim(connection, watch, work.now)
        second = await update_watches.claim(connection, watch, work.now + MINUTE)

    assert first is not None
    assert second is None


async def test_what_nobody_saw_is_said_and_what_is_not_held_cannot_be_released(
    filing: Filing,
) -> None:
    machine = Machine(says="the check failed")
    async with filing.pool.connection() as connection:
        work = working(connection, machine, filing)
        await applied(work)
        filing.clock.moment += timedelta(days=1)
        (seen,) = await look_once(work)
        with pytest.raises(NotFound):
            await release(work, "77", "why not")

        assert await states(work) == ["done"], "what is seen a day later is not the update's"
    assert seen.state is WatchState.UNSEEN


async def test_a_worker_looks_as_long_as_it_runs(filing: Filing) -> None:
    machine = Machine()
    async with filing.pool.connection() as connection:
        await applied(working(connection, machine, filing))
    watching = Watching(filing.pool, lambda one: working(one, machine, filing))
    running = asyncio.ensure_future(watching.run())
    try:
        async with asyncio.timeout(30):
            looks = 0
            while not looks:
                await asyncio.sleep(0.05)
                async with filing.pool.connection() as connection:
                    (watch,) = await update_watches.going_on(connection, "here")
                looks = watch.looks
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert (looks, machine.swept) == (1, 1), "and cleaned up after others, once"


async def test_what_ended_while_the_store_was_away_is_kept_once_it_is_back(filing: Filing) -> None:
    machine, calls, enough = Machine(), 0, asyncio.Event()

    def work(connection: Connection) -> Updating:
        nonlocal calls
        calls += 1
        if calls == 5:
            enough.set()
        if calls == 3:
            raise psycopg.OperationalError("the store is away")
        return working(connection, machine, filing)

    running = asyncio.ensure_future(Watching(filing.pool, work, pause_s=0.01).run())
    try:
        async with asyncio.timeout(30):
            await enough.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert machine.swept == 2, "at the start, and after the store was away"
