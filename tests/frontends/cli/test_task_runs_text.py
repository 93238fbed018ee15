"""Runs of tasks, and how tasks went, as lines for people."""

from datetime import UTC, datetime, timedelta

from fettle.frontends.cli.task_runs_text import history
from fettle.frontends.report.task_run_document import of_figures
from fettle.model.task import MISSED
from fettle.model.task_run import TaskRunState
from fettle.store.occurrences import Missed
from fettle.store.task_runs import Went

THEN = datetime(2026, 1, 6, 3, tzinfo=UTC)


def test_how_tasks_went_tells_what_was_missed() -> None:
    ended = THEN + timedelta(minutes=2)
    went = [Went("care", 7, TaskRunState.PASSED, THEN, ended, 60.0, 120.0)]
    missed = [Missed("care", 1, THEN, MISSED), Missed("never", 2, THEN, "missed: #5 is p1")]

    assert list(history([], of_figures(went, missed)["items"])) == [
        "care: 1 of 1 run passed, 2 min in the middle; reckoned 1 min",
        "care: missed 1 time in 90 days, last 2026-01-06 03:00 UTC:",
        f"        {MISSED}",
        "never: missed 2 times in 90 days, last 2026-01-06 03:00 UTC:",
        "        missed: #5 is p1",
    ]


def test_where_nothing_was_done_it_says_so() -> None:
    assert list(history([], [])) == [
        "No task has been done yet; fettle task plan says when each may begin."
    ]
