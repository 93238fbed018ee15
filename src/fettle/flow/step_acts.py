"""What each kind of step does: a check, a command, a call, a statement, a task's own code.

Before anything is done each target is looked at, and again afterwards: what has become worse
meanwhile fails a run, whatever its steps say of themselves.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from fettle import unit
from fettle.engine.run import Run
from fettle.errors import CannotLook, NotFound
from fettle.flow import asked
from fettle.flow.answer import Answer
from fettle.flow.look_at import Eyes, look_at
from fettle.flow.places import Places
from fettle.maintenance import compared
from fettle.maintenance.backed_up import backed_up, verified
from fettle.maintenance.compared import Seen
from fettle.maintenance.course import PRECHECK
from fettle.maintenance.outcomes import together
from fettle.maintenance.placed import named
from fettle.maintenance.tasks.daily_backup_verification import RECORD, TASK
from fettle.model.diagnosis import Diagnosis
from fettle.model.ports import Calls, Clock, Commands
from fettle.model.remedy import Call
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.model.target import Target
from fettle.model.task import AskCheck, Placed, RunCommand, RunOwn, RunSql, TaskStep
from fettle.model.task_run import StepRun, TaskRun
from fettle.model.work import Outcome, Told, Tools, failed, passed, unknown
from fettle.settings import Settings
from fettle.settings.reach import label_of, looked_at
from fettle.store import task_runs
from fettle.store.fenced import Records as FencedRecords
from fettle.store.pool import Pool

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Looked:
    """What a look came to; with `more` others are to go on with what is reached elsewhere."""

    told: Told
    more: bool = False


@dataclass(frozen=True)
class Acts:
    """What it takes to do steps."""

    pool: Pool
    clock: Clock
    settings: Settings
    places: Places
    eyes: Eyes
    targets: Mapping[str, Target]
    calls: Calls
    commands: Commands
    tools: Callable[[], Tools]  # made when a step that comes along first asks

    async def act(
        self, run: Run, of: TaskRun, steps: Sequence[StepRun], step: TaskStep, say: Say
    ) -> Told:
        """Do a step. Raises CannotLook, Refused, and ActFailed where it is worth trying again."""
        match step.act:
            case AskCheck(check):
                return await self._check(step, check)
            case RunCommand(words):
                return await self._command(of, step, words, say)
            case Call() as call:
                return await self._call(of, step, call)
            case RunSql(statement):
                return await self._sql(run, of, step, statement, say)
            case RunOwn():
                return await self._own(of, steps, step, say)
            case _:
                raise CannotLook(f"“{step.name}” is done by a person")

    async def _check(self, step: TaskStep, check: str) -> Told:
        name = step.target or ""
        diagnosis = await self._look(name, [check])
        found = [one for one in diagnosis.findings if one.severity >= Severity.MEDIUM]
        if diagnosis.unreachable is not None:
            return unknown(diagnosis.unreachable.reason, diagnosis.unreachable.remedy)
        if found:
            return failed(f"{found[0].title}: {found[0].subject}", _first(found[0].recommendations))
        if diagnosis.unknown:
            gap = diagnosis.unknown[0][1]
            return unknown(gap.reason, gap.remedy)
        return passed(f"{check} finds nothing on {name}")

    async def _command(self, of: TaskRun, step: TaskStep, words: Sequence[str], say: Say) -> Told:
        told = {"FETTLE_TASK": of.task, "FETTLE_RUN": str(of.id), "FETTLE_STEP": step.name}
        status = await self.commands.run(words, told, say)
        if status == 0:
            return passed(f"{words[0]} ended with 0")
        how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
        return failed(f"{words[0]} {how}", "what it said stands in the step's log")

    async def _call(self, of: TaskRun, step: TaskStep, call: Call) -> Told:
        status = await self.calls.make(call, f"{of.id}:{step.name}", self.clock.now())
        if 200 <= status < 300:
            return passed(f"it was answered with {status}")
        return failed(f"it was answered with {status}")

    async def _sql(self, run: Run, of: TaskRun, step: TaskStep, statement: str, say: Say) -> Told:
        target = self.places.target(step.target or "")
        means = self.places.means(FencedRecords(self.pool, run.fence), f"task:{of.task}")
        async with means.connect(target) as database:
            limit_s = max(1, round(step.timeout.total_seconds()))
            await database.limit(lock_timeout_ms=10_000, statement_timeout_s=limit_s)
            await database.act("SET search_path TO DEFAULT")  # as who wrote it has it
            answer = Answer(say)
            async for part in database.answers(statement):
                await answer.hear(part)
            await answer.over()
        if answer.only is not None:
            return passed(f"it answered {answer.only[:200]}")
        return passed(f"it was run, and answered {answer.rows:,} rows")

    async def _own(self, of: TaskRun, steps: Sequence[StepRun], step: TaskStep, say: Say) -> Told:
        own = next((one for one in unit.tasks().values() if one.task.id == of.task), None)
        name = step.name if step.placed is None else step.placed.step
        doing = None if own is None else own.doing.get(name)
        if doing is None:
            return unknown(
                "this version of Fettle has no such step", "do it by hand, or run the task again"
            )
        kept = {one.name: one.detail for one in steps}
        parted = of.procedure.get("placed", {})
        work = _Work(
            str(of.id),
            of.created_at,
            self.tools(),
            self.clock,
            kept,
            say,
            step.placed,
            {name: at[0] for name, at in parted.items()},
        )
        return await doing(work)

    # Before and after

    async def precheck(self, of: TaskRun, step: StepRun, *, acts: bool) -> Looked:
        """Look at what a run works on, before anything is done; at its backups, where it `acts`."""
        seen, is_all = await self._seen(of, step)
        told = compared.before(seen)
        if not is_all and told.outcome is not Outcome.FAILED:
            return Looked(Told(told.outcome, told.says, detail=compared.written(seen)), more=True)
        more = [] if not acts else [await self._backed_up(of), self._without_machine(of)]
        if parts := [part for part in more if part is not None]:
            says = "; ".join(part.says for part in (told, *parts))
            told = together([told, *parts], says)
        return Looked(Told(told.outcome, told.says, told.remedy, compared.written(seen)))

    async def _seen(self, of: TaskRun, step: StepRun) -> tuple[list[Seen], bool]:
        """Look at the targets that are reached where the next one is; whether that is all now."""
        left = compared.left(looked_at(of.targets, self.settings), step.detail)
        labels = {name: label_of(name, self.settings) for name in left}
        here = [name for name in left if labels[name] == labels[left[0]]]
        seen = [compared.seen(await self._look(name)) for name in here]
        seen = [one if one.target in of.targets else compared.disks(one) for one in seen]
        return [*compared.so_far(step.detail), *seen], len(here) == len(left)

    async def _backed_up(self, of: TaskRun) -> Told | None:
        backups = self.tools().backups.backups
        if not backups:
            return None
        async with self.pool.connection() as connection:
            seen = verified(await task_runs.latest_left(connection, TASK.id, RECORD))
        return backed_up(of.targets, backups, seen, self.clock.now())

    def _without_machine(self, of: TaskRun) -> Told | None:
        """Say of which databases nobody knows on which machine's disks they lie."""
        databases = (one for one in self.settings.database if one.name in of.targets)
        if not (names := [one.name for one in databases if one.host is None]):
            return None
        says = f"{', '.join(names)}: the disks were not looked at, as no machine is named"
        return unknown(says, "name the machine that it runs on: [[database]] host")

    async def validate(self, of: TaskRun, step: StepRun, steps: Sequence[StepRun]) -> Looked:
        """Look again at what a run worked on, and compare."""
        earlier = next((one.detail for one in steps if one.number == PRECHECK), None)
        if earlier is None:
            return Looked(unknown("how it was before was not seen"))
        before = compared.read(cast("Sequence[Mapping[str, Any]]", earlier))
        after, is_all = await self._seen(of, step)
        told = compared.after(before, after)
        return Looked(told, more=not is_all and told.outcome is not Outcome.FAILED)

    async def _look(self, name: str, only: Sequence[str] = ()) -> Diagnosis:
        target = self.targets.get(name)
        if target is None:
            raise NotFound(
                f"nothing is called {name}",
                remedy="give each worker that does upkeep the server's fettle.toml",
            )
        return await look_at(
            target,
            self.eyes,
            lambda one: asked.questions(self.settings, one, only=only),
            self.clock,
        )


