"""What a language model's advice makes of an issue: it is written down, and may make it worse."""

from dataclasses import replace

from fettle.flow import tend
from fettle.flow.advice import Answer, Heard, weighed
from fettle.flow.tend import Desk
from fettle.model.actor import LANGUAGE_MODEL
from fettle.model.classification import Classification
from fettle.model.issue import Entry, Issue, Moved
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.case import Case
from fettle.triage.moves import By

ACTOR = LANGUAGE_MODEL


def heeding(desk: Desk) -> Heard:
    """Return what writes an answer to its issue."""

    async def heard(connection: Connection, number: int, case: Case, answer: Answer) -> None:
        by = By(ACTOR, desk.clock.now())
        await tend.move(
            connection, desk, number, lambda issue: heeded(issue, by, desk, case, answer)
        )

    return heard


def heeded(issue: Issue, by: By, desk: Desk, case: Case, answer: Answer) -> Moved:
    """Return an issue with an answer; nothing becomes of one that has ended meanwhile."""
    if issue.status.is_end:
        return Moved(issue)
    before = issue.classification
    made = weighed(case, before, desk.policy, answer)
    news = [sentence for sentence in made.evidence if sentence not in before.evidence]
    if _decides(made) != _decides(before):
        return moves.reclassify(issue, by, made, "; ".join(news[:1]))
    entry = Entry("advice", by.actor, by.at, "; ".join(news))
    return Moved(replace(issue, classification=made), (entry,))


def _decides(made: Classification) -> tuple[object, ...]:
    return made.severity, made.priority, made.class_
