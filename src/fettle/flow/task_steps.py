"""What workers do about steps of tasks: each is a run of the engine, which says what it came to.

1. What a step does was written when its run began (maintenance.frozen), and is read again by who
   does it. An act is a step of the engine: one that is idempotent is done again where it was cut
   off, another one is unsure, and a person says what became of it.
2. Fixes are planned, and each is applied by a run of its own (flow.task_fixes).
3. What a step came to is said in one transaction with what comes next (flow.task_course), once:
   only by who does it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, cast
from uuid import UUID

from fettle.engine.execution import Function
from fettle.engine.ledger import AWAY
from fettle.engine.run import Run
from fettle.errors import ActFailed, BadSettings, CannotLook, Refused, StepFailed
from fettle.flow import task_course
from fettle.flow.mend import Mending
from fettle.flow.saying import Saying
from fettle.flow.step_acts import Acts, Looked
from fettle.flow.step_fixes import with_fixes
from fettle.flow.task_course import STEP, Upkeep
from fettle.flow.task_fixes import At, TaskFixes
from fettle.maintenance.frozen import thawed
from fettle.model.report_kept import kept
from fettle.model.run import Json
from fettle.model.task import ApplyFix
from fettle.model.task_run import Part, StepStand, TaskRun
from fettle.model.work import Outcome, Told, Wish, failed, passed
from fettle.store import task_runs
from fettle.store.fenced import Overtaken
from fettle.store.pool import Pool

_TRIES = 4
_DO = "do"
# what is said of an act that was held back
_NOT_NOW: Mapping[str, Any] = {"outcome": None, "fixes": []}
_PAUSE_S = 0.5

_log = logging.getLogger(__name__)

Document = Mapping[str, Any]
Look = Callable[[TaskRun], Awaitable[Looked]]


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

    @property
    def _fixes(self) -> TaskFixes:
        may_go_on = partial(self._may_begin, begun=True)
        return TaskFixes(self.pool, self.upkeep, self.mending, may_go_on)

    async def _run(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, Any]", given)
        at = await self._at(UUID(wish["run"]), int(wish["number"]))
        if at is None:
            return None
        if not await run.step("begin", self._may_begin, at, retries=_TRIES):
            return await run.step("give back", self._give_back, run, at, False, retries=9)
        try:
            document = await self._done(run, at)
        except StepFailed as error:
            document = _document(failed(_without_frame(error.reason)))
        if document == _NOT_NOW:
            begun = run.attempt(_DO) != 1  # a fix, which was made by then, has no such step
            return await run.step("give back", self._give_back, run, at, begun, retries=9)
        await run.step("tell", self._tell, run.id, at.run.id, at.step.number, document, retries=9)
        return document

    async def _at(self, id_: UUID, number: int) -> At | None:
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
        return At(found.run, step, found.steps, procedure)

    async def _may_begin(self, at: At, *, begun: bool = False) -> bool:
        """Whether nothing holds the step, by the time that a worker has it, or has it again."""
        if at.step.part not in {Part.PRECHECK, Part.STEP}:
            return True
        async with self.pool.connection() as connection, connection.transaction():
            return await task_course.may_begin(
                connection, self.upkeep, at.run.id, at.step.number, begun=begun
            )

    async def _give_back(self, run: Run, at: At, begun: bool) -> None:
        """Let a step be as if it had not come, or had not ended, and decide again."""
        async with self.pool.connection() as connection, connection.transaction():
            found = await task_runs.to_change(connection, at.run.id)
            for step in () if found is None else found.steps:
                if step.engine_run == run.id and step.state is StepStand.RUNNING:
                    again = task_course.as_before(step, begun=begun)
                    await task_runs.keep_step(connection, at.run.id, again)
            await task_course.advance(connection, self.upkeep, at.run.id)

    async def _done(self, run: Run, at: At) -> Document:
        if at.step.part is Part.PRECHECK:
            acts = any(one.acts for one in at.thawed.procedure.steps)
            look = partial(self.acts.precheck, step=at.step, acts=acts)
            return _read(await run.step(_DO, self._looked, look, at, retries=2))
        if at.step.part is Part.VALIDATION:
            look = partial(self.acts.validate, step=at.step, steps=at.steps)
            return _read(await run.step(_DO, self._looked, look, at, retries=2))
        if at.step.part is Part.UNDO:
            return _document(await self._fixes.undone(run, at))
        written = at.written
        if isinstance(written.act, ApplyFix):
            wish = Wish(written.target or "", written.act.fix)
            tried = await self._fixes.tried(run, at, wish)
            return _NOT_NOW if tried is None else _document(tried)
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
            return with_fixes(told, _document(await self._fixes.made(run, at, wishes)))
        return told

    async def _looked(self, look: Look, at: At) -> Json:
        looked = await look(at.run)
        return cast("Json", {**_document(looked.told), "more": looked.more})

    async def _acted(self, run: Run, at: At) -> Json:
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

    async def _tried(self, run: Run, at: At, lines: Saying) -> Told:
        try:
            return await self.acts.act(run, at.run, at.steps, at.written, lines.say)
        except CannotLook as error:
            return Told(Outcome.UNKNOWN, error.reason, error.remedy)

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
