"""Targets that are no databases, watched by looks that are told what they see."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from fettle import unit
from fettle.engine.engine import Engine
from fettle.flow import schedules, watch
from fettle.flow.look import Questions
from fettle.flow.look_at import Eyes
from fettle.flow.schedules import Planned
from fettle.flow.watch import Watch, Ways
from fettle.frontends.report.as_json import document
from fettle.main import Wired
from fettle.model.finding import Unknown
from fettle.model.ports import Source
from fettle.model.readings import Memory
from fettle.model.target import Target
from fettle.settings import Settings
from fettle.store import samples
from fettle.store.pool import Pool
from fettle.store.samples import Series, Stands
from fettle.testing import GivenSource, SteppedClock
from tests.flow.dependency_unavailable import Asked, Limits, dependency_unavailable

Told = Sequence[Asked | Memory | Unknown]
GAP = Unknown("the exporter is down", "start it")


def answer(name: str, seconds: float = 0.2) -> Asked:
    """Return a good answer."""
    return Asked(name, seconds)


def silence(name: str) -> Asked:
    """Return that there was none."""
    return Asked(name, problem="the connection was refused")


@dataclass
class Street:
    """What each target tells; looked at by whoever is asked to."""

    pool: Pool
    clock: SteppedClock
    settings: Settings
    told: dict[str, Told] = field(default_factory=dict)
    remembered: set[str] = field(default_factory=set)  # those that have ever told of memory

    @property
    def plans(self) -> dict[str, Planned]:
        """What is planned, by the targets' names."""
        return {one.place.target: one for one in schedules.planned(self.settings)}

    @property
    def watch(self) -> Watch:
        """What looks, as a process would that has just started."""
        wired = Wired({})

        @asynccontextmanager
        async def sources(target: Target) -> AsyncIterator[Sequence[Source]]:
            of_memory = {Memory} if target.name in self.remembered else set()
            yield [GivenSource(self.told[target.name], {Asked, *of_memory})]

        def ask(_: Planned, target: Target) -> Questions:
            memory = unit.checks()["memory_high"]
            checks = [(dependency_unavailable, Limits()), (memory, memory.limits())]
            return Questions(checks, timeout=self.settings.check.timeout)

        ways = Ways(
            Eyes(wired.connect(self.settings), sources),
            {one.name: one for one in wired.watched(self.settings)},
            lambda one: document(one, verbose=False),
            ask,
        )
        return Watch(self.pool, Engine(self.pool, self.clock), self.clock, self.settings, ways)

    async def prepare(self) -> None:
        """Plan, as a server does that starts."""
        async with self.pool.connection() as connection:
            await watch.prepare(connection, self.settings, self.clock)

    async def look(
        self, name: str, told: Told, run: UUID | None = None, schedule: str | None = None
    ) -> None:
        """Let a target be looked at, by the only one of its schedules unless one is named."""
        self.told[name] = told
        if any(isinstance(one, Memory) for one in told):
            self.remembered.add(name)
        plans = {one.subject: one for one in schedules.planned(self.settings)}
        plan = self.plans[name] if schedule is None else plans[f"{schedule}/{name}"]
        await self.watch.look(plan, run or uuid4())

    async def looks(self, name: str, *looks: Told, apart: timedelta = timedelta(minutes=1)) -> None:
        """Let a target be looked at several times, so long apart."""
        for told in looks:
            await self.look(name, told)
            self.clock.moment += apart

    async def stand(self, name: str) -> Stands:
        """Return how a target is."""
        async with self.pool.connection() as connection:
            return (await samples.stand(connection, [name]))[name]

    async def series(self, name: str) -> list[Series]:
        """Return the figures of a target."""
        stands = await self.stand(name)
        async with self.pool.connection() as connection:
            return await samples.series(connection, stands.id)


def street_of(pool: Pool, clock: SteppedClock, *names: str, **sections: object) -> Street:
    """Return a street of dependencies of those names."""
    given = {"dependency": [{"name": name, "url": f"https://{name}.example"} for name in names]}
    return Street(pool, clock, Settings.model_validate({**given, **sections}))
