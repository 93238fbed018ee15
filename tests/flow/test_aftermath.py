"""What follows when an issue is opened, resolved or reopened, for looking back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fettle.model.issue import Entry, Issue
from fettle.model.severity import Severity
from fettle.model.signal import SignalKind
from fettle.review.rules import Rules
from fettle.store import issues, reviews
from fettle.store.issues import Linked
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import Place, end, fire, named

CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL, "service": "shop"}


def by(place: Place, actor: str = "cli:ada") -> By:
    return By(actor, place.clock.now())


async def fixed(place: Place, number: int = 1, **more: Any) -> Issue:  # noqa: ANN401 - of signals
    """Let an issue be taken, and its alert end."""
    await place.arrive(fire(**more))
    await place.move(number, lambda issue: moves.acknowledge(issue, by(place)))
    await place.arrive(end(**more))
    return (await place.issues())[number - 1]


async def linked(place: Place, number: int) -> list[Linked]:
    async with place.pool.connection() as connection:
        return await issues.links(connection, number)


async def test_a_resolved_p1_is_reviewed_within_three_days(place: Place) -> None:
    issue = await fixed(place, **CRITICAL)

    async with place.pool.connection() as connection:
        review = await reviews.find(connection, 1)
    assert review is not None
    assert (review.why, review.version) == ("it was a p1", 0)
    assert review.due_at == place.clock.now() + timedelta(days=3)
    (entry,) = named(await place.timeline(), "review-due")
    assert entry.text.startswith("it was a p1: its review is due by 2026-01-04")
    assert issue.classification.priority == "p1"


async def test_a_p3_needs_none_unless_a_person_found_it_first(place: Place) -> None:
    low: dict[str, Any] = {"severity": Severity.HIGH, "service": "blog"}
    await fixed(place, **low)
    assert "review-due" not in await place.events()

    signal = fire("b", "The blog looks odd", **low)
    await place.arrive(replace(signal, kind=SignalKind.REPORT))
    await place.move(2, lambda issue: moves.resolve(issue, by(place), "it looks well"))
    (entry,) = named(await place.timeline(2), "review-due")
    assert entry.text.startswith("a person noticed it before any alert did")


async def test_what_was_fixed_and_begins_again_is_linked_in_both_timelines(place: Place) -> None:
    low: dict[str, Any] = {"severity": Severity.HIGH, "service": "blog"}
    await fixed(place, **low)
    await place.pass_time(days=2)
    await fixed(place, number=2, **low)

    assert await linked(place, 2) == [Linked("recurrence", 1)]
    assert await linked(place, 1) == [Linked("recurrence_back", 2)]
    (back,) = named(await place.timeline(2), "recurrence")
    assert back.text == "#1 was fixed, and this is the same alert"
    (again,) = named(await place.timeline(1), "recurred")
    assert again.text == "it came back as #2: the same alert"
    (asked,) = named(await place.timeline(2), "review-due")
    assert asked.text.startswith("it came back after it was fixed")


@pytest.mark.parametrize("days", [31, 400])
async def test_what_begins_long_after_is_new(place: Place, days: int) -> None:
    await fixed(place, service="blog")
    await place.pass_time(days=days)
    await place.arrive(fire(service="blog"))
    assert await linked(place, 2) == []


async def test_what_ended_by_itself_was_never_fixed(place: Place) -> None:
    await place.arrive(fire(service="blog"))
    await place.arrive(end(service="blog"))
    await place.pass_time(days=1)
    await place.arrive(fire(service="blog"))
    assert await linked(place, 2) == []


async def test_what_somebody_resolved_without_taking_it_first_comes_back(place: Place) -> None:
    await place.arrive(fire(service="blog"))
    await place.move(1, lambda issue: moves.resolve(issue, by(place), "it works again"))
    await place.arrive(end(service="blog"))
    await place.pass_time(days=1)
    await place.arrive(fire(service="blog"))
    assert await linked(place, 2) == [Linked("recurrence", 1)]


async def test_what_a_remedy_helped_with_comes_back(place: Place) -> None:
    await place.arrive(fire(service="blog"))
    async with place.pool.connection() as connection:
        helped = Entry("remedy-helped", "fettle", place.clock.now(), "restart on blog")
        await issues.write_entries(connection, [(1, helped)])
    await place.arrive(end(service="blog"))
    await place.pass_time(days=1)
    await place.arrive(fire(service="blog"))
    assert await linked(place, 2) == [Linked("recurrence", 1)]


async def test_the_same_group_of_a_source_comes_back_under_another_key(place: Place) -> None:
    await fixed(place, group="{}/{service=blog}")
    await place.pass_time(days=1)
    await place.arrive(fire("b", "Something else", group="{}/{service=blog}"))
    (back,) = named(await place.timeline(2), "recurrence")
    assert back.detail == {"issue": "1", "why": "what its source says the same of"}


async def test_the_same_class_on_the_same_service_comes_back(place: Place) -> None:
    down: dict[str, Any] = {"title": "The shop is down: system outage", "service": "shop"}
    issue = await fixed(place, **down)
    assert issue.classification.class_ == "system-outage"
    await place.pass_time(days=1)
    await place.arrive(fire("b", "shop: complete outage, nothing answers", service="shop"))
    await place.arrive(fire("c", "blog: complete outage, nothing answers", service="blog"))

    assert await linked(place, 2) == [Linked("recurrence", 1)]
    assert await linked(place, 3) == []


async def test_the_review_of_what_goes_on_waits_for_its_end(place: Place) -> None:
    await fixed(place, **CRITICAL)
    await place.move(1, lambda issue: moves.reopen(issue, by(place), "it goes on"))
    async with place.pool.connection() as connection:
        review = await reviews.find(connection, 1)
    assert review is not None
    assert (review.due_at, review.why) == (None, None)

    await place.pass_time(hours=1)
    await place.move(1, lambda issue: moves.resolve(issue, by(place), "it is over now"))
    async with place.pool.connection() as connection:
        review = await reviews.find(connection, 1)
    assert review is not None
    assert review.due_at == place.clock.now() + timedelta(days=3)
    assert len(named(await place.timeline(), "review-due")) == 1


async def test_the_kind_of_evidence_is_written_down(place: Place) -> None:
    await fixed(place, service="blog")
    (resolved,) = named(await place.timeline(), "resolved")
    assert resolved.detail == {"evidence": "alerts-ended"}

    signal = fire("b", "An index is unused", service="blog")
    for firing in (True, False):
        await place.arrive(replace(signal, source="checks/main-db", firing=firing))
    (resolved,) = named(await place.timeline(2), "resolved")
    assert resolved.detail == {"evidence": "check-clean"}

    await place.arrive(fire("c", "Another thing", service="blog"))
    await place.move(3, lambda issue: moves.resolve(issue, by(place), "I looked"))
    (resolved,) = named(await place.timeline(3), "resolved")
    assert resolved.detail == {"evidence": "word"}


def test_a_desk_without_settings_looks_back_thirty_days() -> None:
    assert Rules().recurs_within == timedelta(days=30)
