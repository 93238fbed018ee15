"""Past issues that have something in common with one, or with the text of an error."""

from collections.abc import Sequence

from fettle.model.issue import Issue
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
    return [(issues.read(row), row["same_alert"]) for row in rows]


async def speaking_of(connection: Connection, words: Sequence[str], limit: int) -> list[Issue]:
    """Return issues that are over and speak of words, those that speak of the most first."""
    said = " or ".join(sorted(words)[:_WORDS])
    rows = await statements.run(connection, "similar/speaking_of", words=said, limit=limit)
    return [issues.read(row) for row in rows]
