"""What is done about known errors of issues, and how all acting is stopped.

What acts is done by a worker: the answer says which attempts begin, and they can be followed. What
is asked for are names, of a remedy of the settings: no address and no body comes from outside.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fettle.errors import Refused
from fettle.flow import recognise, reproduce, solution, solved, solving, wording
from fettle.flow.solving import Offer, Solver
from fettle.flow.wording import Words
from fettle.frontends.api.acting import Act, Acting, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, Text
from fettle.frontends.api.issues import whole as all_of
from fettle.frontends.api.paging import Id, Number, Optional, Several
from fettle.frontends.api.serving import BySolver
from fettle.frontends.api.work import past_like
from fettle.frontends.report import attempt_document, similar_document, solving_document
from fettle.frontends.report.attempt_document import (
    AttemptDocument,
    AttemptsDocument,
    FollowedAttempt,
)
from fettle.frontends.report.issue_document import IssueDocument
from fettle.frontends.report.moments import said
from fettle.frontends.report.similar_document import SimilarItem
from fettle.frontends.report.solving_document import (
    ErrorResolutionDocument,
    Solution,
    SolvingDocument,
)
from fettle.model.advice import Wording
from fettle.model.issue import Issue
from fettle.model.remedy import Attempt, AttemptState, Mode
from fettle.model.role import Role
from fettle.resolution.enquiry import Enquiry
from fettle.store import issues, remedies
from fettle.store.remedies import Wanted
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["known errors"])
_VIEWER = needs(Role.VIEWER)
_RESPONDER = needs(Role.RESPONDER)
_ADMIN = needs(Role.ADMIN)
_MOST = 200
_SIMILAR = 5

AttemptId = Annotated[
    str,
    Path(min_length=1, max_length=100, description="the id of an attempt, or the beginning of it"),
]


# The resolution of an issue's error


class Solve(Body):
    """Whether a remedy is to be used, and which; the first that there is when none is named."""

    apply: bool = False
    remedy: Name | None = None


@router.get("/issues/{number}/solution", openapi_extra=_VIEWER)
async def shown(act: Act, solver: BySolver, number: Number) -> ErrorResolutionDocument:
    """Show what an issue's error is, what cures it, what was done, and what it did."""
    issue = await issues.find(act.connection, number)
    return await whole(act.connection, solver, issue, ())


@router.post("/issues/{number}/solve", openapi_extra=_RESPONDER)
async def solve(
    act: Act, solver: BySolver, number: Number, what: Solve | None = None
) -> ErrorResolutionDocument:
    """Recognise an issue's error anew, and let begin what may: by itself, or as it is asked for."""
    wish = what or Solve()
    issue = await issues.find(act.connection, number)
    if issue.status.is_end:
        raise Refused(f"the issue is {issue.status}: nothing is done about it any more")
    begun: list[Attempt] = []
    if wish.apply or wish.remedy is not None:
        begun = [await _applied(act, solver, issue, wish.remedy)]
    else:
        told = await solution.told(act.connection, issue)
        before = await _open(act.connection, issue.number)
        await recognise.at_once(act.connection, solver, told, solver.desk.clock.now())
        begun = [
            one
            for one in await _open(act.connection, issue.number)
            if one.id not in {each.id for each in before}
        ]
    return await whole(act.connection, solver, issue, [one.id for one in begun])


class Reproduce(Body):
    """What is to be asked once more: a remedy's probe and check, or the request of an error."""

    remedy: Name | None = None
    error: Id | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Reproduce":
        if (self.remedy is None) == (self.error is None):
            raise ValueError("either a remedy, or an error of the issue")
        return self


@router.post("/issues/{number}/reproduce", status_code=202, openapi_extra=_RESPONDER)
async def reproduce_(act: Act, solver: BySolver, number: Number, what: Reproduce) -> IssueDocument:
    """Let a worker ask once more what shows an issue's trouble.

    A request is sent again as a GET, to a service's own address alone, without what came with it.
    What it comes to stands in the timeline a moment later.
    """
    issue = await issues.find(act.connection, number)
    if what.remedy is not None:
        await reproduce.by_remedy(act.connection, solver, issue, what.remedy, act.actor)
    elif what.error is not None:
        await reproduce.by_request(act.connection, solver, issue, what.error, act.actor)
    return await all_of(act.connection, solver.desk, issue)


