"""The tables of runs and steps: one statement each, so that what it says is true at one moment.

What a worker says carries the fence of the run that it took. Where the run has another one by now
nothing is written, and the answer is None or False.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from fettle.model.run import Json, RunRecord, RunState, StepRecord, StepState
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Hold:
    """A run as one worker took it."""

    run: UUID
    fence: int


@dataclass(frozen=True)
class Queued:
    """A run that workers are to be told of, and the label that they need."""

    run: UUID
    label: str | None


@dataclass(frozen=True)
class Worker:
    """Who takes runs: its id, what it can run, and the labels that it carries."""

    id: UUID
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Owned:
    """A run that a worker has by the books, and whether somebody wants it to end."""

    hold: Hold
    cancelled: bool


@dataclass(frozen=True)
class Looked:
    """What a look for an event came to; `signals` counts the events that the run was sent."""

    signals: int
    found: bool
    payload: Json


# Whoever starts, tells and asks


async def start(connection: Connection, run: RunRecord) -> bool:
    """Keep a new run; False when there is one of that id."""
    return bool(
        await statements.run(
            connection,
            "engine/start",
            id=run.id,
            kind=run.kind,
            name=run.name,
            target=run.target and statements.storable(run.target),
            input=statements.json(run.input),
            label=run.label,
            now=run.created_at,
        )
    )


async def find(connection: Connection, id_: UUID) -> RunRecord | None:
    """Return a run."""
    rows = await statements.run(connection, "engine/find", id=id_)
    return _run(rows[0]) if rows else None


async def forget(connection: Connection, id_: UUID) -> None:
    """Forget a run that did what it was to do."""
    await statements.run(connection, "engine/forget_run", run=id_)


async def newest(
    connection: Connection, state: RunState | None, kind: str | None, limit: int
) -> list[RunRecord]:
    """Return the newest runs, of one state and of one kind where these are given."""
    rows = await statements.run(
        connection, "engine/list", state=state and str(state), kind=kind, limit=limit
    )
    return [_run(row) for row in rows]


async def steps(connection: Connection, run: UUID) -> list[StepRecord]:
    """Return the steps of a run, in the order in which they were begun."""
    rows = await statements.run(connection, "engine/steps", run=run)
    return [StepRecord(**{**row, "state": StepState(row["state"])}) for row in rows]


async def signal(
    connection: Connection, run: UUID, key: str, payload: Json, now: datetime
) -> tuple[bool, Queued | None]:
    """Tell a run of an event: whether there was one to tell, and whom it woke."""
    rows = await statements.run(
        connection,
        "engine/signal",
        run=run,
        key=statements.storable(key),
        payload=statements.json(payload),
        now=now,
    )
    return bool(rows), Queued(run, rows[0]["label"]) if rows and rows[0]["queued"] else None


async def cancel(connection: Connection, run: UUID, now: datetime) -> tuple[bool, str | None]:
    """Ask a run to end: whether it had not ended yet, and the target that this has freed."""
    rows = await statements.run(connection, "engine/cancel", id=run, now=now)
    return bool(rows), rows[0]["target"] if rows and rows[0]["ends"] else None


async def settle_unsure(
    connection: Connection, run: UUID, state: StepState, error: str | None, now: datetime
) -> Queued | None:
    """Write what a person says of the step that was cut off; None when the run is not unsure."""
    rows = await statements.run(
        connection, "engine/settle_unsure", id=run, state=str(state), error=error, now=now
    )
    return Queued(run, rows[0]["label"]) if rows else None


# Whoever has a run


async def take(
    connection: Connection, run: UUID, worker: Worker, now: datetime
) -> RunRecord | None:
    """Take a queued run; None when it is not to be had, or another one holds its target."""
    try:
        rows = await statements.run(
            connection,
            "engine/take",
            id=run,
            worker=worker.id,
            names=list(worker.names),
            labels=list(worker.labels),
            now=now,
        )
    except psycopg.errors.UniqueViolation:  # another of the target was taken at this moment
        return None
    return _run(rows[0]) if rows else None


async def begin_step(connection: Connection, hold: Hold, step: StepRecord) -> bool | None:
    """Keep that an attempt at a step begins; False when the run is to be cancelled."""
    rows = await statements.run(
        connection,
        "engine/begin_step",
        run=hold.run,
        fence=hold.fence,
        name=step.name,
        number=step.number,
        idempotent=step.idempotent,
        attempt=step.attempts,
        now=step.started_at,
    )
    return not rows[0]["cancelled"] if rows else None


async def end_step(connection: Connection, hold: Hold, step: StepRecord, now: datetime) -> bool:
    """Keep how an attempt at a step ended."""
    return bool(
        await statements.run(
            connection,
            "engine/end_step",
            run=hold.run,
            fence=hold.fence,
            name=step.name,
            state=str(step.state),
            result=statements.json(step.result) if step.state is StepState.DONE else None,
            error=step.error and statements.storable(step.error),
            wake_at=step.wake_at,
            now=now,
        )
    )


async def begin_wait(connection: Connection, hold: Hold, step: StepRecord) -> bool:
    """Keep that the run waits in this step."""
    return bool(
        await statements.run(
            connection,
            "engine/begin_wait",
            run=hold.run,
            fence=hold.fence,
            name=step.name,
            number=step.number,
            wake_at=step.wake_at,
            now=step.started_at,
        )
    )


async def take_event(
    connection: Connection, hold: Hold, step: str, key: str, now: datetime
) -> Looked | None:
    """Give a waiting step the oldest event of its key, if there is one, and end it with that."""
    rows = await statements.run(
        connection,
        "engine/take_event",
        run=hold.run,
        fence=hold.fence,
        name=step,
        key=statements.storable(key),
        now=now,
    )
    return Looked(**rows[0]) if rows else None


async def suspend(
    connection: Connection,
    hold: Hold,
    *,
    wake_at: datetime | None,
    signals: int,
    keeps_target: bool,
    now: datetime,
) -> RunState | None:
    """Let the run wait: WAITING, or QUEUED when it was told something since `signals`."""
    rows = await statements.run(
        connection,
        "engine/suspend",
        id=hold.run,
        fence=hold.fence,
        wake_at=wake_at,
        signals=signals,
        keeps_target=keeps_target,
        now=now,
    )
    return RunState(rows[0]["state"]) if rows else None


async def hand_back(connection: Connection, hold: Hold, now: datetime, *, forgiven: bool) -> bool:
    """Give the run back to the queue; `forgiven` does not count it as an attempt."""
    return bool(
        await statements.run(
            connection,
            "engine/hand_back",
            id=hold.run,
            fence=hold.fence,
            now=now,
            forgiven=int(forgiven),
        )
    )


async def end(
    connection: Connection,
    hold: Hold,
    state: RunState,
    now: datetime,
    *,
    result: Json = None,
    error: str | None = None,
) -> bool:
    """Keep how the run ended, or that it is unsure."""
    return bool(
        await statements.run(
            connection,
            "engine/end",
            id=hold.run,
            fence=hold.fence,
            state=str(state),
            result=statements.json(result) if state is RunState.DONE else None,
            error=error and statements.storable(error),
            now=now,
        )
    )


# Whoever sees that nothing stands still


async def owned(connection: Connection, worker: UUID) -> list[Owned]:
    """Return what a worker has by the books."""
    rows = await statements.run(connection, "engine/owned", worker=worker)
    return [Owned(Hold(row["id"], row["fence"]), row["cancelled"]) for row in rows]


async def next_of_target(connection: Connection, target: str, now: datetime) -> list[Queued]:
    """Return the run of each label that has waited longest for a target that nobody holds."""
    rows = await statements.run(connection, "engine/next_of_target", target=target, now=now)
    return _queued(rows)


async def take_over(
    connection: Connection, stale: timedelta, until: datetime, now: datetime
) -> list[Queued]:
    """Give the runs of workers without a sign of life for so long back to the queue.

    `until`, by the store's clock, this may be said of them.
    """
    rows = await statements.run(connection, "engine/take_over", stale=stale, until=until, now=now)
    return _queued(rows)


async def wake_due(connection: Connection, now: datetime, limit: int = 200) -> list[Queued]:
    """Let waiting runs whose moment has come go on."""
    return _queued(await statements.run(connection, "engine/wake_due", now=now, limit=limit))


async def overlooked(
    connection: Connection, worker: Worker, before: datetime, now: datetime, limit: int
) -> list[UUID]:
    """Return queued runs that a worker could take, and that were last told of before a moment."""
    rows = await statements.run(
        connection,
        "engine/overlooked",
        names=list(worker.names),
        labels=list(worker.labels),
        before=before,
        now=now,
        limit=limit,
    )
    return [row["id"] for row in rows]


def _queued(rows: Sequence[Row]) -> list[Queued]:
    return [Queued(row["id"], row["label"]) for row in rows]


def _run(row: Row) -> RunRecord:
    return RunRecord(**{**row, "state": RunState(row["state"])})
