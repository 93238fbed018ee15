"""How a task's run goes on: what comes next is decided (maintenance.course, pure), and kept.

1. A run is a row, and so is each of its steps. Whoever changes one locks it, decides, and keeps
   what comes of it: a step begins as a run of the engine (flow.task_steps), which says here what it
   came to. A run has one timer, for the moment at which it is looked at again; nothing is in flight
   while it waits for a person, a window, or the end of a blackout.
2. A step that a worker died of goes on elsewhere, or is cut off: the engine knows, and is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.errors import BadSettings, NotFound
from fettle.flow import task_news
from fettle.flow.fixes import acting_on
from fettle.flow.tend import Desk
from fettle.maintenance import course
from fettle.maintenance.agenda import Agenda
from fettle.maintenance.calendar import Calendar
from fettle.maintenance.compared import left
from fettle.maintenance.course import Begin, Busy, End, GoOn, Leave, Move, Rest, Standing
from fettle.maintenance.due import hold
from fettle.maintenance.frozen import Thawed, thawed
from fettle.model.calendar import moment_of
from fettle.model.run import RunRecord, RunState
from fettle.model.task import ApplyFix, Blackout, Procedure, RunCommand, RunSql, Task, TaskStep
from fettle.model.task_run import (
    Opened,
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
    WaitsFor,
)
from fettle.model.window import seconds_of
from fettle.settings import Settings
from fettle.settings.reach import label_of, looked_at
from fettle.store import fixes, runs, task_runs, timers
from fettle.store.statements import Connection

RUN, STEP = "task run", "task-step"
KIND = "task"
_AGAIN = timedelta(minutes=1)  # what lets nothing begin is asked for again
_LOOK = timedelta(seconds=15)  # a step at work is looked after: its worker may have died
_SOON = timedelta(seconds=1)
_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Upkeep:
    """What it takes to have maintenance done; `environ` is what procedures refer to."""

    settings: Settings
    engine: Engine
    desk: Desk
    agenda: Agenda
    environ: Mapping[str, str]

    @property
    def now(self) -> datetime:
        """This moment."""
        return self.desk.clock.now()


async def burning(connection: Connection, upkeep: Upkeep) -> list[Blackout]:
    """Return the p1 issues that are worked on; each is about what its services need, too."""
    services = {one.name for one in upkeep.settings.service}
    found = []
    for one in await task_runs.burning(connection):
        needed = (upkeep.settings.needs(name) for name in one.about if name in services)
        about = one.about.union(*needed)
        found.append(Blackout(f"#{one.number} is p1 and open: {one.title}", about or None))
    return found


async def advance(connection: Connection, upkeep: Upkeep, id_: UUID) -> TaskRun | None:
    """Let a run go on as far as it can now; the caller is in a transaction."""
    found = await task_runs.to_change(connection, id_)
    if found is None or found.run.state.ended:
        return None if found is None else found.run
    moving = _Moving(connection, upkeep, found.run, list(found.steps))
    return await moving.on()


async def may_begin(
    connection: Connection, upkeep: Upkeep, id_: UUID, number: int, *, begun: bool
) -> bool:
    """Whether a step that a worker has taken may be done still; `begun` is one that was cut off.

    The caller is in a transaction.
    """
    found = await task_runs.to_change(connection, id_)
    if found is None or found.run.state.ended:
        return False
    steps = [as_before(one, begun=begun) if one.number == number else one for one in found.steps]
    kept = thawed(found.run.procedure, found.run.task, upkeep.environ)
    standing = await _Moving(connection, upkeep, found.run, steps).standing(kept)
    return course.may_begin(standing, next(one for one in steps if one.number == number))


def as_before(step: StepRun, *, begun: bool) -> StepRun:
    """Return a step as it was before a worker took it; one that was cut off has begun once."""
    since = step.started_at if begun else None
    return replace(step, state=StepStand.PENDING, engine_run=None, started_at=since)


async def look_after(connection: Connection, upkeep: Upkeep, id_: UUID) -> None:
    """See whether a step at work is still done by anybody, and let its run go on."""
    found = await task_runs.to_change(connection, id_)
    if found is None or found.run.state.ended:
        return
    for step in found.steps:
        if step.state is StepStand.RUNNING and step.engine_run is not None:
            at_work = await runs.find(connection, step.engine_run)
            seen = _lost(step, at_work, upkeep.now, _harmless(upkeep, found.run, step))
            if at_work is not None and at_work.state is RunState.QUEUED and not at_work.fence:
                seen = _untaken(step, at_work, found.run.opened, upkeep.now)
                if seen.state is StepStand.PENDING:
                    await upkeep.engine.cancel(connection, step.engine_run)
            elif seen is None and step.says is not None and step.by is None:
                seen = replace(step, says=None)  # it waits for no worker any more
            if seen is not None:
                await task_runs.keep_step(connection, id_, seen)
    await advance(connection, upkeep, id_)


def _untaken(step: StepRun, queued: RunRecord, opened: Opened | None, now: datetime) -> StepRun:
    """Return a step that no worker has taken: when its window has closed it is as if not begun."""
    label = "" if queued.label is None else f" with the label {queued.label}"
    if opened is None or now < opened.end:
        return replace(step, says=f"it waits for a worker{label}")
    says = f"no worker{label} took it"
    return replace(step, state=StepStand.PENDING, engine_run=None, started_at=None, says=says)


def _harmless(upkeep: Upkeep, run: TaskRun, step: StepRun) -> bool:
    """Whether a step that was cut off has changed nothing that matters, or that is not taken back.

    What a fix has done is in its own journal: it is taken back by that, or says that it was not.
    """
    if step.part is not Part.STEP:
        return step.part is not Part.UNDO
    try:
        procedure = thawed(run.procedure, run.task, upkeep.environ).procedure
    except BadSettings:
        return False
    written = procedure.steps[step.number - 1]
    return written.idempotent or not written.acts or isinstance(written.act, ApplyFix)


def _lost(
    step: StepRun, at_work: RunRecord | None, now: datetime, harmless: bool
) -> StepRun | None:
    """Return a step that nobody does any more as it is kept; None where somebody does."""
    error = None if at_work is None else at_work.error
    match None if at_work is None else at_work.state:
        case RunState.UNSURE:
            return replace(step, state=StepStand.UNSURE, says=error)
        case RunState.CANCELLED:
            state = StepStand.LEFT if harmless else StepStand.UNSURE
            says = "it was cancelled while it was at work"
            return replace(step, state=state, says=says, finished_at=now)
        case None | RunState.FAILED | RunState.DONE:
            says = error or "it ended, and did not say what it came to"
            return replace(step, state=StepStand.FAILED, says=says, finished_at=now)
        case _:
            return None


@dataclass
class _Moving:
    """A run that is locked, as it goes on."""

    connection: Connection
    upkeep: Upkeep
    run: TaskRun
    steps: list[StepRun]

    async def on(self) -> TaskRun:
        """Do what comes next, until there is something to wait for."""
        try:
            kept = thawed(self.run.procedure, self.run.task, self.upkeep.environ)
        except BadSettings as error:
            await self._end(End(TaskRunState.FAILED, error.reason))
            return self.run
        while not await self._done(course.next_move(await self.standing(kept)), kept.procedure):
            pass
        return self.run

    async def _done(self, move: Move, procedure: Procedure) -> bool:
        """Do what comes next; return whether there is something to wait for."""
        match move:
            case Busy():
                await self._keep(TaskRunState.RUNNING, None, None, self.upkeep.now + _LOOK)
            case Rest():
                await self._rest(move)
            case End():
                await self._end(move)
            case Begin(step):
                await self._begin(step, procedure)
            case GoOn(opened):
                self.run = replace(self.run, opened=opened)
            case Leave(says):
                await self._leave(says, procedure)
        return isinstance(move, Busy | Rest | End)

    async def standing(self, kept: Thawed) -> Standing:
        """Return how it stands, and what is so around it."""
        task = self._task()
        run, now = self.run, self.upkeep.now
        around = None
        if run.opened is not None:
            around = await self._blackout()
        return Standing(
            run,
            self.steps,
            kept.procedure,
            now,
            around,
            _downtime(kept, run.opened),
            None if task is None else self._following(task),
            bool(await self._undoable()),
            await self._taken(),
        )

    def _task(self) -> Task | None:
        tasks = self.upkeep.agenda.tasks
        return next((one for one in tasks if one.id == self.run.task and one.enabled), None)

    async def _blackout(self) -> str | None:
        """Return the freeze, or the p1 issue, that lets nothing of it begin now."""
        run, now = self.run, self.upkeep.now
        for one in self.upkeep.agenda.freezes:
            if one.start <= now < one.end and one.holds(run.task, run.category, run.targets):
                return f"frozen: {one.name}"
        return hold(run.targets, await burning(self.connection, self.upkeep))

    async def _taken(self) -> str | None:
        """Return the run that holds what this one works on, which had let go of it meanwhile.

        Of two that wait for each other the first goes on.
        """
        run, waits = self.run, WaitsFor.BLACKOUT
        if run.state is not TaskRunState.WAITING or not run.targets:
            return None
        await task_runs.alone(self.connection)
        for other in await task_runs.at_work(self.connection):
            behind = other.waits_for is waits and other.number >= run.number
            if other.id != run.id and not behind and other.holds(run.targets, self.upkeep.now):
                return f"run {other.number} of {other.task} has not ended, on the same"
        return None

    def _following(self, task: Task) -> Opened | None:
        opened, now = self.run.opened, self.upkeep.now
        if opened is None or now < opened.end:
            return None
        calendar = Calendar(self.upkeep.agenda.tasks, self.upkeep.agenda.freezes)
        since = seconds_of(max(opened.start, now - task.window.duration))
        for slot in task.window.slots(since + 1, seconds_of(now + _YEAR)):
            one = task.window.opening(slot)
            if one.end > now and calendar.reason(task, slot) is None:
                return Opened(opened.local, one.start, one.cutoff, one.end)
        return None

    async def _begin(self, step: StepRun, procedure: Procedure) -> None:
        written = procedure.steps[step.number - 1] if step.part is Part.STEP else None
        engine_run = await self.upkeep.engine.start(
            self.connection,
            STEP,
            {"run": str(self.run.id), "number": step.number},
            kind=KIND,
            target=_excluded(written),
            label=self._label(step, written),
        )
        begun = replace(
            step,
            state=StepStand.RUNNING,
            engine_run=engine_run,
            started_at=self.upkeep.now,
            finished_at=None,
        )
        await self._keep_step(begun)

    def _label(self, step: StepRun, written: TaskStep | None) -> str | None:
        """Return the label of the workers that do a step: its own, or that of what it works on."""
        if written is not None and written.on is not None:
            return written.on
        looked = looked_at(self.run.targets, self.upkeep.settings)
        of: Sequence[str] = left(looked, step.detail) or self.run.targets
        if written is not None:
            of = [] if written.target is None else [written.target]
        return label_of(of[0], self.upkeep.settings) if of else None

    async def _leave(self, says: str, procedure: Procedure) -> None:
        at = Standing(self.run, self.steps, procedure, self.upkeep.now)
        made = await self._undoable()
        touched = bool(made) or course.touched(at)
        for step in list(self.steps):
            ahead = step.part in {Part.PRECHECK, Part.STEP}
            needless = step.part is Part.VALIDATION and not touched
            if step.state is StepStand.PENDING and (ahead or needless):
                await self._keep_step(replace(step, state=StepStand.LEFT, says=says))
        undos = [
            StepRun(course.UNDO + place, Part.UNDO, f"Take back fix run {fix_run}", detail=fix_run)
            for place, fix_run in enumerate(made)
        ]
        if undos:
            await fixes.withdraw(self.connection, made, says, self.upkeep.now)
            await task_runs.add_steps(self.connection, self.run.id, undos)
            self.steps = sorted((*self.steps, *undos), key=lambda one: one.number)

    async def _undoable(self) -> list[str]:
        """Return the runs of fixes that steps have had made, where none is taken back yet."""
        if any(step.part is Part.UNDO for step in self.steps):
            return []
        return await task_runs.fixes(self.connection, self.run.id, below=course.UNDO)

    async def _rest(self, move: Rest) -> None:
        until = move.until
        if move.waits_for is WaitsFor.BLACKOUT:
            until = min(self.upkeep.now + _AGAIN, until) if until else self.upkeep.now + _AGAIN
        new = self.run.waits_for is not move.waits_for or self.run.says != move.says
        await self._keep(TaskRunState.WAITING, move.waits_for, move.says, until)
        if new:
            found = TaskRunSteps(self.run, self.steps)
            await task_news.waits(self.connection, self.upkeep.desk, found, self.upkeep.now)

    async def _end(self, move: End) -> None:
        now = self.upkeep.now
        for step in list(self.steps):
            if step.state is StepStand.PENDING:
                await self._keep_step(replace(step, state=StepStand.LEFT, says=move.says))
        self.run = replace(self.run, finished_at=now)
        await self._keep(move.state, None, move.says, None)
        ended = TaskRunSteps(self.run, self.steps)
        await task_news.ended(self.connection, self.upkeep.desk, ended, now)

    async def _keep(
        self,
        state: TaskRunState,
        waits_for: WaitsFor | None,
        says: str | None,
        wake_at: datetime | None,
    ) -> None:
        self.run = replace(self.run, state=state, waits_for=waits_for, says=says, wake_at=wake_at)
        await task_runs.keep(self.connection, self.run)
        await timers.schedule_all(self.connection, RUN, {str(self.run.id): wake_at})

    async def _keep_step(self, step: StepRun) -> None:
        self.steps = [step if one.number == step.number else one for one in self.steps]
        await task_runs.keep_step(self.connection, self.run.id, step)


def _excluded(written: TaskStep | None) -> str | None:
    """Return what no fix acts on while a step does; a fix's own run sees to it by itself."""
    if written is None or written.target is None or isinstance(written.act, ApplyFix):
        return None
    acts = isinstance(written.act, RunSql | RunCommand) and written.acts
    return acting_on(written.target) if acts else None


