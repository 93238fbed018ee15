"""The shapes of tasks and of when they are planned, as the API and `fettle task` give them.

Moments are UTC to the second (`2026-11-23T10:00:00Z`); local times are those of the window's zone,
and have none.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.maintenance.expected import Expected
from fettle.maintenance.procedures import doable
from fettle.maintenance.words import schedule
from fettle.model.quantity import iso_duration
from fettle.model.remedy import Call
from fettle.model.task import (
    ApplyFix,
    AskCheck,
    AskPerson,
    Occurrence,
    RunCommand,
    RunSql,
    Task,
    TaskStep,
)
from fettle.model.window import Window, local_of

_DAY_S = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()

StepKind = Literal["check", "fix", "command", "http", "sql", "person", "own"]
FrequencyName = Literal["daily", "weekly", "monthly", "quarterly", "annual"]
CategoryName = Literal["security", "performance", "backup", "monitoring", "infrastructure"]
AutomationName = Literal["full", "partial", "manual"]


class StepDocument(TypedDict):
    """A part of a task, as it would be done."""

    name: str
    kind: StepKind
    """`own` is what the task's own code does."""
    does: str | None
    """The check or fix, the program, the statement, or what a person does; of a call how and where:
    neither a program's arguments, nor what is sent, which may hold secrets."""
    target: str | None
    timeout: str
    """A duration, as ISO 8601 writes it; others are, too."""
    retries: int
    idempotent: bool
    """One that is not is not done again when it was cut off."""
    on: str | None
    """The label of the workers that do it."""
    needs_downtime: bool


class WindowDocument(TypedDict):
    """When a task may run."""

    start: str
    timezone: str
    duration: str
    cutoff: str
    """So long before its end nothing begins any more."""
    rule: str | None
    """What it comes by, as RFC 5545 writes it."""


class _Task(TypedDict):
    id: str
    name: str
    description: str
    category: CategoryName
    frequency: FrequencyName | None
    """Null where it comes by a rule of its own."""
    automation: AutomationName
    schedule: str
    """When it comes, as people say it."""
    enabled: bool
    shipped: bool
    """Whether Fettle brings it along."""
    runs: bool
    """Whether this version of Fettle can run it."""
    idle: str | None
    """Why there is nothing for it to do, and it is not planned; null where there is."""
    next: str | None
    """When it may begin next; null where it is not planned within a year."""


class TaskItem(_Task):
    """A task, and when it comes."""


class TaskDocument(_Task):
    """A task, and what it would do."""

    schema: Literal["fettle.task/1"]
    window: WindowDocument
    estimated_duration: str
    requires_downtime: bool
    downtime: str | None
    """The hours of it, local to the window."""
    continue_on_error: bool
    steps: list[StepDocument]
    excluded: list[str]
    """Days on which it is skipped."""
    depends_on: list[str]


class TasksDocument(TypedDict):
    """All tasks, by their ids."""

    schema: Literal["fettle.tasks/1"]
    items: list[TaskItem]


class OccurrenceDocument(TypedDict):
    """One planned time of a task."""

    task: str
    local: str
    """When it starts, as a clock in the window's zone shows it, or would if it did not jump."""
    start: str
    cutoff: str
    """From then on it begins no more."""
    end: str
    state: Literal["planned", "skipped"]
    reason: str | None
    """Why it is skipped."""
    waits_for: NotRequired[list[str]]
    """Tasks that are expected to be at work on the same target, or that it depends on."""
    expected: NotRequired[str | None]
    """When it is expected to begin after them; null where that is after its cutoff."""


class OccurrencesDocument(TypedDict):
    """What is planned from a moment until before another, in the order of the starts."""

    schema: Literal["fettle.occurrences/1"]
    start: str
    end: str
    occurrences: list[OccurrenceDocument]


class OccurrencePage(TypedDict):
    """A page of what is planned."""

    schema: Literal["fettle.occurrences_page/1"]
    start: str
    end: str
    items: list[OccurrenceDocument]
    next: str | None
    """The cursor of the next page; null at the end."""


def of_tasks(tasks: Iterable[tuple[Task, datetime | None]]) -> TasksDocument:
    """Return tasks, each with when it may begin next."""
    return {"schema": "fettle.tasks/1", "items": [_item(task, next_) for task, next_ in tasks]}


def of_task(task: Task, next_: datetime | None) -> TaskDocument:
    """Return a task, and what it would do."""
    procedure = task.procedure
    hours = procedure.downtime
    return {
        "schema": "fettle.task/1",
        **_item(task, next_),
        "window": _window(task.window),
        "estimated_duration": iso_duration(procedure.estimated_duration),
        "requires_downtime": procedure.requires_downtime,
        "downtime": None if hours is None else f"{hours.start:%H:%M}-{hours.end:%H:%M}",
        "continue_on_error": procedure.continue_on_error,
        "steps": [_step(step) for step in procedure.steps],
        "excluded": [day.isoformat() for day in sorted(task.excluded)],
        "depends_on": list(task.depends_on),
    }


