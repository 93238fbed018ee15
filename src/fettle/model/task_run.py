"""One time that a maintenance task is done: how the run stands, and each of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from fettle.model.run import Json

OUTSIDE = timedelta(days=1)  # how long what began outside of any window waits for a person
PERSON = "person"  # under it a person's step keeps, in its detail, what they are to do


class TaskRunState(StrEnum):
    """Where a task's run is, or how it ended.

    A refused one has done nothing, as its prechecks did not pass; a lapsed one waited for a person
    until its window closed, or for a day where it had none.
    """

    RUNNING = "running"
    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in {TaskRunState.RUNNING, TaskRunState.WAITING}


class WaitsFor(StrEnum):
    """What a run waits for; nothing is in flight meanwhile."""

    APPROVAL = "approval"
    PERSON = "person"
    UNSURE = "unsure"
    PAUSED = "paused"
    WINDOW = "window"
    DOWNTIME = "downtime"
    BLACKOUT = "blackout"


class StepStand(StrEnum):
    """Where a step of a task is, or what it came to.

    An unsure one was cut off, and may have acted; one that is left was not begun.
    """

    PENDING = "pending"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    UNSURE = "unsure"
    LEFT = "left"

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self not in {StepStand.PENDING, StepStand.RUNNING, StepStand.UNSURE}


class Part(StrEnum):
    """What of a run a step belongs to."""

    PRECHECK = "precheck"
    STEP = "step"
    UNDO = "undo"
    VALIDATION = "validation"


@dataclass(frozen=True)
class StepRun:
    """A step of a run as it is kept.

    `engine_run` is the run of the engine that does it. `by` is the person who ticked it, skipped
    it, or said what became of it.
    """

    number: int
    part: Part
    name: str
    state: StepStand = StepStand.PENDING
    engine_run: UUID | None = None
    says: str | None = None
    remedy: str | None = None
    detail: Json = None
    report: Mapping[str, Any] | None = None
    by: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Opened:
    """The opening of a window that a run is done in; `local` is the slot that it began in."""

    local: datetime
    start: datetime
    cutoff: datetime
    end: datetime


@dataclass(frozen=True)
class TaskRun:
    """A run as it is kept.

    `opened` is None where somebody had it done outside of its window, for the `reason` they gave.
    `procedure` is what it does, as it was written when it began. `approved_upto` is the number of
    the last step that a person has said may act. `wake_at` is when it is looked at again at last.
    """

    id: UUID
    number: int
    task: str
    name: str
    category: str
    automation: str
    opened: Opened | None
    asked_by: str
    reason: str | None
    targets: tuple[str, ...]
    procedure: Mapping[str, Any]
    state: TaskRunState
    estimated_s: float
    created_at: datetime
    waits_for: WaitsFor | None = None
    says: str | None = None
    wake_at: datetime | None = None
    approved_upto: int = 0
    approved_by: str | None = None
    paused_by: str | None = None
    cancelled_by: str | None = None
    cancelled_because: str | None = None
    finished_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class TaskRunSteps:
    """A run with its steps, in the order of their numbers."""

    run: TaskRun
    steps: Sequence[StepRun] = field(default_factory=tuple)

    @property
    def next(self) -> StepRun | None:
        """The step of its procedure that comes next; None where all have come."""
        ahead = (one for one in self.steps if one.part is Part.STEP)
        return next((one for one in ahead if one.state is StepStand.PENDING), None)
