"""The shape of reviews and action items, as the API and the command line give them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.flow.reviews import Whole
from fettle.frontends.report.moments import moment, said
from fettle.model.issue import Entry
from fettle.model.review import SECTIONS, ActionItem, Evidence, Kept, Review, Sections, Signature
from fettle.review import markdown
from fettle.store.reviews import Listed

State = Literal["draft", "in-review", "reviewed", "closed"]


class ActionItemDocument(TypedDict):
    """Something that a review promises to change."""

    id: int
    issue: int
    title: str
    owner: str | None
    team: str | None
    due: str | None
    """The day, like 2026-11-30."""
    overdue: bool
    state: Literal["open", "done", "dropped"]
    reason: str
    """Why it was dropped, or what became of it."""
    created_at: str
    created_by: str
    ended_at: str | None


class ActionDocument(ActionItemDocument):
    """An action item."""

    schema: Literal["fettle.action_item/1"]


class ActionsDocument(TypedDict):
    """A page of a list of action items."""

    schema: Literal["fettle.action_items/1"]
    items: list[ActionItemDocument]
    next: str | None
    """The cursor of the next page; null at the end."""


class SignatureDocument(TypedDict):
    """Who has read a review and stands by it."""

    name: str
    at: str
    version: int


class SectionDocument(TypedDict):
    """A part of a review."""

    name: str
    title: str
    text: str
    """Markdown; lines that begin with > are prompts, which nobody has answered yet."""


class VersionDocument(TypedDict):
    """A version of a review that was kept."""

    version: int
    at: str
    actor: str


class ResolvedDocument(TypedDict):
    """What showed that the trouble was over."""

    evidence: Literal["alerts-ended", "check-clean", "fix-verified", "word"]
    """Every alert has ended, the check is clean, a fix was seen to have worked, or somebody's
    word."""
    text: str
    actor: str
    at: str


class ReviewItem(TypedDict):
    """Where a review stands."""

    issue: int
    state: State
    why: str | None
    """Why it is asked for; null where nobody needs it."""
    due_at: str | None
    overdue: bool
    author: str | None
    signed: SignatureDocument | None
    version: int
    """0: nobody has written anything yet, and it says what is drafted from the issue."""
    changed_at: str


class ReviewOfIssue(ReviewItem):
    """The review of an issue, as it stands beside it."""

    needed: bool
    """Whether the issue closes only with it."""
    resolved: ResolvedDocument | None
    actions: list[ActionItemDocument]
    earlier_actions: list[ActionItemDocument]
    """What reviews of issues like this one promised, and nobody has done yet."""


class ReviewDocument(ReviewOfIssue):
    """The review of an issue."""

    schema: Literal["fettle.review/1"]
    sections: list[SectionDocument]
    markdown: str
    """The whole as one text; what `PUT` and `--edit` take."""
    versions: list[VersionDocument]
    """The latest first; at most 200."""


class ListedReview(ReviewItem):
    """A review in a list, with what its issue is."""

    title: str
    team: str | None
    priority: Literal["p1", "p2", "p3", "p4"]


class ReviewsDocument(TypedDict):
    """Reviews, those that are due first first."""

    schema: Literal["fettle.reviews/1"]
    items: list[ListedReview]


def of_review(whole: Whole, now: datetime) -> ReviewDocument:
    """Return a review with what it says."""
    heading = f"#{whole.issue.number} {markdown.shown(whole.issue.title)}"
    return {
        "schema": "fettle.review/1",
        **of_issue(whole, now),
        "sections": _sections(whole.sections),
        "markdown": markdown.written(heading, whole.sections),
        "versions": [_version(one) for one in whole.versions],
    }


def of_issue(whole: Whole, now: datetime) -> ReviewOfIssue:
    """Return where the review of an issue stands."""
    return {
        **_item(whole.review, now),
        "needed": whole.needed,
        "resolved": None if whole.resolved is None else _resolved(whole.resolved),
        "actions": [of_action(one, now) for one in whole.actions],
        "earlier_actions": [of_action(one, now) for one in whole.earlier],
    }


def of_reviews(listed: Sequence[Listed], now: datetime) -> ReviewsDocument:
    """Return reviews in a list."""
    items: list[ListedReview] = [
        {
            **_item(one.review, now),
            "title": one.title,
            "team": one.team,
            "priority": one.priority.value,
        }
        for one in listed
    ]
    return {"schema": "fettle.reviews/1", "items": items}


def of_action(item: ActionItem, now: datetime) -> ActionItemDocument:
    """Return an action item as it stands now."""
    return {
        "id": item.id,
        "issue": item.issue,
        "title": item.title,
        "owner": item.owner,
        "team": item.team,
        "due": None if item.due is None else item.due.isoformat(),
        "overdue": item.overdue(now.date()),
        "state": item.state.value,
        "reason": item.reason,
        "created_at": said(item.created_at),
        "created_by": item.created_by,
        "ended_at": moment(item.ended_at),
    }


def _item(review: Review, now: datetime) -> ReviewItem:
    return {
        "issue": review.issue,
        "state": review.state.value,
        "why": review.why,
        "due_at": moment(review.due_at),
        "overdue": review.overdue(now),
        "author": review.author,
        "signed": None if review.signed is None else _signature(review.signed),
        "version": review.version,
        "changed_at": said(review.changed_at),
    }


def _signature(signed: Signature) -> SignatureDocument:
    return {"name": signed.name, "at": said(signed.at), "version": signed.version}


def _sections(sections: Sections) -> list[SectionDocument]:
    return [
        {"name": name, "title": title, "text": sections.get(name, "")}
        for name, title in SECTIONS.items()
    ]


def _version(kept: Kept) -> VersionDocument:
    return {"version": kept.version, "at": said(kept.at), "actor": kept.actor}


def _resolved(entry: Entry) -> ResolvedDocument:
    return {
        "evidence": Evidence(entry.detail.get("evidence", Evidence.WORD)).value,
        "text": entry.text,
        "actor": entry.actor,
        "at": said(entry.at),
    }
