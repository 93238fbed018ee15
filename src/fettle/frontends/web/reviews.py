"""Reviews: what waits to be written and signed, what is promised, and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.frontends.report import review_document
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.review_document import ActionItemDocument, ListedReview
from fettle.frontends.web import promises
from fettle.frontends.web.shell import Look, Pages
from fettle.store import actions, reviews
from fettle.store.reviews import Recurrence

_PATH = "/reviews"
_MOST = 200
_RETURNS = 30


@dataclass(frozen=True)
class Return:
    """An issue that is the return of what was fixed; `promised` is what was not kept of it."""

    issue: int
    title: str
    status: str
    opened_at: str
    earlier: int
    fixed_at: str | None
    why: str
    promised: int


@dataclass(frozen=True)
class ReviewsPage:
    """What reviews.html is given; `team` is whose are shown, None for everybody's.

    `more` is whether there are more action items than those that are shown.
    """

    waiting: Sequence[ListedReview]
    own: Sequence[ActionItemDocument]
    others: Sequence[ActionItemDocument]
    more: bool
    returns: Sequence[Return]
    teams: Sequence[str]
    team: str | None
    people: Sequence[str]
    opened: str

    @property
    def to_sign(self) -> Sequence[ListedReview]:
        """Those that somebody has handed in."""
        return [one for one in self.waiting if one["state"] == "in-review"]

    @property
    def to_write(self) -> Sequence[ListedReview]:
        """Those that nobody has handed in."""
        return [one for one in self.waiting if one["state"] == "draft"]

    @property
    def overdue(self) -> int:
        """How many reviews and action items are overdue."""
        items = (*self.waiting, *self.own, *self.others)
        return sum(one["overdue"] for one in items)


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.place("Reviews", _PATH, "g r")
    pages.add(_PATH, show)
    promises.install(pages, _PATH, show)


async def show(look: Look) -> Response:
    """Show what waits, of everybody or of the team that the query names."""
    connection, now = look.connection, look.serving.clock.now()
    team = look.request.query_params.get("team") or None
    viewer = look.viewer.user
    found = await reviews.waiting(connection, team, _MOST)
    items = await actions.waiting(connection, viewer, team, _MOST)
    told = [review_document.of_action(one, now) for one in items]
    page = ReviewsPage(
        review_document.of_reviews(found, now)["items"],
        [one for one in told if _is_own(one, viewer)],
        [one for one in told if not _is_own(one, viewer)],
        len(told) == _MOST,
        [_return(one) for one in await reviews.recurrences(connection, team, _RETURNS)],
        sorted(look.serving.desk.people.teams),
        team,
        await promises.people(look),
        promises.opened(look),
    )
    return look.page("reviews.html", page, "Reviews", live=["review"])


def _is_own(one: ActionItemDocument, viewer: str) -> bool:
    return (one["owner"] or "").lower() == viewer


def _return(one: Recurrence) -> Return:
    return Return(
        one.issue,
        one.title,
        one.status,
        said(one.opened_at),
        one.earlier,
        moment(one.fixed_at),
        one.why,
        one.promised,
    )
