"""One go of a run: from when it is taken until it ends, waits or is given up."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from fettle.engine.decide import Ending, cut_off
from fettle.errors import WrongUsage
from fettle.model.run import RunRecord, StepRecord


@dataclass(frozen=True)
class Wait:
    """What a run waits for: a moment at the latest, or an event after `signals` of them."""

    wake_at: datetime | None
    signals: int
    keeps_target: bool = False


@dataclass
class Course:
    """Where a go has come to, and why it does not go on.

    `steps` are those that earlier goes left, by name. `stops`: the go is to end at the next step.
    `cut` is the step that was cut off and must not run twice.
    """

    run: RunRecord
    steps: dict[str, StepRecord]
    body: "asyncio.Task[object] | None" = None
    ending: Ending | None = None
    why: str | None = None
    wait: Wait | None = None
    stops: bool = False
    cut: str | None = None
    _named: Counter[str] = field(default_factory=Counter)
    _at: str | None = None

    @contextmanager
    def at(self, name: str) -> Iterator[str]:
        """Come to a step; yield its name, numbered from the second of that name on.

        Raises WrongUsage while another step is in progress: which was first would be chance.
        """
        if self._at is not None:
            raise WrongUsage(
                f"step {name!r} was begun while step {self._at!r} was in progress",
                remedy="the steps of a run come one after the other; do the parts in one step",
            )
        self._named[name] += 1
        number = self._named[name]
        self._at = name
        try:
            yield name if number == 1 else f"{name} #{number}"
        finally:
            self._at = None

    def end(self, ending: Ending, why: str | None = None) -> None:
        """Let the go end now, for the first reason that was given."""
        if self.ending is None:
            self.ending, self.why = ending, why
        if self.body is not None and not self.body.done():
            self.body.cancel()

    async def leave(self, ending: Ending, why: str | None = None) -> NoReturn:
        """End the go from within its function: this does not return."""
        self.end(ending, why)
        while True:  # the cancellation comes at the first await
            await asyncio.get_running_loop().create_future()

    async def rest(self, wait: Wait) -> NoReturn:
        """End the go, to be taken up again when what it waits for is there."""
        if self.ending is None:
            self.wait = wait
        await self.leave(Ending.WAITS)

    async def leave_unsure(self, step: str) -> NoReturn:
        """End the go for a person to look at a step that was cut off."""
        await self.leave(Ending.UNSURE, cut_off(step))

    async def between_steps(self) -> None:
        """Go on, unless the go is to end here."""
        if self.ending is not None:
            await self.leave(self.ending)
        if self.stops:
            await self.leave(Ending.STOPPING)
