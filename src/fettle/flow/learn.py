"""How a team's decisions are learnt.

1. Whoever reclassifies an issue, or closes one as it was classified, says so here, in the same
   transaction and last in it: the case is kept with what triage said and what it was. Both teach.
   Who learnt from corrections alone would hear of each kind of trouble only when it was wrong.
2. That starts a run which waits a while, one for all that is settled meanwhile, and then trains.
3. It trains in a process of its own, which is nice to the others, and keeps the model in the store,
   where every server finds it (flow.learnt). A refusal is kept in its place, and is tried again
   when something new was settled, not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid5

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import Refused
from fettle.flow.training import trained_apart
from fettle.model.classification import Classification
from fettle.model.ports import Clock
from fettle.model.run import Json
from fettle.store import decisions, trainings
from fettle.store.decisions import Decision
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.store.trainings import Training
from fettle.triage import told
from fettle.triage.case import Case

RUN = "learn"
# What a person has just corrected is to be learnt soon, what they let stand says little that is
# new. From one to two of these pass before it is.
SOON = timedelta(seconds=30)
LATER = timedelta(minutes=10)
# The newest decisions that are learnt from; see flow.training for what they cost.
MOST = 10_000

_TARGET = "what is learnt"
_WINDOWS = UUID("6d0f6a4e-0f3b-4a6e-9d6b-1f4c5f0a7c11")
_LONGEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Settled:
    """What a person said an issue was: `said` is what triage, or somebody, had made of the case."""

    issue: int
    case: Case
    said: Classification
    actor: str
    at: datetime


async def corrected(
    connection: Connection,
    engine: Engine,
    settled: Settled,
    right: Classification,
    *,
    pause: timedelta = SOON,
) -> None:
    """Keep that a person decided otherwise, and let it be learnt. The last of a transaction."""
    await decisions.settle(connection, _decision(settled, right, corrected=True))
    await _learn_after(connection, engine, settled.at, pause)


async def confirmed(
    connection: Connection, engine: Engine, settled: Settled, *, pause: timedelta = LATER
) -> None:
    """Keep that a person closed an issue as it was classified. The last of a transaction.

    Only for what a person has looked at: what ended by itself, was declined or merged confirms
    nothing.
    """
    await decisions.settle(connection, _decision(settled, settled.said, corrected=False))
    await _learn_after(connection, engine, settled.at, pause)


def runs(pool: Pool, clock: Clock) -> Mapping[str, Function]:
    """Return the run that learns, to be registered in the engine."""

    async def learn(run: Run, given: Json) -> Json:
        at = cast("Mapping[str, str]", given)["at"]
        await run.sleep_until(datetime.fromisoformat(at))
        return await run.step("learn", _learnt, pool, clock, timeout=_LONGEST, retries=2)

    return {RUN: learn}


async def learn_now(pool: Pool, clock: Clock, *, anew: bool = False) -> Training:
    """Train on what was settled, and keep the model; return what came of it.

    Without anything new since the last time nothing is done, unless it is to be done `anew`.
    """
    async with pool.connection() as connection:
        known, basis = await trainings.newest(connection), await decisions.basis(connection)
        last = known.refused or known.trained
        if last is not None and last.basis == basis and not anew:
            return last
        lessons = await decisions.lessons(connection, MOST)
    began = clock.now()
    model, reason, remedy = None, None, None
    try:
        model = await trained_apart(lessons)
    except Refused as error:
        reason, remedy = error.reason, error.remedy
    now = clock.now()
    training = Training(
        now, len(lessons), basis, (now - began).total_seconds(), refused=reason, remedy=remedy
    )
    async with pool.connection() as connection:
        await trainings.keep(connection, training, model)
    return training


async def _learnt(pool: Pool, clock: Clock) -> Json:
    training = await learn_now(pool, clock)
    return {"decisions": training.decisions, "refused": training.refused}


async def _learn_after(
    connection: Connection, engine: Engine, now: datetime, pause: timedelta
) -> None:
    """Start the run that learns at the end of the next period; one for all who ask in this one.

    So every transaction has a whole period to be committed before its lesson is looked for.
    """
    seconds = pause.total_seconds()
    due = datetime.fromtimestamp((now.timestamp() // seconds + 2) * seconds, UTC)
    id_ = uuid5(_WINDOWS, f"{due.isoformat()} {pause}")
    if await engine.find(connection, id_) is None:
        await engine.start(
            connection, RUN, {"at": due.isoformat()}, kind="learn", target=_TARGET, id_=id_
        )


def _decision(settled: Settled, right: Classification, *, corrected: bool) -> Decision:
    return Decision(
        settled.issue,
        told.written(settled.case),
        settled.said,
        right,
        corrected,
        settled.actor,
        settled.at,
    )
