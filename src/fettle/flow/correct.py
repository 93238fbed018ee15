"""What a person decides otherwise than triage is kept, and learnt from."""

from fettle.flow import tend
from fettle.flow.tend import Desk
from fettle.model.issue import Issue, Moved
from fettle.store import corrections, issues
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.correct import Correction, corrected
from fettle.triage.document import of_decision
from fettle.triage.moves import By


async def correct(
    connection: Connection, desk: Desk, number: int, by: By, said: Correction
) -> Issue:
    """Classify an issue otherwise; returns it as it is then. Raises NotFound, Refused, WrongUsage.

    The caller is in a transaction.
    """
    before = await issues.to_change(connection, number)

    def decide(issue: Issue) -> Moved:
        made = corrected(issue.classification, said, desk.policy, by.actor)
        return moves.reclassify(issue, by, made, said.reason)

    after = await tend.move(connection, desk, number, decide)
    told = f"{before.title}\n{before.description}" if before.description else before.title
    await corrections.keep(
        connection,
        corrections.Corrected(
            number,
            by.at,
            by.actor,
            told,
            dict(of_decision(before.classification)),
            dict(of_decision(after.classification)),
        ),
    )
    return after
