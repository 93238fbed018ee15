"""Runs of tasks as text for people; from their documents, wherever these come from."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fettle.model.quantity import parse_duration, say_count, say_duration

if TYPE_CHECKING:
    from fettle.frontends.report.task_run_document import (
        MaintenanceRunDocument,
        TaskFiguresItem,
        TaskRunItem,
        TaskStepDocument,
    )

# What lets a run go on that waits for a person.
_NEXT = {
    "approval": "fettle task approve {run} {step}",
    "person": "fettle task done {run} {step} --note …, or fettle task skip {run} {step} --reason …",
    "unsure": "fettle task done {run} {step}, or again, or failed --note …",
    "paused": "fettle task resume {run}",
}


def run(document: "MaintenanceRunDocument") -> Iterator[str]:
    """Yield the lines of a run: how it stands, what it waits for, and each step."""
    yield f"Run {document['run']} of {document['task']}: {document['name']}"
    yield ""
    yield from (f"  {name:9}  {value}" for name, value in _facts(document) if value)
    yield ""
    for step in _steps(document):
        yield from _step(step)
    if (next_ := _next(document)) is not None:
        yield from ("", f"Next: {next_}")


def _facts(document: "MaintenanceRunDocument") -> Iterator[tuple[str, str | None]]:
    waits = document["waits_for"]
    yield "status", document["status"] + (f" for {waits}" if waits else "")
    yield "because", document["says"]
    slot = document["slot"]
    if slot is not None:
        yield "window", f"{_said(slot['start'])} to {_said(slot['end'])} UTC"
    yield "asked by", document["asked_by"]
    yield "reason", document["reason"]
    yield "approved", document["approved_by"] and f"by {document['approved_by']}"
    yield "on", ", ".join(document["targets"])
    yield "began", f"{_said(document['created_at'])} UTC"
    took = document["duration_s"]
    estimated = say_duration(parse_duration(document["estimated_duration"]))
    yield "took", f"{_length(took)}, reckoned {estimated}" if took is not None else None


def _steps(document: "MaintenanceRunDocument") -> Iterator["TaskStepDocument"]:
    if document["prechecks"] is not None:
        yield document["prechecks"]
    yield from document["steps"]
    yield from document["undone"]
    if document["validation"] is not None:
        yield document["validation"]


def _step(step: "TaskStepDocument") -> Iterator[str]:
    took = f" ({_length(step['duration_s'])})" if step["duration_s"] is not None else ""
    by = f", by {step['by']}" if step["by"] else ""
    yield f"  {step['number']:>3}. {step['outcome']:8} {step['description']}{took}{by}"
    if (
        step["outcome"] == "pending"
        and isinstance(step["detail"], dict)
        and "person" in step["detail"]
    ):
        yield f"                {step['detail']['person']}"
    said = step["error"] or step["result"]
    if said:
        yield f"                {said}"
    if step["remedy"]:
        yield f"                What to do: {step['remedy']}"


def _next(document: "MaintenanceRunDocument") -> str | None:
    how = _NEXT.get(document["waits_for"] or "")
    if how is None:
        return None
    waiting = "unsure" if document["waits_for"] == "unsure" else "pending"
    steps = [one["number"] for one in document["steps"] if one["outcome"] == waiting]
    return how.format(run=document["run"], step=steps[0] if steps else "STEP")


def history(items: Sequence["TaskRunItem"], figures: Sequence["TaskFiguresItem"]) -> Iterator[str]:
    """Yield the lines of runs, the latest first, and of how tasks went."""
    if not items and not figures:
        yield "No task has been done yet; fettle task plan says when each may begin."
        return
    width = max((len(one["task"]) for one in items), default=0)
    for one in items:
        took = _length(one["duration_s"]) if one["duration_s"] is not None else ""
        waits = f" for {one['waits_for']}" if one["waits_for"] else ""
        yield (
            f"{one['run']:>6}  {_said(one['created_at'])}  {one['task']:{width}}  "
            f"{one['status'] + waits}, {took}"
        )
        if one["says"] and one["status"] != "passed":
            yield f"{'':8}{one['says']}"
    if items and figures:
        yield ""
    for told in figures:
        yield from _went(told)


def _went(told: "TaskFiguresItem") -> Iterator[str]:
    if told["estimated_s"] is not None:
        usual = "" if told["median_s"] is None else f", {_length(told['median_s'])} in the middle"
        yield (
            f"{told['task']}: {told['passed']} of {say_count(told['runs'], 'run')} passed"
            f"{usual}; reckoned {_length(told['estimated_s'])}"
        )
    if told["missed_at"] is not None:
        times = say_count(told["missed"], "time")
        yield f"{told['task']}: missed {times} in 90 days, last {_said(told['missed_at'])} UTC:"
        yield f"{'':8}{told['missed_because']}"


def _length(seconds: float) -> str:
    return say_duration(timedelta(seconds=round(seconds, 1 if seconds < 60 else 0)))


def _said(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
