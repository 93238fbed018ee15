"""What a run is remembered by of which no step has written a report."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fettle.maintenance.run_report import report
from fettle.model.report_compared import compared
from fettle.model.task_run import (
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
)

BEGAN = datetime(2026, 1, 6, 3, tzinfo=UTC)
RUN = TaskRun(
    UUID(int=1),
    7,
    "index-care",
    "Index care",
    "performance",
    "partial",
    None,
    "fettle",
    "it was slow",
    ("shop",),
    {},
    TaskRunState.FAILED,
    600.0,
    BEGAN,
    says="“Rebuild” failed: no room",
    approved_by="ada",
    finished_at=BEGAN + timedelta(minutes=2),
)


def step(number: int, name: str, state: StepStand, took: timedelta | None, **more: str) -> StepRun:
    began = None if took is None else BEGAN
    ended = None if took is None else BEGAN + took
    one = StepRun(number, Part.STEP, name, state, started_at=began, finished_at=ended)
    return replace(one, says=more.get("says"), remedy=more.get("remedy"))


STEPS = (
    step(1, "Look", StepStand.PASSED, timedelta(seconds=1.26), says="all is there"),
    step(2, "Rebuild", StepStand.FAILED, timedelta(seconds=90), says="no room", remedy="make room"),
    step(3, "Count", StepStand.UNKNOWN, None, says="nobody answers"),
    step(4, "Tell", StepStand.LEFT, None),
)


def test_it_says_what_each_step_came_to_how_long_it_took_and_what_would_help() -> None:
    told = report(TaskRunSteps(RUN, STEPS), [(1.0, 80.0), (2.0, 91.3)])
    came, help_, took = told.sections
    assert (told.title, told.summary) == (
        "Index care of 2026-01-06",
        "It failed: “Rebuild” failed: no room",
    )
    assert came.sentences == (
        "Asked for by fettle: it was slow.",
        "Approved by ada.",
        "It worked on shop.",
    )
    assert came.table is not None
    assert came.table.rows == (
        ("Look", "passed", "–", "all is there"),
        ("Rebuild", "failed", "–", "no room"),
        ("Count", "could not check", "–", "nobody answers"),
        ("Tell", "not begun", "–", "–"),
    )
    assert help_.items == ("make room",)
    assert took.sentences == ("Reckoned were 10 min.", "Look: 1.3 s", "Rebuild: 1 min 30 s")
    assert took.charts[0].curves[0].points == ((1.0, 80.0), (2.0, 91.3))


@pytest.mark.parametrize("state", [one for one in TaskRunState if one.ended])
def test_each_end_of_a_run_is_said(state: TaskRunState) -> None:
    told = report(TaskRunSteps(replace(RUN, state=state, says=None), ()), [])
    assert told.summary.startswith("It ")
    assert all(not one.charts for one in told.sections)


def test_beside_the_one_before_only_what_became_another_differs() -> None:
    earlier = report(TaskRunSteps(RUN, STEPS), [])
    slower = replace(STEPS[0], finished_at=BEGAN + timedelta(seconds=9))
    mended = replace(STEPS[1], state=StepStand.PASSED, says="4 rebuilt", remedy=None)
    later = report(TaskRunSteps(RUN, (slower, mended, *STEPS[2:])), [])
    assert [(one.kind, one.what) for one in compared(earlier, later)] == [
        ("changed", "Rebuild"),
        ("gone", "make room"),
    ]
