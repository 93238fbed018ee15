"""Servers and workers killed and frozen, and the store restarted, while alerts come in.

Two servers and three workers share one store; what they are sent, what they make of it, and what
they hand over is compared in the end. A sample in CI; the whole in `make soak`. The seed is
printed: the same one makes the same plan.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from fettle.engine.ledger import AWAY
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.pool import Pool, pool_at
from fettle.store.store import open_store
from tests import servers
from tests.engine.conftest import until
from tests.flow.crew import Member, member
from tests.flow.hearing import Hearing, hearing
from tests.flow.judging import judge
from tests.flow.sending import Sender
from tests.servers import Server
from tests.soaking import STUCK_S, Waiting, Watch, seed

ROUNDS = 3
SETTINGS: dict[str, Any] = {
    "intake": {"rate": 100_000, "burst": 100_000},
    "outgoing": {"allow": ["127.0.0.1"], "most_a_minute": 100_000},
    "escalation": [
        {"level": level, "steps": [["everybody"]], "every": "3s", "rounds": ROUNDS}
        for level in ("immediate", "within-1h", "within-business-hours", "next-sprint")
    ],
}
# What waits, and what it is known by while nothing becomes of it. What waits for a moment to try
# again, or for what is told before it to somebody who hangs, is not stuck.
WAITING = """
SELECT 'delivery ' || min(id)::text, '' FROM delivery WHERE state = 'waiting' HAVING count(*) > 0
UNION ALL
SELECT 'timer ' || id, concat(due_at, ' ', attempts) FROM timer
WHERE done_at IS NULL AND due_at < now() AND coalesce(try_at, due_at) < now()
UNION ALL
SELECT 'outbox ' || id, concat(due_at, ' ', attempts, ' ', taken_by) FROM outbox AS o
WHERE state = 'waiting' AND due_at < now() AND NOT EXISTS (
    SELECT FROM outbox AS b
    WHERE b.issue = o.issue AND b.receiver = o.receiver
    AND b.state = 'waiting' AND b.number < o.number
)
"""


async def waiting(pool: Pool) -> Waiting:
    """Give what waits."""
    async with pool.connection() as connection:
        return await (await connection.execute(WAITING.encode())).fetchall()


@dataclass
class Breakage:
    """Kills, freezes and restarts; who was killed, or could not start, is started again."""

    crew: list[Member]
    server: Server
    chance: random.Random
    frozen_s: float
    done: Counter[str] = field(default_factory=Counter)

    async def go_on(self, rounds: int) -> None:
        """Do so many of them, one soon after the other; those that are frozen are so meanwhile."""
        async with asyncio.TaskGroup() as thawing:
            while self.done.total() < rounds:
                await asyncio.sleep(0.5 + 3 * self.chance.random())
                await self.strike(thawing)

    async def strike(self, thawing: asyncio.TaskGroup) -> None:
        what = self.chance.choice(["kill", "kill", "freeze", "freeze", "stop", "fast", "immediate"])
        self.start()
        if what in ("fast", "immediate"):
            self.done[what] += 1
            await asyncio.to_thread(self.server.control, "restart", "-m", what)
            return
        able = [one for one in self.crew if one.is_up and not one.frozen]
        if len(able) < 2:
            return  # somebody must be left to do it
        self.done[what] += 1
        victim = self.chance.choice(able)
        if what == "freeze":
            thawing.create_task(self._freeze(victim, self.chance.random() * self.frozen_s))
        else:
            victim.kill() if what == "kill" else await asyncio.to_thread(victim.stop)
            victim.start()

    async def _freeze(self, victim: Member, seconds: float) -> None:
        victim.freeze()
        await asyncio.sleep(seconds)
        victim.thaw()

    def start(self) -> None:
        """Start who has ended; nobody ends who was at work."""
        for one in self.crew:
            if one.has_ended:
                assert not one.is_up, f"{one.name} has ended: {one.log.read_text()[-2000:]}"
                one.start()


async def alerts_come(sender: Sender, chance: random.Random, enough: asyncio.Event) -> None:
    """Let groups of alerts begin, live and end, until there is enough; then wait for the last."""
    async with asyncio.TaskGroup() as groups:
        number = 0
        while not enough.is_set():
            number += 1
            lives = sender.group(f"group-{number}", ends=chance.random() < 0.8)
            groups.create_task(lives)
            await asyncio.sleep(chance.random())


async def at_rest(pool: Pool, breakage: Breakage) -> bool:
    """Whether all was taken and told, and everybody was called who is to be called."""
    breakage.start()
    try:
        async with pool.connection() as connection:
            found = await connection.execute(
                "SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting')"
                " + (SELECT count(*) FROM outbox WHERE state = 'waiting')"
                " + (SELECT count(*) FROM issue WHERE status = 'triaged' AND calls_made < %s)",
                (ROUNDS,),
            )
            row = await found.fetchone()
    except AWAY:
        return False
    await asyncio.sleep(0.1)
    return row == (0,)


@dataclass
class House:
    """A store, who works on it, who sends to it, and who is told."""

    server: Server
    pool: Pool
    crew: list[Member]
    sender: Sender
    told: Hearing


@asynccontextmanager
async def house_of(folder: Path, chance: random.Random) -> AsyncIterator[House]:
    """Have two servers and three workers at work; they are gone afterwards."""
    with (
        servers.serve(18, synchronous_commit="on", fsync="off") as server,
        hearing(chance.random(), refuses=0.03, hangs=0.01) as told,
    ):
        address = server.url()
        key = await _key(address)
        settings = {**SETTINGS, "receiver": [{"name": "web", "url": f"{told.url}/MEMBER"}]}
        ports = [servers.free_port(), servers.free_port()]
        store = f"--database-url={address}"
        crew = [
            *(member(folder, f"worker-{number}", settings, store) for number in range(3)),
            *(
                member(folder, f"server-{port}", settings, store, f"--port={port}")
                for port in ports
            ),
        ]
        doors = [f"http://127.0.0.1:{port}/hooks/{key}/alertmanager" for port in ports]
        try:
            for one in crew:
                one.start()
            async with pool_at(address, size=3) as pool, httpx.AsyncClient() as client:
                sender = Sender(doors, random.Random(chance.random()), client)
                await until(lambda: _all_up(crew))
                yield House(server, pool, crew, sender, told)
        finally:
            for one in crew:
                one.kill()


async def _all_up(crew: list[Member]) -> bool:
    await asyncio.sleep(0.1)
    return all(one.is_up for one in crew)


async def _key(address: str) -> str:
    async with open_store(data=Path("/nowhere"), url=address) as store:
        return await access.create_credential(
            store.connection, CredentialKind.HOOK, "soak", None, "test"
        )


async def soak(folder: Path, *, seed: int, rounds: int, frozen_s: float) -> None:
    chance = random.Random(seed)
    enough = asyncio.Event()
    async with house_of(folder, chance) as house:
        watch = Watch(lambda: waiting(house.pool))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch.keep_looking())
            breakage = Breakage(house.crew, house.server, chance, frozen_s)
            coming = group.create_task(alerts_come(house.sender, chance, enough))
            await breakage.go_on(rounds)
            enough.set()
            await coming
            house.told.agree()
            await until(lambda: at_rest(house.pool, breakage), 120)
            watching.cancel()
        print(  # noqa: T201
            f"{dict(breakage.done)}; stood still at most {watch.longest}, {watch.of};"
            f" {len(house.sender.accepted)} accepted, {house.sender.repeated} not at once"
        )
        assert max(watch.longest.values()) < STUCK_S
        await judge(house.pool, house.sender, house.told, house.crew, ROUNDS)


@pytest.mark.alone
async def test_nothing_is_lost_doubled_or_stuck(tmp_path: Path) -> None:
    await soak(tmp_path, seed=seed(), rounds=5, frozen_s=10)


@pytest.mark.soak
async def test_two_hundred_times(tmp_path: Path) -> None:
    """Some stand still for longer than what they have in hand is theirs."""
    await soak(tmp_path, seed=seed(), rounds=200, frozen_s=45)
