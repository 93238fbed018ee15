"""Reviews: read, written, submitted, signed, opened again; and which are waited for."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from fettle.flow import reviews
from fettle.flow.tend import Desk
from fettle.frontends.api.acting import Act, Acting, ApiRoute, needs
from fettle.frontends.api.given import Body, Text, by
from fettle.frontends.api.paging import Limit, Number, Optional, Several
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import review_document
from fettle.frontends.report.review_document import ReviewDocument, ReviewsDocument
from fettle.model.review import SECTIONS, ReviewState
from fettle.model.role import Role
from fettle.review import markdown
from fettle.store import reviews as kept

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["reviews"])
_RESPONDER = needs(Role.RESPONDER)
_PATH = "/issues/{number}/review"

Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


async def _whole(
    acting: Acting, desk: Desk, number: int, version: int | None = None
) -> ReviewDocument:
    whole = await reviews.read(acting.connection, number, version)
    return review_document.of_review(whole, desk.clock.now())


@router.get(_PATH, openapi_extra=needs(Role.VIEWER))
async def one(
    act: Act,
    desk: AtDesk,
    number: Number,
    version: Annotated[Version | None, Optional, Query()] = None,
) -> ReviewDocument:
    """Show the review of an issue: what it says now, or said in a version.

    Before anybody has written it, it says what the issue itself can tell.
    """
    return await _whole(act, desk, number, version)


class Written(Body):
    """What it says: some sections by their names, or the whole as Markdown.

    `version` is the one that was read before. When somebody has written in the same sections since,
    nothing is lost: it is refused with 412.
    """

    version: Version
    sections: Annotated[dict[str, Text], Field(max_length=len(SECTIONS))] | None = None
    markdown: Annotated[str, Field(max_length=1_000_000)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Written":
        if (self.sections is None) == (self.markdown is None):
            raise ValueError("give either sections or markdown")
        if strange := [name for name in self.sections or () if name not in SECTIONS]:
            raise ValueError(f"a review has no section {strange[0]}; one of {', '.join(SECTIONS)}")
        return self

    @property
    def said(self) -> dict[str, str]:
        """Return the sections; raises WrongUsage."""
        return self.sections if self.sections is not None else markdown.read(self.markdown or "")


@router.put(_PATH, openapi_extra=_RESPONDER)
async def write(act: Act, desk: AtDesk, number: Number, what: Written) -> ReviewDocument:
    """Keep another version of a review; sections that are not given stay as they are."""
    await reviews.write(act.connection, number, by(act, desk), what.said, what.version)
    return await _whole(act, desk, number)


@router.post(f"{_PATH}/submit", openapi_extra=_RESPONDER)
async def submit(act: Act, desk: AtDesk, number: Number) -> ReviewDocument:
    """Ask for somebody who reads a review and signs it."""
    await reviews.submit(act.connection, desk, number, by(act, desk))
    return await _whole(act, desk, number)


class Approve(Body):
    """What there is to say of it; `version` is the one that was read.

    When somebody has written in it since, it is refused with 412: nobody signs what they have not
    read.
    """

    text: Text = ""
    version: Version | None = None


@router.post(f"{_PATH}/approve", openapi_extra=_RESPONDER)
async def approve(
    act: Act, desk: AtDesk, number: Number, what: Approve | None = None
) -> ReviewDocument:
    """Sign a review; where there is somebody else, its author cannot."""
    said = what or Approve()
    await reviews.approve(act.connection, desk, number, by(act, desk), said.text, said.version)
    return await _whole(act, desk, number)


class ReopenReview(Body):
    """Why there is more to write."""

    reason: Text


@router.post(f"{_PATH}/reopen", openapi_extra=_RESPONDER)
async def reopen(act: Act, desk: AtDesk, number: Number, what: ReopenReview) -> ReviewDocument:
    """Write on at a review that was submitted or signed."""
    await reviews.reopen(act.connection, number, by(act, desk), what.reason)
    return await _whole(act, desk, number)


@router.get("/reviews", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act,
    desk: AtDesk,
    state: Annotated[list[ReviewState], Several, Query(max_length=20)] = [],  # noqa: B006 - pydantic's
    team: Annotated[Annotated[str, Field(max_length=500)] | None, Optional, Query()] = None,
    asked: Annotated[bool, Query(description="only those that have to be written")] = False,
    limit: Limit = 50,
) -> ReviewsDocument:
    """List reviews, those that are due first first; those that are not over, unless named."""
    states = state or [ReviewState.DRAFT, ReviewState.IN_REVIEW]
    found = await kept.listed(act.connection, states, team, limit, asked=asked)
    return review_document.of_reviews(found, desk.clock.now())
