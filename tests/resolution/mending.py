"""Plan, apply and undo on a real database, as `fettle fix` does, with records in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fettle import unit
from fettle.diagnosis import ask
from fettle.flow.look import Planning, Questions, plan_fixes
from fettle.model.fix import FixRun, Plan
from fettle.model.ports import Database
from fettle.model.target import Target
from fettle.resolution import document
from fettle.resolution.mend import Means, apply_plan, undo_run
from fettle.resolution.plan import matching
from fettle.targets import acting
from fettle.targets.postgres import Patience, looking_at
from fettle.testing import MemoryRecords, SteppedClock

PATIENCE = Patience()


@dataclass
class Mender:
    """Somebody with a Fettle of their own who mends one database."""

    target: Target
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(real_s=0.02))

    def __post_init__(self) -> None:
        self.records = MemoryRecords(self.clock)
        self.told: list[str] = []

    @property
    def means(self) -> Means:
        """What it takes to mend."""
        return Means(
            lambda target: acting.on(target, PATIENCE),
            lambda target: acting.standbys_of(target, PATIENCE),
            self.records,
            self.clock,
            "test",
            self.told.append,
        )

    async def plan(self, fix: str, subject: str | None = None, **limits: str) -> list[Plan]:
        """Plan a fix (or a trouble); a limit is written `check__name="value"`."""
        options = [f"{name.replace('__', '.')}={value}" for name, value in limits.items()]
        checks = unit.checks()
        asked = Questions(
            tuple(ask.with_limits(list(checks.values()), {}, ask.parse_options(checks, options)))
        )
        ways = Planning(self._look, self._no_standbys, lambda found: found, self.clock)
        return await plan_fixes(self.target, matching(unit.fixes(), fix), subject, asked, ways)

    async def plan_one(self, fix: str, subject: str | None = None, **limits: str) -> Plan:
        """Plan, where exactly one plan is expected."""
        (plan,) = await self.plan(fix, subject, **limits)
        return plan

    async def apply(self, plan: Plan) -> FixRun:
        """Apply a plan from its document, as it would come from a file."""
        return await apply_plan(document.of_plan(plan), self.target, unit.fixes(), self.means)

    async def undo(self, run: FixRun) -> FixRun:
        """Take back what a run did."""
        return await undo_run(run.id, self.target, self.means)

    @asynccontextmanager
    async def _look(self, target: Target) -> AsyncIterator[Database]:
        async with looking_at(target.url, PATIENCE) as database:
            yield database

    @asynccontextmanager
    async def _no_standbys(self, target: Target) -> AsyncIterator[list[Database]]:
        async with acting.standbys_of(target, PATIENCE) as standbys:
            yield standbys


def mender(url: str) -> Mender:
    """Return somebody who mends the database at this address."""
    return Mender(Target("shop", url, url))
