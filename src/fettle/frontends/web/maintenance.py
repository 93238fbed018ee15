"""Maintenance: what is planned, week by week, what a task would do, and a calendar to follow."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, WrongUsage
from fettle.frontends.api import problems
from fettle.frontends.api.serving import Serving
from fettle.frontends.report import task_calendar, task_document, task_run_document
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.task_document import OccurrenceDocument, TaskDocument, TaskItem
from fettle.frontends.report.task_run_document import MISSED_SINCE, TaskFiguresItem, TaskRunItem
from fettle.frontends.web import trends
from fettle.frontends.web.shell import Look, Pages
from fettle.maintenance.backed_up import verified
from fettle.maintenance.frozen import sealed
from fettle.maintenance.procedures import doable
from fettle.maintenance.tasks.daily_backup_verification import RECORD, TASK
from fettle.maintenance.words import NOT_RUN
from fettle.model.quantity import parse_duration, say_duration
from fettle.store import occurrences, task_runs

_PATH = "/maintenance"
_WEEK = timedelta(days=7)
_WEEKS = 52
_MOST = 200  # of a week's occurrences, and of tasks
_NEXT = 10
_LATEST = 20
_YEAR = timedelta(days=366)
_BEHIND, _AHEAD = timedelta(days=30), timedelta(days=180)
_MOST_EVENTS = 5_000


@dataclass(frozen=True)
class Frozen:
    """A freeze that has not ended."""

    name: str
    start: str
    end: str


@dataclass(frozen=True)
class LeftOut:
    """A planned time of which nothing came, and why."""

    task: str
    start: str
    reason: str


@dataclass(frozen=True)
class BackupStands:
    """How a backup stood when it was verified last, and when what was restored was made."""

    name: str
    outcome: str
    says: str
    made: str | None


@dataclass(frozen=True)
class MaintenancePage:
    """What maintenance.html is given.

    `items` are what is planned in the week, which is 0 for the one that begins now; `hidden` is how
    many more there are of them, and `hidden_tasks` of the tasks.
    """

    week: int
    start: str
    end: str
    items: Sequence[OccurrenceDocument]
    hidden: int
    tasks: Sequence[TaskItem]
    hidden_tasks: int
    freezes: Sequence[Frozen]
    calendar: str
    at_work: Sequence[TaskRunItem]
    latest: Sequence[TaskRunItem]
    left_out: Sequence[LeftOut]
    backups: Sequence[BackupStands]
    weeks: int = _WEEKS


@dataclass(frozen=True)
class TaskPage:
    """What task.html is given: a task, its next occurrences, and how it went.

    `points` are the lengths of its latest runs, as a line. `approved` is whether the next planned
    time was approved before it came, and by whom.
    """

    task: TaskDocument
    occurrences: Sequence[OccurrenceDocument]
    runs: Sequence[TaskRunItem]
    figures: TaskFiguresItem | None
    points: str
    left_out: Sequence[LeftOut]
    approved: str | None
    open: bool
    note: str | None = None

    def length(self, duration: str) -> str:
        """Return a duration of the document as people say it."""
        return say_duration(parse_duration(duration))


def install(pages: Pages) -> None:
    """Add the pages, and the calendar."""
    pages.place("Maintenance", _PATH, "g m", daily=True)
    pages.add(_PATH, show)
    pages.add(f"{_PATH}/tasks/{{task}}", show_one)
    serving = pages.serving

    async def calendar(request: Request) -> Response:
        try:
            serving.desk.links.refuse_strange(request.path_params["token"])
        except FettleError as error:
            return Response(error.reason, problems.status_of(error), media_type="text/plain")
        written = await asyncio.to_thread(_written, serving)
        return Response(written, media_type="text/calendar; charset=utf-8")

    pages.open(f"{_PATH}/{{token}}.ics", calendar)


async def show(look: Look) -> Response:
    """Show a week of what is planned, and the tasks."""
    serving, week = look.serving, look.number("week") or 0
    if week > _WEEKS:
        raise WrongUsage(f"week: plans are shown for {_WEEKS} weeks", remedy="fettle task plan")
    agenda, now = serving.agenda, serving.clock.now()
    start = now + week * _WEEK
    # of ten thousand tasks it takes a second, in which others are served
    found = await asyncio.to_thread(lambda: list(agenda.expected(start, start + _WEEK)))
    tasks = await asyncio.to_thread(lambda: list(islice(agenda.nexts(now), _MOST)))
    page = MaintenancePage(
        week,
        said(start),
        said(start + _WEEK),
        [task_document.of_occurrence(one) for one in found[:_MOST]],
        max(0, len(found) - _MOST),
        task_document.of_tasks(tasks)["items"],
        max(0, len(agenda.tasks) - _MOST),
        [
            Frozen(one.name, said(one.start), said(one.end))
            for one in agenda.freezes
            if one.end > now
        ],
        serving.desk.links.maintenance,
        *await _runs(look, None),
        await _left_out(look, None),
        await _backups(look),
    )
    return look.page("maintenance.html", page, "Maintenance", live=["task_runs"])


async def _runs(look: Look, task: str | None) -> tuple[list[TaskRunItem], list[TaskRunItem]]:
    """Return the runs that have not ended, and the latest of the others."""
    found = await task_runs.newest(look.connection, task=task, limit=_LATEST)
    items = task_run_document.of_runs(found, _LATEST, look.serving.clock.now())["items"]
    return (
        [one for one in items if one["finished_at"] is None],
        [one for one in items if one["finished_at"] is not None],
    )


async def _left_out(look: Look, task: str | None) -> list[LeftOut]:
    """Return the planned times of the last week of which nothing came, the latest first."""
    now = look.serving.clock.now()
    rows = await occurrences.left_out(look.connection, now - _WEEK, now, task, _LATEST)
    return [LeftOut(row["task"], said(row["starts_at"]), row["reason"]) for row in rows]


async def _backups(look: Look) -> list[BackupStands]:
    left = await task_runs.latest_left(look.connection, TASK.id, RECORD)
    return [
        BackupStands(name, one.outcome.value, one.says, moment(one.made_at))
        for name, one in sorted(verified(left).items())
    ]


async def show_one(look: Look) -> Response:
    """Show a task, and when it comes."""
    agenda, now = look.serving.agenda, look.serving.clock.now()
    task = agenda.find(look.request.path_params["task"][:200])
    coming = agenda.about([task.id]).expected(now, now + _YEAR)
    mine = (one for one in coming if one.occurrence.task is task)
    coming_next = await asyncio.to_thread(lambda: list(islice(mine, _NEXT)))
    next_ = [task_document.of_occurrence(one) for one in coming_next]
    at_work, latest = await _runs(look, task.id)
    missed = await occurrences.missed(look.connection, now - MISSED_SINCE, [task.id])
    runs = await task_runs.went(look.connection, [task.id])
    figures = task_run_document.of_figures(runs, missed)
    went = figures["items"][0] if figures["items"] else None
    approvals = await occurrences.approvals(look.connection)
    planned = [one.occurrence.key for one in coming_next if one.occurrence.reason is None]
    ahead = [approvals[key] for key in planned[:1] if key in approvals]
    approved = next((one.by for one in ahead if one.procedure == sealed(task)), None)
    page = TaskPage(
        task_document.of_task(task, agenda.next_of(task, now)),
        next_,
        [*at_work, *latest],
        went,
        "" if went is None else trends.points([round(one * 1000) for one in went["durations_s"]]),
        await _left_out(look, task.id),
        approved,
        task.window.open_at(now) is not None,
        NOT_RUN if not doable(task) else task.idle,
    )
    return look.page("task.html", page, task.name, live=["task_runs"])


def _written(serving: Serving) -> bytes:
    now = serving.clock.now()
    planned = serving.agenda.expected(now - _BEHIND, now + _AHEAD)
    return task_calendar.written(islice(planned, _MOST_EVENTS), now)
