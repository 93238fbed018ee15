"""What the commands about runs of tasks ask, and how a run is followed."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from fettle.errors import NotFound, WrongUsage
from fettle.frontends.cli import exits, progress

if TYPE_CHECKING:
    from pathlib import Path

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach
    from fettle.frontends.report.task_run_document import MaintenanceRunDocument

_PAUSE_S = 0.5
_CODES = {
    "passed": exits.OK,
    "failed": exits.FAILED,
    "unknown": exits.UNVERIFIED,
    "refused": exits.REFUSED,
    "lapsed": exits.REFUSED,
    "cancelled": exits.REFUSED,
    "waiting": exits.UNVERIFIED,
}
_PERSONS = ("approval", "person", "unsure", "paused")


async def run(
    application: "Application",
    reach: "Reach",
    task: str,
    reason: str | None,
    form: str,
    *,
    wait: bool,
) -> int:
    """Have a task done; with `wait` it is followed until it has ended, or waits for a person."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/tasks/{_word(task)}/run", {"reason": reason})
        if not wait:
            _print(document, form)
            return exits.OK
        document = await _followed(application, api, document)
    _print(document, form)
    return _CODES[document["status"]]


async def _followed(
    application: "Application", api: "Api", document: "MaintenanceRunDocument"
) -> "MaintenanceRunDocument":
    """Follow a run, and say what each step comes to."""
    told: set[int] = set()
    waiting = progress.Waiting()
    while True:
        for step in document["steps"]:
            if step["number"] not in told and step["outcome"] not in ("pending", "running"):
                told.add(step["number"])
                said = step["error"] or step["result"] or ""
                progress.say(f"{step['outcome']}: {step['description']}: {said}")
        ended = document["finished_at"] is not None
        if ended or document["waits_for"] in _PERSONS:
            return document
        await application.clock.sleep(_PAUSE_S)
        if not told:
            waiting.passed(_PAUSE_S)
        document = await api.get(f"/api/v1/task-runs/{document['run']}")


async def approve(
    application: "Application", reach: "Reach", given: str, step: int | None, form: str
) -> int:
    """Approve a step of a run, by default that which is next, or a task's next planned time."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        try:
            waits_with = step or _ahead(await api.get(f"/api/v1/task-runs/{_word(given)}"))
            said = {"step": waits_with}
            document = await api.post(f"/api/v1/task-runs/{_word(given)}/approve", said)
        except NotFound:
            if step is not None:
                raise
            ahead = await api.post(f"/api/v1/tasks/{_word(given)}/approve")
            if form == "json":
                write.document(ahead)
            else:
                write.plainly(f"{ahead['task']} of {ahead['local']} is approved before it comes")
            return exits.OK
    _print(document, form)
    return exits.OK


def _ahead(document: "MaintenanceRunDocument") -> int | None:
    """Return the number of the step that comes next."""
    ahead = (one["number"] for one in document["steps"] if one["outcome"] == "pending")
    return next(ahead, None)


async def decide(
    application: "Application",
    reach: "Reach",
    given: str,
    act: str,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    """Pause, resume or cancel a run, or say what became of a step."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/task-runs/{_word(given)}/{act}", body)
    _print(document, form)
    return exits.OK


async def show(
    application: "Application", reach: "Reach", given: str, step: int | None, form: str
) -> int:
    """Print a run with its steps, or what one of them has said."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    path = f"/api/v1/task-runs/{_word(given)}"
    async with reached(application, reach) as api:
        if step is None:
            _print(await api.get(path), form)
            return exits.OK
        lines: list[Any] = []
        while page := (await _lines(api, path, step, lines)):
            lines += page
    if form == "json":
        write.document({"schema": "fettle.task_log/1", "lines": lines})
    else:
        write.plain_lines(f"{one['at']}  {one['line']}" for one in lines)
    return exits.OK


async def _lines(api: "Api", path: str, step: int, before: Sequence[Any]) -> list[Any]:
    after = before[-1]["id"] if before else 0
    found: list[Any] = (await api.get(f"{path}/steps/{step}/log", {"after": after}))["lines"]
    return found


async def report(
    application: "Application", reach: "Reach", given: str, form: str, output: "Path | None"
) -> int:
    """Print the report of a run, or write it into a file."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write
    from fettle.frontends.report.report_written import Form, written

    if form == "pdf" and output is None:
        raise WrongUsage("a PDF is written into a file", remedy="--output FILE")
    async with reached(application, reach) as api:
        path = f"/api/v1/task-runs/{_word(given)}"
        document = await api.get(f"{path}/report")
        ended = (await api.get(path))["finished_at"]
    if form == "json" and output is None:
        write.document(document)
        return exits.OK
    made_at = datetime.fromisoformat(ended) if ended else application.clock.now()
    if form == "json":
        content = json.dumps(document, ensure_ascii=False, indent=2).encode()
    else:
        content = await written(document, cast("Form", form), made_at)
    if output is None:
        sys.stdout.write(content.decode())
        return exits.OK
    try:
        output.write_bytes(content)
    except OSError as error:
        raise WrongUsage(f"{output} cannot be written: {error.strerror}") from None
    progress.say(f"It is in {output}.")
    return exits.OK


async def history(
    application: "Application",
    reach: "Reach",
    task: str | None,
    status: Sequence[str],
    limit: int,
    form: str,
) -> int:
    """Print the latest runs, and how reliable tasks are."""
    from fettle.frontends.cli import task_runs_text
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    query = {"task": task, "status": ",".join(status) or None}
    items: list[Any] = []
    cursor = None
    async with reached(application, reach) as api:
        while len(items) < limit:
            asked = {**query, "limit": min(200, limit - len(items)), "cursor": cursor}
            page = await api.get("/api/v1/task-runs", asked)
            items += page["items"]
            if (cursor := page["next"]) is None:
                break
        figures = (await api.get("/api/v1/task-runs/figures"))["items"]
    if form == "json":
        write.document({"schema": "fettle.maintenance_runs/1", "items": items, "next": cursor})
    else:
        told = [one for one in figures if task is None or one["task"] == task.replace("_", "-")]
        write.plain_lines(task_runs_text.history(items, told))
    return exits.OK


def _print(document: "MaintenanceRunDocument", form: str) -> None:
    from fettle.frontends.cli import task_runs_text
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        write.plain_lines(task_runs_text.run(document))


def _word(given: str) -> str:
    """Return a number or an id as a part of a path; raises WrongUsage."""
    if not given or not all(one.isalnum() or one in "._-" for one in given):
        raise WrongUsage(f"{given!r} is no run", remedy="fettle task history names them")
    return given
