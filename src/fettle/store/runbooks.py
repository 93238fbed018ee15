"""Runbooks as they were copied onto issues."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fettle.model.runbook import Copied, Runbook
from fettle.store import statements
from fettle.store.statements import Connection


async def copy(
    connection: Connection, given: Mapping[int, Sequence[Runbook]], now: datetime
) -> None:
    """Copy runbooks onto issues; one that is there under its name stays as it was."""
    rows = [
        {"issue": issue, "place": place, "name": one.name, "text": one.text}
        for issue, of_issue in given.items()
        for place, one in enumerate(of_issue, 1)
    ]
    if rows:
        await statements.run(connection, "runbooks/copy", given=statements.json(rows), now=now)


async def of_issue(connection: Connection, issue: int) -> list[Copied]:
    """Return the runbooks of an issue, in the order in which they came to it."""
    rows = await statements.run(connection, "runbooks/of_issue", issue=issue)
    return [Copied(**row) for row in rows]
