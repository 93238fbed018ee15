"""Maintenance that was done: runs, their steps and their lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg

from fettle.errors import NotFound
from fettle.model.run import Json
from fettle.model.task_run import (
    OUTSIDE,
    Opened,
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
    WaitsFor,
)
from fettle.store import statements
from fettle.store.statements import Connection, Row

_LOCK = 847032  # of whoever begins a run: no two work on one target; no other has this number
_MOST_LINES = 2000  # of a step: what a program says beyond that is in its own logs


@dataclass(frozen=True)
class AtWork:
    """A run that has not ended, and what it works on; it has no `ends_at` outside of any window."""

    id: UUID
    number: int
    task: str
    targets: tuple[str, ...]
    state: TaskRunState
    waits_for: WaitsFor | None
    says: str | None
    created_at: datetime
    ends_at: datetime | None

    def holds(self, targets: Collection[str], now: datetime) -> bool:
        """Whether it keeps others off one of these: while it acts, or may act in its window."""
        until = self.created_at + OUTSIDE if self.ends_at is None else self.ends_at
        at_it = self.state is TaskRunState.RUNNING or now < until
        return at_it and not set(targets).isdisjoint(self.targets)


@dataclass(frozen=True)
class Burning:
    """A p1 issue that is worked on, and the names of what it is about; none where nobody knows."""

    number: int
    title: str
    about: frozenset[str]


@dataclass(frozen=True)
class Line:
    """What a step has said."""

    id: int
    at: datetime
    line: str


async def begin(connection: Connection, run: TaskRun) -> int:
    """Keep a new run; return its number."""
    rows = await statements.run(
        connection,
        "tasks/begin",
        id=run.id,
        task=run.task,
        name=run.name,
        category=run.category,
        automation=run.automation,
        **_window(run),
        local=run.opened and run.opened.local,
        asked_by=run.asked_by,
        reason=run.reason and statements.storable(run.reason),
        targets=list(run.targets),
        procedure=statements.json(run.procedure),
        approved_upto=run.approved_upto,
        approved_by=run.approved_by,
        estimated_s=run.estimated_s,
        now=run.created_at,
    )
    return int(rows[0]["number"])


async def add_steps(connection: Connection, run: UUID, steps: Sequence[StepRun]) -> None:
    """Keep steps of a run that are still to come."""
    documents = [
        {"number": one.number, "part": one.part, "name": one.name, "detail": one.detail}
        for one in steps
    ]
    await statements.run(connection, "tasks/add_steps", run=run, steps=statements.json(documents))


async def to_change(connection: Connection, id_: UUID) -> TaskRunSteps | None:
    """Lock a run, and return it with its steps; the caller is in a transaction."""
    rows = await statements.run(connection, "tasks/to_change", id=id_)
    if not rows:
        return None
    return TaskRunSteps(_run(rows[0]), (await steps(connection, [id_])).get(id_, []))


async def lock_free(connection: Connection, id_: UUID) -> bool:
    """Lock a run; False while somebody else has it: then the transaction is to be given up."""
    try:
        await statements.run(connection, "tasks/lock_free", id=id_)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


async def find(connection: Connection, given: str) -> TaskRunSteps:
    """Return a run by its number or id, with its steps; raises NotFound."""
    rows = await statements.run(connection, "tasks/find", given=given)
    if not rows:
        raise NotFound(
            f"there is no run {given} of a task", remedy="fettle task history names them"
        )
    run = _run(rows[0])
    return TaskRunSteps(run, (await steps(connection, [run.id])).get(run.id, []))


async def steps(connection: Connection, runs: Sequence[UUID]) -> dict[UUID, list[StepRun]]:
    """Return the steps of runs."""
    rows = await statements.run(connection, "tasks/steps", runs=list(runs))
    found: dict[UUID, list[StepRun]] = {}
    for row in rows:
        found.setdefault(row.pop("run"), []).append(
            StepRun(**{**row, "part": Part(row["part"]), "state": StepStand(row["state"])})
        )
    return found


async def newest(
    connection: Connection,
    *,
    task: str | None = None,
    states: Sequence[TaskRunState] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[TaskRun]:
    """Return runs, the latest first; of one task, in these states, before a number."""
    rows = await statements.run_planned(
        connection,
        "tasks/list",
        task=task,
        states=[str(state) for state in states] or None,
        before=before,
        limit=limit,
    )
    return [_run(row) for row in rows]


async def alone(connection: Connection) -> None:
    """Let nobody else take what a run works on, until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


async def at_work(connection: Connection) -> list[AtWork]:
    """Return the runs that have not ended, the earliest first."""
    rows = await statements.run(connection, "tasks/at_work")
    return [
        AtWork(
            **{
                **row,
                "targets": tuple(row["targets"]),
                "state": TaskRunState(row["state"]),
                "waits_for": row["waits_for"] and WaitsFor(row["waits_for"]),
            }
        )
        for row in rows
    ]


async def burning(connection: Connection) -> list[Burning]:
    """Return the p1 issues that are worked on."""
    rows = await statements.run(connection, "tasks/open_p1")
    return [
        Burning(row["number"], row["title"], frozenset((*row["services"], *row["databases"])))
        for row in rows
    ]


