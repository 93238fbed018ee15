"""Maintenance done: runs of tasks, followed and decided about.

Nothing is done within a request: a worker does it, and the answer (202) says where to follow it.
What a task does is read from files, and nothing of it comes from outside.
"""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from fettle.errors import NotFound, WrongUsage
from fettle.flow import task_acts, task_report
from fettle.flow.task_acts import Answer
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Text
from fettle.frontends.api.paging import Optional, Several
from fettle.frontends.api.serving import ByUpkeep
from fettle.frontends.api.tasks import TaskId
from fettle.frontends.report import task_run_document
from fettle.frontends.report.report_document import ReportDocument
from fettle.frontends.report.task_run_document import (
    MISSED_SINCE,
    ApprovedDocument,
    MaintenanceRunDocument,
    TaskFiguresDocument,
    TaskLogDocument,
    TaskRunsDocument,
)
from fettle.model.role import Role
from fettle.model.task_run import StepStand, TaskRun, TaskRunState
from fettle.store import occurrences, task_runs

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["maintenance"])

_VIEWER = needs(Role.VIEWER)
_RESPONDER = needs(Role.RESPONDER)
_RUNS = needs(Role.RESPONDER, place="/api/v1/task-runs/{run}")

RunId = Annotated[
    str, Path(min_length=1, max_length=40, description="the number of a run, or its id")
]
StepNumber = Annotated[int, Path(ge=0, lt=2**31, description="the number of a step")]


class Wanted(Body):
    """Why it is done outside of its window, which is an admin's to say; null inside of it."""

    reason: Annotated[Text, Field(min_length=1)] | None = None


class Approves(Body):
    """The number of the step that may be done, as whoever approves has seen it.

    Null is the one that the run waits with; of a manual task the step is always named.
    """

    step: int | None = None


class Because(Body):
    """Why."""

    reason: Annotated[Text, Field(min_length=1)]


class Said(Body):
    """What became of a step: one that is a person's, that is skipped, or that was cut off."""

    outcome: Literal["passed", "failed", "skipped", "again"]
    note: Text = ""


