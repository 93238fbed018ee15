"""A remedy acts: one call, or one plan of a fix; and it is taken back.

1. What is about to be done stands in the journal first, with its undo, in a statement that fails
   once somebody has stopped all acting, or another worker has the run. What is journalled and has
   no answer was cut off: it is not done again, unless the remedy is a retry. Where the answer is
   journalled, too, it goes on with that.
2. From when on no signal may come is journalled as the watching begins: what is set otherwise
   afterwards counts for the next use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.engine.run import Run
from fettle.errors import ActFailed, CannotLook, FettleError, Refused
from fettle.flow import fixes as mending
from fettle.flow.fixes import Workshop
from fettle.flow.mend import Mending
from fettle.flow.solving import ACTOR, Solver, tell
from fettle.model.fix import FixRun, KeptPlan, PlanState, RunStatus
from fettle.model.ports import Calls, Clock
from fettle.model.remedy import (
    Attempt,
    AttemptEntry,
    AttemptState,
    Call,
    Outcome,
    Remedy,
    RemedyKind,
)
from fettle.model.role import Caller, Role
from fettle.model.run import Json
from fettle.resolution import remedies as rules
from fettle.store import access, fixes, remedies
from fettle.store.fenced import Overtaken
from fettle.store.fixes import WantedPlans
from fettle.store.pool import Pool
from fettle.store.statements import Connection

MENDED = "mended"
CUT_OFF, WATCHED = "cut off", "watched"
_DAY = timedelta(days=1)

# What follows an act: when its effect is looked at, or until when the end of a fix is waited for.
Next = dict[str, str | None]


@dataclass(frozen=True)
class Treating:
    """What it takes to act; `mending` plans what a fix would do."""

    pool: Pool
    clock: Clock
    solver: Solver
    calls: Calls
    mending: Mending

    async def act(self, run: Run, id_: str, wish: Mapping[str, str]) -> Next:
        """Act, unless it was done before; raises ActFailed where it is worth trying again."""
        async with self.pool.connection() as connection:
            attempt = await remedies.find(connection, id_)
            journal = await remedies.journal(connection, id_)
        if attempt.state is not AttemptState.ACTING:
            at = attempt.until if attempt.state is AttemptState.WATCHING else None
            return _next(at)
        remedy = self.solver.cures.remedy(attempt.remedy)
        if remedy.kind is RemedyKind.FIX:
            caller = Caller(wish["actor"], Role.named(wish["role"]))
            return await self._apply_fix(run, attempt, remedy, caller)
        if journal and not remedy.kind.repeats:
            return await self._go_on(attempt, remedy, journal[-1])
        return await self._call(run, attempt, remedy)

    async def _go_on(self, attempt: Attempt, remedy: Remedy, last: AttemptEntry) -> Next:
        """Go on behind the last entry of a journal; what was begun is not begun again."""
        said = cast("Mapping[str, Any]", last.detail)
        match last.event:
            case "answered":
                return await self._answered(attempt, remedy, said["status"])
            case "not sent":
                return await self._ended(attempt, Outcome(said["outcome"]), said["reason"])
            case "act":
                await self._note(attempt, CUT_OFF, {})
        return await self._watch(attempt, remedy)

    async def _call(self, run: Run, attempt: Attempt, remedy: Remedy) -> Next:
        assert remedy.does is not None  # noqa: S101 - the settings hold it for each but a fix
        call = rules.rendered(remedy.does, _given(attempt))
        if not await self._journal_act(run, attempt, remedy, call):
            return _next(None)
        try:
            status = await self.calls.make(call, attempt.id, self.clock.now())
        except (Refused, CannotLook) as error:  # nothing was sent
            outcome = Outcome.REFUSED if isinstance(error, Refused) else Outcome.FAILED
            why = _sentence(error)
            await self._note(attempt, "not sent", {"outcome": str(outcome), "reason": why})
            if remedy.kind.repeats and isinstance(error, CannotLook):
                raise
            return await self._ended(attempt, outcome, why)
        except ActFailed as error:
            await self._note(attempt, "no answer", {"reason": error.reason})
            if remedy.kind.repeats:
                raise
            return await self._watch(attempt, remedy)
        await self._note(attempt, "answered", {"status": status})
        return await self._answered(attempt, remedy, status)

    async def _answered(self, attempt: Attempt, remedy: Remedy, status: int) -> Next:
        if 200 <= status < 300:
            return await self._watch(attempt, remedy)
        if remedy.kind.repeats and (status >= 500 or status == 429):
            raise ActFailed(f"it was answered with {status}")
        return await self._ended(attempt, Outcome.FAILED, f"it was answered with {status}")

    async def _journal_act(self, run: Run, attempt: Attempt, remedy: Remedy, call: Call) -> bool:
        """Write what is about to be done, with its undo; False where all acting was stopped."""
        detail = {
            "does": rules.shown_call(call),
            "undo": None if remedy.undo is None else rules.shown_call(remedy.undo),
            "given": _given(attempt),
        }
        async with self.pool.connection() as connection:
            if await remedies.write_act(
                connection, attempt.id, "act", detail, run=run.id, fence=run.fence
            ):
                return True
            why = await _stopped(connection, attempt)
        await self._ended(attempt, Outcome.REFUSED, why)
        return False

    async def _apply_fix(self, run: Run, attempt: Attempt, remedy: Remedy, caller: Caller) -> Next:
        """Let the plan for the issue be applied, by the rules for whoever asked for it."""
        waits_until = (self.clock.now() + _DAY).isoformat()
        if attempt.fix_run is not None:
            return {"look_at": None, "waits_until": waits_until}
        plan = await self._plan(run, attempt, remedy)
        if plan is None:
            return await self._not_applied(
                attempt, f"nothing was found that {remedy.fix} would cure"
            )
        shop = Workshop(self.solver.settings, self.solver.engine, self.solver.desk)
        try:
            async with self.pool.connection() as connection, connection.transaction():
                kept = await remedies.to_change(connection, attempt.id)
                await self._journal_fix(connection, run, attempt, plan)
                begun = await mending.apply(connection, shop, plan.id, caller)
                await remedies.update(connection, replace(kept, fix_run=begun.id))
        except Refused as error:
            return await self._not_applied(attempt, _sentence(error))
        return {"look_at": None, "waits_until": waits_until}

    async def _not_applied(self, attempt: Attempt, why: str) -> Next:
        """Keep that no fix is applied; another worker may have let one be, and nothing is left."""
        async with self.pool.connection() as connection, connection.transaction():
            kept = await remedies.to_change(connection, attempt.id)
            if kept.state is AttemptState.ACTING and kept.fix_run is None:
                await end(connection, kept, Outcome.REFUSED, why, self.clock.now())
        return _next(None)

    async def _journal_fix(
        self, connection: Connection, run: Run, attempt: Attempt, plan: KeptPlan
    ) -> None:
        detail = {"does": f"{plan.fix} on {plan.subject}", "plan": plan.id}
        if not await remedies.write_act(
            connection, attempt.id, "act", detail, run=run.id, fence=run.fence
        ):
            raise Refused(await _stopped(connection, attempt))

    async def _plan(self, run: Run, attempt: Attempt, remedy: Remedy) -> KeptPlan | None:
        """Return the plan of a fix that hangs on the issue, planned now where none does."""
        wanted = WantedPlans(
            self.clock.now() - self.solver.desk.rule.wait,
            (PlanState.WAITING, PlanState.APPROVED),
            remedy.target,
            remedy.fix,
            attempt.issue,
        )
        async with self.pool.connection() as connection:
            found = await fixes.plans(connection, wanted, 1)
        if not found:
            await self.mending.planned(
                {
                    "target": remedy.target,
                    "fix": remedy.fix,
                    "subject": None,
                    "issue": attempt.issue,
                    "actor": ACTOR,
                },
                run.id,
            )
            async with self.pool.connection() as connection:
                found = await fixes.plans(connection, wanted, 1)
        return found[0] if found else None

    async def after_fix(self, id_: str, said: Json) -> Next:
        """Watch what a fix has done; one that was not done has ended."""
        told = cast("Mapping[str, Any]", said)
        async with self.pool.connection() as connection:
            attempt = await remedies.find(connection, id_)
        if attempt.state is not AttemptState.ACTING:
            return _next(attempt.until if attempt.state is AttemptState.WATCHING else None)
        status = RunStatus(told["status"])
        if status is RunStatus.DONE:
            return await self._watch(attempt, self.solver.cures.remedy(attempt.remedy))
        outcome = {RunStatus.REFUSED: Outcome.REFUSED, RunStatus.UNSURE: Outcome.UNSURE}
        reason = told["reason"] or f"the fix is {status}"
        return await self._ended(attempt, outcome.get(status, Outcome.FAILED), reason)

    async def give_up(self, id_: str, why: str) -> None:
        """Keep that an act did not come to its end."""
        async with self.pool.connection() as connection, connection.transaction():
            attempt = await remedies.to_change(connection, id_)
            if attempt.state is AttemptState.ACTING:
                await end(connection, attempt, Outcome.FAILED, why, self.clock.now())

    async def _watch(self, attempt: Attempt, remedy: Remedy) -> Next:
        """Let an act be watched from now on."""
        settled_at = self.clock.now() + remedy.settles
        until = settled_at + remedy.stays_away
        async with self.pool.connection() as connection, connection.transaction():
            kept = await remedies.to_change(connection, attempt.id)
            if kept.state is AttemptState.ACTING:
                kept = replace(kept, state=AttemptState.WATCHING, until=until)
                await remedies.update(connection, kept)
                quiet = {"from": settled_at.isoformat(), "until": until.isoformat()}
                await remedies.write_journal(connection, attempt.id, WATCHED, quiet)
        return _next(kept.until)

    async def _ended(self, attempt: Attempt, outcome: Outcome, reason: str) -> Next:
        async with self.pool.connection() as connection, connection.transaction():
            kept = await remedies.to_change(connection, attempt.id)
            if kept.state is AttemptState.ACTING:
                await end(connection, kept, outcome, reason, self.clock.now())
        return _next(None)

    async def _note(self, attempt: Attempt, event: str, detail: Mapping[str, Any]) -> None:
        async with self.pool.connection() as connection:
            await remedies.write_journal(connection, attempt.id, event, detail)

    # Taking back

    async def undo(self, run: Run, id_: str, actor: str) -> bool:
        """Make the call that takes an act back; it is made once, whatever becomes of it."""
        async with self.pool.connection() as connection:
            attempt = await remedies.find(connection, id_)
            journal = [entry.event for entry in await remedies.journal(connection, id_)]
        remedy = self.solver.cures.remedy(attempt.remedy)
        if remedy.undo is None or journal.count("undo") > journal.count("not undone"):
            return False
        call = rules.rendered(remedy.undo, _given(attempt))
        async with self.pool.connection() as connection, connection.transaction():
            act = f"undo remedy {attempt.remedy}"
            await access.write_audit(connection, actor, act, attempt.target, None, {"attempt": id_})
            if not await remedies.write_act(
                connection,
                id_,
                "undo",
                {"does": rules.shown_call(call)},
                run=run.id,
                fence=run.fence,
                though_stopped=True,
            ):
                raise Overtaken(id_)
        try:
            status = await self.calls.make(call, f"{id_}-undo", self.clock.now())
        except FettleError as error:
            return await self._not_undone(attempt, error.reason)
        if not 200 <= status < 300:
            return await self._not_undone(attempt, f"it was answered with {status}")
        async with self.pool.connection() as connection, connection.transaction():
            kept = await remedies.to_change(connection, id_)
            await remedies.write_journal(connection, id_, "undone", {"status": status})
            await end(connection, kept, Outcome.UNDONE, f"{actor} took it back", self.clock.now())
        return True

    async def _not_undone(self, attempt: Attempt, why: str) -> bool:
        async with self.pool.connection() as connection, connection.transaction():
            await remedies.write_journal(connection, attempt.id, "not undone", {"reason": why})
            await tell(connection, attempt, "not-undone", why, ACTOR, self.clock.now())
        return False


async def _stopped(connection: Connection, attempt: Attempt) -> str:
    """Return why an act could not be journalled; raises Overtaken where nobody has stopped it."""
    stopped = await remedies.stopped(connection)
    if stopped is None:
        raise Overtaken(attempt.id)
    return f"{stopped.by} has stopped all acting: {stopped.reason}"


async def end(
    connection: Connection, attempt: Attempt, outcome: Outcome, reason: str, now: datetime
) -> None:
    """Keep what a use of a remedy came to, and tell its issue; the caller has locked it."""
    ended = replace(attempt, state=AttemptState.ENDED, outcome=outcome, reason=reason, ended_at=now)
    await remedies.update(connection, ended)
    await tell(connection, ended, _EVENTS[outcome], reason, ACTOR, now)


async def mended(connection: Connection, engine: Engine, run: FixRun) -> None:
    """Tell the remedy that let a fix be applied how that ended, or that it was taken back."""
    if run.undoes is not None:
        undone = await remedies.of_fix_run(connection, run.undoes)
        if undone is not None and run.status is RunStatus.DONE:
            kept = await remedies.to_change(connection, undone.id)
            when = run.finished_at or undone.created_at
            await end(connection, kept, Outcome.UNDONE, f"{run.actor} took it back", when)
        return
    attempt = await remedies.of_fix_run(connection, run.id)
    if attempt is not None:
        said = {"status": str(run.status), "reason": run.reason}
        await engine.signal(connection, UUID(attempt.id), MENDED, said)


_EVENTS: Mapping[Outcome, str] = {
    Outcome.RESOLVED: "helped",
    Outcome.CAME_BACK: "came-back",
    Outcome.FAILED: "failed",
    Outcome.UNDONE: "undone",
    Outcome.REFUSED: "refused",
    Outcome.UNSURE: "unsure",
    Outcome.UNKNOWN: "unknown",
}


def _given(attempt: Attempt) -> dict[str, str]:
    """Return what is filled into a call: ids, numbers, and names of the settings."""
    return {
        "attempt": attempt.id,
        "error": attempt.known,
        "issue": "" if attempt.issue is None else str(attempt.issue),
        "remedy": attempt.remedy,
        "target": attempt.target,
    }


def _next(look_at: datetime | None) -> Next:
    said = None if look_at is None else look_at.isoformat()
    return {"look_at": said, "waits_until": None}


def _sentence(error: FettleError) -> str:
    return error.reason if error.remedy is None else f"{error.reason}; {error.remedy}"
