"""Past issues that have something in common with one, and what happened to them."""

from collections.abc import Sequence

from fettle.model.issue import Entry, Issue
from fettle.store import issues, statements
from fettle.store.statements import Connection

_WORDS = 12


async def candidates(
    connection: Connection, issue: Issue, words: Sequence[str], limit: int
) -> list[tuple[Issue, bool]]:
    """Return issues that are over and like one, and whether they share an alert with it.

    Of those that share an alert, a group, the class, a service or a word at most `limit` each.
    """
    made = issue.classification
    rows = await statements.run_planned(
        connection,
        "similar/candidates",
        issue=issue.number,
        joined_by=issue.group and statements.storable(issue.group),
        **{"class": made.class_},
        services=list(made.services),
        words=" or ".join(sorted(words)[:_WORDS]),
        limit=limit,
    )
    return [(issues.issue_of(row), row["same_alert"]) for row in rows]


async def timelines(
    connection: Connection, numbers: Sequence[int], events: Sequence[str]
) -> dict[int, list[Entry]]:
    """Return what happened to issues, as far as it is of some kinds."""
    rows = await statements.run(
        connection, "similar/helped", issues=list(numbers), events=list(events)
    )
    found: dict[int, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.pop("issue"), []).append(Entry(**row))
    return found
