"""Maintenance: what tasks there are, and when each of them may run."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import dropwhile, islice
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from fettle.errors import WrongUsage
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Moment, Optional, Several
from fettle.frontends.api.serving import ByServing
from fettle.frontends.report import task_document
from fettle.frontends.report.moments import said
from fettle.frontends.report.task_document import OccurrencePage, TaskDocument, TasksDocument
from fettle.maintenance.agenda import Agenda, refuse_impossible
from fettle.maintenance.expected import Expected
from fettle.model.role import Role
from fettle.model.task import OccurrenceState
from fettle.model.window import at

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["maintenance"])

_VIEWER = needs(Role.VIEWER)
_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=366)

TaskId = Annotated[str, Path(min_length=1, max_length=100, description="the id of a task")]
_Moment = Annotated[Moment | None, Optional]


class AskedOccurrences(BaseModel):
    """Which occurrences."""

    model_config = ConfigDict(extra="forbid")

    start: _Moment = Field(None, description="from then on; now if not given")
    end: _Moment = Field(None, description="until before then; 30 days later if not given")
    task: Annotated[list[str], Several] = Field(
        [], max_length=100, description="ids of tasks; all when none is named"
    )
    state: Annotated[list[OccurrenceState], Several] = Field([], max_length=2)
    cursor: Annotated[Annotated[str, Field(max_length=200)] | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("/tasks", openapi_extra=_VIEWER)
async def tasks(act: Act, shared: ByServing) -> TasksDocument:  # noqa: ARG001 - who asks is known
    """List the tasks there are, with when each may begin next."""
    nexts = await asyncio.to_thread(lambda: list(shared.agenda.nexts(shared.clock.now())))
    return task_document.of_tasks(nexts)


@router.get("/tasks/{task}", openapi_extra=_VIEWER)
async def one_task(act: Act, shared: ByServing, task: TaskId) -> TaskDocument:  # noqa: ARG001
    """Show a task, and what it would do."""
    found = shared.agenda.find(task)
    return task_document.of_task(found, shared.agenda.next_of(found, shared.clock.now()))


@router.get("/occurrences", openapi_extra=_VIEWER)
async def occurrences(
    act: Act,  # noqa: ARG001
    shared: ByServing,
    asked: Annotated[AskedOccurrences, Query()],
) -> OccurrencePage:
    """List when tasks may run, in the order of the starts, and which times are skipped and why.

    A stretch is a year long at most.
    """
    start, end = _stretch(asked, shared.clock.now())
    after = _after(asked, shared.agenda, start, end)
    # of ten thousand tasks it takes a second, in which others are served
    found = await asyncio.to_thread(lambda: list(islice(after, asked.limit + 1)))
    page = found[: asked.limit]
    more = len(found) > len(page)
    return {
        "schema": "fettle.occurrences_page/1",
        "start": said(start),
        "end": said(end),
        "items": [task_document.of_occurrence(one) for one in page],
        "next": task_document.occurrence_key(page[-1].occurrence) if more else None,
    }


def _stretch(asked: AskedOccurrences, now: datetime) -> tuple[datetime, datetime]:
    start = (asked.start or now).replace(microsecond=0)
    try:
        end = asked.end or start + _USUAL
    except OverflowError:
        raise WrongUsage("start: no calendar goes that far") from None
    refuse_impossible(start, end, _LONGEST)
    return start, end


def _after(
    asked: AskedOccurrences, agenda: Agenda, start: datetime, end: datetime
) -> Iterable[Expected]:
    """Return what is asked for, from behind the cursor on."""
    ids = {agenda.find(id_).id for id_ in asked.task}
    agenda = agenda.about(ids) if ids else agenda
    begin = start if asked.cursor is None else max(start, _at(asked.cursor))
    found: Iterable[Expected] = (
        one
        for one in agenda.expected(begin, end)
        if (not ids or one.occurrence.task.id in ids)
        and (not asked.state or one.occurrence.state in asked.state)
    )
    if asked.cursor is not None:
        behind = _order(asked.cursor)
        found = dropwhile(lambda one: _order(_key(one)) <= behind, found)
    return found


def _key(one: Expected) -> str:
    return task_document.occurrence_key(one.occurrence)


def _at(cursor: str) -> datetime:
    try:
        return at(_order(cursor)[0])
    except OverflowError:
        raise WrongUsage("cursor: it is not the `next` of a page") from None


def _order(cursor: str) -> tuple[int, str, int]:
    """Return where an occurrence stands in the order; raises WrongUsage for what is no cursor."""
    start, _, rest = cursor.partition(":")
    local, _, task = rest.partition(":")
    try:
        return int(start), task, int(local)
    except ValueError:
        raise WrongUsage("cursor: it is not the `next` of a page") from None
