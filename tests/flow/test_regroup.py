"""What is split in two goes on where its trouble does, and is over where nothing can end it."""

from fettle.flow import regroup
from fettle.flow.regroup import Part
from fettle.model.issue import Issue, Status
from fettle.store import alerts
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import SOURCE, Place, end, fire


async def split(place: Place, key: str) -> list[Issue]:
    """Let an alert of the only issue become one of its own; return both issues."""
    by = By("cli:ada", place.clock.now())
    async with place.pool.connection() as connection, connection.transaction():
        found = await alerts.to_change(connection, [(SOURCE, key)])
        part = Part((found[SOURCE, key].id,))
        await regroup.split(connection, place.taking.desk, 1, by, part)
    return await place.issues()


async def test_what_stays_is_over_when_all_that_goes_on_is_split_off(place: Place) -> None:
    await place.arrive(fire("a", group="g"), fire("b", group="g"))
    await place.arrive(end("a", group="g"))
    stays, new = await split(place, "b")
    await place.arrive(end("b", group="g"))

    assert (stays.status, new.status) == (Status.RESOLVED, Status.TRIAGED)
    assert (stays.acknowledged_by, stays.milestones.acknowledged) == (None, None)
    events = await place.events()
    assert events[events.index("split") + 1] == "resolved"
    assert {issue.status for issue in await place.issues()} == {Status.RESOLVED}


async def test_what_is_split_off_and_has_ended_is_over_and_calls_nobody(place: Place) -> None:
    await place.arrive(fire("a", group="g"), fire("b", group="g"))
    await place.arrive(end("b", group="g"))
    told = await place.told()
    stays, new = await split(place, "b")

    assert (stays.status, new.status) == (Status.TRIAGED, Status.RESOLVED)
    assert (new.acknowledged_by, new.milestones.acknowledged) == (None, None)
    assert new.resolved_as is new.classification.priority
    assert await place.told() == told


async def test_where_neither_goes_on_people_say_when_it_is_over(place: Place) -> None:
    await place.arrive(fire("a", group="g"), fire("b", group="g"))
    await place.arrive(end("a", group="g"), end("b", group="g"))
    by = By("cli:ada", place.clock.now())
    await place.move(1, lambda issue: moves.reopen(issue, by, "it is not over"))
    stays, new = await split(place, "b")

    assert stays.status.is_live
    assert new.status.is_live
