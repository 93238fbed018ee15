"""Decide about the step that a run of a task waits with, by the link in a notification.

Nobody logs in. Looking does nothing, as with acknowledge.py. The buttons approve, tick or skip that
step and no other, and pause, resume or cancel its run, in the name of the receiver to whom the link
was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from fettle.errors import FettleError, NotFound, Refused, WrongUsage
from fettle.flow import task_acts
from fettle.flow.links import AskedStep
from fettle.flow.task_acts import Answer
from fettle.flow.task_course import Upkeep
from fettle.frontends.api.bodies import limited
from fettle.frontends.api.serving import Serving
from fettle.frontends.report.moments import said
from fettle.frontends.web import answers, forms
from fettle.model.role import Caller, Role
from fettle.model.task_run import PERSON, StepRun, StepStand, TaskRunSteps, WaitsFor
from fettle.store import access, task_runs
from fettle.store.statements import Connection

_DONE = {
    "approve": "It goes on.",
    "done": "It is written down as done.",
    "skip": "It is left out.",
    "pause": "It is paused.",
    "resume": "It goes on.",
    "cancel": "It is cancelled.",
}
_LONGEST = 10_000


@dataclass(frozen=True)
class Approving:
    """What approve.html is given: the run, what would be done, and what may be decided.

    `asked` is what a person is to do in the step, where that is theirs. `done` says what became of
    what was decided; it is None where nothing was.
    """

    number: int
    name: str
    status: str
    says: str
    closes: str | None
    steps: tuple[str, ...]
    receiver: str
    approves: bool
    ticks: bool
    asked: str | None
    skips: bool
    paused: bool
    ended: bool
    done: str | None


def install(app: FastAPI, serving: Serving) -> None:
    """Add the page to the application."""

    async def approve(given: Request) -> HTMLResponse:
        request = limited(given)
        try:
            token = request.path_params["token"]
            asked = serving.desk.links.read_approval(token, serving.clock.now())
            done = await _decided(serving, asked, request) if request.method == "POST" else None
            async with serving.pool.connection() as connection:
                found = await task_runs.find(connection, str(asked.run))
            return answers.page("approve.html", _page(found, asked, done))
        except FettleError as error:
            return answers.refused(error)

    app.add_route(
        "/approve/{token}", approve, methods=["GET", "HEAD", "POST"], include_in_schema=False
    )


async def _decided(serving: Serving, asked: AskedStep, request: Request) -> str | None:
    """Do what is asked; None where it cannot be any more: the page says how the run stands."""
    form = await forms.typed(request)
    act = form.get("act", "approve")
    caller = Caller(f"link:{asked.receiver}", Role.RESPONDER)
    try:
        async with serving.pool.connection() as connection, connection.transaction():
            await _done(connection, serving.upkeep, asked, act, form, caller)
            subject, of = f"/maintenance/runs/{asked.run}", request.state.id
            await access.write_audit(connection, caller.actor, act, subject, of, {})
    except Refused:
        return None
    return _DONE[act]


async def _done(
    connection: Connection,
    upkeep: Upkeep,
    asked: AskedStep,
    act: str,
    form: Mapping[str, str],
    caller: Caller,
) -> None:
    run, note = str(asked.run), form.get("note", "").strip()[:_LONGEST]
    match act:
        case "approve":
            await task_acts.approve(connection, upkeep, run, asked.step, caller)
        case "done":
            said_ = Answer(StepStand.PASSED, note)
            await task_acts.answer(connection, upkeep, run, asked.step, said_, caller)
        case "skip":
            said_ = Answer(StepStand.SKIPPED, note)
            await task_acts.answer(connection, upkeep, run, asked.step, said_, caller)
        case "pause":
            await task_acts.pause(connection, upkeep, run, caller)
        case "resume":
            await task_acts.resume(connection, upkeep, run)
        case "cancel":
            if not note:
                raise WrongUsage("a reason is needed", remedy="say why")
            await task_acts.cancel(connection, upkeep, run, caller, note)
        case _:
            raise NotFound(f"nothing is done by {act[:40]}")


def _page(found: TaskRunSteps, asked: AskedStep, done: str | None) -> Approving:
    run = found.run
    step = found.next if found.next is not None and found.next.number == asked.step else None
    is_here = step is not None and not run.state.ended
    return Approving(
        run.number,
        run.name,
        str(run.state),
        run.says or "",
        None if run.opened is None else said(run.opened.end),
        tuple(one.name for one in found.steps if one.state is StepStand.PENDING),
        asked.receiver,
        is_here and run.waits_for is WaitsFor.APPROVAL,
        is_here and run.waits_for is WaitsFor.PERSON,
        _asked(step),
        is_here and run.waits_for is not WaitsFor.UNSURE,
        run.paused_by is not None,
        run.state.ended,
        done,
    )


def _asked(step: StepRun | None) -> str | None:
    detail = None if step is None else step.detail
    return str(detail[PERSON]) if isinstance(detail, Mapping) and PERSON in detail else None
