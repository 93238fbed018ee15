"""Reviews with all their versions, and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.errors import NotFound
from fettle.model.classification import Priority
from fettle.model.issue import Entry, Issue
from fettle.model.review import Kept, Review, ReviewState, Sections, Signature
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Listed:
    """A review in a list, with what its issue is."""

    review: Review
    title: str
    team: str | None
    priority: Priority


@dataclass(frozen=True)
class Overdue:
    """A review that somebody waits for."""

    issue: int
    title: str
    team: str | None
    due_at: datetime


@dataclass(frozen=True)
class Recurrence:
    """An issue that is the return of an earlier one, which was fixed.

    `promised` is how many promises that followed the earlier one nobody has kept yet.
    """

    issue: int
    title: str
    status: str
    team: str | None
    opened_at: datetime
    earlier: int
    fixed_at: datetime | None
    why: str
    promised: int


@dataclass(frozen=True)
class Alike:
    """An issue that is over and is like a new one; `likeness` 1 is the alert, 2 group, 3 class.

    `mended` is whether somebody worked on it, or a remedy helped.
    """

    new: int
    number: int
    likeness: int
    mended: bool
    resolved_at: datetime | None


@dataclass(frozen=True)
class Reasons:
    """Why an issue may be worth looking back at."""

    came_back: bool
    found_by_person: bool


async def find(connection: Connection, issue: int) -> Review | None:
    """Return the review of an issue, None where there is none yet."""
    rows = await statements.run(connection, "reviews/find", issues=[issue])
    return _review(rows[0]) if rows else None


async def keep(connection: Connection, review: Review) -> None:
    """Keep where a review stands; the caller has locked its issue."""
    signed = review.signed
    await statements.run(
        connection,
        "reviews/keep",
        issue=review.issue,
        state=str(review.state),
        why=review.why,
        due_at=review.due_at,
        author=review.author,
        signed_by=signed and signed.name,
        signed_at=signed and signed.at,
        signed_version=signed and signed.version,
        version=review.version,
        changed_at=review.changed_at,
    )


async def keep_version(
    connection: Connection, review: Review, actor: str, sections: Sections
) -> None:
    """Keep what a review says now, as its latest version."""
    await statements.run(
        connection,
        "reviews/keep_version",
        issue=review.issue,
        version=review.version,
        at=review.changed_at,
        actor=actor,
        sections=statements.json(dict(sections)),
    )


async def version(connection: Connection, issue: int, number: int) -> Kept:
    """Return a version of a review; raises NotFound."""
    rows = await statements.run(connection, "reviews/version", issue=issue, version=number)
    if not rows:
        raise NotFound(
            f"the review of issue {issue} has no version {number}",
            remedy=f"fettle issue review {issue} --show",
        )
    return Kept(**rows[0])


async def versions(connection: Connection, issue: int) -> list[Kept]:
    """Return who kept which versions, the latest first, without what they say."""
    rows = await statements.run(connection, "reviews/versions", issue=issue)
    return [Kept(**row) for row in rows]


async def listed(
    connection: Connection,
    states: Sequence[ReviewState],
    team: str | None,
    limit: int,
    *,
    asked: bool,
) -> list[Listed]:
    """Return reviews, those that are due first first; with `asked` only those that are needed."""
    rows = await statements.run_planned(
        connection,
        "reviews/list",
        states=list(map(str, states)) or None,
        asked=asked,
        team=team,
        limit=limit,
    )
    return list(map(_listed, rows))


async def waiting(connection: Connection, team: str | None, limit: int) -> list[Listed]:
    """Return reviews that are to be written or signed, those that are due first first."""
    rows = await statements.run_planned(connection, "reviews/waiting", team=team, limit=limit)
    return list(map(_listed, rows))


async def recurrences(connection: Connection, team: str | None, limit: int) -> list[Recurrence]:
    """Return what came back after it was fixed, the latest first."""
    rows = await statements.run_planned(connection, "reviews/recurrences", team=team, limit=limit)
    return [Recurrence(**row) for row in rows]


async def overdue(
    connection: Connection, now: datetime, told_before: datetime, limit: int
) -> list[Overdue]:
    """Return reviews that are overdue and of which people were not told since a moment."""
    rows = await statements.run(
        connection, "reviews/overdue", now=now, told_before=told_before, limit=limit
    )
    return [Overdue(**row) for row in rows]


async def told(connection: Connection, issues: Sequence[int], now: datetime) -> None:
    """Say that people were told of reviews that are overdue."""
    await statements.run(connection, "reviews/told", issues=list(issues), now=now)


async def reasons(connection: Connection, issue: int) -> Reasons:
    """Return why an issue may be worth looking back at."""
    (row,) = await statements.run(connection, "reviews/reasons", issue=issue)
    return Reasons(**row)


async def resolved(connection: Connection, issue: int) -> Entry | None:
    """Return what showed at last that the trouble of an issue was over."""
    rows = await statements.run(connection, "reviews/resolved", issue=issue)
    return Entry(**rows[0]) if rows else None


async def alike(
    connection: Connection, opened: Sequence[tuple[Issue, str | None, str | None]]
) -> list[Alike]:
    """Return what is over and like new issues, each given with its alert's source and key.

    Their alerts are not kept yet.
    """
    rows = [
        {
            "number": issue.number,
            "source": source,
            "key": key,
            "joined_by": issue.group,
            "class": issue.classification.class_,
            "services": list(issue.classification.services),
        }
        for issue, source, key in opened
    ]
    found = await statements.run(connection, "reviews/alike", issues=statements.json(rows))
    return [Alike(**row) for row in found]


def _listed(row: Row) -> Listed:
    return Listed(_review(row), row["title"], row["team"], Priority(row["priority"]))


def _review(row: Row) -> Review:
    signed = None
    if row["signed_by"] is not None:
        signed = Signature(row["signed_by"], row["signed_at"], row["signed_version"])
    return Review(
        row["issue"],
        ReviewState(row["state"]),
        row["changed_at"],
        row["why"],
        row["due_at"],
        row["author"],
        signed,
        row["version"],
    )
