"""What follows when an issue is opened, resolved or reopened, for looking back.

1. A new issue that is the return of one that was fixed is linked with it as its recurrence, and
   both timelines say so.
2. A resolved issue that has to be reviewed gets its review, and the moment at which it is due.
3. The review of a reopened issue is a draft again, and waits for the next end.

All of it in the transaction of what it follows (flow.tend calls it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fettle.model.calendar import Calendar
from fettle.model.classification import Hours, Priority
from fettle.model.issue import Entry, Issue, Moved
from fettle.model.review import Review, ReviewState
from fettle.review import due, recur, steps
from fettle.review.recur import Earlier, Likeness
from fettle.review.rules import Rules
from fettle.store import issues, reviews
from fettle.store.reviews import Alike
from fettle.store.statements import Connection

ACTOR = "fettle"
LINK = "recurrence"


@dataclass(frozen=True)
class Ends:
    """Those of some issues that have just been resolved, and those that go on after an end."""

    resolved: tuple[Issue, ...]
    reopened: tuple[Issue, ...]


async def opened(connection: Connection, rules: Rules, moved: Sequence[Moved]) -> None:
    """Link new issues with what they are the return of; their alerts are not kept yet."""
    found = await reviews.alike(connection, [_told_by(one) for one in moved])
    for one in moved:
        earlier = tuple(map(_earlier, (like for like in found if like.new == one.issue.number)))
        returned = recur.came_back(one.issue, earlier, rules.recurs_within)
        if returned is not None:
            await _link(connection, one.issue, returned)


def _told_by(moved: Moved) -> tuple[Issue, str | None, str | None]:
    """Return a new issue with the source and the key of the alert that opened it."""
    detail = next((one.detail for one in moved.entries if one.event == "opened"), {})
    return moved.issue, detail.get("source"), detail.get("key")


def _earlier(one: Alike) -> Earlier:
    return Earlier(one.number, Likeness(one.likeness), one.mended, one.resolved_at)


async def _link(connection: Connection, issue: Issue, returned: Earlier) -> None:
    if not await issues.link(connection, issue.number, returned.number, LINK, ACTOR):
        return
    at = issue.opened_at
    back = Entry(
        "recurrence",
        ACTOR,
        at,
        f"#{returned.number} was fixed, and this is {returned.why}",
        {"issue": str(returned.number), "why": returned.why},
    )
    again = Entry(
        "recurred",
        ACTOR,
        at,
        f"it came back as #{issue.number}: {returned.why}",
        {"issue": str(issue.number), "why": returned.why},
    )
    before = await issues.find(connection, returned.number)
    await issues.write_down(connection, issue, back)
    await issues.write_down(connection, before, again)


def ends_of(moved: Sequence[Moved]) -> Ends:
    """Return which issues have just been resolved, and which go on after an end.

    One that was both in one go is what it is now.
    """
    names = [(one.issue, {entry.event for entry in one.entries}) for one in moved]
    return Ends(
        tuple(
            issue for issue, events in names if "resolved" in events and not issue.status.is_live
        ),
        tuple(issue for issue, events in names if "reopened" in events and issue.status.is_live),
    )


async def follow(
    connection: Connection,
    ends: Ends,
    calendars: Mapping[int, Mapping[Hours, Calendar]],
    now: datetime,
) -> None:
    """Let reviews be due, or wait again; `calendars` are those that each issue is timed by."""
    for issue in ends.reopened:
        before = await reviews.find(connection, issue.number)
        if before is not None:
            await reviews.keep(connection, steps.live_again(before, now))
    for issue in ends.resolved:
        found = await _due(connection, issue, calendars[issue.number], now)
        if found is not None:
            await _ask(connection, issue, found, now)


async def _due(
    connection: Connection, issue: Issue, calendars: Mapping[Hours, Calendar], now: datetime
) -> due.Due | None:
    reasons = None
    if issue.classification.priority is Priority.P3:  # of the others nobody asks
        reasons = await reviews.reasons(connection, issue.number)
    return due.due(
        issue,
        issue.milestones.resolved or now,
        calendars,
        came_back=reasons is not None and reasons.came_back,
        found_by_person=reasons is not None and reasons.found_by_person,
    )


async def _ask(connection: Connection, issue: Issue, found: due.Due, now: datetime) -> None:
    """Ask for a review, and write that down once; what it said before a reopening is kept."""
    before = await reviews.find(connection, issue.number)
    review = before or Review(issue.number, ReviewState.DRAFT, now)
    await reviews.keep(connection, replace(review, why=found.why, due_at=found.at, changed_at=now))
    if before is not None:
        return
    text = f"{found.why}: its review is due by {found.at:%Y-%m-%d %H:%M} UTC"
    entry = Entry("review-due", ACTOR, now, text, {"due_at": found.at.isoformat()})
    await issues.write_down(connection, issue, entry)
