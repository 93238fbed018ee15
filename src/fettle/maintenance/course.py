"""What a run of a task does next, decided from how it and its steps stand; pure.

1. Nothing begins while a step is at work, while one that was cut off waits for a person, outside of
   the window, in a blackout, or before a person has said what is theirs to say.
2. In a partial task a person approves once, before the first step that acts; in a manual one before
   each step. What was not approved before its window closed lapses, and so does what somebody has
   paused. What began outside of any window waits a day for a person, after each step.
3. A window that closes stops a run between two steps; it goes on in the next one.
4. A step that failed ends the run, unless the procedure goes on, and so does what has become worse;
   what is undoable is undone first, and what was touched is looked at again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.task import AskPerson, Automation, Procedure, TaskStep
from fettle.model.task_run import (
    OUTSIDE,
    Opened,
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    WaitsFor,
)

PRECHECK, UNDO, VALIDATION = 0, 5000, 10_000  # numbers of what a run does beside its steps


@dataclass(frozen=True)
class Standing:
    """How a run stands, and what is so around it.

    `blackout` is what lets nothing begin now, `taken` which other run works on the same. `downtime`
    is when what needs it may be done in this window, None where that is all of it. `following` is
    the next opening that has not ended, where there is one. `undoable` is whether fixes were made
    that nobody has begun to take back.
    """

    run: TaskRun
    steps: Sequence[StepRun]
    procedure: Procedure
    now: datetime
    blackout: str | None = None
    downtime: tuple[datetime, datetime] | None = None
    following: Opened | None = None
    undoable: bool = False
    taken: str | None = None

    def written(self, step: StepRun) -> TaskStep:
        """Return a step as the procedure has it."""
        return self.procedure.steps[step.number - 1]


@dataclass(frozen=True)
class Busy:
    """A step is at work."""


@dataclass(frozen=True)
class Begin:
    """A step begins."""

    step: StepRun


@dataclass(frozen=True)
class Rest:
    """The run waits; it is looked at again at that moment, or when somebody has said something."""

    waits_for: WaitsFor
    says: str
    until: datetime | None = None


@dataclass(frozen=True)
class GoOn:
    """The run goes on in another opening of its window."""

    opened: Opened


@dataclass(frozen=True)
class Leave:
    """What has not begun is left, for that reason; then it is decided again."""

    says: str


@dataclass(frozen=True)
class End:
    """The run has ended."""

    state: TaskRunState
    says: str


Move = Busy | Begin | Rest | GoOn | Leave | End


def next_move(at: Standing) -> Move:
    """Return what comes next."""
    if any(step.state is StepStand.RUNNING for step in at.steps):
        return Busy()
    unsure = next((step for step in at.steps if step.state is StepStand.UNSURE), None)
    if unsure is not None and at.run.cancelled_by is None:
        says = f"“{unsure.name}” was cut off, and may have acted: say what became of it"
        return Rest(WaitsFor.UNSURE, says)
    if (why := _given_up(at)) is not None:
        return _ending(at, why)
    if (step := _pending(at, Part.PRECHECK)) is not None:
        return _held(at, step) or Begin(step)
    if (step := _pending(at, Part.STEP)) is not None:
        return _paused(at) or _held(at, step) or _unsaid(at, step) or Begin(step)
    return _ending(at, None)


def may_begin(at: Standing, step: StepRun) -> bool:
    """Whether a step whose turn has come may be done still, by the time that a worker has it."""
    paused = _paused(at) if step.part is Part.STEP else None
    return paused is None and _held(at, step) is None


def _given_up(at: Standing) -> str | None:
    """Return why no further step is to be done."""
    if at.run.cancelled_by is not None:
        return f"{at.run.cancelled_by} has cancelled it: {at.run.cancelled_because}"
    for step in at.steps:
        fatal = step.part in {Part.PRECHECK, Part.VALIDATION} or (
            step.part is Part.STEP and not at.procedure.continue_on_error
        )
        if step.state is StepStand.FAILED and fatal:
            return f"“{step.name}” failed: {step.says}"
    left = next((step for step in at.steps if step.state is StepStand.LEFT), None)
    return None if left is None else left.says or "it was left"


def _ending(at: Standing, why: str | None) -> Move:
    """Return what is still to be done before the run ends; `why` it is given up, where it is."""
    ahead = any(_pending(at, part) for part in (Part.PRECHECK, Part.STEP))
    if why is not None and (ahead or at.undoable):
        return Leave(why)
    for part in (Part.UNDO, Part.VALIDATION):
        if (step := _pending(at, part)) is not None:
            return Begin(step)
    return End(*_ended(at, why))


def _ended(at: Standing, why: str | None) -> tuple[TaskRunState, str]:
    if at.run.cancelled_by is not None:
        return TaskRunState.CANCELLED, why or "it was cancelled"
    failed = [step for step in at.steps if step.state is StepStand.FAILED]
    if any(step.part is Part.PRECHECK for step in failed):
        return TaskRunState.REFUSED, f"nothing was done: {failed[0].says}"
    if failed:
        return TaskRunState.FAILED, why or f"“{failed[0].name}” failed: {failed[0].says}"
    if why is not None:
        return TaskRunState.LAPSED if _lapsed(at) else TaskRunState.FAILED, why
    # what of a target could not be seen beforehand says nothing of what was done
    unknown = [
        step
        for step in at.steps
        if step.state is StepStand.UNKNOWN and step.part is not Part.PRECHECK
    ]
    if unknown:
        return TaskRunState.UNKNOWN, f"“{unknown[0].name}” could not check: {unknown[0].says}"
    return TaskRunState.PASSED, _summary(at)


def _lapsed(at: Standing) -> bool:
    """Whether a person was waited for in vain."""
    left = [one for one in at.steps if one.part is Part.STEP and one.state is StepStand.LEFT]
    if any(_wants_approval(at, step) for step in left) or at.run.paused_by is not None:
        return True
    return at.run.opened is None and bool(left) and _is_persons(at, left[0])


def _summary(at: Standing) -> str:
    skipped = sum(step.state is StepStand.SKIPPED for step in at.steps)
    last = [step.says for step in at.steps if step.part is Part.STEP and step.says]
    said = last[-1] if last else "all steps were done"
    return said + (f"; {skipped} skipped" if skipped else "")


# What holds a step


def _paused(at: Standing) -> Move | None:
    if at.run.paused_by is None:
        return None
    says = f"{at.run.paused_by} has paused it"
    if at.now >= _end(at):
        return Leave(f"{says}, and nobody let it go on {_in_time(at)}")
    return Rest(WaitsFor.PAUSED, says, _end(at))


def _held(at: Standing, step: StepRun) -> Move | None:
    """Return why a step may not begin now; what somebody had done outside of its window may."""
    opened = at.run.opened
    if opened is None:
        return None if at.taken is None else Rest(WaitsFor.BLACKOUT, at.taken)
    if at.now < opened.start:
        return Rest(WaitsFor.WINDOW, f"its window opens at {_said(opened.start)}", opened.start)
    nothing_begun = not any(_was_begun(one) for one in at.steps)
    if at.now >= (opened.cutoff if nothing_begun else opened.end):
        return _behind(at, step, opened, nothing_begun=nothing_begun)
    if (around := at.taken or at.blackout) is not None:
        return Rest(WaitsFor.BLACKOUT, around, opened.end)
    if step.part is Part.STEP and at.downtime is not None and at.written(step).needs_downtime:
        return _outside_downtime(at, step, at.downtime, opened)
    return None


def _was_begun(step: StepRun) -> bool:
    """Whether it has begun once, and may have been given back; a person skips what has not."""
    if step.state is StepStand.PENDING:
        return step.started_at is not None
    return step.state is not StepStand.SKIPPED


def _outside_downtime(
    at: Standing, step: StepRun, downtime: tuple[datetime, datetime], opened: Opened
) -> Rest | None:
    begins, ends = downtime
    if at.now < begins:
        return Rest(WaitsFor.DOWNTIME, f"the downtime begins at {_said(begins)}", begins)
    if at.now >= ends:
        says = f"“{step.name}” needs the downtime, which ended at {_said(ends)}"
        return Rest(WaitsFor.DOWNTIME, says, opened.end)
    return None


def _behind(at: Standing, step: StepRun, opened: Opened, *, nothing_begun: bool) -> Move:
    """Return what becomes of a run whose window has closed before a step."""
    why = f": “{step.name}”: {step.says}" if step.says else ""  # as where no worker took it
    if nothing_begun:
        return Leave(f"it did not begin, and nothing does after {_said(opened.cutoff)}{why}")
    closed = f"its window closed at {_said(opened.end)}{why}"
    if _wants_approval(at, step):
        return Leave(f"nobody approved “{step.name}” {_in_time(at)}{why}")
    following = at.following
    if following is None:
        return Leave(f"{closed}, and does not open again")
    if following.start <= at.now < following.end:
        return GoOn(following)
    says = f"{closed}; it goes on with “{step.name}” at {_said(following.start)}"
    return Rest(WaitsFor.WINDOW, says, following.start)


def _unsaid(at: Standing, step: StepRun) -> Move | None:
    """Return what a person is to say before a step."""
    late = at.now >= _end(at)
    if _wants_approval(at, step):
        if late:
            return Leave(f"nobody approved “{step.name}” {_in_time(at)}")
        says = f"somebody is to approve “{step.name}”"
        why = f": {step.says}" if step.says else ""  # as where another one was approved ahead
        return Rest(WaitsFor.APPROVAL, says + _and_more(at, step) + why, _end(at))
    if _is_persons(at, step):
        if late:
            return Leave(f"nobody did “{step.name}” {_in_time(at)}")
        return Rest(WaitsFor.PERSON, f"somebody is to do “{step.name}”, and say so", _end(at))
    return None


def _is_persons(at: Standing, step: StepRun) -> bool:
    return isinstance(at.written(step).act, AskPerson)


def _wants_approval(at: Standing, step: StepRun) -> bool:
    if step.part is not Part.STEP or at.run.approved_upto >= step.number:
        return False
    written = at.written(step)
    match Automation(at.run.automation):
        case Automation.PARTIAL:
            return written.acts
        case Automation.MANUAL:
            return not isinstance(written.act, AskPerson)
        case _:
            return False


def approves(at: Standing, step: StepRun) -> int:
    """Return up to which step an approval of one holds: in a partial task for all of them."""
    if at.run.automation == Automation.MANUAL:
        return step.number
    return len(at.procedure.steps)


def _and_more(at: Standing, step: StepRun) -> str:
    if at.run.automation == Automation.MANUAL:
        return ""
    more = sum(one.acts for one in at.procedure.steps[step.number :])
    return f" and {more} more that act" if more else ""


def touched(at: Standing) -> bool:
    """Whether anything may have been changed: by a step that acts, or by a person."""
    return any(
        step.part is Part.STEP
        and step.state not in {StepStand.PENDING, StepStand.LEFT, StepStand.SKIPPED}
        and (at.written(step).acts or isinstance(at.written(step).act, AskPerson))
        for step in at.steps
    )


def acting(procedure: Procedure) -> Iterator[TaskStep]:
    """Yield the steps that may change something, a person's too."""
    return (one for one in procedure.steps if one.acts or isinstance(one.act, AskPerson))


def _pending(at: Standing, part: Part) -> StepRun | None:
    return next(
        (one for one in at.steps if one.part is part and one.state is StepStand.PENDING), None
    )


def _end(at: Standing) -> datetime:
    """Return until when a person is waited for."""
    if at.run.opened is not None:
        return at.run.opened.end
    return OUTSIDE + max(step.finished_at or at.run.created_at for step in at.steps)


def _in_time(at: Standing) -> str:
    opened = at.run.opened
    return "within a day" if opened is None else f"before its window closed at {_said(opened.end)}"


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
