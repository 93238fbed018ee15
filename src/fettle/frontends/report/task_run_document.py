"""Runs of maintenance tasks, as the API and the command line give them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.quantity import iso_duration
from fettle.model.task_run import (
    Opened,
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
)
from fettle.store.occurrences import Missed
from fettle.store.task_runs import Line, Went

MISSED_SINCE = timedelta(days=90)

StateName = Literal[
    "running", "waiting", "passed", "failed", "unknown", "refused", "lapsed", "cancelled"
]
OutcomeName = Literal[
    "pending", "running", "passed", "failed", "unknown", "skipped", "unsure", "left"
]


class TaskStepDocument(TypedDict):
    """A step of a run."""

    number: int
    description: str
    outcome: OutcomeName
    """`unknown` could not check; `unsure` was cut off, and may have acted; `left` was not begun."""
    started_at: str | None
    duration_s: float | None
    result: str | None
    """What it said it came to, where it did not fail."""
    error: str | None
    remedy: str | None
    """What would help."""
    by: str | None
    """Who ticked it, skipped it, or said what became of it."""
    detail: Any
    report: bool
    """Whether it has written a report."""


class SlotDocument(TypedDict):
    """The planned time that a run is done in."""

    local: str
    start: str
    cutoff: str
    end: str


class _Run(TypedDict):
    run: int
    id: str
    task: str
    name: str
    category: str
    automation: str
    status: StateName
    waits_for: str | None
    says: str | None
    """Why it waits, or how it ended."""
    slot: SlotDocument | None
    """Null where somebody had it done outside of its window, for the `reason` they gave."""
    asked_by: str
    reason: str | None
    targets: list[str]
    created_at: str
    finished_at: str | None
    duration_s: float | None
    estimated_duration: str
    successful: bool | None
    """Whether each step that nobody skipped, and what was compared afterwards, passed; null while
    it goes on."""


class TaskRunItem(_Run):
    """A run, as lists have it."""


class MaintenanceRunDocument(_Run):
    """A run with its steps."""

    schema: Literal["fettle.maintenance_run/1"]
    approved_by: str | None
    paused_by: str | None
    cancelled_by: str | None
    cancelled_because: str | None
    prechecks: TaskStepDocument | None
    steps: list[TaskStepDocument]
    undone: list[TaskStepDocument]
    """What was taken back, because a step failed or the run was cancelled."""
    validation: TaskStepDocument | None
    """How what was worked on compares with before."""


class TaskRunsDocument(TypedDict):
    """A page of runs, the latest first."""

    schema: Literal["fettle.maintenance_runs/1"]
    items: list[TaskRunItem]
    next: str | None


class LineDocument(TypedDict):
    """A line that a step has said."""

    id: int
    at: str
    line: str


class TaskLogDocument(TypedDict):
    """What a step has said; those after the last one are asked for by `after`."""

    schema: Literal["fettle.task_log/1"]
    lines: list[LineDocument]


class TaskFiguresItem(TypedDict):
    """How the latest runs of a task went."""

    task: str
    runs: int
    passed: int
    failed: int
    """Those that failed, or were refused."""
    unknown: int
    """Those that could not check everything."""
    other: int
    """Those that were cancelled, or waited for somebody in vain."""
    median_s: float | None
    """How long the steps of those took that passed, without what they waited for people."""
    longest_s: float | None
    estimated_s: float | None
    """How long people think that it takes; null where it was never done."""
    durations_s: list[float]
    """How long the steps of the latest took, the earliest first."""
    missed: int
    """How often its time came within 90 days, and nothing did."""
    missed_at: str | None
    """The last such time."""
    missed_because: str | None


class TaskFiguresDocument(TypedDict):
    """How tasks went."""

    schema: Literal["fettle.maintenance_figures/1"]
    items: list[TaskFiguresItem]


class ApprovedDocument(TypedDict):
    """A planned time that was approved before it came."""

    task: str
    local: str


def of_run(found: TaskRunSteps, now: datetime) -> MaintenanceRunDocument:
    """Return a run with its steps."""
    run, steps = found.run, found.steps
    return {
        "schema": "fettle.maintenance_run/1",
        **_run(run, now),
        "approved_by": run.approved_by,
        "paused_by": run.paused_by,
        "cancelled_by": run.cancelled_by,
        "cancelled_because": run.cancelled_because,
        "prechecks": _only(steps, Part.PRECHECK, now),
        "steps": [_step(one, now) for one in steps if one.part is Part.STEP],
        "undone": [_step(one, now) for one in steps if one.part is Part.UNDO],
        "validation": _only(steps, Part.VALIDATION, now),
    }


def of_runs(runs: Sequence[TaskRun], limit: int, now: datetime) -> TaskRunsDocument:
    """Return a page of runs."""
    return {
        "schema": "fettle.maintenance_runs/1",
        "items": [_run(one, now) for one in runs],
        "next": str(runs[-1].number) if len(runs) == limit else None,
    }


def of_log(lines: Iterable[Line]) -> TaskLogDocument:
    """Return what a step has said."""
    return {
        "schema": "fettle.task_log/1",
        "lines": [{"id": one.id, "at": said(one.at), "line": one.line} for one in lines],
    }


def of_figures(went: Iterable[Went], missed: Iterable[Missed]) -> TaskFiguresDocument:
    """Return how tasks went."""
    missed_of = {one.task: one for one in missed}
    by_task: dict[str, list[Went]] = {task: [] for task in missed_of}
    for one in went:
        by_task.setdefault(one.task, []).append(one)
    return {
        "schema": "fettle.maintenance_figures/1",
        "items": [
            _figures(task, runs, missed_of.get(task)) for task, runs in sorted(by_task.items())
        ],
    }


def _figures(task: str, runs: Sequence[Went], missed: Missed | None) -> TaskFiguresItem:
    many = {state: sum(one.state is state for one in runs) for state in TaskRunState}
    took = [one.took_s for one in runs if one.state is TaskRunState.PASSED]
    failed = many[TaskRunState.FAILED] + many[TaskRunState.REFUSED]
    known = many[TaskRunState.PASSED] + failed + many[TaskRunState.UNKNOWN]
    return {
        "task": task,
        "runs": len(runs),
        "passed": many[TaskRunState.PASSED],
        "failed": failed,
        "unknown": many[TaskRunState.UNKNOWN],
        "other": len(runs) - known,
        "median_s": median(took) if took else None,
        "longest_s": max(took, default=None),
        "estimated_s": runs[-1].estimated_s if runs else None,
        "durations_s": [round(one.took_s, 3) for one in runs],
        "missed": 0 if missed is None else missed.times,
        "missed_at": None if missed is None else said(missed.last_at),
        "missed_because": None if missed is None else missed.reason,
    }


def _run(run: TaskRun, now: datetime) -> TaskRunItem:
    ended = run.state is TaskRunState.PASSED if run.state.ended else None
    return {
        "run": run.number,
        "id": str(run.id),
        "task": run.task,
        "name": run.name,
        "category": run.category,
        "automation": run.automation,
        "status": run.state.value,
        "waits_for": run.waits_for and str(run.waits_for),
        "says": run.says,
        "slot": None if run.opened is None else _slot(run.opened),
        "asked_by": run.asked_by,
        "reason": run.reason,
        "targets": list(run.targets),
        "created_at": said(run.created_at),
        "finished_at": moment(run.finished_at),
        "duration_s": _took(run.created_at, run.finished_at, now),
        "estimated_duration": iso_duration(timedelta(seconds=run.estimated_s)),
        "successful": ended,
    }


def _slot(opened: Opened) -> SlotDocument:
    return {
        "local": opened.local.isoformat(timespec="minutes"),
        "start": said(opened.start),
        "cutoff": said(opened.cutoff),
        "end": said(opened.end),
    }


def _only(steps: Sequence[StepRun], part: Part, now: datetime) -> TaskStepDocument | None:
    return next((_step(one, now) for one in steps if one.part is part), None)


def _step(step: StepRun, now: datetime) -> TaskStepDocument:
    wrong = step.state in {StepStand.FAILED, StepStand.UNKNOWN, StepStand.UNSURE}
    return {
        "number": step.number,
        "description": step.name,
        "outcome": step.state.value,
        "started_at": moment(step.started_at),
        "duration_s": _took(step.started_at, step.finished_at, now),
        "result": None if wrong else step.says,
        "error": step.says if wrong else None,
        "remedy": step.remedy,
        "by": step.by,
        "detail": step.detail,
        "report": step.report is not None,
    }


def _took(since: datetime | None, until: datetime | None, now: datetime) -> float | None:
    if since is None:
        return None
    return round(max(0.0, ((until or now) - since).total_seconds()), 3)
