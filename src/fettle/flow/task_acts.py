"""What people do about runs of tasks: have them done, approve, tick, skip, pause, cancel, settle.

Each locks the run, decides whether it may be so, keeps it, and lets the run go on; in the caller's
transaction. Two who approve and cancel at once come one after the other, and the second one decides
about what the first one left.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from fettle.engine.engine import Says
from fettle.errors import Refused, WrongUsage
from fettle.flow import task_course, upkeep
from fettle.flow.task_course import Upkeep
from fettle.maintenance import course
from fettle.maintenance.calendar import Calendar
from fettle.maintenance.due import hold
from fettle.maintenance.frozen import sealed
from fettle.maintenance.procedures import doable
from fettle.model.role import Caller, Role
from fettle.model.task import AskPerson, Automation, Occurrence, Task
from fettle.model.task_run import (
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
    WaitsFor,
)
from fettle.model.window import seconds_of
from fettle.store import occurrences, task_runs
from fettle.store.occurrences import Ahead
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Answer:
    """What a person says of a step: what it came to, and a note."""

    outcome: StepStand
    note: str


async def run(
    connection: Connection, at: Upkeep, given: str, caller: Caller, reason: str | None
) -> TaskRun:
    """Have a task done: in its window, or with a reason outside of it, which is an admin's to give.

    Raises NotFound, Refused, NotAllowed.
    """
    task = at.agenda.find(given)
    if not doable(task):
        raise Refused(f"this version of Fettle plans {task.id}, and does not do it yet")
    if task.idle is not None:
        raise Refused(task.idle, remedy=f"fettle explain {task.id} says what it works on")
    await task_runs.alone(connection)
    if (why := hold(task.targets, await upkeep.in_the_way(connection, task, at.now))) is not None:
        raise Refused(why, remedy="wait for it, or cancel it: fettle task cancel RUN")
    if reason is not None:
        caller.must_be(Role.ADMIN)
        return await upkeep.begin_now(connection, at, task, caller.actor, reason)
    if (why := hold(task.targets, await upkeep.blackouts(connection, at, task))) is not None:
        raise Refused(why, remedy="an admin may have it done all the same: --now REASON")
    one = _open(at, task)
    begun = await upkeep.begin(connection, at, one, caller.actor)
    if begun is None:
        raise Refused(
            f"its time of {one.local:%Y-%m-%d %H:%M} is settled already",
            remedy="fettle task history shows how; an admin may have it done again: --now REASON",
        )
    return begun


def _open(at: Upkeep, task: Task) -> Occurrence:
    """Return the planned time that a task may begin in now; raises Refused."""
    now = at.now
    calendar = Calendar(at.agenda.tasks, at.agenda.freezes)
    since = now - task.window.duration
    slots = task.window.slots(seconds_of(since), seconds_of(now) + 1)
    found = [Occurrence(task, slot, calendar.reason(task, slot)) for slot in slots]
    for one in reversed(found):
        if one.start <= now < one.cutoff and task.enabled:
            if one.reason is not None:
                raise Refused(one.reason, remedy="an admin may have it done all the same: --now")
            return one
    next_ = at.agenda.next_of(task, now)
    opens = "" if next_ is None else f"; it may begin next at {next_:%Y-%m-%d %H:%M} UTC"
    raise Refused(
        f"{task.id} is outside its window{opens}",
        remedy="an admin may have it done all the same: fettle task run ID --now REASON",
    )


async def approve(
    connection: Connection, at: Upkeep, given: str, number: int | None, caller: Caller
) -> TaskRun:
    """Say that the step of that number, with which a run waits, may be done.

    None is the one that it waits with; of a manual task each step is named, so that who comes
    second approves none that they have not seen. Raises NotFound, Refused.
    """
    await _on(connection, at, (await task_course.find(connection, given)).run)
    found = await task_course.find(connection, given)
    standing = task_course.standing(at, found)
    run_ = found.run
    if run_.waits_for is not WaitsFor.APPROVAL:
        raise Refused(f"run {run_.number} {_stands(run_)}: there is nothing to approve")
    step = _next(found)
    waits = f"run {run_.number} waits with step {step.number}, “{step.name}”"
    remedy = f"fettle task approve {run_.number} {step.number}"
    if number is None and run_.automation == Automation.MANUAL:
        raise Refused(f"{waits}, and each is approved by its number", remedy=remedy)
    if number not in {None, step.number}:
        raise Refused(f"{waits}, not with step {number}", remedy=remedy)
    upto = course.approves(standing, step)
    approved = replace(run_, approved_upto=upto, approved_by=caller.actor)
    await task_runs.keep(connection, approved)
    return await _on(connection, at, approved)


async def approve_ahead(connection: Connection, at: Upkeep, given: str, caller: Caller) -> str:
    """Approve the next planned time of a task before it comes; return its local time.

    What is approved is what the task does now: what is edited meanwhile is asked for. Raises
    NotFound, Refused.
    """
    task = at.agenda.find(given)
    if task.automation is Automation.MANUAL:
        raise Refused(
            f"{task.id} is manual: each of its steps is approved when its turn has come",
            remedy="fettle task run has it done, fettle task status says what it waits with",
        )
    now = at.now
    calendar = Calendar(at.agenda.tasks, at.agenda.freezes)
    for slot in task.window.slots(seconds_of(now), seconds_of(now) + 366 * 86_400):
        one = Occurrence(task, slot, calendar.reason(task, slot))
        if one.reason is None:
            ahead = Ahead(caller.actor, sealed(task))
            await occurrences.approve_ahead(connection, task.id, one.local, ahead, now)
            return one.local.isoformat(timespec="minutes")
    raise Refused(f"{task.id} is planned for no time within a year")


async def answer(
    connection: Connection, at: Upkeep, given: str, number: int, said: Answer, caller: Caller
) -> TaskRun:
    """Say what became of a step: one that is a person's, or is skipped, or was cut off.

    Raises NotFound, Refused, WrongUsage.
    """
    found = await task_course.find(connection, given)
    step = _step(found, number)
    if step.state is StepStand.UNSURE:
        return await _settled(connection, at, found.run, step, said, caller)
    if step.state is not StepStand.PENDING or _next(found).number != number:
        raise Refused(f"“{step.name}” is {step.state}, or is not the next one")
    written = task_course.standing(at, found).written(step)
    busy = any(one.state is StepStand.RUNNING for one in found.steps)
    persons = isinstance(written.act, AskPerson) and not busy
    if said.outcome is not StepStand.SKIPPED and not persons:
        whose = "has not come yet" if busy else "is not a person's to do"
        raise Refused(f"“{step.name}” {whose}", remedy="skip it, with a reason")
    if said.outcome in {StepStand.SKIPPED, StepStand.FAILED} and not said.note.strip():
        raise WrongUsage("a reason is needed", remedy="say why")
    skipped = said.outcome is StepStand.SKIPPED
    kept = replace(
        step,
        state=said.outcome,
        says=said.note.strip() or "it was done",
        by=caller.actor,
        started_at=step.started_at or (at.now if skipped else _turn(found)),
        finished_at=at.now,
    )
    await task_runs.keep_step(connection, found.run.id, kept)
    return await _on(connection, at, found.run)


def _turn(found: TaskRunSteps) -> datetime:
    """Return since when the next step is a person's to do."""
    ended = (step.finished_at for step in found.steps if step.finished_at is not None)
    return max(ended, default=found.run.created_at)


