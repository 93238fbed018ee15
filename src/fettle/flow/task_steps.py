"""What workers do about steps of tasks: each is a run of the engine, which says what it came to.

1. What a step does was written when its run began (maintenance.frozen), and is read again by who
   does it. An act is a step of the engine: one that is idempotent is done again where it was cut
   off, another one is unsure, and a person says what became of it.
2. Fixes are planned, and each is applied by a run of its own, with its journal and its undo
   (flow.fixes); nothing is in flight meanwhile. Which fixes a step has had made is kept in the
   transaction that begins them.
3. What a step came to is said in one transaction with what comes next (flow.task_course), once:
   only by who does it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from fettle.engine.backoff import Backoff
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.ledger import AWAY
from fettle.engine.run import Run
from fettle.errors import ActFailed, BadSettings, CannotLook, Refused, StepFailed
from fettle.flow import fixes as mending
from fettle.flow import task_course
from fettle.flow.fixes import Workshop
from fettle.flow.mend import Mending
from fettle.flow.saying import Saying
from fettle.flow.step_acts import Acts, Looked
from fettle.flow.step_fixes import already, may_be_done_already, summed_up, with_fixes
from fettle.flow.task_course import STEP, Upkeep
from fettle.maintenance.frozen import Thawed, thawed
from fettle.model.fix import FixRun, RunStatus
from fettle.model.quantity import say_count
from fettle.model.report_kept import kept
from fettle.model.role import Caller, Role
from fettle.model.run import Json
from fettle.model.task import ApplyFix, TaskStep
from fettle.model.task_run import Part, StepRun, StepStand, TaskRun
from fettle.model.work import Outcome, Told, Wish, failed, passed
from fettle.store import fixes, task_runs
from fettle.store.fenced import Overtaken
from fettle.store.fixes import WantedRuns
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_TRIES = 4
_PAUSES = Backoff(timedelta(seconds=2), timedelta(seconds=30))
_DAY = timedelta(days=1)
_DO = "do"
# what is said of an act that was held back
_NOT_NOW: Mapping[str, Any] = {"outcome": None, "fixes": []}
_CLOSED = "its window or downtime is over, or somebody holds it"
_PAUSE_S = 0.5

_log = logging.getLogger(__name__)

Document = Mapping[str, Any]
Look = Callable[[TaskRun], Awaitable[Looked]]


@dataclass(frozen=True)
class _At:
    """A step that is to be done: its run, itself, what it does, and what is not there for it."""

    run: TaskRun
    step: StepRun
    steps: Sequence[StepRun]
    thawed: Thawed

    @property
    def written(self) -> TaskStep:
        """What it does, where it is a step of the procedure."""
        return self.thawed.procedure.steps[self.step.number - 1]

    @property
    def actor(self) -> str:
        """On whose behalf it acts: whoever approved it, or the task by itself."""
        return self.run.approved_by or f"task:{self.run.task}"


@dataclass(frozen=True)
class TaskSteps:
    """The runs that do steps, to be registered in the engine."""

    pool: Pool
    upkeep: Upkeep
    mending: Mending
    acts: Acts

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {STEP: self._run}

    async def _run(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, Any]", given)
        at = await self._at(UUID(wish["run"]), int(wish["number"]))
        if at is None:
            return None
        if not await run.step("begin", self._may_begin, at, retries=_TRIES):
            return await run.step("give back", self._give_back, run, at, retries=9)
        try:
            document = await self._done(run, at)
        except StepFailed as error:
            document = _document(failed(_without_frame(error.reason)))
        if document == _NOT_NOW:
            return await run.step("give back", self._give_back, run, at, retries=9)
        await run.step("tell", self._tell, run.id, at.run.id, at.step.number, document, retries=9)
        return document

    async def _at(self, id_: UUID, number: int) -> _At | None:
        """Read what is to be done; a store that is away for a while is waited for."""
        while True:
            try:
                async with self.pool.connection() as connection:
                    found = await task_runs.find(connection, str(id_))
                break
            except AWAY as error:
                _log.info("a step of run %s waits for the store: %s", id_, error)
            await self.upkeep.desk.clock.sleep(_PAUSE_S)
        step = next((one for one in found.steps if one.number == number), None)
        if step is None or found.run.state.ended:
            return None
        procedure = thawed(found.run.procedure, found.run.task, self.upkeep.environ)
        return _At(found.run, step, found.steps, procedure)

    async def _may_begin(self, at: _At, *, begun: bool = False) -> bool:
        """Whether nothing holds the step, by the time that a worker has it, or has it again."""
        if at.step.part not in {Part.PRECHECK, Part.STEP}:
            return True
        async with self.pool.connection() as connection, connection.transaction():
            return await task_course.may_begin(
                connection, self.upkeep, at.run.id, at.step.number, begun=begun
            )

    async def _give_back(self, run: Run, at: _At) -> None:
        """Let a step be as if it had not come, or had not ended, and decide again."""
        async with self.pool.connection() as connection, connection.transaction():
            found = await task_runs.to_change(connection, at.run.id)
            for step in () if found is None else found.steps:
                if step.engine_run == run.id and step.state is StepStand.RUNNING:
                    again = task_course.as_before(step, begun=run.attempt(_DO) > 1)
                    await task_runs.keep_step(connection, at.run.id, again)
            await task_course.advance(connection, self.upkeep, at.run.id)

    async def _done(self, run: Run, at: _At) -> Document:
        if at.step.part is Part.PRECHECK:
            acts = any(one.acts for one in at.thawed.procedure.steps)
            look = partial(self.acts.precheck, step=at.step, acts=acts)
            return _read(await run.step(_DO, self._looked, look, at, retries=2))
        if at.step.part is Part.VALIDATION:
            look = partial(self.acts.validate, step=at.step, steps=at.steps)
            return _read(await run.step(_DO, self._looked, look, at, retries=2))
        if at.step.part is Part.UNDO:
            return _document(await self._undone(run, at))
        written = at.written
        if isinstance(written.act, ApplyFix):
            return _document(
                await self._fixed(run, at, [Wish(written.target or "", written.act.fix)])
            )
        told = _read(
            await run.step(
                _DO,
                self._acted,
                run,
                at,
                idempotent=written.idempotent or not written.acts,
                retries=written.retries,
                timeout=written.timeout,
            )
        )
        wishes = [Wish(**one) for one in told["fixes"]]
        if wishes and told["outcome"] != Outcome.FAILED:
            return with_fixes(told, _document(await self._fixed(run, at, wishes)))
        return told

    async def _looked(self, look: Look, at: _At) -> Json:
        looked = await look(at.run)
        return cast("Json", {**_document(looked.told), "more": looked.more})

    async def _acted(self, run: Run, at: _At) -> Json:
        """Do what a step is to do; what could not be looked at is an answer, too."""
        written = at.written
        if not await self._may_begin(at, begun=run.attempt(_DO) > 1):
            return cast("Json", _NOT_NOW)
        lines = Saying(self.pool, self.upkeep.desk.clock, at.run.id, at.step.number)
        try:
            if at.thawed.absent:
                raise at.thawed.absent[0].error
            if not await run.still_held():
                raise Overtaken(str(at.run.id))
            told = await self._tried(run, at, lines)
            if told.outcome is not Outcome.PASSED and run.attempt(_DO) <= written.retries:
                await lines.say(f"{told.says}: it is tried again")
                raise ActFailed(told.says, remedy=told.remedy)
            return _document(told)
        except (Refused, BadSettings) as error:
            return _document(failed(error.reason, error.remedy))
        finally:
            await lines.flush()

    async def _tried(self, run: Run, at: _At, lines: Saying) -> Told:
        try:
            return await self.acts.act(run, at.run, at.steps, at.written, lines.say)
        except CannotLook as error:
            return Told(Outcome.UNKNOWN, error.reason, error.remedy)

    # Fixes

    async def _fixed(self, run: Run, at: _At, wishes: Sequence[Wish]) -> Told:
        """Plan fixes, and apply each; say what came of all of them."""
        planned = cast(
            "Mapping[str, Any]",
            await run.step("plan", self._planned, at, wishes, retries=_TRIES, backoff=_PAUSES),
        )
        said: list[Mapping[str, Any]] = []
        unseen: list[str] = planned["unseen"]
        may_go_on = partial(self._may_begin, begun=True)
        for plan in planned["plans"]:
            if not await run.step("go on", may_go_on, at, retries=_TRIES):
                left = say_count(len(planned["plans"]) - len(said), "fix", "fixes")
                unseen = [*unseen, f"{left} not begun: {_CLOSED}"]
                break
            begun = await run.step("apply", self._apply, at, str(plan), retries=_TRIES)
            ended = await self._ended(run, cast("Mapping[str, Any]", begun))
            if may_be_done_already(ended) and not await run.step(
                "look again", self._still_due, at, str(plan), retries=_TRIES, backoff=_PAUSES
            ):
                ended = already(ended)
            said.append(ended)
        return summed_up(said, planned["refused"], unseen)

    async def _still_due(self, at: _At, plan: str) -> bool:
        """Whether what a plan was made for is there still, or cannot be seen."""
        async with self.pool.connection() as connection:
            known = (await fixes.find_plan(connection, plan)).document
        wish = Wish(known["target"], known["fix"], known["subject"])
        found = cast("Mapping[str, Any]", await self._planned(at, [wish]))
        return any(found.values())

    async def _planned(self, at: _At, wishes: Sequence[Wish]) -> Json:
        """Return the plans that can be applied, and why others cannot."""
        plans: list[str] = []
        refused: list[str] = []
        unseen: list[str] = []
        for wish in wishes:
            found = cast(
                "Mapping[str, Any]",
                await self.mending.planned(
                    {
                        "target": wish.target,
                        "fix": wish.fix,
                        "subject": wish.subject,
                        "issue": None,
                        "actor": at.actor,
                    }
                ),
            )
            if found["reason"] is not None:
                unseen.append(f"{wish.target}: {found['reason']}")
            for made in found["plans"]:
                if made["refused"] is None:
                    plans.append(made["plan"])
                else:
                    refused.append(f"{made['fix']} on {made['subject']}: {made['refused']}")
        return {"plans": plans, "refused": refused, "unseen": unseen}

    async def _apply(self, at: _At, plan: str) -> Json:
        """Let a plan be applied, and keep that this step has had it done; once."""
        shop = Workshop(self.upkeep.settings, self.upkeep.engine, self.upkeep.desk)
        caller = Caller(at.actor, Role.ADMIN)  # the task stands in a file, or was approved
        async with self.pool.connection() as connection, connection.transaction():
            mine = set(await task_runs.fixes(connection, at.run.id, at.step.number))
            before = await fixes.runs(connection, WantedRuns(plan=plan), 20)
            if (known := next((one for one in before if one.id in mine), None)) is not None:
                return {"fix_run": known.id, "subject": known.subject}
            try:
                begun = await mending.apply(connection, shop, plan, caller)
            except Refused as error:
                return {"refused": error.reason, "subject": plan[:19]}
            await task_runs.note_fix(connection, begun.id, at.run.id, at.step.number)
            return {"fix_run": begun.id, "subject": begun.subject}

    async def _ended(self, run: Run, begun: Mapping[str, Any]) -> Mapping[str, Any]:
        """Wait for the run of a fix, with nothing in flight; return how it ended."""
        if "refused" in begun:
            return {"status": "refused", "verified": False, **begun, "reason": begun["refused"]}
        until = self.upkeep.now + _DAY
        try:
            said = await run.wait_for(_event(str(begun["fix_run"])), until)
        except TimeoutError:
            said = {"status": "unsure", "verified": False, "reason": "it has not ended in a day"}
        return {**begun, **cast("Mapping[str, Any]", said)}

    async def _undone(self, run: Run, at: _At) -> Told:
        """Take back what a fix did, once it has come to its end."""
        while True:
            begun = cast("Document", await run.step("undo", self._undo, at, retries=_TRIES))
            ended = await self._ended(run, begun)
            if not begun.get("at_work"):
                break
        if ended["status"] in {"done", "undone"} and ended["verified"]:
            return passed(f"{ended['subject']} is as it was")
        if ended.get("nothing"):
            return passed(str(ended["reason"]))
        return failed(f"{ended['subject']}: {ended['reason'] or ended['status']}")

    async def _undo(self, at: _At) -> Json:
        shop = Workshop(self.upkeep.settings, self.upkeep.engine, self.upkeep.desk)
        caller = Caller(at.actor, Role.ADMIN)
        done = str(at.step.detail)
        async with self.pool.connection() as connection, connection.transaction():
            mine = set(await task_runs.fixes(connection, at.run.id, at.step.number))
            known, undo = await fixes.run_to_change(connection, done)
            before = await fixes.runs(connection, WantedRuns(plan=known.plan), 20)
            if (again := next((one for one in before if one.id in mine), None)) is not None:
                return {"fix_run": again.id, "subject": again.subject}
            if not known.status.ended:
                return {"fix_run": done, "at_work": True, "subject": known.subject}
            if undo is None or known.status not in {RunStatus.DONE, RunStatus.UNSURE}:
                why = f"{known.fix} on {known.subject} is {known.status}"
                return {
                    "refused": f"{why}: there is nothing to take back",
                    "nothing": known.status is not RunStatus.UNSURE,
                    "subject": known.subject,
                }
            try:
                begun = await mending.undo(connection, shop, done, caller)
            except Refused as error:
                return {"refused": error.reason, "subject": known.subject}
            await task_runs.note_fix(connection, begun.id, at.run.id, at.step.number)
            return {"fix_run": begun.id, "subject": begun.subject}

    # Telling

    async def _tell(self, engine_run: UUID, id_: UUID, number: int, told: Json) -> None:
        """Keep what a step came to, and let its run go on; by who does it, and once."""
        async with self.pool.connection() as connection, connection.transaction():
            found = await task_runs.to_change(connection, id_)
            step = (
                next((one for one in found.steps if one.number == number), None) if found else None
            )
            at_work = {StepStand.RUNNING, StepStand.UNSURE}
            if step is None or step.engine_run != engine_run or step.state not in at_work:
                return
            said = _read(told)
            if said.get("more"):
                on = replace(step, state=StepStand.PENDING, engine_run=None, detail=said["detail"])
                await task_runs.keep_step(connection, id_, on)
                await task_course.advance(connection, self.upkeep, id_)
                return
            ended = replace(
                step,
                state=StepStand(said["outcome"]),
                says=said["says"],
                remedy=said["remedy"],
                detail=step.detail if step.part is Part.UNDO else said["detail"],
                report=said["report"],
                finished_at=self.upkeep.now,
            )
            await task_runs.keep_step(connection, id_, ended)
            await task_course.advance(connection, self.upkeep, id_)


async def mended(connection: Connection, engine: Engine, run: FixRun) -> None:
    """Tell the steps that wait for a fix how it ended; in the caller's transaction."""
    said: Json = {"status": str(run.status), "verified": run.verified, "reason": run.reason}
    for waiting in await task_runs.steps_of_fix(connection, run.id):
        await engine.signal(connection, waiting, _event(run.id), said)


def _event(fix_run: str) -> str:
    return f"mended {fix_run}"


def _document(told: Told) -> Document:
    """Return what a step says, as it is kept."""
    return {
        "outcome": told.outcome.value,
        "says": told.says,
        "remedy": told.remedy,
        "detail": told.detail,
        "report": None if told.report is None else kept(told.report),
        "fixes": [asdict(one) for one in told.fixes],
    }


def _read(document: Json) -> Document:
    """Return what a step has said; of one that a person settled, that it is done."""
    if document is None:
        return _document(passed("it was done, as a person has said"))
    return cast("Document", document)


def _without_frame(reason: str) -> str:
    return reason.removeprefix(f"step {_DO!r} failed: ")
