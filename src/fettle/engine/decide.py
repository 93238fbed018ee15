"""What comes next, decided from what is kept; pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from fettle.model.run import RunRecord, RunState, StepRecord, StepState

MOST_ATTEMPTS = 10  # takes of a run that gets no further; a worker dies of it about every 12 s


class Next(Enum):
    """What to do about a step that the function has come to."""

    ANSWER = auto()
    FAIL = auto()
    PAUSE = auto()
    ASK = auto()
    BEGIN = auto()


def on_step(kept: StepRecord | None, now: datetime) -> Next:
    """Return what to do about a step; `kept` is what earlier goes have left of it.

    One that is running was cut off: nobody else has the run. A person is asked of one that must
    not run twice.
    """
    if kept is None or kept.state is StepState.WAITING:
        return Next.BEGIN
    if kept.state is StepState.DONE:
        return Next.ANSWER
    if kept.state is StepState.FAILED:
        return Next.FAIL
    if kept.state is StepState.RETRYING:
        paused = kept.wake_at is not None and now < kept.wake_at
        return Next.PAUSE if paused else Next.BEGIN
    return Next.BEGIN if kept.idempotent else Next.ASK


def after_failure(
    step: StepRecord, error: str, retries: int, pause: timedelta, now: datetime
) -> StepRecord:
    """Return the step as it is kept after a failed attempt: to be tried again, or failed."""
    if step.attempts > retries:
        return replace(step, state=StepState.FAILED, error=error, wake_at=None)
    return replace(step, state=StepState.RETRYING, error=error, wake_at=now + pause)


class Ending(Enum):
    """Why a function does not go on now."""

    WAITS = auto()
    LOST = auto()
    CANCELLED = auto()
    STOPPING = auto()
    UNSURE = auto()


class Body(Enum):
    """How the function's coroutine came to its end."""

    RETURNED = auto()
    RAISED = auto()
    CANCELLED = auto()


class Verdict(Enum):
    """What is recorded of a run when its function has come to its end."""

    NOTHING = auto()
    WAIT = auto()
    BACK = auto()
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()
    UNSURE = auto()


def verdict(ending: Ending | None, body: Body, *, cut: bool) -> Verdict:
    """Return what to record; `cut`: a step was cut off that must not run twice.

    A function that came to its end in spite of a wish to cancel or to stop has come to its end.
    """
    if ending is Ending.LOST:
        return Verdict.NOTHING
    if ending is Ending.UNSURE or cut:
        return Verdict.UNSURE
    if body is Body.RETURNED:
        return Verdict.FAILED if ending is Ending.WAITS else Verdict.DONE
    if ending is None or (ending is Ending.WAITS and body is Body.RAISED):
        return Verdict.FAILED
    return {
        Ending.WAITS: Verdict.WAIT,
        Ending.CANCELLED: Verdict.CANCELLED,
        Ending.STOPPING: Verdict.BACK,
    }[ending]


def at_once(run: RunRecord, steps: list[StepRecord]) -> tuple[RunState, str | None] | None:
    """Return how a run ends that was just taken and is not to go on; None when it goes on."""
    if run.cancel_requested_at is not None:
        for step in steps:
            if step.state is StepState.RUNNING and not step.idempotent:
                return RunState.UNSURE, f"to be cancelled; {cut_off(step.name)}"
        return RunState.CANCELLED, None
    if run.attempts > MOST_ATTEMPTS:
        why = f"it was taken {MOST_ATTEMPTS} times and got no further: its worker died, or lost it"
        return RunState.FAILED, why
    return None


def cut_off(step: str) -> str:
    """Say that nobody knows whether a step acted."""
    return f"step {step!r} was cut off and must not run twice; see whether it acted"