def of_occurrence(found: Expected) -> OccurrenceDocument:
    """Return one planned time."""
    one = found.occurrence
    document: OccurrenceDocument = {
        "task": one.task.id,
        "local": _local(one.slot[0]),
        "start": said(one.start),
        "cutoff": said(one.cutoff),
        "end": said(one.end),
        "state": one.state.value,
        "reason": one.reason,
    }
    if found.waits_for:
        document["waits_for"] = list(found.waits_for)
        document["expected"] = moment(found.begins)
    return document


def lines_of(start: datetime, end: datetime, planned: Iterable[Expected]) -> Iterator[str]:
    """Yield the text of an OccurrencesDocument, part by part: one of years is as long as a film."""
    yield (
        f'{{"schema": "fettle.occurrences/1", "start": "{said(start)}", "end": "{said(end)}", '
        '"occurrences": ['
    )
    write, between = _Writer(), ""
    for one in planned:
        yield between + write(one)
        between = ", "
    yield "]}\n"


class _Writer:
    """Writes occurrences as `json` would: of a task that comes at the same time, the days alone."""

    def __init__(self) -> None:
        self._days = _Days()
        self._times = _Times()
        self._written: dict[tuple[str, int, int], tuple[str, int, int]] = {}

    def __call__(self, found: Expected) -> str:
        task, (local, start), reason = found.occurrence
        if found.waits_for or reason is not None:
            return json.dumps(of_occurrence(found), ensure_ascii=False)
        key = task.id, local % _DAY_S, start % _DAY_S
        if (known := self._written.get(key)) is None:
            known = self._written[key] = self._but_for_days(task, local, start)
        written, cutoff, end = known
        days = self._days
        return written % (
            days[local // _DAY_S],
            days[start // _DAY_S],
            days[(start + cutoff) // _DAY_S],
            days[(start + end) // _DAY_S],
        )

    def _but_for_days(self, task: Task, local: int, start: int) -> tuple[str, int, int]:
        """Return how one is written, without its days; and how long after its start what is."""
        end = round(task.window.duration.total_seconds())
        cutoff = end - round(task.window.cutoff.total_seconds())
        id_ = json.dumps(task.id, ensure_ascii=False).replace("%", "%%")
        at = [self._times[moment % _DAY_S] for moment in (start, start + cutoff, start + end)]
        written = (
            f'{{"task": {id_}, "local": "%sT{_local(local)[11:]}", "start": "%sT{at[0]}Z", '
            f'"cutoff": "%sT{at[1]}Z", "end": "%sT{at[2]}Z", "state": "planned", "reason": null}}'
        )
        return written, cutoff, end


class _Days(dict[int, str]):
    def __missing__(self, day: int) -> str:
        shown = self[day] = date.fromordinal(day + _EPOCH_DAY).isoformat()
        return shown


class _Times(dict[int, str]):
    def __missing__(self, second: int) -> str:
        at = time(second // 3600, second // 60 % 60, second % 60)
        shown = self[second] = at.isoformat("seconds")
        return shown


def _local(seconds: int) -> str:
    return local_of(seconds).isoformat(timespec="seconds" if seconds % 60 else "minutes")


def _item(task: Task, next_: datetime | None) -> TaskItem:
    return {
        "id": task.id,
        "name": task.name,
        "description": task.description,
        "category": task.category.value,
        "frequency": None if task.frequency is None else task.frequency.value,
        "automation": task.automation.value,
        "schedule": schedule(task),
        "enabled": task.enabled,
        "shipped": task.shipped,
        "runs": doable(task),
        "idle": task.idle,
        "next": moment(next_),
    }


def _window(window: Window) -> WindowDocument:
    rule = window.rule
    return {
        "start": window.start.isoformat("seconds" if window.start.second else "minutes"),
        "timezone": window.zone.key,
        "duration": iso_duration(window.duration),
        "cutoff": iso_duration(window.cutoff),
        "rule": None if rule is None else rule.text,
    }


def _step(step: TaskStep) -> StepDocument:
    kind, does = _act(step)
    return {
        "name": step.name,
        "kind": kind,
        "does": does,
        "target": step.target,
        "timeout": iso_duration(step.timeout),
        "retries": step.retries,
        "idempotent": step.idempotent,
        "on": step.on,
        "needs_downtime": step.needs_downtime,
    }


def _act(step: TaskStep) -> tuple[StepKind, str | None]:
    said: tuple[StepKind, str | None] = ("own", None)
    match step.act:
        case AskCheck(check):
            said = "check", check
        case ApplyFix(fix):
            said = "fix", fix
        case RunCommand(words):
            said = "command", words[0]
        case RunSql(statement):
            said = "sql", statement
        case AskPerson(does):
            said = "person", does
        case Call(method, url):
            said = "http", f"{method} {_host(url)}"
    return said


def _host(url: str) -> str:
    """Return where a call goes, without what may let one speak there."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}" if rest else "an address"


def occurrence_key(one: Occurrence) -> str:
    """Return what tells an occurrence from all others, as a cursor."""
    return f"{one.slot[1]}:{one.slot[0]}:{one.task.id}"
