"""What is due about an issue is done in time, once, and told to those whom it concerns."""

from datetime import timedelta
from typing import Any

import pytest

from fettle.errors import NotIdentified
from fettle.flow import regroup
from fettle.flow.links import Links
from fettle.model.issue import Status
from fettle.model.severity import Severity
from fettle.testing import START, SteppedClock
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import RECEIVERS, Place, end, fire, named, place_of

CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL, "service": "shop"}


def by(place: Place, actor: str = "cli:ada") -> By:
    return By(actor, place.clock.now())


async def test_what_is_told_leads_to_the_issues_page(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.pass_time(minutes=13)

    rows = await place.rows("SELECT message FROM outbox ORDER BY number")
    messages = [row[0] for row in rows]
    assert {message["url"] for message in messages} == {f"{place.taking.desk.links.url}/issues/1"}
    assert any(
        message["body"].startswith("its response is at risk: 80 % of") for message in messages
    )


async def test_nobody_answers_so_everybody_is_called_round_after_round(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.pass_time(hours=1)

    calls = named(await place.timeline(), "called")
    began = calls[0].at
    assert [(call.at - began) / timedelta(minutes=1) for call in calls] == [
        5.0 * number for number in range(9)
    ]
    assert [call.detail["who"] for call in calls[:3]] == ["on-call", "team", "everybody"]
    assert calls[2].detail["receivers"] == "web, boss"


async def test_an_acknowledgement_ends_the_calling(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.pass_time(minutes=6)
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    await place.pass_time(minutes=20)

    assert len(named(await place.timeline(), "called")) == 2


async def test_an_acknowledgement_that_nothing_follows_asks_again(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    await place.pass_time(minutes=31)

    events = await place.events()
    assert "acknowledgement-ran-out" in events
    assert events[-1] == "called"
    assert (await place.issue()).acknowledged_by is None


async def test_a_clock_is_told_at_risk_once_and_breached_once_with_why(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    await place.move(1, lambda issue: moves.stage(issue, by(place), Status.INVESTIGATING))
    await place.pass_time(hours=5)

    entries = await place.timeline()
    assert len(named(entries, "resolution-at-risk")) == 1
    (breached,) = named(entries, "resolution-breached")
    assert "promised: 4h" in breached.text
    assert breached.at - entries[0].at == timedelta(hours=4)
    told = [event for _, event in await place.told()]
    assert told.count("breached") == 2  # news, and the resolution
    assert told.count("at-risk") == 2


async def test_a_promise_that_was_broken_while_nobody_worked_is_noted_though_it_is_kept_since(
    place: Place,
) -> None:
    await place.arrive(fire(**CRITICAL))
    place.clock.moment += timedelta(hours=5)  # nothing rang meanwhile
    await place.move(1, lambda issue: moves.note(issue, by(place), "we are on it"))
    await place.move(1, lambda issue: moves.resolve(issue, by(place), "it answers"))

    events = await place.events()
    assert {"response-breached", "update-breached", "resolution-breached"} <= {*events}
    assert events.index("update-breached") < events.index("note")
    assert [event for _, event in await place.told()].count("breached") == 3


async def test_a_hold_pauses_what_is_promised_and_ends_by_itself(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    until = place.clock.now() + timedelta(hours=10)
    await place.move(1, lambda issue: moves.hold(issue, by(place), "the provider works", until))
    await place.pass_time(hours=9)
    held = await place.issue()
    await place.pass_time(hours=1, minutes=1)

    assert held.on_hold
    assert not (await place.issue()).on_hold
    events = await place.events()
    assert "resumed" in events
    assert "resolution-breached" not in events


async def test_who_was_told_of_it_is_told_of_its_end(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.pass_time(minutes=12)
    await place.arrive(end(**CRITICAL))

    told = await place.told()
    assert {who for who, event in told if event == "resolved"} == {"web", "boss"}
    assert await place.rows("SELECT FROM timer WHERE kind = 'issue' AND done_at IS NULL") == []


async def test_who_was_told_of_what_is_merged_hears_the_end_of_what_it_is_part_of(
    place: Place,
) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.pass_time(minutes=12)
    other: dict[str, Any] = {"key": "b", "title": "The blog is slow", "service": "blog"}
    await place.arrive(fire(**other))
    for number in (1, 2):
        await place.move(number, lambda issue: moves.acknowledge(issue, by(place)))
    before = len(await place.told())
    async with place.pool.connection() as connection, connection.transaction():
        await regroup.merge(connection, place.taking.desk, 1, 2, by(place))
    merged = (await place.told())[before:]
    await place.arrive(end(**CRITICAL), end(**other))
    ended = (await place.told())[before + len(merged) :]

    assert {*merged} == {("web", "changed"), ("boss", "changed")}
    assert {*ended} >= {("web", "resolved"), ("boss", "resolved")}
    bodies = await place.rows("SELECT message ->> 'body' FROM outbox ORDER BY number")
    assert bodies[before][0].startswith("it is part of #2 from now on")


async def test_what_was_missed_while_nobody_worked_is_one_call_of_all(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    place.clock.moment += timedelta(minutes=30)  # nothing rang meanwhile
    await place.pass_time(minutes=0)

    told = [who for who, event in await place.told() if event == "escalated"]
    assert sorted(told) == ["boss", "web"]


async def test_what_was_missed_uses_up_no_rounds(place: Place) -> None:
    """A worker that was away for longer than all rounds take calls on when it is back."""
    await place.arrive(fire(**CRITICAL))
    place.clock.moment += timedelta(hours=1)  # nothing rang meanwhile
    await place.pass_time(minutes=0)
    back = place.clock.moment
    await place.pass_time(hours=1)

    calls = [call for call in named(await place.timeline(), "called") if call.at >= back]
    assert [(call.at - back) / timedelta(minutes=1) for call in calls] == [
        0,
        0,
        0,
        5,
        10,
        15,
        20,
        25,
    ]
    assert calls[-1].detail["round"] == "3"


async def test_an_issue_that_is_given_to_another_is_told_to_them(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    await place.move(1, lambda issue: moves.assign(issue, by(place), "web", "ada"))

    assert (await place.told())[-1] == ("boss", "changed")


async def test_it_is_told_to_them_too_while_nobody_has_taken_it(place: Place) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.assign(issue, by(place), "web", "ada"))

    assert (await place.told())[-1] == ("boss", "changed")


async def test_something_new_is_told_to_the_team_where_nobody_was_told_before(
    store_environ: dict[str, str],
) -> None:
    level = {"level": "within-1h", "steps": [["team"]], "business_hours": True}
    async with place_of(store_environ, **RECEIVERS, escalation=[level]) as place:
        place.clock.moment += timedelta(hours=7)  # the office is closed: nobody is called
        await place.arrive(fire("a", group="g"))
        await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
        await place.arrive(fire("b", "Checkout is slow on phones", group="g"))

        assert await place.told() == [("web", "changed")]


async def test_something_new_is_told_when_all_were_called_and_nobody_has_taken_it(
    place: Place,
) -> None:
    await place.arrive(fire("a", group="g", **CRITICAL))
    await place.arrive(fire("b", group="g", **CRITICAL))  # the calls to come tell of it
    await place.pass_time(hours=1)
    before = len(await place.told())
    await place.arrive(fire("c", "Invoices are not sent", group="g", **CRITICAL))

    assert (await place.told())[before:] == [("boss", "changed"), ("web", "changed")]
    (body, link) = (
        await place.rows(
            "SELECT message->>'body', message->>'acknowledge_url' FROM outbox ORDER BY number"
        )
    )[-1]
    assert "nobody has taken it: Invoices are not sent" in body
    assert link


async def test_what_opened_while_the_office_was_closed_is_new_when_it_opens(place: Place) -> None:
    place.clock.moment += timedelta(hours=7)
    await place.arrive(fire(severity=Severity.MEDIUM))
    at_night = await place.told()
    await place.pass_time(hours=15)

    assert (at_night, await place.told()) == ([], [("web", "opened")])


async def test_what_came_back_and_was_over_at_once_tells_nobody_again(place: Place) -> None:
    await place.arrive(fire())
    await place.arrive(end())
    await place.arrive(fire(), end())

    assert (await place.events())[-2:] == ["ended", "resolved"]
    assert await place.told() == [("web", "opened"), ("web", "resolved")]


async def test_a_hold_that_nobody_ended_in_time_counts_no_longer_than_it_was_to(
    place: Place,
) -> None:
    await place.arrive(fire(**CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    until = place.clock.now() + timedelta(hours=1)
    await place.move(1, lambda issue: moves.hold(issue, by(place), "the provider works", until))
    place.clock.moment += timedelta(hours=10)  # nothing rang meanwhile
    await place.pass_time(minutes=0)

    (resumed,) = named(await place.timeline(), "resumed")
    assert resumed.at == until
    assert "resolution-breached" in await place.events()


async def test_alerts_that_join_are_no_work_on_what_was_acknowledged(place: Place) -> None:
    await place.arrive(fire("a", group="g", **CRITICAL))
    await place.move(1, lambda issue: moves.acknowledge(issue, by(place)))
    for number in range(4):
        await place.pass_time(minutes=10)
        await place.arrive(fire(f"b{number}", group="g", **CRITICAL))

    assert "acknowledgement-ran-out" in await place.events()


async def test_what_can_wait_is_told_together_in_working_hours(place: Place) -> None:
    await place.arrive(fire("a", "Typo in the documentation", severity=None))
    await place.arrive(fire("b", "Another typo in the docs", severity=None))

    rows = await place.rows("SELECT due_at, message->>'quiet' FROM outbox")
    assert len(rows) == 2
    assert {quiet for _, quiet in rows} == {"true"}
    assert len({due for due, _ in rows}) == 1
    assert all(due > place.clock.now() for due, _ in rows)


async def test_the_end_of_what_can_wait_can_wait_as_well(place: Place) -> None:
    await place.arrive(fire("a", "Typo in the documentation", severity=None))
    await place.arrive(end("a", "Typo in the documentation", severity=None))

    opened, resolved = await place.rows(
        "SELECT event, due_at, message->>'quiet' FROM outbox ORDER BY number"
    )
    assert (opened[0], resolved[0]) == ("opened", "resolved")
    assert (resolved[1], resolved[2]) == (opened[1], "true")


async def test_without_anybody_to_tell_the_issue_says_so(store_environ: dict[str, str]) -> None:
    async with place_of(store_environ, receiver=[], team=[], service=[]) as place:
        await place.arrive(fire())

        (called,) = named(await place.timeline(), "called")
        assert "nobody can be told" in called.text


def test_a_link_acknowledges_for_a_week_and_only_what_we_signed() -> None:
    clock = SteppedClock()
    links = Links("http://fettle", b"key")
    url = links.acknowledge(7, "web", clock.now())
    token = url.rpartition("/")[2]
    asked = links.read(token, clock.now())

    assert (asked.issue, asked.receiver) == (7, "web")
    for other in ("", "x", token[:-2], token + "A", "." + token, "é" * 5000):
        with pytest.raises(NotIdentified):
            links.read(other, clock.now())
    with pytest.raises(NotIdentified):
        Links("http://fettle", b"other").read(token, clock.now())
    with pytest.raises(NotIdentified, match="ended"):
        links.read(token, START + timedelta(days=8))
