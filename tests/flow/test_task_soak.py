"""Workers killed and frozen, and the store restarted, while maintenance is done.

Each run has steps that may be done twice, and one that must not. Each step's program writes down
when it begins and ends; that is compared in the end with what Fettle says of the runs. It is part
of `make soak`, a few runs first: every fifth window closes on what is left in the turmoil, and the
others stay open for as long as everything takes. The seed is printed: the same one makes the same
plan.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from fettle.engine.ledger import AWAY
from fettle.model.role import Role
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.pool import Pool, pool_at
from fettle.store.store import open_store
from tests import servers
from tests.engine.conftest import until
from tests.flow.crew import Member, member
from tests.flow.test_soak import Breakage
from tests.servers import Server
from tests.soaking import STUCK_S, Waiting, Watch, seed

SHORT = timedelta(minutes=2)
CUTOFF = timedelta(seconds=30)
BEGIN_AFTER = timedelta(seconds=30)  # of the start: everybody is up by then
TASK = """
[[task]]
id = "task-{number}"
frequency = "daily"
automation = "full"
window = {{ start = "{start:%H:%M}", timezone = "UTC", duration = "{open}s", cutoff = "{cutoff}s" }}
[task.procedure]
[[task.procedure.steps]]
name = "first"
command = ["/bin/sh", "-c", "{script}"]
idempotent = true
[[task.procedure.steps]]
name = "once"
command = ["/bin/sh", "-c", "{script}"]
[[task.procedure.steps]]
name = "last"
command = ["/bin/sh", "-c", "{script}"]
idempotent = true
"""
SCRIPT = (
    "echo $FETTLE_RUN $FETTLE_STEP begin $(date +%s.%N) >> {log}; sleep {pause};"
    " echo $FETTLE_RUN $FETTLE_STEP end $(date +%s.%N) >> {log}"
)
# What is at work, and how it stands. What waits for a person, or for its window, is not stuck.
WAITING = """
SELECT 'run ' || r.number, concat(r.state, r.version, s.number, s.state, s.engine_run, e.fence)
FROM task_run AS r
JOIN task_step AS s ON s.run = r.id AND s.state = 'running'
LEFT JOIN run AS e ON e.id = s.engine_run
WHERE r.state = 'running'
UNION ALL
SELECT 'timer ' || id, concat(due_at, ' ', attempts) FROM timer
WHERE done_at IS NULL AND due_at < now() AND coalesce(try_at, due_at) < now()
"""


@dataclass
class House:
    """A store, who works on it, and an admin who asks a server."""

    server: Server
    pool: Pool
    crew: list[Member]
    admin: httpx.AsyncClient


@asynccontextmanager
async def house_of(
    folder: Path, tasks: int, over: timedelta, longest: timedelta
) -> AsyncIterator[House]:
    """Have a server and two workers at work; they are gone afterwards."""
    with servers.serve(18, synchronous_commit="on", fsync="off") as server:
        address = server.url()
        async with open_store(data=Path("/nowhere"), url=address) as store:
            token = await access.create_credential(
                store.connection, CredentialKind.TOKEN, "soak", Role.ADMIN, "test"
            )
        written = folder / "tasks"
        written.mkdir()
        (written / "all.toml").write_text(_tasks(folder / "log", tasks, over, longest))
        settings = {"maintenance": {"tasks": str(written)}}
        port, to = servers.free_port(), f"--database-url={address}"
        crew = [
            member(folder, f"server-{port}", settings, to, f"--port={port}", "--no-worker"),
            *(member(folder, f"worker-{number}", settings, to) for number in range(2)),
        ]
        headers = {"Authorization": f"Bearer {token}"}
        try:
            for one in crew:
                one.start()
            async with (
                pool_at(address, size=3) as pool,
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30
                ) as admin,
            ):
                yield House(server, pool, crew, admin)
        finally:
            for one in crew:
                if one.frozen:
                    one.thaw()
                one.kill()


def _tasks(log: Path, number: int, over: timedelta, longest: timedelta) -> str:
    """Write tasks that come at whole minutes from soon on; their scripts write into a log."""
    log.touch()
    start = (datetime.now(UTC) + BEGIN_AFTER).replace(second=0) + timedelta(minutes=1)
    return "\n".join(
        TASK.format(
            number=place,
            start=start + over * place / number,
            open=int((longest if place % 5 else SHORT).total_seconds()),
            cutoff=int(CUTOFF.total_seconds()),
            script=SCRIPT.format(log=log, pause=0.2 + 0.1 * (place % 15)),
        )
        for place in range(number)
    )


async def waiting(pool: Pool) -> Waiting:
    """Give what is at work."""
    async with pool.connection() as connection:
        return await (await connection.execute(WAITING.encode())).fetchall()


async def rest(pool: Pool, tasks: int) -> bool:
    """Whether each task's time is settled, and each run has ended or is left to somebody.

    That is a person, or its next window.
    """
    await asyncio.sleep(0.2)
    try:
        async with pool.connection() as connection:
            found = await connection.execute(
                b"SELECT (SELECT count(*) FROM occurrence), (SELECT count(*) FROM task_run"
                b" WHERE state = 'running'"
                b" OR state = 'waiting' AND waits_for NOT IN ('unsure', 'window'))"
            )
            row = await found.fetchone()
    except AWAY:
        return False
    return row is not None and row[0] >= tasks and row[1] == 0


async def runs(house: House) -> list[dict[str, object]]:
    """Return all runs, with their steps."""
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = (await house.admin.get(f"/api/v1/task-runs?limit=200{cursor}")).json()
        paths = [f"/api/v1/task-runs/{one['run']}" for one in page["items"]]
        found += [(await house.admin.get(path)).json() for path in paths]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def said(log: Path) -> Mapping[tuple[str, str], Counter[str]]:
    """Return how often each step of each run began and ended, as the programs say."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in log.read_text().splitlines():
        run, step, what, _ = line.split()
        found[run, step][what] += 1
    return found