async def _open(connection: Connection, issue: int) -> list[Attempt]:
    states = (AttemptState.QUEUED, AttemptState.WAITING)
    return await remedies.listed(connection, Wanted(states, issue), _MOST)


async def _applied(act: Acting, solver: Solver, issue: Issue, name: str | None) -> Attempt:
    """Let a remedy be used as somebody asks; raises NotFound, Refused."""
    found = await solution.known_of(act.connection, solver.desk, issue)
    if found is None:
        told = await solution.told(act.connection, issue)
        await recognise.at_once(act.connection, solver, told, solver.desk.clock.now())
        found = await solution.known_of(act.connection, solver.desk, issue)
    if found is None or not found.recognition.answered:
        raise Refused("nobody knows this error well enough to act on it")
    offer = _chosen(found.offers, solver, name)
    return await solving.begin(act.connection, solver, issue, offer, act.caller)


def _chosen(offers: Sequence[Offer], solver: Solver, name: str | None) -> Offer:
    if name is not None:
        remedy = solver.cures.remedy(name)
        for offer in offers:
            if offer.remedy.name == remedy.name:
                return offer
        raise Refused(f"{remedy.name} is not for this error of what this issue is about")
    if not offers:
        raise Refused(
            "no [[remedy]] is for this error of what this issue is about",
            remedy="write one into fettle.toml: for = […], target = …",
        )
    return min(offers, key=lambda one: one.may.mode is Mode.SUGGEST)


async def whole(
    connection: Connection, solver: Solver, issue: Issue, begun: Sequence[str]
) -> ErrorResolutionDocument:
    """Return the whole resolution of an issue's error."""
    told = await solution.told(connection, issue)
    found = await solution.known_or_read(connection, solver.desk, issue, told.text)
    recognition = found.recognition
    known = recognition.known if recognition.answered else None
    attempts = await remedies.listed(connection, Wanted(issue=issue.number), _MOST)
    enquiries: Sequence[Enquiry] = ()
    suggested: Words | None = None
    if known is None:
        suggested = (await wording.of_issue(connection, issue.number)).get(Wording.ENQUIRIES)
        enquiries = await solution.analysed(connection, solver.desk, issue, told.text)
    return solving_document.of_solution(
        Solution(
            issue,
            recognition,
            found.offers,
            found.rates,
            await _before(connection, issue, known),
            enquiries,
            suggested,
            [document_of(one, solver) for one in attempts],
            begun,
            await remedies.stopped(connection),
        ),
        solver.cures.known,
        said(solver.desk.clock.now()),
    )


async def _before(connection: Connection, issue: Issue, known: str | None) -> list[SimilarItem]:
    """Return past issues of the same known error, then those that are like it otherwise."""
    same = await solved.of_known(connection, known, issue.number)
    first = similar_document.items(same.alike, same.timelines)
    numbers = {one["number"] for one in first}
    other = (await past_like(connection, issue, _SIMILAR))["items"]
    return [*first, *(one for one in other if one["number"] not in numbers)]


# What was done


