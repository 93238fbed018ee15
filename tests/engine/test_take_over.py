"""Workers that die, freeze and lose their store, as processes of their own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.engine.ledger import AWAY
from fettle.model.run import RunState, StepState
from fettle.store import runs
from fettle.store.pool import pool_at
from tests import servers
from tests.engine.conftest import Place, prepared, until
from tests.engine.process import WorkerProcess, worker
from tests.engine.working import Act
from tests.servers import Server


async def alive(place: Place, number: int) -> None:
    """Wait until so many workers have shown life."""
    engine = place.engine()

    async def there() -> bool:
        async with place.pool.connection() as connection:
            return len(await engine.workers(connection)) >= number

    await until(there)


def whose(acts: list[Act], workers: dict[int, WorkerProcess]) -> WorkerProcess:
    return workers[acts[-1].pid]


@pytest.mark.parametrize(
    ("name", "state", "begun"),
    [("gated", RunState.DONE, 2), ("once", RunState.UNSURE, 1)],
)
async def test_a_dead_workers_run_is_taken_over(
    place: Place, name: str, state: RunState, begun: int
) -> None:
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder) as one, worker(place.address, place.folder) as two:
        await alive(place, 2)
        run = await place.start(engine, name, str(gate), target="db")
        await place.begun("gate")
        next_ = await place.start(engine, "three", target="db")
        whose(place.traces.read("gate"), {one.pid: one, two.pid: two}).kill()
        if begun == 2:
            await place.begun("gate", 2)
            assert place.traces.read("a") == []  # the dead one's run kept its target
        gate.touch()
        found = await place.reaches(engine, run, state)
        assert (await place.reaches(engine, next_)).state is RunState.DONE
    assert len(place.traces.read("before", "begun")) == 1
    assert len(place.traces.read("gate", "begun")) == begun
    if state is RunState.DONE:
        steps = await place.steps(engine, run)
        assert (steps["gate"].attempts, steps["before"].attempts) == (2, 1)
    else:
        assert "'gate' was cut off" in (found.error or "")


async def test_who_comes_back_from_the_cold_records_nothing(place: Place) -> None:
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder) as one, worker(place.address, place.folder) as two:
        await alive(place, 2)
        run = await place.start(engine, "gated", str(gate))
        await place.begun("gate")
        frozen = whose(place.traces.read("gate"), {one.pid: one, two.pid: two})
        frozen.freeze()
        await place.begun("gate", 2)
        gate.touch()
        ended = await place.reaches(engine, run)
        frozen.thaw()

        async def ended_twice() -> bool:
            return len(place.traces.read("gate", "ended")) == 2

        await until(ended_twice)
        other = two if frozen is one else one
        other.kill()
        after = await place.start(engine, "three")  # the one that was frozen works again
        await place.reaches(engine, after)
        assert await place.find(engine, run) == ended
    steps = await place.steps(engine, run)
    assert ended.result == f"gate under {steps['gate'].fence}"
    assert [act.pid for act in place.traces.read("after", "begun")] == [other.pid]
    assert {act.pid for act in place.traces.read("a", "begun")} == {frozen.pid}


async def test_a_timer_survives_the_death_of_who_handles_it(place: Place) -> None:
    engine = place.engine()
    with worker(place.address, place.folder) as one, worker(place.address, place.folder) as two:
        await alive(place, 2)
        async with place.pool.connection() as connection:
            # The handler takes a second, in its transaction.
            await engine.schedule(connection, "ring", "s", datetime.now(UTC), 1)

        async def handling() -> list[tuple[str]]:
            return await place.ask(
                "SELECT application_name FROM pg_stat_activity WHERE application_name ~ '^handles'"
            )

        async def is_handled() -> bool:
            return bool(await handling())

        await until(is_handled)
        ((name,),) = await handling()
        dead, other = (one, two) if name == f"handles {one.pid}" else (two, one)
        dead.kill()

        async def rung() -> bool:
            return bool(await place.ask("SELECT pid FROM public.rung"))

        await until(rung)
        other.stop()
    assert await place.ask("SELECT pid FROM public.rung") == [(other.pid,)]
    assert await place.ask("SELECT id FROM timer WHERE done_at IS NULL") == []


async def test_a_worker_that_is_told_to_stop_stops(place: Place) -> None:
    engine = place.engine()
    with worker(place.address, place.folder) as one:
        await alive(place, 1)
        run = await place.start(engine, "three", 0.2)
        await place.begun("a")
        assert one.stop() == 0
        assert (await place.find(engine, run)).state is RunState.QUEUED
        async with place.pool.connection() as connection:
            assert await engine.workers(connection) == []
    with worker(place.address, place.folder):
        assert (await place.reaches(engine, run)).state is RunState.DONE
    assert len(place.traces.read("a", "begun")) == 1


_PATIENT = "0.2,1.5,1,0.05,600"  # it leaves a step ten minutes


async def test_who_stops_lets_its_step_come_to_its_end_and_hands_on_the_rest(place: Place) -> None:
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder, seconds=_PATIENT) as one:
        await alive(place, 1)
        run = await place.start(engine, "once", str(gate))
        await place.begun("gate")
        with worker(place.address, place.folder) as two:
            await alive(place, 2)
            one.process.terminate()
            next_ = await place.start(engine, "three")
            await place.reaches(engine, next_)  # and not by who is about to go
            gate.touch()
            assert one.ended() == 0
            assert (await place.reaches(engine, run)).state is RunState.DONE
            who = {act.step: act.pid for act in place.traces.read(what="ended")}
            assert (who["gate"], who["after"], who["c"]) == (one.pid, two.pid, two.pid)
    assert len(place.traces.read("gate", "begun")) == 1


async def test_who_is_told_twice_hands_back_at_once(place: Place) -> None:
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder, seconds=_PATIENT) as one:
        await alive(place, 1)
        run = await place.start(engine, "gated", str(gate))
        await place.begun("gate")
        one.process.terminate()

        async def told() -> bool:
            return "told to stop" in one.log.read_text()

        await until(told)
        assert one.process.poll() is None
        one.process.terminate()
        assert one.ended() == 0
        assert (await place.find(engine, run)).state is RunState.QUEUED
    gate.touch()
    with worker(place.address, place.folder):
        assert (await place.reaches(engine, run)).state is RunState.DONE
    assert len(place.traces.read("gate", "ended")) == 1


# The store goes away


@contextmanager
def own_server(major: int) -> Iterator[Server]:
    """Serve a store that can be restarted, and loses nothing that it has committed."""
    with servers.serve(major, synchronous_commit="on", fsync="off") as server:
        yield server


@pytest.fixture(params=[(18, "socket"), (15, "tcp")], ids=lambda way: f"pg{way[0]}-{way[1]}")
async def restartable(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Place, Server]]:
    """Give a store whose server is ours to restart: over the socket, and over TCP."""
    major, way = request.param
    with own_server(major) as server:
        address = server.conninfo if way == "socket" else server.url()
        await prepared(address)
        async with pool_at(address, size=2) as pool:
            yield Place(address, tmp_path, pool), server


async def test_a_store_that_restarts_finds_everybody_at_work(
    restartable: tuple[Place, Server],
) -> None:
    place, server = restartable
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder), worker(place.address, place.folder):
        await alive(place, 2)
        run = await place.start(engine, "once", str(gate))
        await place.begun("gate")
        server.control("restart", "-m", "immediate")
        gate.touch()
        assert (await place.reaches(engine, run)).state is RunState.DONE
        after = await place.start(engine, "three")
        assert (await place.reaches(engine, after)).state is RunState.DONE
    assert len(place.traces.read("gate", "begun")) == 1


@pytest.mark.parametrize("ends", ["meanwhile", "afterwards"])
async def test_a_store_that_is_away_for_long_makes_nobody_dead(
    restartable: tuple[Place, Server], ends: str
) -> None:
    place, server = restartable
    engine, gate = place.engine(), place.folder / "gate"

    async def ended() -> bool:
        return bool(place.traces.read("gate", "ended"))

    with worker(place.address, place.folder), worker(place.address, place.folder):
        await alive(place, 2)
        run = await place.start(engine, "once", str(gate))
        await place.begun("gate")
        server.control("stop", "-m", "immediate")
        if ends == "meanwhile":
            gate.touch()
            await until(ended)  # the step is done, and there is nowhere to say so
        await asyncio.sleep(4)  # longer than what makes a worker dead
        back = datetime.now(UTC)
        server.control("start")
        await until(lambda: seen(place, 2, back))
        gate.touch()
        assert (await place.reaches(engine, run)).state is RunState.DONE
    steps = await place.steps(engine, run)
    assert (steps["gate"].state, steps["gate"].attempts) == (StepState.DONE, 1)


async def seen(place: Place, number: int, since: datetime) -> bool:
    """Whether so many workers have shown life since a moment."""
    try:
        async with place.pool.connection() as connection:
            workers = await place.engine().workers(connection)
    except AWAY:
        return False
    return sum(one.seen_at > since for one in workers) == number


async def test_who_has_shown_no_life_itself_takes_over_from_nobody(place: Place) -> None:
    engine, gate = place.engine(), place.folder / "gate"
    with worker(place.address, place.folder):
        await alive(place, 1)
        await place.start(engine, "gated", str(gate))
        await place.begun("gate")
        now, stale = datetime.now(UTC), timedelta(0)  # all are dead who showed life before now
        async with place.pool.connection() as connection, connection.transaction():
            late = await runs.take_over(connection, stale, now - timedelta(seconds=1), now)
            in_time = await runs.take_over(connection, stale, now + timedelta(hours=1), now)
        gate.touch()

    assert (len(late), len(in_time)) == (0, 1)


@pytest.mark.parametrize("restartable", [(18, "socket")], indirect=True)
async def test_a_worker_waits_for_a_store_that_is_not_there_yet(
    restartable: tuple[Place, Server],
) -> None:
    place, server = restartable
    engine = place.engine()
    run = await place.start(engine, "three")
    server.control("stop", "-m", "fast")
    with worker(place.address, place.folder) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.process.wait(11)  # the first wait for a connection has been given up by then
        server.control("start")
        assert (await place.reaches(engine, run)).state is RunState.DONE


@pytest.mark.soak
@pytest.mark.parametrize("restartable", [(18, "socket")], indirect=True)
async def test_a_worker_that_is_told_to_stop_while_the_store_is_away_stops(
    restartable: tuple[Place, Server],
) -> None:
    place, server = restartable
    with worker(place.address, place.folder) as process:
        await alive(place, 1)
        server.control("stop", "-m", "immediate")
        await asyncio.sleep(17)  # the queue has given up by then, and waits to say goodbye
        assert process.stop() == 0


async def test_a_worker_whose_rows_were_removed_goes_on(place: Place) -> None:
    engine = place.engine()
    with worker(place.address, place.folder) as one:
        await alive(place, 1)
        first = await place.start(engine, "three")
        await place.reaches(engine, first)
        one.freeze()
        await place.ask("DELETE FROM worker")
        await place.ask("DELETE FROM procrastinate_workers")
        one.thaw()
        second = await place.start(engine, "three")
        assert (await place.reaches(engine, second)).state is RunState.DONE
