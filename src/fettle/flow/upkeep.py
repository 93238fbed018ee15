"""Maintenance comes due: the slots of tasks are settled, each once, and runs begin.

1. Each task has a timer for its next slot. When it rings, what became of the slots since then is
   settled (maintenance.due, pure): one that may begin has a run, in the same transaction; what lets
   nothing begin now is asked again in a minute, until its cutoff.
2. How the run goes on from there is in flow.task_course.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from fettle.engine.means import Handler, NotNow
from fettle.flow import task_news
from fettle.flow.task_course import RUN, Upkeep, advance, burning, look_after
from fettle.maintenance import course
from fettle.maintenance.calendar import Calendar
from fettle.maintenance.due import due
from fettle.maintenance.frozen import frozen, sealed
from fettle.maintenance.procedures import doable
from fettle.maintenance.words import schedule
from fettle.model.run import Json, Timer
from fettle.model.task import MADE_UP, MISSED, AskPerson, Blackout, Occurrence, Task, TaskStep
from fettle.model.task_run import PERSON, Opened, Part, StepRun, TaskRun, TaskRunState
from fettle.model.window import Opening, seconds_of
from fettle.store import occurrences, task_runs, timers
from fettle.store.occurrences import Known, Settled
from fettle.store.statements import Connection, Row

DUE = "task due"
ACTOR = "fettle"
_SECOND = timedelta(seconds=1)
_AGAIN = timedelta(minutes=1)  # what lets nothing begin is asked for again


def ringing(upkeep: Upkeep) -> Mapping[str, Handler]:
    """Return what is done when timers of tasks ring."""

    async def slot(connection: Connection, timer: Timer) -> None:
        task = next((one for one in upkeep.agenda.tasks if one.id == timer.subject), None)
        if task is not None and task.enabled:
            await settle(connection, upkeep, task, cast("Mapping[str, Json]", timer.detail or {}))

    async def run(connection: Connection, timer: Timer) -> None:
        if not await task_runs.lock_free(connection, UUID(timer.subject)):
            raise NotNow  # who has it sets its timer anew, and would wait for this one
        await look_after(connection, upkeep, UUID(timer.subject))

    return {DUE: slot, RUN: run}


async def prepare(connection: Connection, upkeep: Upkeep) -> None:
    """Set the timers of tasks, as they are planned now, in a transaction of its own.

    A task that is new, or whose window was edited, has no slots before this moment.
    """
    now = upkeep.now
    tasks = {one.id: one for one in upkeep.agenda.tasks if one.enabled and doable(one)}
    async with connection.transaction():
        kept = await occurrences.known(connection)
        anew = [
            Known(one.id, schedule(one), now)
            for one in tasks.values()
            if one.id not in kept or kept[one.id].window != schedule(one)
        ]
        await occurrences.note_known(connection, anew)
        since = {**{id_: one.reckoned_until for id_, one in kept.items()}}
        since |= {one.task: one.reckoned_until for one in anew}
        pending = {one.subject for one in await timers.of_kind(connection, DUE)}
        moments: dict[str, datetime | None] = dict.fromkeys(pending - tasks.keys())
        moments |= {id_: _next_slot(task, since[id_]) for id_, task in tasks.items()}
        await timers.schedule_all(connection, DUE, moments)


def _next_slot(task: Task, since: datetime) -> datetime | None:
    """Return when a task's next slot after a moment begins, within a year."""
    for days in (40, 366):
        first = seconds_of(since) + 1
        if slots := task.window.slots(first, first + days * 86_400):
            return task.window.opening(slots[0]).start
    return None


# Planned times


async def settle(
    connection: Connection, upkeep: Upkeep, task: Task, detail: Mapping[str, Json]
) -> None:
    """Settle the slots of a task that have come; the caller is in a transaction."""
    now = upkeep.now
    known = await occurrences.to_settle(connection, task.id)
    if known is None:
        return
    await task_runs.alone(connection)
    calendar = Calendar(upkeep.agenda.tasks, upkeep.agenda.freezes)
    around = await blackouts(connection, upkeep, task)
    around += await _waited_for(connection, upkeep, task)
    found = due(task, calendar, known.reckoned_until, now, around)
    why = cast("str | None", detail.get("held"))
    gone = [_left_out(one, why) for one in found.skipped]
    new = await occurrences.settle(connection, gone, now)
    missed = [one for one in gone if (one.task, one.local) in new and _is_missed(one)]
    if missed and not await _goes_on(connection, task):
        await task_news.missed(connection, task, missed, now)
    if found.held is not None:
        before = _last_start(task, known.reckoned_until, now)
        await _note(connection, task, before - _SECOND)
        await timers.schedule(connection, DUE, task.id, now + _AGAIN, {"held": found.held})
        return
    if found.begin is not None:
        await begin(connection, upkeep, found.begin)
    await _note(connection, task, max(now, known.reckoned_until))
    if (next_at := _next_slot(task, now)) is not None:
        await timers.schedule(connection, DUE, task.id, next_at, None)


def _last_start(task: Task, since: datetime, now: datetime) -> datetime:
    slots = task.window.slots(seconds_of(since) + 1, seconds_of(now) + 1)
    return task.window.opening(slots[-1]).start


async def _note(connection: Connection, task: Task, until: datetime) -> None:
    await occurrences.note_known(connection, [Known(task.id, schedule(task), until)])


def _left_out(one: Occurrence, held: str | None) -> Settled:
    reason = one.reason or MISSED
    if reason == MISSED and held is not None:
        reason = f"missed: {held}"
    return Settled(one.task.id, one.local, one.start, reason=reason)


