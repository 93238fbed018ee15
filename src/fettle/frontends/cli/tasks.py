"""What the commands about tasks ask: the settings, a file that is tried, or a server."""

import gc
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.task_document import OccurrenceDocument
    from fettle.maintenance.agenda import Agenda
    from fettle.maintenance.expected import Expected

_LONGEST = timedelta(days=36_525)
_LARGE = 1 << 16  # what is written at once, in parts of a plan


async def list_(application: "Application", reach: "Reach", file: Path | None, form: str) -> int:
    """Print the tasks there are."""
    from fettle.frontends.cli import tasks_text
    from fettle.frontends.report import task_document, write

    if _elsewhere(reach, file):
        document = await _asked(application, reach, "/api/v1/tasks")
    else:
        agenda = _agenda(application, reach, file)
        document = task_document.of_tasks(agenda.nexts(application.clock.now()))
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(tasks_text.listing(document))
    return exits.OK


async def show(
    application: "Application", reach: "Reach", file: Path | None, id_: str, form: str
) -> int:
    """Print a task, and what it would do."""
    from fettle.frontends.cli import tasks_text
    from fettle.frontends.report import task_document, write

    if _elsewhere(reach, file):
        document = await _asked(application, reach, f"/api/v1/tasks/{_word(id_)}")
    else:
        agenda = _agenda(application, reach, file)
        task = agenda.find(id_)
        document = task_document.of_task(task, agenda.next_of(task, application.clock.now()))
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(tasks_text.task(document))
    return exits.OK


async def plan(
    application: "Application",
    reach: "Reach",
    file: Path | None,
    ids: Collection[str],
    stretch: tuple[datetime, datetime],
    form: str,
) -> int:
    """Print what is planned from a moment until before another."""
    from fettle.frontends.cli import tasks_text
    from fettle.frontends.report import task_calendar, task_document, write
    from fettle.maintenance.agenda import refuse_impossible

    refuse_impossible(*stretch, _LONGEST)
    if _elsewhere(reach, file):
        return await _plan_there(application, reach, ids, stretch, form)
    with _nothing_collected():
        planned = _planned(_agenda(application, reach, file), ids, stretch)
        if form == "json":
            _stream(task_document.lines_of(*stretch, planned))
        elif form == "ics":
            sys.stdout.write(task_calendar.written(planned, application.clock.now()).decode())
        else:
            write.plain_lines(tasks_text.plan(map(task_document.of_occurrence, planned)))
    return exits.OK


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Let the collector rest: tasks are kept until the end, and it would look at all, many times.

    What is written of them goes without it, however long the stretch.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _plan_there(
    application: "Application",
    reach: "Reach",
    ids: Collection[str],
    stretch: tuple[datetime, datetime],
    form: str,
) -> int:
    """Print what a server plans."""
    from fettle.frontends.cli import tasks_text
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write
    from fettle.frontends.report.moments import said

    if form == "ics":
        raise WrongUsage("a server gives no calendar as a file", remedy="--format json")
    start, end = map(said, stretch)
    query: dict[str, object] = {"start": start, "end": end, "task": ",".join(ids) or None}
    found: list[OccurrenceDocument] = []
    async with reached(application, reach) as api:
        while True:
            page = await api.get("/api/v1/occurrences", {**query, "limit": 200})
            found += page["items"]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
    if form == "json":
        whole = {"schema": "fettle.occurrences/1", "start": start, "end": end}
        write.document({**whole, "occurrences": found})
    else:
        write.plain_lines(tasks_text.plan(found))
    return exits.OK


def _planned(
    agenda: "Agenda", ids: Collection[str], stretch: tuple[datetime, datetime]
) -> "Iterable[Expected]":
    wanted = {agenda.find(id_).id for id_ in ids}
    if not wanted:
        return agenda.expected(*stretch)
    found = agenda.about(wanted).expected(*stretch)
    return (one for one in found if one.occurrence.task.id in wanted)


def _agenda(application: "Application", reach: "Reach", file: Path | None) -> "Agenda":
    from fettle.maintenance import settled

    if file is None:
        return settled.agenda_of(reach.settings(application))
    return settled.tried_of(application.settings(file))


def _elsewhere(reach: "Reach", file: Path | None) -> bool:
    """Whether a server is asked; raises WrongUsage for a file that it cannot see."""
    if reach.server is not None and file is not None:
        raise WrongUsage("either --tasks, a file here, or --server")
    return reach.server is not None


async def _asked(application: "Application", reach: "Reach", path: str) -> Any:  # noqa: ANN401 - JSON
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        return await api.get(path)


def _word(id_: str) -> str:
    """Return an id as a part of a path; raises WrongUsage."""
    if not id_ or not all(one.isalnum() or one in "._-" for one in id_):
        raise WrongUsage(f"{id_!r} is no id", remedy="fettle task list names them all")
    return id_


def _stream(parts: Iterator[str]) -> None:
    """Write parts of a document as they come, not each by itself."""
    from fettle.frontends.report import write

    write.accept_all_letters("utf-8")
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > _LARGE:
            sys.stdout.write("".join(waiting))
            waiting, size = [], 0
    sys.stdout.write("".join(waiting))