@dataclass(frozen=True)
class _Work:
    """A step at work; implements model.work.Work."""

    run: str
    began: datetime
    tools: Tools
    clock: Clock
    kept: Mapping[str, Json]
    log: Say
    placed: Placed | None
    parted: Mapping[str, str]  # which step each is that is done at several places

    def now(self) -> datetime:
        """Return this moment."""
        return self.clock.now()

    def earlier(self, step: str) -> Json:
        """Return the detail of an earlier step: of who reaches the same, where it is parted."""
        at = step if self.placed is None else named(step, self.placed.label)
        return self.kept.get(at, self.kept.get(step))

    def everywhere(self, step: str) -> Sequence[Json]:
        """Return the details of an earlier step, of each place where it was done."""
        names = [name for name, of in self.parted.items() if of == step] or [step]
        return [self.kept.get(name) for name in names]

    @property
    def label(self) -> str | None:
        """The label of those who reach what it is about."""
        return None if self.placed is None else self.placed.label

    def reaches(self, label: str | None) -> bool:
        """Whether it is this step that is about what has that label."""
        return self.placed is None or self.placed.label == label

    async def say(self, line: str) -> None:
        """Write a line into the log of the step."""
        await self.log(line)


def _first(texts: Sequence[str]) -> str | None:
    return texts[0] if texts else None