async def keep(connection: Connection, run: TaskRun) -> None:
    """Keep how a run stands."""
    await statements.run(
        connection,
        "tasks/keep_run",
        id=run.id,
        state=str(run.state),
        waits_for=run.waits_for and str(run.waits_for),
        says=run.says and statements.storable(run.says),
        wake_at=run.wake_at,
        approved_upto=run.approved_upto,
        approved_by=run.approved_by,
        paused_by=run.paused_by,
        cancelled_by=run.cancelled_by,
        cancelled_because=run.cancelled_because and statements.storable(run.cancelled_because),
        **_window(run),
        finished_at=run.finished_at,
    )


async def keep_step(connection: Connection, run: UUID, step: StepRun) -> None:
    """Keep how a step stands."""
    await statements.run(
        connection,
        "tasks/keep_step",
        run=run,
        number=step.number,
        state=str(step.state),
        engine_run=step.engine_run,
        says=step.says and statements.storable(step.says),
        remedy=step.remedy and statements.storable(step.remedy),
        detail=None if step.detail is None else statements.json(step.detail),
        report=None if step.report is None else statements.json(step.report),
        by=step.by,
        started_at=step.started_at,
        finished_at=step.finished_at,
    )


# What steps say, and have had made


async def say(
    connection: Connection, run: UUID, number: int, lines: Sequence[str], now: datetime
) -> None:
    """Keep lines that a step says; of the earliest only so many stay."""
    await statements.run(
        connection,
        "tasks/say",
        run=run,
        number=number,
        lines=[statements.storable(line) for line in lines],
        now=now,
        most=_MOST_LINES,
    )


async def lines(
    connection: Connection, run: UUID, number: int, after: int = 0, limit: int = 500
) -> list[Line]:
    """Return what a step has said after a line."""
    rows = await statements.run(
        connection, "tasks/lines", run=run, number=number, after=after, limit=limit
    )
    return [Line(**row) for row in rows]


async def latest_lines(connection: Connection, run: UUID, most: int) -> dict[int, list[Line]]:
    """Return what each step of a run has said at last, by its number."""
    found: dict[int, list[Line]] = {}
    for row in await statements.run(connection, "tasks/latest_lines", run=run, most=most):
        found.setdefault(row.pop("number"), []).append(Line(**row))
    return found


async def report_before(
    connection: Connection, run: TaskRun, step: str
) -> tuple[int, Mapping[str, Any]] | None:
    """Return the report that such a step left in a run before this one, and its number."""
    rows = await statements.run(
        connection, "tasks/report_before", task=run.task, number=run.number, step=step
    )
    return (rows[0]["number"], rows[0]["report"]) if rows else None


async def latest_left(connection: Connection, task: str, step: str) -> Json:
    """Return what a step of that name left last, in any run of a task."""
    rows = await statements.run(connection, "tasks/latest_left", task=task, step=step)
    return cast("Json", rows[0]["detail"]) if rows else None


async def note_fix(connection: Connection, fix_run: str, run: UUID, number: int) -> None:
    """Keep that a step has had a fix made."""
    await statements.run(connection, "tasks/note_fix", fix_run=fix_run, run=run, number=number)


async def fixes(
    connection: Connection, run: UUID, number: int | None = None, *, below: int = 0
) -> list[str]:
    """Return the runs of fixes that a step, or all steps below a number, have had made.

    The latest comes first.
    """
    rows = await statements.run(connection, "tasks/fixes", run=run, number=number, below=below)
    return [row["fix_run"] for row in rows]


async def steps_of_fix(connection: Connection, fix_run: str) -> list[UUID]:
    """Return the runs of the engine that wait for a fix; none where no task has had it made."""
    rows = await statements.run(connection, "tasks/steps_of_fix", fix_run=fix_run)
    return [row["engine_run"] for row in rows]


# How they went


@dataclass(frozen=True)
class Went:
    """How a run of a task ended, and how long its steps took."""

    task: str
    number: int
    state: TaskRunState
    created_at: datetime
    finished_at: datetime
    estimated_s: float
    took_s: float


async def went(
    connection: Connection, tasks: Sequence[str] | None = None, most: int = 50
) -> list[Went]:
    """Return how the latest runs of each task ended, by task, the earliest first."""
    rows = await statements.run(
        connection, "tasks/durations", tasks=None if tasks is None else list(tasks), most=most
    )
    return [Went(**{**row, "state": TaskRunState(row["state"])}) for row in rows]


_OPENED = ("local", "starts_at", "cutoff_at", "ends_at")
_FIELDS = {one.name for one in fields(TaskRun)}


def _run(row: Row) -> TaskRun:
    opened = None
    if row["local"] is not None:
        opened = Opened(*(row[name] for name in _OPENED))
    kept: dict[str, Any] = {name: value for name, value in row.items() if name in _FIELDS}
    kept |= {
        "opened": opened,
        "targets": tuple(row["targets"]),
        "state": TaskRunState(row["state"]),
        "waits_for": row["waits_for"] and WaitsFor(row["waits_for"]),
    }
    return TaskRun(**kept)


def _window(run: TaskRun) -> dict[str, datetime | None]:
    one = run.opened
    if one is None:
        return dict.fromkeys(("starts_at", "cutoff_at", "ends_at"))
    return {"starts_at": one.start, "cutoff_at": one.cutoff, "ends_at": one.end}