def _is_missed(one: Settled) -> bool:
    return one.reason is not None and one.reason.startswith("missed:") and one.reason != MADE_UP


async def _goes_on(connection: Connection, task: Task) -> bool:
    """Whether an earlier run of a task has not ended: it goes on in this window, and is known."""
    return any(one.task == task.id for one in await task_runs.at_work(connection))


async def blackouts(connection: Connection, upkeep: Upkeep, task: Task) -> list[Blackout]:
    """Return what lets nothing of a task begin now: p1 issues, and runs that are in its way."""
    held = await burning(connection, upkeep)
    return [*held, *await in_the_way(connection, task, upkeep.now)]


async def _waited_for(connection: Connection, upkeep: Upkeep, task: Task) -> list[Blackout]:
    """Return why a task waits: the last slots, since its own, of those it waits for."""
    now = seconds_of(upkeep.now)
    own = task.window.last_before(now + 1)
    before = None if own is None else task.window.last_before(own[1])
    seen = await occurrences.known(connection)
    found = []
    for needed in (upkeep.agenda.find(id_) for id_ in task.depends_on):
        last = needed.window.last_before(now + 1)
        if last is None or not (needed.enabled and doable(needed)):
            continue
        if before is not None and last[1] <= before[1]:
            continue
        opening = needed.window.opening(last)
        rows = await occurrences.settled(
            connection, opening.start, opening.start + _SECOND, [needed.id], 1
        )
        known = seen.get(needed.id)
        if not rows and known is not None and opening.start <= known.reckoned_until:
            continue  # it came before the task was there
        if (why := _not_done(needed, opening, rows[0] if rows else None)) is not None:
            found.append(Blackout(why))
    return found


def _not_done(needed: Task, opening: Opening, row: Row | None) -> str | None:
    if row is None:
        return f"it waits for {needed.id} of {opening.local:%Y-%m-%d %H:%M}, which has not begun"
    if row["run"] is None:
        return f"it waits for {needed.id}, which was left out: {row['reason']}"
    if row["state"] == TaskRunState.PASSED:
        return None
    return f"it waits for {needed.id}, whose run {row['number']} is {row['state']}"


async def in_the_way(connection: Connection, task: Task, now: datetime) -> list[Blackout]:
    """Return the runs that are in a task's way: its own, those it waits for, on its targets."""
    found = []
    for other in await task_runs.at_work(connection):
        said = f"run {other.number} of {other.task} has not ended"
        if other.task == task.id or other.task in task.depends_on:
            found.append(Blackout(said))
        elif other.holds(task.targets, now):
            found.append(Blackout(f"{said}, on {', '.join(other.targets)}"))
    return found


# Runs


async def begin(
    connection: Connection, upkeep: Upkeep, one: Occurrence, actor: str = ACTOR
) -> TaskRun | None:
    """Begin the run of a planned time; None where that is settled already."""
    opening = one.task.window.opening(one.slot)
    opened = Opened(opening.local, opening.start, opening.cutoff, opening.end)
    ahead = await occurrences.approved_ahead(connection, one.task.id, one.local)
    run = _made(one.task, upkeep.now, actor, opened)
    covered = ahead is not None and ahead.procedure == sealed(one.task)
    if ahead is not None and covered:
        run = replace(run, approved_by=ahead.by, approved_upto=len(one.task.procedure.steps))
    settled = Settled(one.task.id, one.local, one.start, run.id)
    if not await occurrences.settle(connection, [settled], upkeep.now):
        return None
    run = await _kept(connection, run, one.task)
    if ahead is not None and not covered:
        await _note_edited(connection, run, one.task, ahead.by)
    return await advance(connection, upkeep, run.id)


async def _note_edited(connection: Connection, run: TaskRun, task: Task, by: str) -> None:
    """Say with the first step that acts that somebody had approved another one."""
    for number, step in enumerate(task.procedure.steps, 1):
        if step.acts:
            says = f"{by} had approved it ahead, and it was edited since"
            noted = StepRun(number, Part.STEP, step.name, says=says, detail=_asked(step))
            await task_runs.keep_step(connection, run.id, noted)
            return


async def begin_now(
    connection: Connection, upkeep: Upkeep, task: Task, actor: str, reason: str
) -> TaskRun:
    """Begin a run outside of any window, because somebody said so."""
    run = await _kept(connection, replace(_made(task, upkeep.now, actor), reason=reason), task)
    return await advance(connection, upkeep, run.id) or run


def _made(task: Task, now: datetime, actor: str, opened: Opened | None = None) -> TaskRun:
    return TaskRun(
        uuid4(),
        0,
        task.id,
        task.name,
        str(task.category),
        str(task.automation),
        opened,
        actor,
        None,
        task.targets,
        frozen(task),
        TaskRunState.RUNNING,
        task.procedure.estimated_duration.total_seconds(),
        now,
    )


def _asked(step: TaskStep) -> Json:
    """Return what a person is to do, for who sees the run."""
    return {PERSON: step.act.does} if isinstance(step.act, AskPerson) else None


async def _kept(connection: Connection, run: TaskRun, task: Task) -> TaskRun:
    run = replace(run, number=await task_runs.begin(connection, run))
    steps = [
        StepRun(number, Part.STEP, step.name, detail=_asked(step))
        for number, step in enumerate(task.procedure.steps, 1)
    ]
    if task.targets and any(course.acting(task.procedure)):
        steps.insert(0, StepRun(course.PRECHECK, Part.PRECHECK, "Check before anything is done"))
        steps.append(StepRun(course.VALIDATION, Part.VALIDATION, "Compare with how it was before"))
    await task_runs.add_steps(connection, run.id, steps)
    return run