class AskedAttempts(BaseModel):
    """Which uses of remedies; several states are any of them."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[list[AttemptState], Several] = Field([], max_length=20)
    issue: Annotated[Id | None, Optional] = Field(None, description="those for this issue")
    cursor: Annotated[UUID | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("/attempts", openapi_extra=_VIEWER)
async def attempts(
    act: Act, solver: BySolver, asked: Annotated[AskedAttempts, Query()]
) -> AttemptsDocument:
    """List uses of remedies, the latest first."""
    after = None if asked.cursor is None else str(asked.cursor)
    wanted = Wanted(tuple(asked.state), asked.issue, after=after)
    found = await remedies.listed(act.connection, wanted, asked.limit)
    return {
        "schema": "fettle.attempts/1",
        "items": [document_of(one, solver) for one in found],
        "next": found[-1].id if len(found) == asked.limit else None,
    }


@router.get("/attempts/{attempt}", openapi_extra=_VIEWER)
async def one_attempt(act: Act, solver: BySolver, attempt: AttemptId) -> FollowedAttempt:
    """Show a use of a remedy with its journal."""
    return await followed(act.connection, solver, await remedies.find(act.connection, attempt))


@router.post("/attempts/{attempt}/approve", openapi_extra=_RESPONDER)
async def approve(act: Act, solver: BySolver, attempt: AttemptId) -> FollowedAttempt:
    """Let a remedy that waits for a yes begin."""
    found = await solving.approve(act.connection, solver, attempt, act.caller)
    return await followed(act.connection, solver, found)


class Why(Body):
    """The reason."""

    reason: Text


@router.post("/attempts/{attempt}/decline", openapi_extra=_RESPONDER)
async def decline(act: Act, solver: BySolver, attempt: AttemptId, what: Why) -> FollowedAttempt:
    """Say that a remedy that waits for a yes is not to be used."""
    found = await solving.decline(act.connection, solver, attempt, act.caller, what.reason)
    return await followed(act.connection, solver, found)


@router.post("/attempts/{attempt}/undo", openapi_extra=_RESPONDER)
async def undo(act: Act, solver: BySolver, attempt: AttemptId) -> FollowedAttempt:
    """Let a worker take back what a remedy did, by its undo; also while all acting is stopped."""
    found = await solving.undo(act.connection, solver, attempt, act.caller)
    return await followed(act.connection, solver, found)


async def followed(connection: Connection, solver: Solver, found: Attempt) -> FollowedAttempt:
    """Return a use of a remedy with its journal."""
    journal = await remedies.journal(connection, found.id)
    undoable = await solving.undoable(connection, solver, found)
    return attempt_document.of_followed(document_of(found, solver), undoable, journal)


def document_of(attempt: Attempt, solver: Solver) -> AttemptDocument:
    """Return a use of a remedy, as it stands now."""
    remedy = solver.cures.named(attempt.remedy)
    lapsed = solving.has_lapsed(attempt, solver.desk)
    return attempt_document.of_attempt(attempt, remedy, lapsed=lapsed)


# Whether anything acts


@router.get("/solving", openapi_extra=_VIEWER)
async def state(act: Act, solver: BySolver) -> SolvingDocument:
    """Say whether remedies act, how much of their budgets is used, and what waits for a yes."""
    return await state_of(act.connection, solver)


@router.post("/solving/stop", openapi_extra=_ADMIN)
async def stop(act: Act, solver: BySolver, what: Why) -> SolvingDocument:
    """Let no remedy act from this moment on, whoever asks for it; an undo still does."""
    await solving.stop(act.connection, solver, act.caller, what.reason)
    return await state_of(act.connection, solver)


@router.post("/solving/start", openapi_extra=_ADMIN)
async def start(act: Act, solver: BySolver) -> SolvingDocument:
    """Let remedies act again."""
    await solving.start(act.connection)
    return await state_of(act.connection, solver)


async def state_of(connection: Connection, solver: Solver) -> SolvingDocument:
    """Return whether remedies act, how much of their budgets is used, and what waits."""
    used, limits = await solution.used(connection, solver.desk), solver.cures.limits
    flying = Wanted((AttemptState.QUEUED, AttemptState.ACTING, AttemptState.WATCHING))
    waiting = await remedies.listed(connection, Wanted((AttemptState.WAITING,)), _MOST)
    return {
        "schema": "fettle.solving/1",
        "stopped": solving_document.of_stopped(await remedies.stopped(connection)),
        "budgets": [
            {"within": "hour", "most": limits.most_an_hour, "used": used.within_hour},
            {"within": "day", "most": limits.most_a_day, "used": used.within_day},
        ],
        "breakers": [
            {"remedy": remedy, "target": target, "half_open_at": said(until)}
            for remedy, target, until in used.breakers
        ],
        "in_flight": [
            document_of(one, solver) for one in await remedies.listed(connection, flying, _MOST)
        ],
        "waiting": [
            document_of(one, solver) for one in waiting if not solving.has_lapsed(one, solver.desk)
        ],
        "remedies": [one.name for one in solver.cures.remedies],
    }