async def _settled(
    connection: Connection, at: Upkeep, run_: TaskRun, step: StepRun, said: Answer, caller: Caller
) -> TaskRun:
    """Say what became of a step that was cut off; who did it goes on, or says that it failed."""
    says = {
        StepStand.PASSED: Says.DONE,
        StepStand.PENDING: Says.AGAIN,
        StepStand.FAILED: Says.FAILED,
    }.get(said.outcome)
    if says is None:
        raise WrongUsage(
            f"“{step.name}” was cut off: it is passed, failed, or to be done again",
            remedy="look whether it acted, and say so",
        )
    assert step.engine_run is not None  # noqa: S101 - one that was begun has one
    kept = replace(step, state=StepStand.RUNNING, says=said.note or step.says, by=caller.actor)
    if not await at.engine.settle(connection, step.engine_run, says, said.note or None):
        # it was cancelled: nobody goes on with it
        state = StepStand.PASSED if says is Says.DONE else StepStand.FAILED
        kept = replace(kept, state=state, finished_at=at.now)
    await task_runs.keep_step(connection, run_.id, kept)
    return await _on(connection, at, run_)


async def pause(connection: Connection, at: Upkeep, given: str, caller: Caller) -> TaskRun:
    """Let a run stop before its next step. Raises NotFound, Refused."""
    found = await task_course.find(connection, given)
    _refuse_ended(found.run)
    paused = replace(found.run, paused_by=found.run.paused_by or caller.actor)
    await task_runs.keep(connection, paused)
    return await _on(connection, at, paused)


async def resume(connection: Connection, at: Upkeep, given: str) -> TaskRun:
    """Let a run that was paused go on. Raises NotFound, Refused."""
    found = await task_course.find(connection, given)
    _refuse_ended(found.run)
    if found.run.paused_by is None:
        raise Refused(f"run {found.run.number} is not paused")
    resumed = replace(found.run, paused_by=None)
    await task_runs.keep(connection, resumed)
    return await _on(connection, at, resumed)


async def cancel(
    connection: Connection, at: Upkeep, given: str, caller: Caller, reason: str
) -> TaskRun:
    """Let a run end: what is at work is ended, what is undoable is taken back.

    Raises NotFound, Refused.
    """
    found = await task_course.find(connection, given)
    _refuse_ended(found.run)
    cancelled = replace(
        found.run,
        cancelled_by=found.run.cancelled_by or caller.actor,
        cancelled_because=found.run.cancelled_because or reason,
    )
    await task_runs.keep(connection, cancelled)
    busy = False
    for step in found.steps:
        at_work = step.part in {Part.PRECHECK, Part.STEP} and step.state in {
            StepStand.RUNNING,
            StepStand.UNSURE,
        }
        if at_work and step.engine_run is not None:
            busy |= await at.engine.cancel(connection, step.engine_run)
    ended = await _on(connection, at, cancelled)
    if busy:
        await task_course.soon(connection, found.run.id, at.now)
    return ended


async def _on(connection: Connection, at: Upkeep, run_: TaskRun) -> TaskRun:
    return await task_course.advance(connection, at, run_.id) or run_


def _refuse_ended(run_: TaskRun) -> None:
    if run_.state.ended:
        raise Refused(f"run {run_.number} {_stands(run_)}")


def _stands(run_: TaskRun) -> str:
    if run_.state.ended:
        return f"has ended: {run_.state}"
    if run_.state is TaskRunState.WAITING:
        return f"waits for {run_.waits_for}"
    return "is at work"


def _next(found: TaskRunSteps) -> StepRun:
    """Return the step that comes next; raises Refused where none does."""
    if found.next is None:
        raise Refused(f"run {found.run.number} has no step that is still to come")
    return found.next


def _step(found: TaskRunSteps, number: int) -> StepRun:
    for step in found.steps:
        if step.number == number:
            return step
    raise WrongUsage(f"run {found.run.number} has no step {number}")
