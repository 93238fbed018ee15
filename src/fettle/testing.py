"""The fakes that Fettle's own tests use, for whoever writes a unit: no network, no waiting."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fettle.errors import Refused, WrongUsage
from fettle.model.fix import CutOff, FixRun, RunStatus

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@dataclass
class SteppedClock:
    """A clock that stands still until somebody sleeps; implements model.ports.Clock.

    With `real_s`, sleeping also lets that much real time pass, for servers that need some.
    """

    moment: datetime = START
    real_s: float = 0.0

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Move on by that much."""
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(self.real_s)


@dataclass
class MemoryRecords:
    """Plans and runs in memory; implements resolution.mend.Records."""

    clock: SteppedClock
    runs: dict[str, FixRun] = field(default_factory=dict)
    undos: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    entries: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    async def leave_unsure(self, target: str, subject: str) -> None:
        """Mark the run of a subject as unsure, whose process has died."""
        for run in list(self.runs.values()):
            if (run.target, run.subject, run.status) == (target, subject, RunStatus.RUNNING):
                self.runs[run.id] = run.ended(
                    RunStatus.UNSURE, None, self.clock.now(), verified=False
                )

    async def begin_run(
        self, run: FixRun, steps: Mapping[str, Any], undo: Mapping[str, Any] | None
    ) -> FixRun:
        """Keep that a run begins; raises Refused while one of its subject runs."""
        if any(
            (other.target, other.subject, other.status)
            == (run.target, run.subject, RunStatus.RUNNING)
            for other in self.runs.values()
        ):
            raise Refused(f"another run is at work on {run.subject}")
        begun = run.begun(run.id or f"run-{len(self.runs) + 1}", self.clock.now())
        self.runs[begun.id] = begun
        self.undos[begun.id] = undo
        self.steps[begun.id] = steps
        return begun

    async def end_run(self, run: FixRun) -> None:
        """Keep how a run ended."""
        self.runs[run.id] = run
        if run.undoes and run.status is RunStatus.DONE:
            undone = self.runs[run.undoes]
            self.runs[undone.id] = undone.ended(
                RunStatus.UNDONE, None, self.clock.now(), undone.verified
            )

    async def find_run(self, run: str) -> tuple[FixRun, Mapping[str, Any] | None]:
        """Return a run with its undo; raises WrongUsage."""
        if run not in self.runs:
            raise WrongUsage(f"there is no run {run}")
        return self.runs[run], self.undos[run]

    async def cut_off(self, run: str) -> CutOff:
        """Return what a run was to do, and whether it had begun to."""
        acts = ("statement", "recovery")
        acted = any(of == run and event in acts for of, event, _ in self.entries)
        return CutOff(self.steps.get(run), acted)

    def journal(self, run: FixRun) -> "MemoryJournal":
        """Return the journal of a run."""
        return MemoryJournal(self, run.id)


@dataclass(frozen=True)
class MemoryJournal:
    """The journal of one run; implements model.ports.Journal."""

    records: MemoryRecords
    run: str

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        """Append an entry."""
        self.records.entries.append((self.run, event, detail))
