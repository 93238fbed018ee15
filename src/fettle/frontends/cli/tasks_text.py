"""Tasks and what is planned as text for people; from their documents, wherever these come from."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fettle.maintenance.words import NOT_RUN
from fettle.model.quantity import parse_duration, say_duration

if TYPE_CHECKING:
    from fettle.frontends.report.task_document import (
        OccurrenceDocument,
        StepDocument,
        TaskDocument,
        TaskItem,
        TasksDocument,
    )


def listing(document: "TasksDocument") -> Iterator[str]:
    """Yield the lines of all tasks: when each comes, and when it may begin next."""
    items = document["items"]
    if not items:
        yield "There are no tasks; [[task]] in fettle.toml makes them."
        return
    width = max(len(one["id"]) for one in items)
    for one in items:
        yield f"{one['id']:{width}}  {_when(one)}"
        yield f"{'':{width}}  {one['name']}; {one['category']}, {one['automation']}"
        if said := _not_done(one):
            yield f"{'':{width}}  {said}"


def task(document: "TaskDocument") -> Iterator[str]:
    """Yield the lines of a task, and what it would do."""
    yield f"{document['id']}: {document['name']}"
    if document["description"]:
        yield f"  {document['description']}"
    yield ""
    facts = [
        ("comes", _when(document)),
        ("category", document["category"]),
        ("automation", _AUTOMATION[document["automation"]]),
        ("takes", _said(document["estimated_duration"])),
        ("downtime", _downtime(document)),
        ("waits for", ", ".join(document["depends_on"])),
    ]
    yield from (f"  {name:10}  {value}" for name, value in facts if value)
    yield ""
    goes_on = ", and goes on where one fails" if document["continue_on_error"] else ""
    yield f"It does, step by step{goes_on}:"
    for number, step in enumerate(document["steps"], 1):
        yield f"  {number}. {step['name']}"
        yield from (f"     {line}" for line in _step(step))
    if said := _not_done(document):
        yield from ("", said)


def _not_done(one: "TaskItem | TaskDocument") -> str | None:
    """Return why a task is not done, as a sentence; None where it is."""
    if not one["runs"]:
        return NOT_RUN
    return None if one["idle"] is None else f"{one['idle'][:1].upper()}{one['idle'][1:]}."


def plan(occurrences: Iterable["OccurrenceDocument"]) -> Iterator[str]:
    """Yield the lines of what is planned, day by day (UTC)."""
    day = None
    for one in occurrences:
        start = _moment(one["start"])
        if start.date() != day:
            if day is not None:
                yield ""
            day = start.date()
            yield f"{day:%A}, {day}"
        yield f"  {_hours(one)}  {one['task']}{_local(one)}{_stands(one)}"
    if day is None:
        yield "Nothing is planned in that time."
    else:
        yield from ("", "Times are UTC.")


_AUTOMATION = {
    "full": "full: it goes by itself",
    "partial": "partial: a person approves before the steps that act",
    "manual": "manual: a person ticks each step",
}


def _when(one: "TaskItem | TaskDocument") -> str:
    if not one["enabled"] or one["idle"]:
        return f"not planned; it would come {one['schedule']}"
    next_ = f"next {_moment(one['next']):%Y-%m-%d %H:%M} UTC" if one["next"] else "no more"
    return f"{one['schedule']}; {next_}"


def _downtime(document: "TaskDocument") -> str:
    if not document["requires_downtime"]:
        return ""
    return "needed" + (f", {document['downtime']}" if document["downtime"] else "")


def _step(step: "StepDocument") -> Iterator[str]:
    what = {"own": "", "person": step["does"] or ""}.get(
        step["kind"], f"{step['kind']} {step['does']}"
    )
    if what or step["target"]:
        yield f"{what}{' on ' if what and step['target'] else ''}{step['target'] or ''}"
    facts = [f"at most {_said(step['timeout'])}"]
    if step["retries"]:
        facts.append(f"tried {step['retries'] + 1} times at most")
    if step["on"]:
        facts.append(f"by workers labelled {step['on']}")
    if step["needs_downtime"]:
        facts.append("in the downtime")
    if not step["idempotent"] and step["kind"] not in ("check", "person"):
        facts.append("not done again when it was cut off")
    yield ", ".join(facts)


def _hours(one: "OccurrenceDocument") -> str:
    start, end = _moment(one["start"]), _moment(one["end"])
    days = (end.date() - start.date()).days
    later = f"+{days}" if days and end - start > timedelta(hours=12) else ""
    return f"{start:%H:%M}-{end:%H:%M}{later:2}"


def _local(one: "OccurrenceDocument") -> str:
    """Return the local time where it is another, with its day where that is another."""
    local, start = one["local"], one["start"]
    if local[:16] == start[:16]:
        return ""
    return f" ({local[11:16] if local[:10] == start[:10] else local.replace('T', ' ')} local)"


def _stands(one: "OccurrenceDocument") -> str:
    if one["reason"] is not None:
        return f": skipped, {one['reason']}"
    if waits := one.get("waits_for"):
        after = one.get("expected")
        begins = f"begins about {_moment(after):%H:%M}" if after else "does not begin in time"
        return f": {begins}, after {', '.join(waits)}"
    return ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _said(duration: str) -> str:
    return say_duration(parse_duration(duration)) if duration != "PT0S" else ""
