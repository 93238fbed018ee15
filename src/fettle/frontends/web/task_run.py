"""A run of a maintenance task: its steps as they are done, and what people decide about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.flow import task_report
from fettle.frontends.report import task_run_document
from fettle.frontends.report.report_written import KINDS, Form, written
from fettle.frontends.report.task_run_document import (
    LineDocument,
    MaintenanceRunDocument,
    TaskStepDocument,
)
from fettle.frontends.web.reported import DrawnReport, drawn
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model import report_kept
from fettle.model.quantity import parse_duration, say_duration
from fettle.model.report import Report
from fettle.model.report_compared import Difference, compared
from fettle.model.task_run import PERSON, StepRun, TaskRunSteps
from fettle.store import task_runs

PATH = "/maintenance/runs"
_DIFFERENCES = 50
_LINES = 200  # of a step, the latest: what it said before that the API gives
_ACTS = ("approve", "pause", "resume", "cancel", "answer")


@dataclass(frozen=True)
class Told:
    """A report of a run, and what of it is another than in the run before.

    That of its steps is not drawn: the page shows them.
    """

    report: DrawnReport | None
    before: int | None
    differences: Sequence[Difference]


@dataclass(frozen=True)
class TaskRunPage:
    """What task_run.html is given: a run, what its steps said, and the reports they wrote.

    `next` is the step that comes next, or that waits for a person.
    """

    run: MaintenanceRunDocument
    steps: Sequence[TaskStepDocument]
    next: TaskStepDocument | None
    logs: Mapping[int, Sequence[LineDocument]]
    reports: Sequence[Told]

    @property
    def path(self) -> str:
        """Where what is decided about it is sent."""
        return f"{PATH}/{self.run['run']}"

    @property
    def asked(self) -> str | None:
        """What a person is to do in the step that comes next."""
        detail = None if self.next is None else self.next["detail"]
        return detail.get(PERSON) if isinstance(detail, dict) else None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.run["finished_at"] is not None

    def length(self, duration: str) -> str:
        """Return a duration of the document as people say it."""
        return say_duration(parse_duration(duration))


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.add(f"{PATH}/{{number:number}}", show)
    for kind in ("md", "pdf"):
        pages.add(f"{PATH}/{{number:number}}/report.{kind}", export)
    pages.act(f"{PATH}/{{number:number}}/{{act}}", decide)
    pages.act("/maintenance/tasks/{task}/{act}", begin)


async def show(look: Look) -> Response:
    """Show a run."""
    number = look.request.path_params["number"]
    found = await task_runs.find(look.connection, str(number))
    document = task_run_document.of_run(found, look.serving.clock.now())
    whole = [document["prechecks"], *document["steps"], *document["undone"]]
    steps = [one for one in (*whole, document["validation"]) if one is not None]
    said = await task_runs.latest_lines(look.connection, found.run.id, _LINES)
    page = TaskRunPage(
        document,
        steps,
        _next(document),
        {number: task_run_document.of_log(lines)["lines"] for number, lines in said.items()},
        await _reports(look, found),
    )
    title = f"Run {document['run']} of {document['name']}"
    return look.page("task_run.html", page, title, live=[f"task_run {document['run']}"])


async def _reports(look: Look, found: TaskRunSteps) -> Sequence[Told]:
    written = [await _told(look, found, one) for one in found.steps if one.report is not None]
    if written or (whole := await task_report.of_steps(look.connection, found)) is None:
        return written
    before = await task_report.of_steps_before(look.connection, found.run)
    return [Told(None, *_beside(report_kept.read(whole), before))]


async def _told(look: Look, found: TaskRunSteps, step: StepRun) -> Told:
    report = report_kept.read(step.report or {})
    before = await task_runs.report_before(look.connection, found.run, step.name)
    return Told(drawn(report), *_beside(report, before))


def _beside(
    report: Report, before: tuple[int, Mapping[str, Any]] | None
) -> tuple[int | None, Sequence[Difference]]:
    if before is None:
        return None, []
    number, earlier = before
    return number, compared(report_kept.read(earlier), report)[:_DIFFERENCES]


async def export(look: Look) -> Response:
    """Give the report of a run as a file."""
    number = look.request.path_params["number"]
    form: Form = "pdf" if look.request.url.path.endswith(".pdf") else "markdown"
    found = await task_runs.find(look.connection, str(number))
    document = await task_report.of(look.connection, found)
    if document is None:
        raise NotFound(f"run {number} goes on, and has written no report yet")
    made_at = found.run.finished_at or look.serving.clock.now()
    file = f"{found.run.task}-{number}.{'pdf' if form == 'pdf' else 'md'}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    content = await written(document, form, made_at)
    return Response(content, media_type=KINDS[form], headers=headers)


def _next(document: MaintenanceRunDocument) -> TaskStepDocument | None:
    wanted = "unsure" if document["waits_for"] == "unsure" else "pending"
    return next((one for one in document["steps"] if one["outcome"] == wanted), None)


async def decide(deed: Deed) -> Response:
    """Do what the API does about a run."""
    number, act = deed.request.path_params["number"], deed.request.path_params["act"]
    if act not in _ACTS:
        raise NotFound(f"nothing is done by {act}")
    path, body = f"/api/v1/task-runs/{number}/{act}", _body(act, deed.form)
    if act == "answer":
        path = f"/api/v1/task-runs/{number}/steps/{quote(deed.form.get('step', ''), safe='')}"
    answer = await deed.call(path, body)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/{number}")


def _body(act: str, form: Mapping[str, str]) -> dict[str, str]:
    if act == "approve":
        return {"step": form.get("step", "")}
    if act == "cancel":
        return {"reason": form.get("reason", "")}
    if act == "answer":
        return {"outcome": form.get("outcome", ""), "note": form.get("note", "")}
    return {}


async def begin(deed: Deed) -> Response:
    """Have a task done, or approve its next planned time."""
    from fettle.frontends.web.maintenance import show_one  # noqa: PLC0415 - they lead to each other

    task, act = deed.request.path_params["task"], deed.request.path_params["act"]
    if act not in ("run", "approve"):
        raise NotFound(f"nothing is done by {act}")
    reason = deed.form.get("reason", "").strip()
    body = {"reason": reason or None} if act == "run" else {}
    answer = await deed.call(f"/api/v1/tasks/{quote(task, safe='')}/{act}", body)
    if not answer.ok:
        return await deed.refused(show_one, answer.reason, answer.remedy)
    if act == "run":
        return deed.back(f"{PATH}/{answer.document['run']}")
    return deed.back(f"/maintenance/tasks/{quote(task, safe='')}")
