"""Approve the step that a run of a task waits with, by the link in a notification.

Nobody logs in. Looking does nothing, as with acknowledge.py. The button approves that step and no
other, in the name of the receiver to whom the link was sent.
"""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from fettle.errors import FettleError, Refused
from fettle.flow import task_acts
from fettle.flow.links import AskedStep
from fettle.frontends.api.serving import Serving
from fettle.frontends.report.moments import said
from fettle.frontends.web import answers
from fettle.model.role import Caller, Role
from fettle.model.task_run import StepStand, TaskRunSteps, WaitsFor
from fettle.store import access, task_runs


@dataclass(frozen=True)
class Approving:
    """What approve.html is given: the run, and what would be done."""

    number: int
    name: str
    status: str
    says: str
    closes: str | None
    steps: tuple[str, ...]
    receiver: str
    waits: bool
    done: bool


def install(app: FastAPI, serving: Serving) -> None:
    """Add the page to the application."""

    async def approve(request: Request) -> HTMLResponse:
        try:
            token = request.path_params["token"]
            asked = serving.desk.links.read_approval(token, serving.clock.now())
            done = request.method == "POST" and await _approve(serving, asked, request)
            async with serving.pool.connection() as connection:
                found = await task_runs.find(connection, str(asked.run))
            return answers.page("approve.html", _page(found, asked, done=done))
        except FettleError as error:
            return answers.refused(error)

    app.add_route(
        "/approve/{token}", approve, methods=["GET", "HEAD", "POST"], include_in_schema=False
    )


async def _approve(serving: Serving, asked: AskedStep, request: Request) -> bool:
    """Approve it; False where it does not wait any more: the page says how it stands."""
    caller = Caller(f"link:{asked.receiver}", Role.RESPONDER)
    number = str(asked.run)
    try:
        async with serving.pool.connection() as connection, connection.transaction():
            await task_acts.approve(connection, serving.upkeep, number, asked.step, caller)
            subject, of = f"/maintenance/runs/{number}", request.state.id
            await access.write_audit(connection, caller.actor, "approve", subject, of, {})
    except Refused:
        return False
    return True


def _page(found: TaskRunSteps, asked: AskedStep, *, done: bool) -> Approving:
    run = found.run
    is_next = found.next is not None and found.next.number == asked.step
    return Approving(
        run.number,
        run.name,
        str(run.state),
        run.says or "",
        None if run.opened is None else said(run.opened.end),
        tuple(one.name for one in found.steps if one.state is StepStand.PENDING),
        asked.receiver,
        run.waits_for is WaitsFor.APPROVAL and is_next,
        done,
    )
