"""One durable execution of anything, and its parts, as they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Union
from uuid import UUID

# What a run takes, keeps and returns: it must survive its process.
Json = Union[None, bool, int, float, str, Sequence["Json"], Mapping[str, "Json"]]  # noqa: UP007


class RunState(StrEnum):
    """Where a run is.

    An unsure one was cut off in a step that must not run twice: a person says how it goes on.
    """

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNSURE = "unsure"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


class StepState(StrEnum):
    """Where a step is; a waiting one waits for a moment or an event, a retrying one to be retried.

    One that is running under an older fence than its run's was cut off.
    """

    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class StepRecord:
    """A step as it is kept.

    `number` is its place in the order in which steps were begun. `attempts` counts the begun ones.
    `wake_at` is when a wait, or the pause before the next attempt, is over.
    """

    name: str
    number: int
    state: StepState
    idempotent: bool
    fence: int
    attempts: int
    started_at: datetime
    wake_at: datetime | None = None
    result: Json = None
    error: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class RunRecord:
    """A run as it is kept.

    `kind` says what it is an execution of; `name` is the function's. `target` is what no two runs
    may act on at once. `label` is what a worker must carry to take it. `fence` rises each time the
    run changes hands. `attempts` counts how often it was taken since it last got further.
    `signals` counts the events that it was sent.
    """

    id: UUID
    kind: str
    name: str
    state: RunState
    created_at: datetime
    input: Json = None
    target: str | None = None
    label: str | None = None
    fence: int = 0
    owner: UUID | None = None
    attempts: int = 0
    signals: int = 0
    wake_at: datetime | None = None
    result: Json = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested_at: datetime | None = None


@dataclass(frozen=True)
class Timer:
    """Something to be done at a moment: what kind of thing, to what, and what it takes to do it.

    There is one pending timer for each kind and subject.
    """

    id: int
    kind: str
    subject: str
    due_at: datetime
    detail: Json = None
    attempts: int = 0


@dataclass(frozen=True)
class WorkerRecord:
    """A process that goes on with runs; `seen_at` is its last sign of life."""

    id: UUID
    host: str
    labels: tuple[str, ...]
    version: str
    started_at: datetime
    seen_at: datetime
