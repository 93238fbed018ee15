"""How an issue is worked on: stages and steps are ticked, the cause is stated, roles are given.

Each answers with the issue as it is then.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, model_validator

from fettle.errors import NotFound
from fettle.flow import tend
from fettle.flow.tend import Desk
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, Text, by
from fettle.frontends.api.issues import whole
from fettle.frontends.api.paging import Number
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import similar_document
from fettle.frontends.report.issue_document import IssueDocument
from fettle.frontends.report.similar_document import SimilarDocument
from fettle.model.issue import Issue
from fettle.model.role import Role
from fettle.model.stage import Stage
from fettle.store import issues, runbooks, users
from fettle.store import similar as past
from fettle.store.statements import Connection, storable
from fettle.triage import similar, stages, work
from fettle.triage.runbooks import steps
from fettle.triage.similar import Past

router = APIRouter(prefix="/api/v1/issues", route_class=ApiRoute, tags=["issues"])
_RESPONDER = needs(Role.RESPONDER)
_CANDIDATES = 100  # of each kind

StepNumber = Annotated[int, Path(ge=1, lt=10**6, description="the number of a runbook's step")]


class Tick(Body):
    """Whether it is done, and what there is to say."""

    done: bool = True
    note: Text = ""


class TickStage(Tick):
    """Whether it is done, or whether it is needed at all."""

    needed: bool = True


@router.post("/{number}/stages/{stage}", openapi_extra=_RESPONDER)
async def tick(
    act: Act, desk: AtDesk, number: Number, stage: Stage, what: TickStage | None = None
) -> IssueDocument:
    """Say that a stage of the work is done, that it is not, or that it is not needed here."""
    given, who = what or TickStage(), by(act, desk)
    issue = await tend.move(
        act.connection,
        desk,
        number,
        lambda issue: work.tick(
            issue, who, stage, given.note, done=given.done, needed=given.needed
        ),
    )
    return await whole(act.connection, desk, issue)


@router.post("/{number}/steps/{step}", openapi_extra=_RESPONDER)
async def tick_step(
    act: Act, desk: AtDesk, number: Number, step: StepNumber, what: Tick | None = None
) -> IssueDocument:
    """Say that a step of the issue's runbooks is done, or that it is not."""
    given, who = what or Tick(), by(act, desk)
    copied = await runbooks.of_issue(act.connection, number)
    known = steps(copied, [])
    issue = await tend.move(
        act.connection,
        desk,
        number,
        lambda issue: work.tick_step(issue, who, known, step, given.note, done=given.done),
    )
    return await whole(act.connection, desk, issue)


class Taken(Body):
    """The runbook of a class or of a service, as the settings name it: `service shop`."""

    name: Name


@router.post("/{number}/runbooks", openapi_extra=_RESPONDER)
async def take_runbook(act: Act, desk: AtDesk, number: Number, what: Taken) -> IssueDocument:
    """Work on an issue by one more runbook; its steps come behind those that are there."""
    runbook, who = desk.shelf.named(what.name), by(act, desk)
    copied = await runbooks.of_issue(act.connection, number)
    issue = await tend.move(
        act.connection,
        desk,
        number,
        lambda issue: work.take_runbook(issue, who, copied, runbook.name),
    )
    await runbooks.copy(act.connection, {number: [runbook]}, who.at)
    return await whole(act.connection, desk, issue)


class Cause(Body):
    """What the root cause is; `seen` is what stood there, empty where it was nothing.

    Who says what they have seen is refused with 412 where something else stands by now.
    """

    text: Text
    seen: Text | None = None


@router.post("/{number}/root-cause", openapi_extra=_RESPONDER)
async def root_cause(act: Act, desk: AtDesk, number: Number, what: Cause) -> IssueDocument:
    """State the root cause of an issue; the last word stands."""
    who = by(act, desk)
    await issues.to_change(act.connection, number)
    stated = await issues.entries_of(act.connection, number, [stages.CAUSE])
    stands = stages.root_cause(stated)
    issue = await tend.move(
        act.connection,
        desk,
        number,
        lambda issue: work.state_cause(issue, who, what.text, stands, what.seen),
    )
    return await whole(act.connection, desk, issue)


@router.get("/{number}/similar", openapi_extra=needs(Role.VIEWER))
async def like_it(
    act: Act, number: Number, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> SimilarDocument:
    """List past issues that are like this one, why, and what helped then."""
    return await past_like(act.connection, await issues.find(act.connection, number), limit)


async def past_like(connection: Connection, issue: Issue, limit: int) -> SimilarDocument:
    """Return past issues that are like one, by two queries."""
    words = similar.words_of(issue.title)
    known = await past.candidates(connection, issue, list(words), _CANDIDATES)
    found = similar.similar(issue, [Past(*one) for one in known], limit)
    numbers = [one.issue.number for one in found]
    timelines = await issues.timelines(connection, numbers, similar.HELPED)
    return similar_document.of_similar(issue.number, found, timelines)


class Roles(Body):
    """Who leads, and who speaks with those it hurts; null is nobody, what is left out stays."""

    lead: Name | None = Field(None, description="who decides what is done")
    communications: Name | None = Field(None, description="who speaks with those it hurts")

    @model_validator(mode="after")
    def _names_a_role(self) -> "Roles":
        if not self.model_fields_set:
            raise ValueError("name a role")
        return self


@router.post("/{number}/roles", openapi_extra=_RESPONDER)
async def roles(act: Act, desk: AtDesk, number: Number, what: Roles) -> IssueDocument:
    """Give roles in an issue to people, or to nobody any more."""
    given = {role: getattr(what, role) for role in work.ROLES if role in what.model_fields_set}
    for person in filter(None, given.values()):
        await _refuse_nobody(act.connection, desk, person)
    who = by(act, desk)
    issue = await tend.move(
        act.connection, desk, number, lambda issue: work.cast_roles(issue, who, given)
    )
    return await whole(act.connection, desk, issue)


async def _refuse_nobody(connection: Connection, desk: Desk, person: str) -> None:
    """Raise NotFound for somebody who is of no team, and no user here."""
    try:
        desk.people.refuse_nobody(person)
    except NotFound:
        if await users.secrets_of(connection, storable(person)) is None:
            raise
