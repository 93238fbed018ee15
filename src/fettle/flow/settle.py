"""What a person says an issue was: kept with the issue, and learnt from.

Who decides otherwise than triage corrects it; who closes an issue as it was classified lets it
stand. Both in one transaction with the issue, and last in it.
"""

from dataclasses import replace

from fettle.engine.engine import Engine
from fettle.flow import learn, reviews, tend
from fettle.flow.learn import Settled
from fettle.flow.tend import Desk
from fettle.intake import own
from fettle.model.issue import Issue, Moved
from fettle.store import alerts, issues
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.case import Case
from fettle.triage.correct import Correction, corrected
from fettle.triage.moves import By


async def correct(
    connection: Connection, desk: Desk, engine: Engine, number: int, by: By, said: Correction
) -> Issue:
    """Classify an issue otherwise; returns it as it is then. Raises NotFound, Refused, WrongUsage.

    The caller is in a transaction.
    """
    before = await issues.to_change(connection, number)

    def decide(issue: Issue) -> Moved:
        made = corrected(issue.classification, said, desk.policy, by.actor)
        moved = moves.reclassify(issue, by, made, said.reason)
        return _handed_on(desk, issue, moved, by)

    after = await tend.move(connection, desk, number, decide)
    settled = await _settled(connection, before, by)
    await learn.corrected(connection, engine, settled, after.classification)
    return after


def _handed_on(desk: Desk, before: Issue, moved: Moved, by: By) -> Moved:
    """Let an issue that nobody has taken, or handed to somebody, be of the team that it is for."""
    taken = before.acknowledged_by is not None or before.assignee is not None
    if taken or before.team != desk.people.assigned(before.classification).team:
        return moved
    given = desk.people.assigned(moved.issue.classification)
    handed = moves.assign(moved.issue, by, given.team, text=given.reason)
    return replace(moved, issue=handed.issue, entries=(*moved.entries, *handed.entries))


async def close(
    connection: Connection,
    desk: Desk,
    engine: Engine,
    number: int,
    by: By,
    reviewed: str | None = None,
) -> Issue:
    """End an issue with its review; returns it as it is then. Raises NotFound, Refused.

    `reviewed` is a short review in a few words. The caller is in a transaction.
    """
    said = await reviews.to_close(connection, desk, number, by, reviewed)
    closed = await tend.move(connection, desk, number, lambda issue: moves.close(issue, by, said))
    await reviews.closed(connection, closed, by)
    await learn.confirmed(connection, engine, await _settled(connection, closed, by))
    return closed


async def _settled(connection: Connection, issue: Issue, by: By) -> Settled:
    case = await case_of(connection, issue)
    return Settled(issue.number, case, issue.classification, by.actor, by.at)


async def case_of(connection: Connection, issue: Issue) -> Case:
    """Return an issue as it was first told: by its signal, or by its own words."""
    document = await alerts.first_signal(connection, issue.number)
    if document is None:
        return Case(issue.title, issue.description)
    return Case.of(own.of_document(document))
