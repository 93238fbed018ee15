"""What a run of a task is remembered by, and how that was the time before."""

from collections.abc import Mapping
from typing import Any

from fettle.maintenance import run_report
from fettle.model import report_kept
from fettle.model.report import Point
from fettle.model.task_run import TaskRun, TaskRunSteps
from fettle.store import task_runs
from fettle.store.statements import Connection


async def of(connection: Connection, found: TaskRunSteps) -> Mapping[str, Any] | None:
    """Return the report that a run has written, else that of its steps once it has ended."""
    written = [step.report for step in found.steps if step.report is not None]
    return written[-1] if written else await of_steps(connection, found)


async def of_steps(connection: Connection, found: TaskRunSteps) -> Mapping[str, Any] | None:
    """Return what the steps of a run came to, as a report; None while it goes on."""
    if not found.run.state.ended:
        return None
    return report_kept.kept(run_report.report(found, await _lengths(connection, found.run)))


async def of_steps_before(
    connection: Connection, run: TaskRun
) -> tuple[int, Mapping[str, Any]] | None:
    """Return the same of the run before, and its number."""
    before = await task_runs.newest(connection, task=run.task, before=run.number, limit=1)
    if not before:
        return None
    earlier = await task_runs.find(connection, str(before[0].number))
    kept = await of_steps(connection, earlier)
    return None if kept is None else (earlier.run.number, kept)


async def _lengths(connection: Connection, run: TaskRun) -> list[Point]:
    went = await task_runs.went(connection, [run.task])
    return [(one.created_at.timestamp(), one.took_s) for one in went if one.number <= run.number]
