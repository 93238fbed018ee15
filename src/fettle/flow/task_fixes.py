"""Fixes that steps of tasks have made: planned, applied within the step's time, taken back.

1. Each is applied by a run of its own, with its journal and its undo (flow.fixes); nothing is in
   flight meanwhile. Which fixes a step has had made is kept in the transaction that begins them.
2. One that has not ended when the step's time is over fails it: where it waits for a worker it
   begins no more, and where it is at work it is waited for, so that nothing is done beside it.
3. A step that is a fix, and did not pass, is planned anew as often as its retries say; one that is
   held by then is given back, and begins anew.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from fettle.engine.backoff import Backoff
from fettle.engine.engine import Engine
from fettle.engine.run import Run
from fettle.errors import Refused
from fettle.flow import fixes as mending
from fettle.flow.fixes import Workshop
from fettle.flow.mend import Mending
from fettle.flow.saying import Saying
from fettle.flow.step_fixes import already, may_be_done_already, summed_up
from fettle.flow.task_course import Upkeep
from fettle.maintenance.frozen import Thawed
from fettle.model.fix import FixRun, RunStatus
from fettle.model.quantity import say_count, say_duration
from fettle.model.role import Caller, Role
from fettle.model.run import Json
from fettle.model.task import TaskStep
from fettle.model.task_run import StepRun, TaskRun
from fettle.model.work import Outcome, Told, Wish, failed, passed
from fettle.store import fixes, task_runs
from fettle.store.fixes import WantedRuns
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_TRIES = 4
_PAUSES = Backoff(timedelta(seconds=2), timedelta(seconds=30))
_AGAIN = Backoff()
_DAY = timedelta(days=1)
_CLOSED = "its time, its window or its downtime is over, or somebody holds it"

Document = Mapping[str, Any]


@dataclass(frozen=True)
class At:
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
class TaskFixes:
    """What has fixes made for steps; `may_go_on` is whether nothing holds one by now."""

    pool: Pool
    upkeep: Upkeep
    mending: Mending
    may_go_on: Callable[[At], Awaitable[bool]]

    async def tried(self, run: Run, at: At, wish: Wish) -> Told | None:
        """Have a fix made as often as its step says; say what came of it the last time.

        None where something holds the step before it is tried again.
        """
        earlier = frozenset(await run.step("made before", self._made_before, at, retries=_TRIES))
        for attempt in range(1, at.written.retries + 1):
            told = await self.made(run, at, [wish], earlier)
            if told.outcome is Outcome.PASSED or _goes_on(told):
                return told
            pause = await run.step("pause", self._said_again, at, told.says, attempt)
            await run.sleep_until(datetime.fromisoformat(str(pause)), "retry")
            if not await run.step("go on", self.may_go_on, at, retries=_TRIES):
                return None
            earlier |= _made_in(told)
        return await self.made(run, at, [wish], earlier)

    async def _made_before(self, at: At) -> list[str]:
        """Return the runs of fixes that the step has had made before it was given back."""
        async with self.pool.connection() as connection:
            return await task_runs.fixes(connection, at.run.id, at.step.number)

    async def _said_again(self, at: At, says: str, attempt: int) -> Json:
        """Say that it is tried again, and return when."""
        await self._say(at, f"{says}: it is tried again")
        return (self.upkeep.now + _AGAIN.pause(attempt, lambda: 0.0)).isoformat()

    async def _say(self, at: At, line: str) -> None:
        lines = Saying(self.pool, self.upkeep.desk.clock, at.run.id, at.step.number)
        await lines.say(line)
        await lines.flush()

    async def made(
        self, run: Run, at: At, wishes: Sequence[Wish], earlier: Collection[str] = ()
    ) -> Told:
        """Plan fixes, and apply each, within the step's time; say what came of all of them.

        Runs that are in `earlier` had ended before, and are not what comes of these plans.
        """
        until = datetime.fromisoformat(str(await run.step("until", self._until, at)))
        planned = cast(
            "Mapping[str, Any]",
            await run.step("plan", self._planned, at, wishes, retries=_TRIES, backoff=_PAUSES),
        )
        said: list[Document] = []
        unseen: list[str] = planned["unseen"]
        for plan in planned["plans"]:
            if not await run.step("go on", self._may_begin, at, until, retries=_TRIES):
                left = say_count(len(planned["plans"]) - len(said), "fix", "fixes")
                unseen = [*unseen, f"{left} not begun: {_CLOSED}"]
                break
            begun = await run.step("apply", self._apply, at, str(plan), earlier, retries=_TRIES)
            ended = await self._ended(run, at, cast("Document", begun), until)
            if may_be_done_already(ended) and not await run.step(
                "look again", self._still_due, at, str(plan), retries=_TRIES, backoff=_PAUSES
            ):
                ended = already(ended)
            said.append(ended)
        return summed_up(said, planned["refused"], unseen)

    async def _until(self, at: At) -> Json:
        return (self.upkeep.now + at.written.timeout).isoformat()

    async def _may_begin(self, at: At, until: datetime) -> bool:
        return self.upkeep.now < until and await self.may_go_on(at)

    async def _still_due(self, at: At, plan: str) -> bool:
        """Whether what a plan was made for is there still, or cannot be seen."""
        async with self.pool.connection() as connection:
            known = (await fixes.find_plan(connection, plan)).document
        wish = Wish(known["target"], known["fix"], known["subject"])
        found = cast("Mapping[str, Any]", await self._planned(at, [wish]))
        return any(found.values())

    async def _planned(self, at: At, wishes: Sequence[Wish]) -> Json:
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
                    },
                    at.run.id,
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

    async def _apply(self, at: At, plan: str, earlier: Collection[str]) -> Json:
        """Let a plan be applied, and keep that this step has had it done; once each time."""
        async with self.pool.connection() as connection, connection.transaction():
            mine = set(await task_runs.fixes(connection, at.run.id, at.step.number)) - {*earlier}
            before = await fixes.runs(connection, WantedRuns(plan=plan), 20)
            if (known := next((one for one in before if one.id in mine), None)) is not None:
                return {"fix_run": known.id, "subject": known.subject}
            try:
                begun = await mending.apply(connection, self._shop, plan, _caller(at))
            except Refused as error:
                return {"refused": error.reason, "subject": plan[:19]}
            await task_runs.note_fix(connection, begun.id, at.run.id, at.step.number)
            return {"fix_run": begun.id, "subject": begun.subject}

    async def _ended(self, run: Run, at: At, begun: Document, until: datetime) -> Document:
        """Wait for the run of a fix, with nothing in flight; return how it ended."""
        if "refused" in begun:
            return {"status": "refused", "verified": False, **begun, "reason": begun["refused"]}
        fix_run = str(begun["fix_run"])
        try:
            said = await run.wait_for(_event(fix_run), until)
        except TimeoutError:
            late = await run.step("too late", self._too_late, at, fix_run, retries=_TRIES)
            said = await self._ended_late(run, fix_run, cast("Document", late))
        return {**begun, **cast("Mapping[str, Any]", said)}

    async def _too_late(self, at: At, fix_run: str) -> Json:
        """Say how a fix stands that has not ended in time; one that waits begins no more."""
        why = f"it has not ended within {say_duration(at.written.timeout)}"
        async with self.pool.connection() as connection, connection.transaction():
            await fixes.withdraw(connection, [fix_run], why, self.upkeep.now)
            known, _ = await fixes.find_run(connection, fix_run)
        if known.status.ended:
            return _said(known)
        await self._say(at, f"{known.subject}: {why}, and is waited for")
        return {**_LATE, "reason": why, "goes_on": True}

    async def _ended_late(self, run: Run, fix_run: str, late: Document) -> Document:
        """Wait for a fix that is at work, with nothing else beside it; the step has failed."""
        if not late.get("goes_on"):
            return late
        try:
            said = await run.wait_for(_event(fix_run), self.upkeep.now + _DAY)
        except TimeoutError:
            return {**late, "reason": f"{late['reason']}, nor in a day after that, and goes on"}
        ended = cast("Mapping[str, Any]", said)
        how = ended["reason"] or ended["status"]
        return {**_LATE, "reason": f"{late['reason']}; it ended later: {how}"}

    # Taking back

    async def undone(self, run: Run, at: At) -> Told:
        """Take back what a fix did, once it has come to its end."""
        while True:
            begun = cast("Document", await run.step("undo", self._undo, at, retries=_TRIES))
            ended = await self._taken_back(run, begun)
            if not begun.get("at_work"):
                break
        if ended["status"] in {"done", "undone"} and ended["verified"]:
            return passed(f"{ended['subject']} is as it was")
        if ended.get("nothing"):
            return passed(str(ended["reason"]))
        return failed(f"{ended['subject']}: {ended['reason'] or ended['status']}")

    async def _taken_back(self, run: Run, begun: Document) -> Document:
        if "refused" in begun:
            return {"status": "refused", "verified": False, **begun, "reason": begun["refused"]}
        try:
            said = await run.wait_for(_event(str(begun["fix_run"])), self.upkeep.now + _DAY)
        except TimeoutError:
            said = {**_LATE, "reason": "it has not ended in a day"}
        return {**begun, **cast("Mapping[str, Any]", said)}

    async def _undo(self, at: At) -> Json:
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
                begun = await mending.undo(connection, self._shop, done, _caller(at))
            except Refused as error:
                return {"refused": error.reason, "subject": known.subject}
            await task_runs.note_fix(connection, begun.id, at.run.id, at.step.number)
            return {"fix_run": begun.id, "subject": begun.subject}

    @property
    def _shop(self) -> Workshop:
        return Workshop(self.upkeep.settings, self.upkeep.engine, self.upkeep.desk)


async def mended(connection: Connection, engine: Engine, run: FixRun) -> None:
    """Tell the steps that wait for a fix how it ended; in the caller's transaction."""
    for waiting in await task_runs.steps_of_fix(connection, run.id):
        await engine.signal(connection, waiting, _event(run.id), _said(run))


_LATE: Mapping[str, Json] = {"status": "unsure", "verified": False}


def _said(run: FixRun) -> Json:
    return {"status": str(run.status), "verified": run.verified, "reason": run.reason}


def _event(fix_run: str) -> str:
    return f"mended {fix_run}"


def _caller(at: At) -> Caller:
    return Caller(at.actor, Role.ADMIN)  # the task stands in a file, or was approved


def _made_in(told: Told) -> frozenset[str]:
    """Return the runs of fixes that a step has had made."""
    return frozenset(str(one["fix_run"]) for one in _fixes_of(told) if "fix_run" in one)


def _goes_on(told: Told) -> bool:
    """Whether a fix is at work still, though it was waited for."""
    return any(one.get("goes_on") for one in _fixes_of(told))


def _fixes_of(told: Told) -> Sequence[Document]:
    found: Sequence[Document] = cast("Mapping[str, Any]", told.detail)["fixes"]
    return found
