"""A step at work in a test: what it is given, what it has said, what steps before it have left."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from fettle.model.work import Told, Tools, Work
from fettle.testing import GivenWork
from fettle.unit import TaskUnit


def tools(**ports: object) -> Tools:
    """Return tools of which a test needs some."""
    return cast("Tools", SimpleNamespace(**ports))


@dataclass
class Steps:
    """The steps of a task, done one after the other as a run does them."""

    task: TaskUnit
    tools: Tools
    run: str = "run-1"
    moment: datetime | None = None
    told: dict[str, Told] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    async def do(self, *names: str) -> Told:
        """Do the steps of these names, and return what the last one came to."""
        for name in names:
            left: Any = {step: told.detail for step, told in self.told.items()}
            moment = self.moment or datetime.now(UTC)
            work: Work = GivenWork(self.tools, self.run, moment, left, self.lines)
            self.told[name] = await self.task.doing[name](work)
        return self.told[names[-1]]

    async def all(self) -> list[Told]:
        """Do every step."""
        return [await self.do(step.name) for step in self.task.task.procedure.steps]
