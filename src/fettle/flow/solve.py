"""What workers do about known errors: a remedy acts, and its effect is watched.

1. It is asked whether the trouble is still there: the signal goes on, the probe or the check shows
   it. Then, with everybody else's acts locked out, whether it may act now (resolution.guards); that
   it does is audited, and counted, before it is done.
2. The act and its undo are journalled in one statement, which fails once somebody has stopped all
   acting, or another worker has the run. Then it is done: one call, or one plan of a fix.
3. Cut off between the journal and the answer nothing is done again, unless the remedy is a retry,
   whose key makes twice the same as once. What became of it is left to the signals, and proves
   nothing.
4. It is watched, with nothing in flight, and then judged by what was heard meanwhile
   (resolution.effect): an answer says that it was done, and silence that it helped.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from fettle.engine.backoff import Backoff
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import FettleError, NotFound, StepFailed
from fettle.flow.places import Places
from fettle.flow.showing import Showing
from fettle.flow.solving import RUN, UNDO, Solver, tell
from fettle.flow.treat import CUT_OFF, MENDED, WATCHED, Treating, end
from fettle.model.fix import RunStatus
from fettle.model.ports import Clock
from fettle.model.remedy import Attempt, AttemptEntry, AttemptState, Outcome, Remedy
from fettle.model.run import Json
from fettle.model.signal import SignalKind
from fettle.resolution import remedies as rules
from fettle.resolution.effect import Effect, Heard, effect, still_comes
from fettle.resolution.guards import Acted, Held, may_act
from fettle.store import access, issues, remedies
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_TRIES = 4
_PAUSES = Backoff(timedelta(seconds=2), timedelta(seconds=30))
_DAY = timedelta(days=1)
_LATEST = 50  # acts of a remedy on its target that the breaker looks back on


# Asks what told of trouble, where that does not tell by itself: of alerts, and of an issue.
LookAgain = Callable[[Sequence[int], int | None], Awaitable[None]]


@dataclass(frozen=True)
class Solving:
    """The runs, to be registered in the engine.

    `look_again` lets be heard what has to be asked for before silence proves anything.
    """

    treating: Treating
    places: Places
    pauses: Backoff = _PAUSES
    look_again: LookAgain | None = None

    @property
    def pool(self) -> Pool:
        """The store."""
        return self.treating.pool

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return self.treating.clock

    @property
    def solver(self) -> Solver:
        """What is known, and what may be done."""
        return self.treating.solver

    @property
    def showing(self) -> Showing:
        """What tells whether trouble is there."""
        return Showing(self.solver.settings, self.places, self.treating.calls, self.clock)

    @property
    def runs(self) -> Mapping[str, Function]:
        """The functions, by the names of their runs."""
        return {RUN: self._solve, UNDO: self._take_back}

    async def _solve(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, str]", given)
        id_ = wish["attempt"]
        why_not = await run.step("ask", self._why_not, id_, retries=_TRIES, backoff=self.pauses)
        may = await run.step("begin", self._begin, id_, why_not, wish["actor"], retries=_TRIES)
        if not may:
            return {"acted": False}
        try:
            done = await run.step(
                "act", self.treating.act, run, id_, wish, retries=_TRIES, backoff=self.pauses
            )
        except StepFailed as error:
            await run.step("give up", self.treating.give_up, id_, error.reason, retries=_TRIES)
            return {"acted": True}
        if done["waits_until"] is not None:
            said = await self._mended(run, datetime.fromisoformat(done["waits_until"]))
            done = await run.step("mended", self.treating.after_fix, id_, said, retries=_TRIES)
        if done["look_at"] is not None:
            await run.sleep_until(datetime.fromisoformat(done["look_at"]), "watch")
            await run.step("look", self._look, id_, retries=_TRIES, backoff=self.pauses)
        return {"acted": True}

    # May it, now?

    async def _why_not(self, id_: str) -> str | None:
        """Return why there is nothing to act on; None where the trouble is there."""
        async with self.pool.connection() as connection:
            attempt = await remedies.find(connection, id_)
            if attempt.issue is None:
                return "its issue is gone"
            issue = await issues.find(connection, attempt.issue)
            heard = await _heard(connection, attempt)
        try:
            remedy = self.solver.cures.remedy(attempt.remedy)
        except NotFound as error:
            return error.reason
        if not issue.status.is_live:
            return f"the issue is {issue.status}"
        if heard and not still_comes(heard):
            return "the error does not come any more"
        try:
            shown = await self.showing.by_remedy(remedy)
        except FettleError as error:
            return f"whether it is needed could not be looked at: {error.reason}"
        return shown.says if shown.there is False else None

    async def _begin(self, id_: str, why_not: str | None, actor: str) -> bool:
        """Let it act, unless something stands against it; that is decided by one at a time."""
        now = self.clock.now()
        async with self.pool.connection() as connection, connection.transaction():
            stopped = await remedies.lock(connection)
            await remedies.leave_unsure(connection, now)
            attempt = await remedies.to_change(connection, id_)
            if attempt.state is not AttemptState.QUEUED:
                return attempt.state.in_flight
            held = why_not
            if held is None:
                remedy = self.solver.cures.remedy(attempt.remedy)
                past = [
                    Acted(one.remedy, one.target, one.at, one.outcome, one.ended_at)
                    for one in await remedies.acted(
                        connection, remedy.name, remedy.target, now - _DAY, _LATEST
                    )
                ]
                verdict = may_act(remedy, past, self.solver.cures.limits, stopped, now)
                held = _said(verdict) if isinstance(verdict, Held) else None
            if held is not None:
                await end(connection, attempt, Outcome.REFUSED, held, now)
                return False
            await self._allow(connection, attempt, actor, now)
            return True

    async def _allow(
        self, connection: Connection, attempt: Attempt, actor: str, now: datetime
    ) -> None:
        does = rules.shown(self.solver.cures.remedy(attempt.remedy))
        detail = {"attempt": attempt.id, "issue": attempt.issue, "does": does}
        act = f"remedy {attempt.remedy}"
        await access.write_audit(connection, actor, act, attempt.target, None, detail)
        watched = () if attempt.issue is None else await remedies.alerts(connection, attempt.issue)
        acting = replace(attempt, state=AttemptState.ACTING, acted_at=now, watched=watched)
        await remedies.update(connection, acting)
        await tell(connection, acting, "begun", does, actor, now)

    # What it came to

    async def _look(self, id_: str) -> None:
        """Judge an act by what was heard since; once."""
        async with self.pool.connection() as connection:
            attempt = await remedies.find(connection, id_)
            journal = await remedies.journal(connection, id_)
        if attempt.state is not AttemptState.WATCHING:
            return
        found = await self._effect(attempt, journal)
        if any(entry.event == CUT_OFF for entry in journal):
            found = Effect(Outcome.UNSURE, f"it was cut off, and may not have acted; {found.why}")
        async with self.pool.connection() as connection, connection.transaction():
            kept = await remedies.to_change(connection, id_)
            if kept.state is AttemptState.WATCHING:
                await end(connection, kept, found.outcome, found.why, self.clock.now())

    async def _effect(self, attempt: Attempt, journal: Sequence[AttemptEntry]) -> Effect:
        try:
            remedy = self.solver.cures.remedy(attempt.remedy)
        except NotFound as error:
            return Effect(Outcome.UNKNOWN, error.reason)
        try:
            if self.look_again is not None:
                await self.look_again(attempt.watched, attempt.issue)
        except FettleError as error:
            return Effect(Outcome.UNKNOWN, f"whether it goes on could not be seen: {error.reason}")
        async with self.pool.connection() as connection:
            heard = await _heard(connection, attempt)
        found = effect(heard, _settled_at(attempt, remedy, journal))
        if found.outcome is not Outcome.RESOLVED:
            return found
        try:
            shown = await self.showing.by_remedy(remedy)
        except FettleError as error:
            return Effect(Outcome.UNKNOWN, f"{found.why}, but the rest: {error.reason}")
        if shown.there:
            return Effect(Outcome.CAME_BACK, f"{found.why}, but {shown.says}")
        return found

    async def _mended(self, run: Run, until: datetime) -> Json:
        try:
            return await run.wait_for(MENDED, until)
        except TimeoutError:
            return {"status": str(RunStatus.UNSURE), "reason": "the fix has not ended within a day"}

    async def _take_back(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, str]", given)
        return await run.step("undo", self.treating.undo, run, wish["attempt"], wish["actor"])


def _settled_at(attempt: Attempt, remedy: Remedy, journal: Sequence[AttemptEntry]) -> datetime:
    """Return from when on no signal may have come; earlier versions did not journal it."""
    watched = next((entry for entry in journal if entry.event == WATCHED), None)
    if watched is not None:
        return datetime.fromisoformat(cast("str", watched.detail["from"]))
    assert attempt.until is not None  # noqa: S101 - it is set by what lets it be watched
    return attempt.until - remedy.stays_away


async def _heard(connection: Connection, attempt: Attempt) -> list[Heard]:
    found = await remedies.heard(connection, attempt.watched, attempt.issue)
    return [Heard(one.title, SignalKind(one.kind), one.goes_on, one.fired_at) for one in found]


def _said(held: Held) -> str:
    if held.until is None:
        return held.why
    return f"{held.why}; not before {held.until:%Y-%m-%d %H:%M} UTC"
