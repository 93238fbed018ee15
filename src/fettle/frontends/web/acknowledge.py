"""Acknowledge an issue by the link in a notification, without logging in.

Looking does nothing: programs that follow every link in a message acknowledge nothing. The button
does, in the name of the receiver to whom the link was sent.
"""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from fettle.errors import FettleError, Refused
from fettle.flow import tend
from fettle.flow.links import Asked
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import answers
from fettle.model.issue import Issue
from fettle.store import access, issues
from fettle.triage import moves
from fettle.triage.moves import By


@dataclass(frozen=True)
class Acknowledging:
    """What acknowledge.html is given: the issue, and what may be done about it."""

    number: int
    title: str
    priority: str
    severity: str
    status: str
    services: str
    taken_by: str | None
    receiver: str
    done: bool
    live: bool
    merged_into: int | None

    @property
    def may_take(self) -> bool:
        """Whether there is something to acknowledge."""
        return self.taken_by is None and self.live


def install(app: FastAPI, serving: Serving) -> None:
    """Add the page to the application."""

    async def acknowledge(request: Request) -> HTMLResponse:
        try:
            asked = serving.desk.links.read(request.path_params["token"], serving.clock.now())
            return answers.page("acknowledge.html", await _done(serving, asked, request))
        except FettleError as error:
            return answers.refused(error)

    app.add_route(
        "/acknowledge/{token}",
        acknowledge,
        methods=["GET", "HEAD", "POST"],
        include_in_schema=False,
    )


async def _done(serving: Serving, asked: Asked, request: Request) -> Acknowledging:
    if request.method != "POST":
        return await _look(serving, asked)
    try:
        return await _take(serving, asked, request)
    except Refused:  # it was over by then: the page says what became of it
        return await _look(serving, asked)


async def _look(serving: Serving, asked: Asked) -> Acknowledging:
    async with serving.pool.connection() as connection:
        return _page(await issues.find(connection, asked.issue), asked, done=False)


async def _take(serving: Serving, asked: Asked, request: Request) -> Acknowledging:
    by = By(f"link:{asked.receiver}", serving.clock.now())
    async with serving.pool.connection() as connection, connection.transaction():
        issue = await tend.move(
            connection, serving.desk, asked.issue, lambda issue: moves.acknowledge(issue, by)
        )
        subject = f"/issues/{asked.issue}"
        await access.write_audit(connection, by.actor, "acknowledge", subject, request.state.id, {})
    return _page(issue, asked, done=issue.acknowledged_by == by.actor)


def _page(issue: Issue, asked: Asked, *, done: bool) -> Acknowledging:
    made = issue.classification
    return Acknowledging(
        issue.number,
        issue.title,
        str(made.priority),
        str(made.severity),
        str(issue.status),
        ", ".join(made.services),
        issue.acknowledged_by,
        asked.receiver,
        done,
        issue.status.is_live,
        issue.merged_into,
    )
