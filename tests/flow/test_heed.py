"""What a language model says stands in the timeline; only what makes worse changes the issue."""

from fettle.flow.advice import Answer
from fettle.flow.heed import ACTOR, heeded, heeding
from fettle.model.advice import Advice
from fettle.model.classification import By as DecidedBy
from fettle.model.issue import Declined, Status
from fettle.model.severity import Severity
from fettle.triage import moves
from fettle.triage.case import Case
from fettle.triage.moves import By
from tests.flow.desk import Place, fire

CASE = Case("Checkout is slow")


async def hear(place: Place, answer: Answer) -> None:
    async with place.pool.connection() as connection, connection.transaction():
        await heeding(place.taking.desk)(connection, 1, CASE, answer)


async def test_worse_is_heeded_and_asks_for_somebody(place: Place) -> None:
    await place.arrive(fire(severity=Severity.MEDIUM))
    by = By("cli:ada", place.clock.now())
    await place.move(1, lambda issue: moves.acknowledge(issue, by))
    await hear(place, Answer(Advice(Severity.CRITICAL, None, ("nobody can pay",), 0.9)))

    issue = await place.issue()
    assert issue.classification.severity is Severity.CRITICAL
    assert issue.classification.by is DecidedBy.LLM
    assert issue.acknowledged_by is None
    assert (await place.told())[-1][1] == "escalated"


async def test_milder_is_noted_and_changes_nothing(place: Place) -> None:
    await place.arrive(fire())
    await hear(place, Answer(Advice(Severity.LOW, None, ("it is only slow",), 0.9)))

    issue = await place.issue()
    assert issue.classification.severity is Severity.HIGH
    (*_, last) = await place.timeline()
    assert (last.event, last.actor) == ("advice", ACTOR)
    assert "it lowers nothing" in last.text


async def test_no_answer_is_noted(place: Place) -> None:
    await place.arrive(fire())
    await hear(place, Answer(None, "it took too long"))

    (*_, last) = await place.timeline()
    assert "it took too long" in last.text


async def test_what_has_ended_is_left_alone(place: Place) -> None:
    await place.arrive(fire())
    by = By("cli:ada", place.clock.now())
    await place.move(1, lambda issue: moves.decline(issue, by, Declined.DUPLICATE, "known"))
    advice = Advice(Severity.CRITICAL, None, (), 0.9)

    moved = heeded(await place.issue(), by, place.taking.desk, CASE, Answer(advice))

    assert moved.issue.status is Status.DECLINED
    assert not moved.entries