class AskedRuns(BaseModel):
    """Which runs; several states are any of them."""

    model_config = ConfigDict(extra="forbid")

    task: Annotated[Annotated[str, Field(max_length=100)] | None, Optional] = None
    status: Annotated[list[TaskRunState], Several] = Field([], max_length=20)
    cursor: Annotated[Annotated[int, Field(ge=1, lt=2**63)] | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.post("/tasks/{task}/run", status_code=202, openapi_extra=_RUNS)
async def run(act: Act, upkeep: ByUpkeep, task: TaskId, what: Wanted) -> MaintenanceRunDocument:
    """Have a task done: in its window, or with a reason outside of it."""
    begun = await task_acts.run(act.connection, upkeep, task, act.caller, what.reason)
    return await _shown(act, upkeep, begun)


@router.post("/tasks/{task}/approve", openapi_extra=_RESPONDER)
async def approve_ahead(act: Act, upkeep: ByUpkeep, task: TaskId) -> ApprovedDocument:
    """Approve the next planned time of a task before it comes."""
    local = await task_acts.approve_ahead(act.connection, upkeep, task, act.caller)
    return {"task": upkeep.agenda.find(task).id, "local": local}


@router.get("/task-runs/figures", openapi_extra=_VIEWER)
async def figures(act: Act, upkeep: ByUpkeep) -> TaskFiguresDocument:
    """Say how the latest runs of each task went, and how long they took."""
    missed = await occurrences.missed(act.connection, upkeep.now - MISSED_SINCE)
    return task_run_document.of_figures(await task_runs.went(act.connection), missed)


@router.get("/task-runs", openapi_extra=_VIEWER)
async def runs(
    act: Act, upkeep: ByUpkeep, asked: Annotated[AskedRuns, Query()]
) -> TaskRunsDocument:
    """List runs of tasks, the latest first."""
    task = None if asked.task is None else upkeep.agenda.find(asked.task).id
    found = await task_runs.newest(
        act.connection, task=task, states=asked.status, before=asked.cursor, limit=asked.limit
    )
    return task_run_document.of_runs(found, asked.limit, upkeep.now)


@router.get("/task-runs/{run}", openapi_extra=_VIEWER)
async def one_run(act: Act, upkeep: ByUpkeep, run: RunId) -> MaintenanceRunDocument:
    """Show a run with its steps."""
    return task_run_document.of_run(await task_runs.find(act.connection, run), upkeep.now)


@router.get("/task-runs/{run}/steps/{number}/log", openapi_extra=_VIEWER)
async def log(
    act: Act,
    run: RunId,
    number: StepNumber,
    after: Annotated[int, Query(ge=0, lt=2**63, description="lines after the one of that id")] = 0,
) -> TaskLogDocument:
    """Show what a step has said."""
    found = await task_runs.find(act.connection, run)
    return task_run_document.of_log(
        await task_runs.lines(act.connection, found.run.id, number, after)
    )


@router.get("/task-runs/{run}/report", openapi_extra=_VIEWER)
async def report(act: Act, run: RunId) -> ReportDocument:
    """Give the report that a run has written, else that of its steps once it has ended."""
    found = await task_runs.find(act.connection, run)
    document = await task_report.of(act.connection, found)
    if document is None:
        raise NotFound(f"run {found.run.number} goes on, and has written no report yet")
    return cast("ReportDocument", document)


@router.post("/task-runs/{run}/approve", openapi_extra=_RESPONDER)
async def approve(
    act: Act, upkeep: ByUpkeep, run: RunId, what: Approves | None = None
) -> MaintenanceRunDocument:
    """Say that the step that a run waits with may be done."""
    step = None if what is None else what.step
    approved = await task_acts.approve(act.connection, upkeep, run, step, act.caller)
    return await _shown(act, upkeep, approved)


@router.post("/task-runs/{run}/pause", openapi_extra=_RESPONDER)
async def pause(act: Act, upkeep: ByUpkeep, run: RunId) -> MaintenanceRunDocument:
    """Let a run stop before its next step."""
    return await _shown(act, upkeep, await task_acts.pause(act.connection, upkeep, run, act.caller))


@router.post("/task-runs/{run}/resume", openapi_extra=_RESPONDER)
async def resume(act: Act, upkeep: ByUpkeep, run: RunId) -> MaintenanceRunDocument:
    """Let a run that was paused go on."""
    return await _shown(act, upkeep, await task_acts.resume(act.connection, upkeep, run))


@router.post("/task-runs/{run}/cancel", openapi_extra=_RESPONDER)
async def cancel(act: Act, upkeep: ByUpkeep, run: RunId, why: Because) -> MaintenanceRunDocument:
    """Let a run end: what is at work is ended, what is undoable is taken back."""
    ended = await task_acts.cancel(act.connection, upkeep, run, act.caller, why.reason)
    return await _shown(act, upkeep, ended)


_OUTCOMES = {
    "passed": StepStand.PASSED,
    "failed": StepStand.FAILED,
    "skipped": StepStand.SKIPPED,
    "again": StepStand.PENDING,
}


@router.post("/task-runs/{run}/steps/{number}", openapi_extra=_RESPONDER)
async def answer(
    act: Act, upkeep: ByUpkeep, run: RunId, number: StepNumber, what: Said
) -> MaintenanceRunDocument:
    """Say what became of a step: `again` lets one that was cut off be done once more."""
    if what.outcome in {"failed", "skipped"} and not what.note.strip():
        raise WrongUsage("note: a reason is needed", remedy="say why")
    said = Answer(_OUTCOMES[what.outcome], what.note)
    kept = await task_acts.answer(act.connection, upkeep, run, number, said, act.caller)
    return await _shown(act, upkeep, kept)


async def _shown(act: Act, upkeep: ByUpkeep, run: TaskRun) -> MaintenanceRunDocument:
    return task_run_document.of_run(await task_runs.find(act.connection, str(run.id)), upkeep.now)
