"""The report of a run of which no step has written one: what each step came to, and how long."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from fettle.model.quantity import say_duration
from fettle.model.report import Chart, Curve, Point, Report, Section, Table
from fettle.model.task_run import StepRun, StepStand, TaskRun, TaskRunState, TaskRunSteps

_ENDED = {
    TaskRunState.PASSED: "passed",
    TaskRunState.FAILED: "failed",
    TaskRunState.UNKNOWN: "could not check everything",
    TaskRunState.REFUSED: "did not begin",
    TaskRunState.LAPSED: "waited for somebody in vain",
    TaskRunState.CANCELLED: "was cancelled",
}
_CAME_TO = {
    StepStand.PASSED: "passed",
    StepStand.FAILED: "failed",
    StepStand.UNKNOWN: "could not check",
    StepStand.SKIPPED: "skipped",
    StepStand.UNSURE: "cut off",
    StepStand.LEFT: "not begun",
}


def report(found: TaskRunSteps, lengths: Sequence[Point]) -> Report:
    """Return the report of a run that has ended; `lengths` are how long it and others took, in s.

    How long steps took stands in sentences: where two reports are compared, that is no difference.
    """
    run, steps = found.run, found.steps
    says = "" if run.says is None else f": {run.says}"
    sections = [
        Section("What each step came to", tuple(_who(run)), table=_table(steps)),
        Section("How long it took", tuple(_took(run, steps)), charts=_charts(run, lengths)),
    ]
    if remedies := tuple(dict.fromkeys(one.remedy for one in steps if one.remedy)):
        sections.insert(1, Section("What would help", items=remedies))
    title = f"{run.name} of {run.created_at:%Y-%m-%d}"
    return Report(title, f"It {_ENDED[run.state]}{says}", tuple(sections))


def _who(run: TaskRun) -> Iterator[str]:
    yield f"Asked for by {run.asked_by}" + (f": {run.reason}." if run.reason else ".")
    if run.approved_by is not None:
        yield f"Approved by {run.approved_by}."
    if run.cancelled_by is not None:
        yield f"Cancelled by {run.cancelled_by}: {run.cancelled_because}."
    if run.targets:
        yield f"It worked on {', '.join(run.targets)}."


def _table(steps: Sequence[StepRun]) -> Table:
    rows = [
        (one.name, _CAME_TO.get(one.state, str(one.state)), one.by or "–", one.says or "–")
        for one in steps
    ]
    return Table(("Step", "Came to", "By", "What it said"), tuple(rows))


def _took(run: TaskRun, steps: Sequence[StepRun]) -> Iterator[str]:
    yield f"Reckoned were {say_duration(timedelta(seconds=run.estimated_s))}."
    for one in steps:
        if one.started_at is not None and one.finished_at is not None:
            seconds = (one.finished_at - one.started_at).total_seconds()
            took = timedelta(seconds=round(seconds, 1 if seconds < 60 else 0))
            yield f"{one.name}: {say_duration(took)}"


def _charts(run: TaskRun, lengths: Sequence[Point]) -> tuple[Chart, ...]:
    if not lengths:
        return ()
    curve = Curve("this run and those before it", tuple(lengths))
    return (Chart(f"{run.name}: how long its steps took", "s", (curve,)),)
