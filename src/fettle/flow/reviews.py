"""Reviews, kept: begun, written, submitted, signed, and closed with their issue.

Whoever acts locks the issue first, so that one comes after the other; what may be done is decided
by review.steps. What a review says before anybody has written it is drafted anew each time that it
is read. The caller is in a transaction, unless it only reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fettle.errors import Refused
from fettle.flow import aftermath, persons, tend
from fettle.flow.tend import Desk
from fettle.model.investigation import Investigation
from fettle.model.issue import Entry, Issue, Status
from fettle.model.quantity import say_share
from fettle.model.review import ActionItem, Kept, Review, ReviewState, Sections, Signature
from fettle.review import steps
from fettle.review.draft import Known, Told, draft
from fettle.store import actions, investigations, issues, outbox, reviews
from fettle.store.actions import WantedActions
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.moves import By

_MOST_ACTIONS = 200
_MOST_FOUND = 5
_FACTS = ("impact", "milestones", "found", "done", "told")


@dataclass(frozen=True)
class Whole:
    """A review with all that belongs to it.

    `needed` is whether the issue closes only with it, `resolved` the entry of the timeline that
    says what showed the end, `earlier` what reviews of issues like it promised and nobody has done,
    `drafted` what the issue tells by itself now, whatever was written of it before.
    """

    issue: Issue
    review: Review
    sections: Sections
    versions: Sequence[Kept]
    actions: Sequence[ActionItem]
    earlier: Sequence[ActionItem]
    needed: bool
    resolved: Entry | None
    drafted: Sections = field(default_factory=dict)


async def read(connection: Connection, number: int, version: int | None = None) -> Whole:
    """Return the review of an issue, in one of its versions or as it is; raises NotFound."""
    whole = await beside(connection, number)
    timeline = await issues.timeline(connection, number)
    drafted = draft(await _known(connection, whole.issue, timeline))
    wanted = version or whole.review.version
    sections: Sections = drafted
    if wanted:
        sections = (await reviews.version(connection, number, wanted)).sections
    versions = await reviews.versions(connection, number)
    return replace(whole, sections=sections, versions=versions, drafted=drafted)


async def beside(connection: Connection, number: int) -> Whole:
    """Return where the review of an issue stands, without what it says; raises NotFound."""
    issue = await issues.find(connection, number)
    review = await _review(connection, issue)
    own = await actions.listed(connection, WantedActions(issue=number), _MOST_ACTIONS)
    earlier = await actions.earlier(connection, number)
    needed = issue.owes_review is not None
    resolved = None if issue.status.is_live else await reviews.resolved(connection, number)
    return Whole(issue, review, {}, (), own, earlier, needed, resolved)


async def begin(connection: Connection, desk: Desk, number: int, by: By) -> Issue:
    """Begin to look back: the issue is in review, and its review a draft."""
    issue = await tend.move(connection, desk, number, lambda issue: moves.review(issue, by))
    await reviews.keep(connection, await _review(connection, issue))
    return issue


async def write(
    connection: Connection, number: int, by: By, sections: Mapping[str, str], seen: int
) -> None:
    """Keep another version; sections that are not given stay as they are.

    `seen` is the version that the writer has read: raises Outdated when somebody has written in the
    same sections since.
    """
    issue = await issues.to_change(connection, number)
    review = await _review(connection, issue)
    timeline = await issues.timeline(connection, number)
    said = await _sections(connection, issue, review, timeline)
    seen_one = replace(review, version=seen)
    base = (
        said if seen == review.version else await _sections(connection, issue, seen_one, timeline)
    )
    writing = steps.Writing(sections, seen, base)
    edited, says = steps.edit(review, said, writing, by.actor, by.at)
    if review.version and says == said:
        return
    await reviews.keep(connection, edited)
    await reviews.keep_version(connection, edited, by.actor, says)


async def submit(connection: Connection, desk: Desk, number: int, by: By) -> None:
    """Ask for somebody who reads and signs it; raises Refused."""
    issue = await issues.to_change(connection, number)
    if issue.status.is_live:
        raise Refused(
            f"the issue is {issue.status}; it is reviewed when it is over",
            remedy=f"fettle issue resolve {number} --evidence WHAT",
        )
    review = await _review(connection, issue)
    timeline = await issues.timeline(connection, number)
    sections = await _sections(connection, issue, review, timeline)
    submitted = steps.submit(review, sections, by.actor, by.at)
    await reviews.keep(connection, submitted)
    if issue.status is Status.RESOLVED:
        await tend.move(connection, desk, number, lambda issue: moves.review(issue, by))
    await _write_down(connection, issue, "review-submitted", by)


async def approve(
    connection: Connection, desk: Desk, number: int, by: By, text: str, seen: int | None = None
) -> None:
    """Sign it; raises Refused, and Outdated when it is not in the version that was seen."""
    issue = await issues.to_change(connection, number)
    review = await _review(connection, issue)
    signed = steps.approve(
        review,
        by.actor,
        by.at,
        is_author=await _is(connection, desk, by, review.author),
        by_another=await by_another(connection, desk),
        seen=seen,
    )
    await reviews.keep(connection, signed)
    await _write_down(connection, issue, "review-signed", by, text)


async def reopen(connection: Connection, number: int, by: By, reason: str) -> None:
    """Write on at it; raises Refused."""
    if not reason.strip():
        raise Refused("opening a review again needs the reason")
    issue = await issues.to_change(connection, number)
    review = await _review(connection, issue)
    await reviews.keep(connection, steps.reopen(review, by.at))
    await _write_down(connection, issue, "review-reopened", by, reason)


async def by_another(connection: Connection, desk: Desk) -> bool:
    """Whether somebody else than its author signs a review: it is set so, and there is one."""
    return desk.looking_back.by_another and len(await persons.known(connection, desk)) > 1


async def to_close(
    connection: Connection, desk: Desk, number: int, by: By, said: str | None
) -> str | None:
    """Return what an issue is closed with: where its review stands, or what is said of it.

    A few words are a short review, signed by who closes the issue: see decision 9. Raises Refused
    when they may not be.
    """
    issue = await issues.to_change(connection, number)
    if issue.status not in (Status.RESOLVED, Status.IN_REVIEW):
        return said
    review = await _review(connection, issue)
    if review.state is ReviewState.REVIEWED and review.signed is not None:
        return said or f"reviewed, signed by {review.signed.name}"
    if not (said or "").strip():
        return None
    await _keep_short(connection, desk, issue, by, said or "")
    return said


async def closed(connection: Connection, issue: Issue, by: By) -> None:
    """Close the review of an issue that was closed; nobody waits for one that nobody wrote."""
    review = await reviews.find(connection, issue.number)
    if review is not None:
        await reviews.keep(connection, steps.close(review, by.at))


async def _keep_short(connection: Connection, desk: Desk, issue: Issue, by: By, said: str) -> None:
    """Keep the few words with which an issue is closed as its review, and sign it."""
    review = await _review(connection, issue)
    timeline = await issues.timeline(connection, issue.number)
    worked = review.author or issue.acknowledged_by or _resolver(timeline)
    own = worked is None or await _is(connection, desk, by, worked)
    if issue.owes_review and own and await by_another(connection, desk):
        raise Refused(
            f"{by.actor} has worked on this {issue.owes_review}, and somebody else "
            "signs its review",
            remedy=f"a colleague closes it so, or: fettle issue review {issue.number} --help",
        )
    if review.version == 0:
        drafted = draft(await _known(connection, issue, timeline))
        sections = {"summary": said, **{name: drafted[name] for name in _FACTS}}
        review = replace(review, author=worked or by.actor, version=1, changed_at=by.at)
        await reviews.keep(connection, review)
        await reviews.keep_version(connection, review, by.actor, sections)
    signature = Signature(by.actor, by.at, review.version)
    await reviews.keep(connection, replace(review, state=ReviewState.REVIEWED, signed=signature))


async def _is(connection: Connection, desk: Desk, by: By, actor: str | None) -> bool:
    """Whether who acts is the person behind an actor."""
    return actor is not None and await persons.same(connection, desk, by.actor, actor)


def _resolver(timeline: Sequence[Entry]) -> str | None:
    return next((entry.actor for entry in reversed(timeline) if entry.event == "resolved"), None)


async def _review(connection: Connection, issue: Issue) -> Review:
    found = await reviews.find(connection, issue.number)
    return found or Review(issue.number, ReviewState.DRAFT, issue.changed_at)


async def _sections(
    connection: Connection, issue: Issue, review: Review, timeline: Sequence[Entry]
) -> Sections:
    """Return what a review says: its latest version, or what is drafted."""
    if review.version:
        return (await reviews.version(connection, issue.number, review.version)).sections
    return draft(await _known(connection, issue, timeline))


async def _known(connection: Connection, issue: Issue, timeline: Sequence[Entry]) -> Known:
    told = [
        Told(row["receiver"], row["event"], row["created_at"], row["state"] in ("sent", "merged"))
        for row in await outbox.of_issue(connection, issue.number)
    ]
    links = await issues.links(connection, issue.number)
    back = [one.issue for one in links if one.kind == aftermath.LINK]
    again = [one.issue for one in links if one.kind == f"{aftermath.LINK}_back"]
    found = list(_found(await investigations.of_issue(connection, issue.number)))
    return Known(issue, timeline, told, found, returned=min(back, default=None), again=again)


def _found(looks: Sequence[Investigation]) -> Iterator[str]:
    """Yield what the latest look at each database found: the causes, then the findings."""
    for database in dict.fromkeys(one.target for one in looks):
        seen = [one.snapshot for one in looks if one.target == database and one.snapshot]
        document = max(seen, key=lambda one: one.started_at).document if seen else {}
        for cause in document.get("causes", ())[:_MOST_FOUND]:
            sure = f"{say_share(cause['confidence'])} sure"
            yield f"{database}: {cause['subject']} explains it ({sure})"
        for finding in document.get("findings", ())[:_MOST_FOUND]:
            yield f"{database}: {finding['severity']}, {finding['title']}: {finding['subject']}"


async def _write_down(
    connection: Connection, issue: Issue, event: str, by: By, text: str = ""
) -> None:
    await issues.write_down(connection, issue, Entry(event, by.actor, by.at, text))
