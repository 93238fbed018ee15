"""Workers killed and frozen, and the store restarted, at random moments, while work comes in.

Part of `make soak`; CI runs the sample of `tests/flow`. The seed is printed: the same one makes the
same plan.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fettle.engine.engine import Engine
from fettle.engine.ledger import AWAY
from fettle.model.run import Json, RunState
from fettle.store.pool import pool_at
from fettle.store.store import Connection
from tests import servers
from tests.engine.conftest import Place, prepared, until
from tests.engine.process import WorkerProcess
from tests.engine.working import Act
from tests.servers import Server
from tests.soaking import STUCK_S, Waiting, Watch, seed

WORKERS = 3


@dataclass
class Load:
    """Work that comes in while everything breaks, and what was accepted of it."""

    place: Place
    engine: Engine
    chance: random.Random
    runs: list[UUID] = field(default_factory=list)
    events: set[UUID] = field(default_factory=set)
    timers: set[str] = field(default_factory=set)

    async def accepted(self, say: Callable[[Connection], Awaitable[object]]) -> None:
        """Say something until the store has taken it; each thing said has an id of its own."""
        while True:
            try:
                async with self.place.pool.connection() as connection:
                    await say(connection)
                    return
            except AWAY:
                await asyncio.sleep(0.1)

    async def come_in(self) -> None:
        """Start a run and set a timer, in one transaction; tell an older run of its event."""
        id_, chance = UUID(int=self.chance.getrandbits(128), version=4), self.chance
        steps = chance.randint(1, 4)
        given: dict[str, Json] = {
            "steps": steps,
            "once": [n for n in range(steps) if chance.random() < 0.15],
            "sleep": chance.choice([-1, 0, 1]),
            "seconds": round(chance.random() * 0.4, 3),
            "event": chance.random() < 0.3,
        }
        target = chance.choice([None, None, "db-1", "db-2", "db-3"])
        due = datetime.now(UTC) + timedelta(seconds=chance.random() * 5)

        async def say(connection: Connection) -> None:
            async with connection.transaction():
                await self.engine.start(connection, "mixed", given, target=target, id_=id_)
                await self.engine.schedule(connection, "ring", str(id_), due)

        await self.accepted(say)
        self.runs.append(id_)
        self.timers.add(str(id_))
        if given["event"]:
            self.events.add(id_)
        if self.events and chance.random() < 0.5:
            await self.tell(chance.choice(sorted(self.events)))

    async def tell(self, run: UUID) -> None:
        self.events.discard(run)
        await self.accepted(lambda connection: self.engine.signal(connection, run, "end", 1))

    async def keep_coming(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            await self.come_in()
            await asyncio.sleep(self.chance.random() * 0.4)
        for run in sorted(self.events):
            await self.tell(run)


async def waiting(place: Place) -> Waiting:
    """Give what waits; what waits for its event or its moment is not stuck.

    Nor is what waits for its target, if another one holds that or has waited for it longer.
    """
    rows = await place.ask(
        "SELECT r.id, r.state, r.fence, count(s.*), max(s.attempts), max(s.state) FROM run AS r"
        " LEFT JOIN step AS s ON s.run = r.id"
        " WHERE r.state = 'running' OR r.state = 'waiting' AND r.wake_at < now()"
        " OR r.state = 'queued' AND (r.target IS NULL OR r.holds_target OR NOT EXISTS ("
        "  SELECT FROM run AS o WHERE o.target = r.target AND (o.holds_target"
        "  OR o.state = 'queued' AND (o.created_at, o.id) < (r.created_at, r.id))))"
        " GROUP BY r.id"
    )
    return [(f"run {id_}", what) for id_, *what in rows]


@dataclass
class Breakage:
    """Kills, freezes and restarts."""

    place: Place
    server: Server
    chance: random.Random
    seconds: str
    workers: list[WorkerProcess] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def hire(self) -> None:
        while len(self.workers) < WORKERS:
            self.workers.append(
                WorkerProcess(self.place.address, self.place.folder, seconds=self.seconds)
            )

    async def strike(self, frozen_s: float) -> None:
        what = self.chance.choice(["kill", "kill", "freeze", "freeze", "restart", "stop"])
        victim = self.chance.choice(self.workers)
        self.done[what] += 1
        if what == "restart":
            await asyncio.to_thread(self.server.control, "restart", "-m", "immediate")
        elif what == "freeze":
            victim.freeze()
            await asyncio.sleep(self.chance.random() * frozen_s)
            victim.thaw()
        else:
            self.workers.remove(victim)
            victim.kill() if what == "kill" else await asyncio.to_thread(victim.stop)
        self.hire()

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()


async def soaked(place: Place, server: Server, *, seed: int, rounds: int, seconds: str) -> None:
    chance = random.Random(seed)
    engine = place.engine()
    load = Load(place, engine, random.Random(chance.random()))
    watch = Watch(lambda: waiting(place))
    breakage = Breakage(place, server, chance, seconds)
    stale = float(seconds.split(",")[1])
    enough = asyncio.Event()
    try:
        breakage.hire()
        async with asyncio.TaskGroup() as group:
            coming = group.create_task(load.keep_coming(enough))
            watching = group.create_task(watch.keep_looking())
            for _ in range(rounds):
                await asyncio.sleep(chance.random() * 2)
                await breakage.strike(2 * stale)
            enough.set()
            await coming
            # what still waits in its line is not stuck: that is told of what stands still
            await until(lambda: ended(place, load), 600)
            watching.cancel()
    finally:
        breakage.end()
    counted = Counter(state for (state,) in await place.ask("SELECT state FROM run"))
    print(dict(breakage.done), dict(counted), f"stood still at most {watch.longest}")  # noqa: T201
    assert max(watch.longest.values()) < STUCK_S
    await judge(place, load)


async def ended(place: Place, load: Load) -> bool:
    try:
        left = await place.ask(
            "SELECT count(*) FROM run WHERE state IN ('queued', 'running', 'waiting')"
        )
        timers = await place.ask("SELECT count(*) FROM timer WHERE done_at IS NULL")
    except AWAY:
        return False
    await asyncio.sleep(0.1)
    return (left, timers) == ([(0,)], [(0,)])


async def judge(place: Place, load: Load) -> None:
    """Compare what was accepted, what is recorded, and what was really done."""
    runs = dict(await place.ask("SELECT id, state FROM run"))
    assert set(runs) == set(load.runs)
    assert set(runs.values()) <= {RunState.DONE, RunState.UNSURE}
    rung = Counter(subject for (subject,) in await place.ask("SELECT subject FROM public.rung"))
    assert rung == Counter(load.timers)
    acts: dict[tuple[str, str], list[Act]] = {}
    for act in place.traces.read():
        acts.setdefault((act.run, act.step), []).append(act)
    steps = await place.ask(
        "SELECT run, name, state, idempotent, fence, result, finished_at FROM step"
        " WHERE starts_with(name, 'step ')"
    )
    for run, name, state, idempotent, fence, result, finished in steps:
        begun = [act for act in acts[str(run), name] if act.what == "begun"]
        assert idempotent or len(begun) == 1, "what must not run twice has run twice"
        if state == "done":
            assert result == f"{name} under {fence}"
            assert any(act.fence == fence and act.what == "ended" for act in acts[str(run), name])
            assert all(act.at <= finished.timestamp() or act.fence < fence for act in begun)
        else:
            assert runs[run] == RunState.UNSURE
    recorded = {(str(run), name) for run, name, *_ in steps}
    assert set(acts) <= recorded, "something was done of which nothing is known"


async def soak(
    tmp_path: Path, major: int, way: str, *, seed: int, rounds: int, seconds: str
) -> None:
    with servers.serve(major, synchronous_commit="on", fsync="off") as server:
        address = server.conninfo if way == "socket" else server.url()
        await prepared(address)
        async with pool_at(address, size=3) as pool:
            place = Place(address, tmp_path, pool)
            await soaked(place, server, seed=seed, rounds=rounds, seconds=seconds)


@pytest.mark.soak
@pytest.mark.parametrize(("major", "way"), [(18, "socket"), (15, "tcp"), (18, "tcp")])
async def test_two_hundred_times(tmp_path: Path, major: int, way: str) -> None:
    """With the paces that are shipped."""
    await soak(tmp_path, major, way, seed=seed(), rounds=200, seconds="2,10,10,0.5,30")
