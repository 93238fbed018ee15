"""What is overdue is told to its team in the morning, and again as long as it is overdue."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fettle.flow import actions, remind
from fettle.flow.actions import Promise
from fettle.model.review import ActionState
from fettle.model.run import Timer
from fettle.model.severity import Severity
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import Place, end, fire, named

CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL, "service": "shop"}


def by(place: Place) -> By:
    return By("cli:ada", place.clock.now())


async def remembered(place: Place) -> list[str]:
    """Tell what is overdue now; return the messages since, each by its receiver and text."""
    before = len(await told(place))
    async with place.pool.connection() as connection, connection.transaction():
        await remind.remind(connection, place.taking.desk, place.clock.now())
    return (await told(place))[before:]


async def told(place: Place) -> list[str]:
    rows = await place.rows(
        "SELECT receiver || ': ' || (message ->> 'title') || ' | ' || (message ->> 'body')"
        " FROM outbox WHERE event = 'reminder' ORDER BY number"
    )
    return [row[0] for row in rows]


async def resolved(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    await place.arrive(end(**CRITICAL))


async def test_an_overdue_review_is_told_and_told_again_a_week_later(place: Place) -> None:
    await resolved(place)
    assert await remembered(place) == []
    place.clock.moment += timedelta(days=3, hours=1)

    (first,) = await remembered(place)
    assert first.startswith(
        "web: 1 promise of reviews overdue | - the review of #1, due 2026-01-04"
    )
    (entry,) = named(await place.timeline(), "review-overdue")
    assert entry.text.startswith("its review was due by 2026-01-04")
    assert await remembered(place) == []
    place.clock.moment += timedelta(days=7)
    assert len(await remembered(place)) == 1


async def test_overdue_items_are_told_together_until_they_are_done(place: Place) -> None:
    await resolved(place)
    desk = place.taking.desk
    async with place.pool.connection() as connection, connection.transaction():
        for title in ("Alert on full disks", "Buy a disk"):
            promise = Promise(1, title, owner="ada", due=date(2026, 1, 1))
            item = await actions.add(connection, desk, by(place), promise)
    assert await remembered(place) == []
    place.clock.moment += timedelta(days=1)

    (said,) = await remembered(place)
    assert "2 promises of reviews overdue" in said
    assert "action item 1 of #1, due 2026-01-01, ada: Alert on full disks" in said
    async with place.pool.connection() as connection, connection.transaction():
        done = (ActionState.DONE, "")
        await actions.change(connection, desk, by(place), item.id, {}, done)
    place.clock.moment += timedelta(days=8)
    assert "Buy a disk" not in "".join(await remembered(place))


async def test_people_are_reminded_in_the_morning_of_business_days(place: Place) -> None:
    desk = place.taking.desk
    place.clock.moment = datetime(2026, 1, 9, 18, tzinfo=UTC)  # a Friday, after hours
    monday = datetime(2026, 1, 12, 9, tzinfo=UTC)
    async with place.pool.connection() as connection, connection.transaction():
        for _ in range(2):
            await remind.prepare(connection, desk)
        (timer,) = [
            one for one in await place.engine.timers(connection) if one.kind == remind.TIMER
        ]
        assert timer.due_at == monday
        place.clock.moment = monday
        await remind.reminding(desk)[remind.TIMER](connection, timer)
        assert isinstance(timer, Timer)
        (after,) = [
            one for one in await place.engine.timers(connection) if one.kind == remind.TIMER
        ]
    assert after.due_at == monday + timedelta(days=1)
