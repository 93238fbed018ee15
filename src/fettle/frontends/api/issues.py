"""Issues, as they are listed and shown."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from fettle.flow import deploys, reviews, solution, why
from fettle.flow.reviews import Whole
from fettle.flow.tend import Desk
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import (
    Cursor,
    Id,
    Limit,
    Number,
    Optional,
    Several,
    next_after,
)
from fettle.frontends.api.serving import AtDesk, ByServing
from fettle.frontends.report import causes_document, issue_document, solving_document
from fettle.frontends.report.causes_document import CausesDocument
from fettle.frontends.report.issue_document import (
    Fixes,
    IssueDocument,
    IssuesDocument,
    Readings,
    Surroundings,
    TimelineDocument,
)
from fettle.frontends.report.solving_document import KnownOfIssue
from fettle.model.issue import Issue, Status
from fettle.model.role import Role
from fettle.model.severity import Severity, SeverityName
from fettle.store import alerts, fixes, investigations, issues, outbox, runbooks
from fettle.store.fixes import WantedPlans
from fettle.store.issues import Wanted, Written
from fettle.store.statements import Connection
from fettle.triage import sla
from fettle.triage.work import EVENTS as WORK

router = APIRouter(prefix="/api/v1/issues", route_class=ApiRoute, tags=["issues"])

_MOST_PLANS = 100
_LATEST = 200

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]


class Asked(BaseModel):
    """Which issues; several values of a filter are any of them."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[list[Status], Several] = Field([], max_length=50)
    severity: Annotated[list[SeverityName], Several] = Field([], max_length=50)
    service: Word = None
    team: Word = None
    q: Word = Field(None, description="words of the title or the description")
    live: bool = Field(default=False, description="only those that have not ended")
    cursor: Annotated[Id | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")

    @property
    def wanted(self) -> Wanted:
        """Return it as the store is asked."""
        return Wanted(
            tuple(self.status),
            tuple(map(Severity.named, self.severity)),
            self.service,
            self.team,
            self.q,
            self.live,
            self.cursor,
        )


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(act: Act, desk: AtDesk, asked: Annotated[Asked, Query()]) -> IssuesDocument:
    """List issues, the latest first."""
    limit = asked.limit
    found = await issues.listed(act.connection, asked.wanted, limit)
    readings = await read_clocks(act.connection, desk, found)
    last = found[-1].number if len(found) == limit else None
    return {
        "schema": "fettle.issues/1",
        "items": [issue_document.of_item(issue, readings[issue.number]) for issue in found],
        "next": next_after(last),
    }


@router.get("/{number}", openapi_extra=needs(Role.VIEWER))
async def one(act: Act, desk: AtDesk, number: Number) -> IssueDocument:
    """Show an issue with all that is known about it."""
    return await whole(act.connection, desk, await issues.find(act.connection, number))


@router.get("/{number}/causes", openapi_extra=needs(Role.VIEWER))
async def causes(act: Act, serving: ByServing, number: Number) -> CausesDocument:
    """Say what may have caused an issue, by what was measured of its services and what they need.

    Empty where nothing of them is watched, or nothing moved.
    """
    issue = await issues.find(act.connection, number)
    about, when = issue.classification.services, issue.milestones
    until = when.resolved or serving.clock.now()
    found = await why.suspects(act.connection, serving.targets, about, when.started, until)
    return causes_document.of_suspects(found)


@router.get("/{number}/timeline", openapi_extra=needs(Role.VIEWER))
async def timeline(
    act: Act, number: Number, cursor: Cursor = None, limit: Limit = 50
) -> TimelineDocument:
    """List what happened to an issue, the latest first."""
    issue = await issues.find(act.connection, number)
    found = await issues.history(act.connection, issue.number, cursor, limit)
    return issue_document.of_timeline(issue.number, found, next_after(_earlier(found, limit)))


def _earlier(found: Sequence[Written], limit: int) -> int | None:
    return found[-1].id if len(found) == limit else None


async def whole(connection: Connection, desk: Desk, issue: Issue) -> IssueDocument:
    """Return an issue with what is kept beside it."""
    latest = await issues.history(connection, issue.number, None, _LATEST)
    beside = Surroundings(
        [one.entry for one in reversed(latest)],
        next_after(_earlier(latest, _LATEST)),
        await issues.links(connection, issue.number),
        await alerts.of_issue(connection, issue.number),
        await outbox.of_issue(connection, issue.number),
        await investigations.of_issue(connection, issue.number),
        await _fixes(connection, desk, issue.number),
        review=await _review(connection, issue.number),
        runbooks=await runbooks.of_issue(connection, issue.number),
        deploys=await deploys.about(connection, desk, issue),
        work=await issues.entries_of(connection, issue.number, WORK),
        known=await _known(connection, desk, issue),
    )
    readings = await read_clocks(connection, desk, [issue])
    return issue_document.of_issue(issue, readings[issue.number], beside, desk.clock.now())


async def _review(connection: Connection, number: int) -> Whole | None:
    """Return where the review of an issue stands, None when nobody looks back at it."""
    found = await reviews.beside(connection, number)
    looked_at = found.needed or found.review.due_at or found.review.version
    return found if looked_at or found.actions or found.earlier else None


async def _known(connection: Connection, desk: Desk, issue: Issue) -> KnownOfIssue | None:
    """Return which known error an issue is, and what may be done about it."""
    found = await solution.known_of(connection, desk, issue)
    if found is None:
        return None
    return solving_document.of_known(found.recognition, found.offers, found.rates, desk.cures.known)


async def _fixes(connection: Connection, desk: Desk, number: int) -> Fixes:
    """Return the fixes that hang on an issue."""
    since = desk.clock.now() - desk.rule.wait
    plans = await fixes.plans(connection, WantedPlans(since, issue=number), _MOST_PLANS)
    if not plans:
        return Fixes()
    why = await fixes.why_hung(connection, number)
    return Fixes(plans, why, await fixes.runs_of_issue(connection, number), desk.rule)


async def read_clocks(
    connection: Connection, desk: Desk, found: list[Issue]
) -> dict[int, Readings]:
    """Return what the clocks of issues show now, by one query."""
    ledgers = await issues.clocks(connection, [issue.number for issue in found])
    now = desk.clock.now()
    return {
        issue.number: sla.readings(
            ledgers.get(issue.number, ()), now, desk.people.calendars(issue.team)
        )
        for issue in found
    }
