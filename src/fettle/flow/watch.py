"""Fettle's own looks, made by themselves: what they find becomes signals.

1. Each target of each schedule has a timer. When it rings it is set anew, for the next slot that
   is still to come (so whatever was missed is made up for by one look), and a run is started,
   unless the one before has not ended. Those that begin together are spread over a minute, in an
   order that follows from their names: they never all look at once.
2. A run looks, as `fettle check` does, and compares with what was filed before. What a service
   needs has looks of its own: what they saw lately explains what is found of the service. What
   goes on now, the signals (intake.checked, pure), the samples and the diagnosis become true
   together, and only if nobody else has done so since the run read what was filed before: whatever
   is repeated, killed or taken over, nothing is filed or counted twice and nothing is forgotten.
3. What was seen first, and a target of which nothing could be seen, is looked at again soon, before
   anybody is told.
4. What the settings plan holds from the next start on: `prepare` sets the timers, and takes back
   those that nobody plans any more. What goes on in a target that is not watched any more, or was
   found by a check that is not asked any more, ends then, and says so: nobody would ever end it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid4

from psycopg.errors import CheckViolation

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.accept import accept
from fettle.diagnosis.untold import with_untold
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.run import Run
from fettle.errors import BadSettings, WrongUsage
from fettle.flow import asked, network, sampled
from fettle.flow.explaining import Explaining
from fettle.flow.filed import file
from fettle.flow.look import Questions
from fettle.flow.look_at import Eyes, look_at
from fettle.flow.schedules import Planned, planned
from fettle.flow.unasked import end_what_nobody_asks
from fettle.intake import checked
from fettle.intake.checked import Judged
from fettle.model.diagnosis import Diagnosis
from fettle.model.ports import Clock
from fettle.model.run import Json, Timer
from fettle.model.target import Kind, Target
from fettle.model.watched import Watched
from fettle.settings import Settings
from fettle.store import partitions, runs, samples, timers, watched
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.store.watched import Looked, Read

KIND = "watch"

# Those that begin together have all looked once within it.
_SPREAD = timedelta(minutes=1)
# Longer than most restarts take, and so short that an outage is told of within a minute of being
# seen first.
_RETRY = timedelta(seconds=30)

_AFTER = timedelta(seconds=2)  # between a look that is at work and one that is wanted after it

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ways:
    """How targets are looked at, by their names, and how a diagnosis is written down.

    `ask` says what is asked of a target on a plan.
    """

    eyes: Eyes
    targets: Mapping[str, Target]
    document: Callable[[Diagnosis], Mapping[str, Any]]
    ask: Callable[[Planned, Target], Questions]


async def prepare(connection: Connection, settings: Settings, clock: Clock) -> list[Planned]:
    """Set the timers that the settings plan, in a transaction of its own; raises BadSettings."""
    _refuse_unknown(settings)
    plans = {one.subject: one for one in planned(settings)}
    for plan in plans.values():
        _refuse_idle(plan)
    now = clock.now()
    await partitions.prepare(connection, now)
    async with connection.transaction():
        pending = {one.subject: one for one in await timers.of_kind(connection, KIND)}
        for subject in pending.keys() - plans.keys():
            await timers.unschedule(connection, KIND, subject)
        waiting = {one: pending[one] for one in plans if one in pending}
        late = [plan for plan in plans.values() if _is_late(waiting.get(plan.subject), now)]
        begins = spread(late, now)
        for subject, plan in plans.items():
            before = waiting.get(subject)
            run = _run_of(before.detail) if before else None
            due_at = begins.get(subject, now + plan.every)
            if before is not None and subject not in begins:
                due_at = min(before.due_at, due_at)
            await timers.schedule(connection, KIND, subject, due_at, _detail(plan, run))
        await end_what_nobody_asks(connection, list(plans.values()), settings, now)
    return list(plans.values())


def _refuse_unknown(settings: Settings) -> None:
    """Raise BadSettings for a check that is named in the section of a target and does not exist."""
    checks = unit.checks()
    ask.refuse_unknown(checks, settings.limits)
    for one in settings.outside:
        section = f"[[{one.kind}]] {one.name}"
        ask.refuse_unknown(checks, one.skip, f"{section}: skip")
        ask.refuse_unknown(checks, one.limits, f"{section}: limits")
    for database in settings.database:
        ask.refuse_unknown(checks, database.limits, f"[[database]] {database.name}: limits")


def spread(plans: Sequence[Planned], now: datetime) -> Mapping[str, datetime]:
    """Return when each of those is looked at that would be all at once: within a minute."""
    ordered = sorted(plans, key=lambda plan: sha256(plan.subject.encode()).digest())
    return {
        plan.subject: now + place * min(_SPREAD, plan.every) / len(ordered)
        for place, plan in enumerate(ordered)
    }


def _is_late(timer: Timer | None, now: datetime) -> bool:
    """Whether a look is due now: it never was planned, or the server was away."""
    return timer is None or timer.due_at <= now


class Watch:
    """What makes the checks: handlers of timers, which start runs, and the runs' function."""

    def __init__(
        self, pool: Pool, engine: Engine, clock: Clock, settings: Settings, ways: Ways
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._ways = ways
        self._plans = {one.subject: one for one in planned(settings)}
        self._explaining = Explaining(pool, clock, settings, ways.targets)

    @property
    def timers(self) -> Mapping[str, Handler]:
        """The handler, by the kind of its timers."""
        return {KIND: self._ring}

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {KIND: self._run}

    async def _ring(self, connection: Connection, timer: Timer) -> None:
        """Set the timer for the next slot, and start a run."""
        detail = cast("Mapping[str, Any]", timer.detail)
        run = _run_of(detail)
        before = None if run is None else await runs.find(connection, run)
        if before is None or before.state.ended:
            if before is not None:
                await runs.forget(connection, before.id)
            run = await self._engine.start(
                connection,
                KIND,
                {"watch": timer.subject},
                kind=KIND,
                target=str(detail.get("target", detail.get("database"))),  # as Fettle 0.1 called it
                label=detail["on"],
                id_=uuid4(),
            )
        elif detail.get("wanted"):  # somebody has asked for it meanwhile: it comes right after
            soon = self._clock.now() + _AFTER
            await timers.schedule(connection, KIND, timer.subject, soon, timer.detail)
            return
        else:
            _log.info("%s is left out: the look before it has not ended", timer.subject)
        every = timedelta(seconds=float(detail["every_s"]))
        due_at = next_slot(timer.due_at, every, self._clock.now())
        again = {name: value for name, value in detail.items() if name != "wanted"}
        again["run"] = str(run)
        # a slot that has rung does not ring again: a clock that was put back can come to it twice
        while not await timers.schedule(connection, KIND, timer.subject, due_at, again):
            due_at += every

    async def _run(self, run: Run, given: Json) -> Json:
        subject = str(cast("Mapping[str, Any]", given)["watch"])
        plan = self._plans.get(subject)
        if plan is None:
            raise WrongUsage(
                f"nothing plans {subject}",
                remedy="give each worker that makes checks the server's fettle.toml",
            )
        return await run.step("look", self.look, plan, run.id)

    async def look(self, plan: Planned, run: UUID) -> Json:
        """Look at a target, and keep and file what that comes to: once for each run."""
        async with self._pool.connection() as connection:
            before = await watched.read(connection, plan.place.target)
        if before.run == run:  # it was kept, and whoever did was cut off before saying so
            return {"status": before.status, "filed": 0, "repeated": True}
        target = self._ways.targets[plan.place.target]
        questions = self._ways.ask(plan, target)
        diagnosis = await self._diagnosed(target, questions, before.watched)
        asked_ = {check.id for check, _ in questions.checks}
        judged = checked.judged(before.watched, diagnosis, plan.place, asked_)
        try:
            kept = await self._keep(_Look(plan, run, before, diagnosis, judged))
        except CheckViolation:  # no server has made the parts of tables for so long
            async with self._pool.connection() as connection:
                await partitions.prepare(connection, self._clock.now())
            kept = await self._keep(_Look(plan, run, before, diagnosis, judged))
        if not kept:
            await self._again_soon(plan)
            return {"status": diagnosis.status, "filed": 0, "overtaken": True}
        return {"status": diagnosis.status, "filed": len(judged.signals)}

    async def _diagnosed(self, target: Target, questions: Questions, before: Watched) -> Diagnosis:
        diagnosis = await look_at(target, self._ways.eyes, lambda _: questions, self._clock)
        diagnosis = with_untold(diagnosis, questions.checks, before.told)
        diagnosis = await self._explaining.explained(diagnosis, target)
        ignores = asked.ignores(self._settings, self._clock.now().date())
        return accept(diagnosis, ignores, ())

    async def _keep(self, look: "_Look") -> bool:
        """Keep what goes on now with its signals; False when somebody else did meanwhile."""
        now, plan, place = self._clock.now(), look.plan, look.plan.place
        away = checked.is_away(look.diagnosis, place)
        looked = Looked(_status(look), look.run, plan.on, away)
        async with self._pool.connection() as connection, connection.transaction():
            of = place.target, place.kind
            version = look.before.version
            id_ = await watched.write(connection, of, look.judged.now, version, now, looked)
            if id_ is None:
                return False
            of_all = await network.judge(connection, plan.on, look.before, now, away=away)
            # what makes others no news begins before them, and ends after them
            begun = [signal for signal in of_all if signal.firing]
            over = [signal for signal in of_all if not signal.firing]
            await file(connection, (*begun, *look.judged.signals, *over), now)
            await self._sample(connection, id_, look)
            if look.judged.soon:
                soon = now + min(_RETRY, plan.every)
                await timers.hasten(connection, KIND, plan.subject, soon)
        return True

    async def _sample(self, connection: Connection, id_: int, look: "_Look") -> None:
        """Keep how a look went, what it measured, and its diagnosis."""
        diagnosis, plan, keep = look.diagnosis, look.plan, self._settings.keep
        known = await samples.series(connection, id_)
        chosen = sampled.chosen(diagnosis, known, diagnosis.started_at, keep.most_series)
        took = sampled.took(id_, plan.schedule, diagnosis)
        await samples.keep(connection, took, chosen.kept, chosen.cut)
        if diagnosis.unreachable is None:
            await watched.save_diagnosis(
                connection,
                self._ways.document(diagnosis),
                plan.place.kind,
                plan.schedule,
                diagnosis.started_at,
                self._settings.intake.keep,
            )

    async def _again_soon(self, plan: Planned) -> None:
        async with self._pool.connection() as connection:
            await timers.hasten(connection, KIND, plan.subject, self._clock.now() + _RETRY)


@dataclass(frozen=True)
class _Look:
    """A look of a run, what was known before, and what it comes to."""

    plan: Planned
    run: UUID
    before: Read
    diagnosis: Diagnosis
    judged: Judged


def _status(look: _Look) -> str:
    """Return how a target is: by a look, and by what goes on that other schedules ask about."""
    asked_ = {outcome.check for outcome in look.diagnosis.outcomes}
    others = [
        filed.severity
        for key, filed in look.judged.now.firing.items()
        if (check := key.partition(":")[0]) in unit.checks() and check not in asked_
    ]
    own, worst = look.diagnosis.worst, max(others, default=None)
    if worst is None or (own is not None and own >= worst):
        return look.diagnosis.status
    return worst.label


def _refuse_idle(plan: Planned) -> None:
    """Refuse a plan that names a check that is none, or only those of other kinds of targets."""
    where = plan.where
    try:
        chosen = ask.chosen(unit.checks(), only=plan.only, skip=plan.skip)
    except WrongUsage as error:
        raise BadSettings(f"{where}: {error.reason}", remedy=error.remedy) from None
    is_database = plan.place.kind is Kind.DATABASE
    named = plan.only or plan.skip
    if named and not any(check.of_databases == is_database for check in chosen):
        raise BadSettings(
            f"{where}: none of its checks looks at the {plan.place.kind} {plan.place.target}",
            remedy="leave out `only`, or name in `targets` what these checks look at",
        )


def next_slot(due_at: datetime, every: timedelta, now: datetime) -> datetime:
    """Return the first slot after a moment; what was missed before it is left out."""
    missed = max(0, (now - due_at) // every)
    return due_at + (missed + 1) * every


def _detail(plan: Planned, run: UUID | None) -> dict[str, Json]:
    return {
        "target": plan.place.target,
        "every_s": plan.every.total_seconds(),
        "on": plan.on,
        "run": None if run is None else str(run),
    }


def _run_of(detail: Json) -> UUID | None:
    run = cast("Mapping[str, Any]", detail)["run"]
    return None if run is None else UUID(run)
