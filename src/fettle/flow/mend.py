"""What workers do about fixes: they plan them, apply plans, and take runs back.

1. A plan is applied by the same rules as on the command line (resolution.mend), on behalf of who
   asked for it.
2. Cut off before it had begun to act, it begins again. Cut off later it never acts again: the
   plan's own verification says what became of it, or it is unsure and asks a person. A worker that
   was frozen meanwhile acts no more when it comes back: it can journal no act (store.fenced).
3. A target that does not answer is tried again for a while. When nothing was done, the plan waits
   again then; otherwise the run is unsure.
4. The issues that a plan hangs on are told once how it ended.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from fettle import unit
from fettle.diagnosis.accept import accept
from fettle.engine.backoff import Backoff
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import ActFailed, FettleError, Refused, StepFailed, WrongUsage
from fettle.flow import asked
from fettle.flow.fixes import MEND, PLAN
from fettle.flow.look import Planning, plan_fixes
from fettle.flow.places import Places
from fettle.model.fix import FixRun, Plan, RunStatus
from fettle.model.issue import Entry
from fettle.model.ports import Clock
from fettle.model.run import Json
from fettle.resolution import document, mend
from fettle.resolution.document import PlanDocument
from fettle.resolution.plan import matching, refusals
from fettle.settings import Settings
from fettle.store import fixes, issues, remedies
from fettle.store.fenced import Records as FencedRecords
from fettle.store.fixes import Hung
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_NOT_PLANNED = "not-planned"
_TRIES = 6
_PAUSES = Backoff(timedelta(seconds=2), timedelta(seconds=30))  # a minute and a half in all

Told = Callable[[Connection, FixRun], Awaitable[None]]


async def _nobody(_: Connection, __: FixRun) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Mending:
    """The runs, to be registered in the engine; `told` writes to issues how a run ended."""

    pool: Pool
    clock: Clock
    settings: Settings
    places: Places
    told: Told = _nobody
    pauses: Backoff = _PAUSES

    @property
    def runs(self) -> Mapping[str, Function]:
        """The functions, by the names of their runs."""
        return {PLAN: self._plan, MEND: self._mend}

    # Planning

    async def _plan(self, run: Run, given: Json) -> Json:
        return await run.step("plan", self.planned, cast("Mapping[str, Any]", given), run.id)

    async def planned(self, wish: Mapping[str, Any], run: UUID) -> Json:
        """Plan for a run, and keep what can be applied; why nothing can be is an answer, too."""
        try:
            plans = await self._look(wish)
        except FettleError as error:
            async with self.pool.connection() as connection, connection.transaction():
                await self._tell_not_planned(connection, wish, run, [error.reason])
            return {"plans": [], "reason": error.reason, "remedy": error.remedy}
        documents = [document.of_plan(made) for made in plans]
        nothing = ["nothing is found any more that it would mend"]
        async with self.pool.connection() as connection, connection.transaction():
            kept = [made for made in documents if made["refused"] is None]
            for made in kept:
                await fixes.save_plan(connection, made, wish["actor"])
            if wish["issue"] is not None:
                await self._hang(connection, wish, kept)
                reasons = refusals(plans) if plans else nothing
                await self._tell_not_planned(connection, wish, run, reasons)
        return {"plans": cast("Json", documents), "reason": None, "remedy": None}

    async def _hang(
        self, connection: Connection, wish: Mapping[str, Any], kept: Sequence[PlanDocument]
    ) -> None:
        """Let plans hang on the issue that they were made for, and write so into its timeline."""
        now, why = self.clock.now(), f"{wish['actor']} asked for it"
        hung = [Hung(wish["issue"], made["plan"], why) for made in kept]
        new = {one.plan for one in await fixes.hang(connection, hung, now)}
        entries = [
            Entry(
                "planned",
                wish["actor"],
                now,
                f"{made['fix']} on {made['subject']}",
                {"plan": made["plan"], "database": made["target"]},
            )
            for made in kept
            if made["plan"] in new
        ]
        await issues.write_entries(connection, [(wish["issue"], entry) for entry in entries])

    async def _tell_not_planned(
        self, connection: Connection, wish: Mapping[str, Any], run: UUID, reasons: Sequence[str]
    ) -> None:
        """Write into the timeline of the issue that a wish is for, why there is no plan; once.

        A worker may have died behind the transaction in which it was written.
        """
        issue, actor, now = wish["issue"], wish["actor"], self.clock.now()
        if issue is None or not reasons:
            return
        before = await issues.entries_of(connection, issue, [_NOT_PLANNED])
        if any(one.detail.get("run") == str(run) for one in before):
            return
        detail = {"database": wish["target"], "run": str(run)}
        told = [Entry(_NOT_PLANNED, actor, now, f"{wish['fix']}: {one}", detail) for one in reasons]
        await issues.write_entries(connection, [(issue, entry) for entry in told])

    async def _look(self, wish: Mapping[str, Any]) -> list[Plan]:
        target = self.places.target(wish["target"])
        ignores = asked.ignores(self.settings, self.clock.now().date())
        ways = Planning(
            self.places.connect,
            self.places.standbys,
            lambda diagnosis: accept(diagnosis, ignores, ()),
            self.clock,
        )
        wanted = matching(unit.fixes(), wish["fix"])
        questions = asked.questions(self.settings, target)
        return await plan_fixes(target, wanted, wish["subject"], questions, ways)

    # Acting

    async def _mend(self, run: Run, _: Json) -> Json:
        try:
            await run.step("act", self._acted, run, retries=_TRIES, backoff=self.pauses)
        except StepFailed as error:
            await run.step("give up", self._given_up, run, error.reason, retries=_TRIES)
        return await run.step("tell", self._tell, str(run.id), retries=_TRIES)

    async def _acted(self, run: Run) -> Json:
        """Apply the plan, or take the run back; what was done of it before is not done again.

        Raises CannotLook and ActFailed where it is worth trying again.
        """
        records = FencedRecords(self.pool, run.fence)
        known, _ = await records.find_run(str(run.id))
        if known.status.ended and known.status is not RunStatus.UNSURE:
            return str(known.status)
        cut = await records.cut_off(known.id)
        try:
            if not cut.acted and known.undoes is None:
                await self._refuse_stopped(known.id)
            ended = await self._brought_on(records, known, cut.steps if cut.acted else None)
        except (Refused, WrongUsage) as error:
            status = RunStatus.UNSURE if cut.acted else RunStatus.REFUSED
            now = self.clock.now()
            ended = known.ended(status, error.reason, now, verified=False, remedy=error.remedy)
            await records.end_run(ended)
        if ended.status is RunStatus.UNSURE and not cut.acted:
            # the target went away in the middle: what became of it is asked when it is back
            raise ActFailed(ended.reason or "it was interrupted")
        return str(ended.status)

    async def _brought_on(
        self, records: FencedRecords, known: FixRun, acted: Mapping[str, Any] | None
    ) -> FixRun:
        target, means = self.places.target(known.target), self.places.means(records, known.actor)
        if acted is not None:
            return await mend.conclude_run(known, acted, target, means)
        if known.undoes is not None:
            return await mend.undo_run(known.undoes, target, means, known.id)
        async with self.pool.connection() as connection:
            plan = await fixes.find_plan(connection, known.plan)
        return await mend.apply_plan(plan.document, target, unit.fixes(), means, known.id)

    async def _refuse_stopped(self, run: str) -> None:
        """Raise Refused where a remedy asked for it, and somebody has stopped all acting since."""
        async with self.pool.connection() as connection:
            stopped = await remedies.stopped(connection)
            if stopped is not None and await remedies.of_fix_run(connection, run) is not None:
                raise Refused(f"{stopped.by} has stopped all acting: {stopped.reason}")

    async def _given_up(self, run: Run, why: str) -> None:
        """Keep that a run did not come to its end; a plan of which nothing came waits again."""
        records = FencedRecords(self.pool, run.fence)
        known, _ = await records.find_run(str(run.id))
        if known.status.ended:
            return
        acted = (await records.cut_off(known.id)).acted
        status = RunStatus.UNSURE if acted else RunStatus.REFUSED
        remedy = "look whether it acted" if acted else "try again"
        now = self.clock.now()
        await records.end_run(known.ended(status, why, now, verified=False, remedy=remedy))
        if not acted and known.undoes is None:
            async with self.pool.connection() as connection:
                await fixes.give_plan_back(connection, known.plan)

    async def _tell(self, run: str) -> Json:
        """Tell the issues of a run how it ended, unless that was done before a worker died."""
        async with self.pool.connection() as connection, connection.transaction():
            ended, _ = await fixes.find_run(connection, run)
            if await fixes.tell(connection, run, self.clock.now()):
                await self.told(connection, ended)
        return {"status": str(ended.status), "verified": ended.verified}
