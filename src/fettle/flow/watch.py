"""Fettle's own checks, made by themselves: what they find becomes signals.

1. Each database of each schedule has a timer. When it rings it is set anew, for the next slot that
   is still to come (so whatever was missed is made up for by one look), and a run is started,
   unless the one before has not ended.
2. A run looks, as `fettle check` does, and compares with what was filed before. What goes on now,
   the signals (intake.checked, pure) and the diagnosis become true together, and only if nobody
   else has done so since the run read what was filed before: whatever is repeated, killed or taken
   over, nothing is filed twice and nothing is forgotten.
3. A database of which nothing could be seen is looked at again soon, before anybody is told.
4. What the settings plan holds from the next start on: `prepare` sets the timers, and takes back
   those that nobody plans any more. What goes on in a database that is not watched any more is
   left as it is: nobody knows.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.accept import accept
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.run import Run
from fettle.errors import BadSettings, WrongUsage
from fettle.flow import asked
from fettle.flow.look import Connect, diagnose
from fettle.flow.schedules import Planned, planned
from fettle.intake import checked, own
from fettle.intake.checked import Judged
from fettle.model.diagnosis import Diagnosis
from fettle.model.ports import Clock
from fettle.model.run import Json, Timer
from fettle.model.signal import Signal
from fettle.model.target import Target
from fettle.settings import Settings
from fettle.store import deliveries, runs, timers, watched
from fettle.store.deliveries import Arrived
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.store.watched import Read

KIND = "watch"

# Longer than most restarts take, and so short that an outage is told of within a minute of being
# seen first.
_RETRY = timedelta(seconds=30)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ways:
    """How databases are reached, by their names, and how a diagnosis is written down."""

    connect: Connect
    targets: Mapping[str, Target]
    document: Callable[[Diagnosis], Mapping[str, Any]]


async def prepare(connection: Connection, settings: Settings, clock: Clock) -> list[Planned]:
    """Set the timers that the settings plan, in a transaction of its own; raises BadSettings."""
    plans = {one.subject: one for one in planned(settings)}
    for plan in plans.values():
        _refuse_unknown_checks(plan)
    now = clock.now()
    async with connection.transaction():
        pending = {one.subject: one for one in await timers.of_kind(connection, KIND)}
        for subject in pending.keys() - plans.keys():
            await timers.unschedule(connection, KIND, subject)
        for subject, plan in plans.items():
            before = pending.get(subject)
            run = _run_of(before.detail) if before else None
            due_at = min(before.due_at, now + plan.every) if before else now
            await timers.schedule(connection, KIND, subject, due_at, _detail(plan, run))
    return list(plans.values())


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
                target=str(detail["database"]),
                label=detail["on"],
                id_=uuid4(),
            )
        else:
            _log.info("%s is left out: the look before it has not ended", timer.subject)
        every = timedelta(seconds=float(detail["every_s"]))
        due_at = next_slot(timer.due_at, every, self._clock.now())
        again = {**detail, "run": str(run)}
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
        return await run.step("look", self.look, plan)

    async def look(self, plan: Planned) -> Json:
        """Look at a database, and keep and file what that comes to."""
        place = plan.place
        async with self._pool.connection() as connection:
            before = await watched.read(connection, place.database)
        diagnosis = await self._diagnosed(plan)
        judged = checked.judged(before.watched, diagnosis, place)
        if not await self._keep(plan, before, diagnosis, judged):
            await self._again_soon(plan)
            return {"status": diagnosis.status, "filed": 0, "overtaken": True}
        return {"status": diagnosis.status, "filed": len(judged.signals)}

    async def _diagnosed(self, plan: Planned) -> Diagnosis:
        target = self._ways.targets[plan.place.database]
        questions = asked.questions(self._settings, target, only=plan.only, skip=plan.skip)
        diagnosis = await diagnose(target, self._ways.connect, questions, self._clock)
        ignores = asked.ignores(self._settings, self._clock.now().date())
        return accept(diagnosis, ignores, ())

    async def _keep(
        self, plan: Planned, before: Read, diagnosis: Diagnosis, judged: Judged
    ) -> bool:
        """Keep what goes on now with its signals; False when somebody else did meanwhile."""
        now, database = self._clock.now(), plan.place.database
        async with self._pool.connection() as connection, connection.transaction():
            if not await watched.write(connection, database, judged.now, before.version, now):
                return False
            await file(connection, judged.signals, now)
            if diagnosis.unreachable is None:
                await watched.save_diagnosis(
                    connection,
                    self._ways.document(diagnosis),
                    plan.schedule,
                    diagnosis.started_at,
                    self._settings.intake.keep,
                )
            if checked.is_first_miss(judged.now):
                await timers.hasten(connection, KIND, plan.subject, now + _RETRY)
        return True

    async def _again_soon(self, plan: Planned) -> None:
        async with self._pool.connection() as connection:
            await timers.hasten(connection, KIND, plan.subject, self._clock.now() + _RETRY)


async def file(connection: Connection, signals: Sequence[Signal], now: datetime) -> None:
    """File signals about watched databases, in the caller's transaction."""
    if signals:
        arrived = Arrived(now, checked.HOOK, own.VENDOR, {}, own.written(signals))
        await deliveries.keep(connection, [arrived])


def _refuse_unknown_checks(plan: Planned) -> None:
    try:
        ask.chosen(unit.checks(), only=plan.only, skip=plan.skip)
    except WrongUsage as error:
        where = f"[[schedule]] {plan.schedule}"
        raise BadSettings(f"{where}: {error.reason}", remedy=error.remedy) from None


def next_slot(due_at: datetime, every: timedelta, now: datetime) -> datetime:
    """Return the first slot after a moment; what was missed before it is left out."""
    missed = max(0, (now - due_at) // every)
    return due_at + (missed + 1) * every


def _detail(plan: Planned, run: UUID | None) -> dict[str, Json]:
    return {
        "database": plan.place.database,
        "every_s": plan.every.total_seconds(),
        "on": plan.on,
        "run": None if run is None else str(run),
    }


def _run_of(detail: Json) -> UUID | None:
    run = cast("Mapping[str, Any]", detail)["run"]
    return None if run is None else UUID(run)
