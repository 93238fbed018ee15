"""A desk over a fresh store, on a clock of its own: what arrives, and what comes of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fettle.engine.engine import Engine
from fettle.flow import absorb, tend
from fettle.flow.absorb import Taking
from fettle.flow.board import Rules
from fettle.flow.catalogued import needs
from fettle.flow.links import Links
from fettle.flow.tend import Decide, Desk
from fettle.intake import own, settled
from fettle.intake.leaning import Leaning
from fettle.main import Wired
from fettle.model.issue import Entry, Issue
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.review.rules import rules_of
from fettle.settings import Settings
from fettle.store import deliveries, issues
from fettle.store.deliveries import Arrived
from fettle.store.issues import Wanted
from fettle.store.pool import Pool, pool_of
from fettle.testing import SteppedClock
from fettle.triage.case import Case
from fettle.triage.classify import classify
from fettle.triage.people import people_of
from fettle.triage.settled import policy_of

SOURCE = "prod/alertmanager"
RECEIVERS: dict[str, Any] = {
    "receiver": [{"name": "web", "url": "json://x"}, {"name": "boss", "url": "json://y"}],
    "team": [
        {
            "name": "web",
            "receivers": ["web"],
            "member": [{"name": "ada", "receivers": ["boss"]}],
        }
    ],
    "service": [
        {"name": "shop", "tier": "critical", "team": "web", "depends_on": ["main-db"]},
        {"name": "blog", "tier": "internal", "team": "web"},
    ],
}


def fire(key: str = "a", title: str = "Checkout is slow", **more: object) -> Signal:
    """Give what says that an alert fires."""
    given: dict[str, Any] = {"severity": Severity.HIGH, **more}
    return Signal(SOURCE, SignalKind.ALERT, key, True, title, **given)


def end(key: str = "a", title: str = "Checkout is slow", **more: object) -> Signal:
    """Give what says that an alert has ended."""
    return replace(fire(key, title, **more), firing=False)


def taking_of(settings: Settings, clock: SteppedClock) -> Taking:
    people, policy = people_of(settings), policy_of(settings)
    rules = Rules(
        settled.limits_of(settings),
        settings.intake.group_within,
        settings.intake.reopen_within,
        lambda signal: classify(Case.of(signal), policy),
        people.assigned,
        Leaning(needs(settings), settings.intake.group_within),
    )
    desk = Desk(
        people, policy, Links("http://fettle", b"key"), clock, looking_back=rules_of(settings)
    )
    return Taking(
        settled.options_of(settings),
        settled.mutings_of(settings),
        settled.inhibitions_of(settings),
        rules,
        desk,
    )


@dataclass
class Place:
    """A store with a desk; time passes when it is told to."""

    pool: Pool
    taking: Taking
    clock: SteppedClock
    engine: Engine

    async def arrive(self, *signals: Signal) -> None:
        """Let signals arrive in one delivery a second later, and be taken."""
        self.clock.moment += timedelta(seconds=1)
        arrived = Arrived(self.clock.now(), "prod", own.VENDOR, {}, own.written(signals))
        async with self.pool.connection() as connection, connection.transaction():
            await deliveries.keep(connection, [arrived])
        await self.take()

    async def take(self) -> None:
        """Take what waits."""
        while await absorb.absorb(self.pool, self.taking):
            pass

    async def look_again(self) -> None:
        """Look again at what was hushed, or flapped."""
        await absorb.look_again(self.pool, self.taking)

    async def move(self, number: int, decide: Decide) -> Issue:
        """Decide about an issue, a second later."""
        self.clock.moment += timedelta(seconds=1)
        async with self.pool.connection() as connection, connection.transaction():
            return await tend.move(connection, self.taking.desk, number, decide)

    async def pass_time(self, **span: float) -> None:
        """Let time pass, and the timers ring that became due, each at its moment."""
        until = self.clock.moment + timedelta(**span)
        handle = tend.attending(self.taking.desk)
        while True:
            async with self.pool.connection() as connection:
                pending = await self.engine.timers(connection)
                due = [timer for timer in pending if timer.due_at <= until]
                if not due:
                    break
                timer = min(due, key=lambda one: one.due_at)
                self.clock.moment = max(self.clock.moment, timer.due_at)
                async with connection.transaction():
                    await handle(connection, timer)
        self.clock.moment = until

    async def issues(self) -> list[Issue]:
        """Return all issues, the first one first."""
        async with self.pool.connection() as connection:
            return (await issues.listed(connection, Wanted(), 200))[::-1]

    async def issue(self) -> Issue:
        """Return the one issue that there is."""
        (only,) = await self.issues()
        return only

    async def timeline(self, number: int = 1) -> list[Entry]:
        """Return what happened to an issue."""
        async with self.pool.connection() as connection:
            return await issues.timeline(connection, number)

    async def events(self, number: int = 1) -> list[str]:
        """Return the names of what happened to an issue."""
        return [entry.event for entry in await self.timeline(number)]

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the store."""
        async with self.pool.connection() as connection:
            return await (await connection.execute(query.encode())).fetchall()

    async def outcomes(self) -> list[str]:
        """Return what came of each signal, in order."""
        return [row[0] for row in await self.rows("SELECT outcome FROM signal ORDER BY id")]

    async def told(self) -> list[tuple[str, str]]:
        """Return who was told what, in order."""
        found = await self.rows("SELECT receiver, event FROM outbox ORDER BY number")
        return [(row[0], row[1]) for row in found]


@asynccontextmanager
async def place_of(environ: dict[str, str], **given: object) -> AsyncIterator[Place]:
    """Give a place with these settings; those of RECEIVERS where nothing is given."""
    wired = Wired(environ)
    settings = Settings.model_validate({**RECEIVERS, **given})
    clock = SteppedClock()
    async with wired.store(wired.settings(None)) as store, pool_of(store) as pool:
        taking = taking_of(settings, clock)
        engine = Engine(pool, clock)
        yield Place(pool, taking, clock, engine)


def named(entries: Sequence[Entry], event: str) -> list[Entry]:
    """Return the entries of one kind."""
    return [entry for entry in entries if entry.event == event]