def begun_at(log: Path) -> Mapping[str, list[datetime]]:
    """Return when steps of each run began."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for line in log.read_text().splitlines():
        run, _, what, at = line.split()
        if what == "begin":
            found[run].append(datetime.fromtimestamp(float(at), UTC))
    return found


async def soak(
    folder: Path, tasks: int, over: timedelta, longest: timedelta, rounds: int, frozen_s: float
) -> None:
    chance = random.Random(seed())
    async with house_of(folder, tasks, over, longest) as house:
        watch = Watch(lambda: waiting(house.pool))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch.keep_looking())
            breakage = Breakage(house.crew[1:], house.server, chance, frozen_s)
            await until(lambda: _all_up(house.crew), 180)
            await until(lambda: _at_work(house.pool), 90)
            await breakage.go_on(rounds)
            breakage.start()
            patience = (BEGIN_AFTER + over + longest + timedelta(minutes=3)).total_seconds()
            await until(lambda: rest(house.pool, tasks), patience)
            watching.cancel()
        found = await runs(house)
        unsure = await settle(house, found)
        judge(found, folder / "log", tasks)
        states = Counter(str(one["status"]) for one in found)
        print(  # noqa: T201
            f"{dict(breakage.done)}; {dict(states)}, {unsure} asked a person;"
            f" stood still at most {watch.longest}"
        )
        assert max(watch.longest.values(), default=0) < STUCK_S


async def settle(house: House, found: list[dict[str, object]]) -> int:
    """Say of each step that was cut off that it is done; each run ends, or waits for its window."""
    unsure = [one for one in found if one["waits_for"] == "unsure"]
    for one in unsure:
        step = next(step for step in one["steps"] if step["outcome"] == "unsure")  # type: ignore[attr-defined]
        assert step["description"] == "once"
        path = f"/api/v1/task-runs/{one['run']}/steps/{step['number']}"
        answer = await house.admin.post(path, json={"outcome": "passed", "note": "it has"})
        assert answer.is_success, answer.text

    async def ended() -> bool:
        await asyncio.sleep(0.2)
        page = (await house.admin.get("/api/v1/task-runs?status=running,waiting")).json()
        return all(one["waits_for"] == "window" for one in page["items"])

    await until(ended, 90)
    return len(unsure)


def judge(found: list[dict[str, object]], log: Path, tasks: int) -> None:
    """See that nothing was done twice that must not be, none left, none outside of its window."""
    programs, began = said(log), begun_at(log)
    by_task = Counter(str(one["task"]) for one in found)
    assert max(by_task.values()) == 1
    assert len(found) <= tasks
    for one in found:
        run = str(one["id"])
        slot: Mapping[str, str] = one["slot"]  # type: ignore[assignment]
        start, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
        assert all(start <= at < end + timedelta(seconds=1) for at in began[run]), one
        assert programs[run, "once"]["begin"] <= 1, one
        assert programs[run, "last"]["begin"] <= 20
        if one["status"] == "passed" or one["waits_for"] == "unsure":
            assert programs[run, "first"]["end"] >= 1, one
    assert sum(one["status"] == "passed" for one in found) >= len(found) * 0.5


async def _at_work(pool: Pool) -> bool:
    await asyncio.sleep(0.1)
    return bool(await waiting(pool))


async def _all_up(crew: list[Member]) -> bool:
    await asyncio.sleep(0.1)
    return all(one.is_up for one in crew)


@pytest.mark.soak
async def test_a_few_runs(tmp_path: Path) -> None:
    await soak(tmp_path, 16, timedelta(0), SHORT, rounds=3, frozen_s=8)


@pytest.mark.soak
async def test_five_hundred_runs(tmp_path: Path) -> None:
    over, longest = timedelta(minutes=6), timedelta(minutes=30)
    await soak(tmp_path, 500, over, longest, rounds=150, frozen_s=30)