def _downtime(kept: Thawed, opened: Opened | None) -> tuple[datetime, datetime] | None:
    """Return when the downtime of an opening is; it may lie past midnight."""
    hours = kept.procedure.downtime
    if opened is None or hours is None:
        return None
    day = opened.start.astimezone(kept.zone).date()
    found: list[datetime] = []
    for which in (hours.start, hours.end):
        moment = moment_of(day, which, kept.zone)
        if moment < (found[-1] if found else opened.start):
            moment = moment_of(day + timedelta(days=1), which, kept.zone)
        found.append(moment)
    return found[0], found[1]


async def soon(connection: Connection, id_: UUID, now: datetime) -> None:
    """Let a run be looked after in a moment."""
    await timers.schedule(connection, RUN, str(id_), now + _SOON, None)


async def find(connection: Connection, given: str) -> TaskRunSteps:
    """Return a run by its number or id, locked; raises NotFound."""
    found = await task_runs.find(connection, given)
    locked = await task_runs.to_change(connection, found.run.id)
    if locked is None:
        raise NotFound(f"run {given} is gone")
    return locked


def standing(upkeep: Upkeep, found: TaskRunSteps) -> Standing:
    """Return how a run stands, for who decides about it."""
    procedure = thawed(found.run.procedure, found.run.task, upkeep.environ).procedure
    return Standing(found.run, found.steps, procedure, upkeep.now)
