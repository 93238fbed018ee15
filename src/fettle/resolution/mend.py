"""Apply a plan, or undo a run: found, allowed, locked, journalled, done, verified."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fettle.errors import ActFailed, FettleError, Refused, StoreError, WrongUsage
from fettle.model.fix import CutOff, FixRun, RunStatus, Steps
from fettle.model.ports import Clock, Database, Journal, MendableDatabase
from fettle.model.target import Target
from fettle.resolution import document
from fettle.resolution.apply import Ending, apply, conclude, precheck
from fettle.resolution.plan import plan
from fettle.unit import AnyFix

Json = Mapping[str, Any]


class Records(Protocol):
    """What is kept of plans and runs; each call returns when it is on disk."""

    async def begin_run(self, run: FixRun, steps: Json, undo: Json | None) -> FixRun:
        """Keep that a run begins, with what it does and its undo.

        One with an id was asked for before, and is begun under it; a new one gets its id here.
        Raises Refused while one of its subject runs, and when it has acted already.
        """

    async def leave_unsure(self, target: str, subject: str) -> None:
        """Mark the run of a subject as unsure, whose process has died."""

    async def end_run(self, run: FixRun) -> None:
        """Keep how a run ended."""

    async def find_run(self, run: str) -> tuple[FixRun, Json | None]:
        """Return a run by its id, with its undo; raises WrongUsage."""

    async def cut_off(self, run: str) -> CutOff:
        """Return what a run that was cut off was to do, and whether it had begun to."""

    def journal(self, run: FixRun) -> Journal:
        """Return the journal of a run."""


@dataclass(frozen=True)
class Means:
    """What it takes to mend: the way to the target and to its standbys, the records, the time.

    `tell` says to whoever waits what goes on.
    """

    connect: Callable[[Target], AbstractAsyncContextManager[MendableDatabase]]
    standbys: Callable[[Target], AbstractAsyncContextManager[list[Database]]]
    records: Records
    clock: Clock
    actor: str
    tell: Callable[[str], None] = lambda _: None


async def apply_plan(
    raw: Json, target: Target, fixes: Mapping[str, AnyFix], means: Means, id_: str = ""
) -> FixRun:
    """Apply a plan from its document, after planning it again on the target as it is now.

    `id_` is that of the run where it was asked for before. Raises Refused, and nothing was changed;
    CannotLook when the target cannot be reached.
    """
    known = document.read_plan(raw)
    if known["fix"] not in fixes:
        raise WrongUsage(f"the plan is for the fix {known['fix']}, which is not installed")
    if known.get("refused"):
        raise Refused(f"the plan itself refuses: {known['refused']}")
    finding = document.finding_of(known)
    planned_for = replace(target, name=known["target"])
    async with means.connect(target) as database, means.standbys(target) as standbys:
        if database.server.database != known["database"]:
            raise Refused(
                f"the plan is for the database {known['database']}, and this is "
                f"{database.server.database}"
            )
        async with database.locked(finding.subject) as held:
            if not held:
                raise Refused(f"somebody else is mending {finding.subject} at this moment")
            again = await plan(fixes[known["fix"]], finding, planned_for, database, standbys)
            document.refuse_edited(known, again)
            run = FixRun(id_, again.id, again.fix, again.target, again.subject, actor=means.actor)
            return await _run(run, _steps(again.steps), database, means)


async def undo_run(run_id: str, target: Target, means: Means, id_: str = "") -> FixRun:
    """Take back what a run did. Raises Refused when it did nothing that can be taken back.

    `id_` is that of the run that takes it back, where that was asked for before.
    """
    done, undo = await means.records.find_run(run_id)
    steps = undoing(done, undo)
    async with (
        means.connect(target) as database,
        database.locked(done.subject) as held,
    ):
        if not held:
            raise Refused(f"somebody else is mending {done.subject} at this moment")
        run = FixRun(
            id_, done.plan, done.fix, done.target, done.subject, actor=means.actor, undoes=done.id
        )
        return await _run(run, steps, database, means)


def undoing(done: FixRun, undo: Json | None) -> Steps:
    """Return what takes a run back; raises Refused when there is nothing to take back."""
    if done.status is not RunStatus.DONE and done.status is not RunStatus.UNSURE:
        raise Refused(f"run {done.id} is {done.status}: there is nothing to take back")
    if undo is None:
        raise Refused(f"what {done.fix} does cannot be taken back")
    return document.steps_of(undo)


async def conclude_run(run: FixRun, steps: Json, target: Target, means: Means) -> FixRun:
    """Say what became of a run that was cut off after it had begun to act; it acts no more.

    Raises ActFailed while whoever was at it may still be, and CannotLook.
    """
    async with means.connect(target) as database, database.locked(run.subject) as held:
        if not held:
            raise ActFailed(f"somebody is still mending {run.subject}")
        ending = await conclude(
            document.steps_of(steps), database, means.records.journal(run), means.clock
        )
        ended = _ended(run, ending, means)
        await means.records.end_run(ended)
    return ended


def _ended(run: FixRun, ending: Ending, means: Means) -> FixRun:
    now = means.clock.now()
    return run.ended(ending.status, ending.reason, now, ending.verified, ending.remedy)


async def _run(run: FixRun, steps: Steps, database: MendableDatabase, means: Means) -> FixRun:
    await precheck(steps, database)
    # The subject's lock is held: whoever is still said to run has died.
    await means.records.leave_unsure(run.target, run.subject)
    begun = await means.records.begin_run(
        run, document.of_steps(steps), document.of_steps(steps.undo) if steps.undo else None
    )
    journal = _Telling(means.records.journal(begun), means.tell)
    ending = Ending(RunStatus.UNSURE, verified=False, reason="it was interrupted")
    try:
        ending = await apply(steps, database, journal, means.clock)
    except FettleError as error:
        status = RunStatus.FAILED if isinstance(error, ActFailed) else RunStatus.UNSURE
        ending = Ending(status, verified=False, reason=error.reason, remedy=error.remedy)
    except asyncio.CancelledError as error:
        if left := "; ".join(map(str, filter(None, error.args))):
            ending = replace(ending, reason=f"it was interrupted; {left}")
        means.tell(f"Run {begun.id} is {ending.status}: {ending.reason}.")
        raise
    finally:
        ended = _ended(begun, ending, means)
        await _keep(ended, means.records)
    return ended


@dataclass(frozen=True)
class _Telling:
    """A journal that says at once when something fails: what follows may take its time."""

    journal: Journal
    tell: Callable[[str], None]

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        if event == "failed":
            self.tell(f"{detail.get('reason')}; bringing it to an end …")
        await self.journal.write(event, detail)


async def _keep(ended: FixRun, records: Records) -> None:
    try:
        await records.end_run(ended)
    except StoreError as error:
        came_to = f"{ended.status}{' and verified' if ended.verified else ''}"
        why = f" ({ended.reason})" if ended.reason else ""
        raise StoreError(
            f"{ended.fix} on {ended.subject} is {came_to}{why}, but that could not be kept: "
            f"{error.reason}",
            remedy=error.remedy,
        ) from error


def _steps(steps: Steps | None) -> Steps:
    if steps is None:
        raise Refused("the plan has no steps")
    return steps
