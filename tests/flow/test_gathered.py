"""What waits for a receiver is told in order, once, and never as new when it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fettle.flow.gathered import GATHERING, Gathered, Said, gathered, in_one, lanes_of
from fettle.model.notification import Event, Message, Queued
from fettle.model.severity import Severity
from fettle.testing import START

NOW = START + timedelta(seconds=5)


def of(number: int, event: Event, issue: int | None = 1, *, quiet: bool = False) -> Queued:
    said = Message(event, f"#{issue} is slow", f"it is {event}\nmore", issue, Severity.HIGH)
    return Queued(UUID(int=number), "web", replace(said, quiet=quiet), START)


def chain(*events: Event, quiet: bool = False) -> list[Queued]:
    return [of(number, event, quiet=quiet) for number, event in enumerate(events)]


def told(waiting: Sequence[Queued], had: int = 0, most: int = 20) -> Gathered:
    return gathered(waiting, had, most, NOW)


def events(said: Sequence[Said]) -> list[Event]:
    return [one.queued.message.event for one in said]


def test_the_end_is_told_in_one_with_what_was_not_told_before() -> None:
    waiting = chain(Event.OPENED, Event.ESCALATED, Event.BREACHED, Event.RESOLVED)
    (said,) = told(waiting).now

    assert said.queued.id == waiting[-1].id
    assert said.ids == tuple(one.id for one in waiting)
    assert said.queued.message.event is Event.RESOLVED
    assert said.queued.message.body == (
        "it is resolved\nmore\n\nBefore that, and not told until now:\n"
        "- 12:00 UTC opened: it is opened\n"
        "- 12:00 UTC escalated: it is escalated\n"
        "- 12:00 UTC breached: it is breached"
    )


def test_what_is_part_of_another_issue_is_not_told_as_new() -> None:
    opened, part = chain(Event.OPENED, Event.CHANGED)
    asks = replace(opened, message=replace(opened.message, acknowledge_url="https://take"))
    merged = replace(part, message=replace(part.message, status="merged"))
    (said,) = told([asks, merged]).now

    assert (said.ids, said.queued.message.event) == ((asks.id, merged.id), Event.CHANGED)
    assert said.queued.message.acknowledge_url is None
    assert said.queued.message.body.endswith("- 12:00 UTC opened: it is opened")


def test_what_came_back_after_its_end_is_told_after_it() -> None:
    waiting = chain(Event.OPENED, Event.RESOLVED, Event.ESCALATED, Event.CHANGED)

    assert events(told(waiting).now) == [Event.RESOLVED, Event.ESCALATED, Event.CHANGED]


def test_of_several_calls_that_wait_the_last_is_told() -> None:
    waiting = chain(Event.OPENED, Event.ESCALATED, Event.ESCALATED, Event.ESCALATED)
    opened, called = told(waiting).now

    assert (opened.ids, called.ids) == (
        (waiting[0].id,),
        tuple(one.id for one in waiting[1:]),
    )


def test_what_waits_for_nothing_takes_along_what_was_said_of_its_issue_before() -> None:
    of_others = [of(number, Event.OPENED, number) for number in range(10, 30)]
    waiting = [of(1, Event.OPENED), *of_others, of(2, Event.BREACHED)]

    assert events(told(waiting, had=5, most=5).now) == [Event.OPENED, Event.BREACHED]


def test_the_worst_is_told_singly_and_named_first() -> None:
    low = [severe(number, Severity.LOW) for number in range(1, 61)]
    waiting = [*low, severe(61, Severity.CRITICAL), severe(62, Severity.HIGH)]
    first, digest = told(waiting, most=2).now
    (alone,) = told(waiting, had=1, most=2).now

    assert first.issues == {61}
    assert digest.queued.message.body.startswith("- opened: #62 is slow")
    assert alone.queued.message.body.startswith("- opened: #61 is slow\n- opened: #62 is slow")


def test_a_digest_that_was_added_to_goes_out_under_another_id() -> None:
    waiting = [severe(1, Severity.MEDIUM), severe(2, Severity.CRITICAL)]
    (digest,) = told(waiting, had=4, most=5).now
    (more,) = told([*waiting, severe(3, Severity.CRITICAL)], had=4, most=5).now

    assert {*digest.ids} < {*more.ids}
    assert digest.queued.id != more.queued.id


def test_the_oldest_says_when_what_was_put_off_is_told_however_mild_it_is() -> None:
    late = replace(severe(2, Severity.CRITICAL), created_at=START + timedelta(seconds=14))
    waiting = [severe(1, Severity.MEDIUM), late]
    found = gathered(waiting, 5, 5, START + GATHERING)

    assert (events(found.now), found.later) == ([Event.DIGEST], ())


def severe(number: int, severity: Severity) -> Queued:
    """Give what tells of a new issue that is so bad."""
    one = of(number, Event.OPENED, number)
    return replace(one, message=replace(one.message, severity=severity))


def test_the_end_of_what_is_quiet_is_quiet_and_says_both() -> None:
    waiting = [
        *chain(Event.OPENED, Event.RESOLVED, quiet=True),
        of(9, Event.OPENED, 2, quiet=True),
    ]
    (digest,) = told(waiting).now

    assert digest.queued.message.event is Event.DIGEST
    assert digest.queued.message.body == ("- opened and resolved: #1 is slow\n- opened: #2 is slow")


def test_what_is_not_quiet_is_told_with_what_was() -> None:
    waiting = [of(1, Event.OPENED, quiet=True), of(2, Event.ESCALATED)]

    assert events(told(waiting).now) == [Event.OPENED, Event.ESCALATED]


def test_a_digest_says_what_happened_to_each() -> None:
    waiting = [of(number, Event.RESOLVED, number) for number in range(30)]
    (digest,) = told(waiting, most=5).now
    first, *_, last = digest.queued.message.body.splitlines()

    assert digest.queued.message.title == "30 notifications together"
    assert (first, last) == ("- resolved: #0 is slow", "and 10 more")
    assert digest.queued.message.severity is Severity.HIGH


def test_a_digest_leads_to_each_and_to_the_list_of_all() -> None:
    waiting = [of(number, Event.OPENED, number, quiet=True) for number in (1, 2)]
    seen = [
        replace(one, message=replace(one.message, url=f"https://fettle.example/issues/{number}"))
        for number, one in enumerate(waiting, 1)
    ]
    elsewhere = Message(Event.REMINDER, "3 reviews wait", "…", url="https://fettle.example/reviews")
    reminder = Queued(UUID(int=9), "web", replace(elsewhere, quiet=True), START)
    (digest,) = told([*seen, reminder]).now

    assert digest.queued.message.url == "https://fettle.example/issues"
    assert digest.queued.message.body.splitlines() == [
        "- opened: #1 is slow",
        "  https://fettle.example/issues/1",
        "- opened: #2 is slow",
        "  https://fettle.example/issues/2",
        "- reminder: 3 reviews wait",
        "  https://fettle.example/reviews",
    ]


def test_what_was_added_to_is_another_notification() -> None:
    waiting = chain(Event.OPENED, Event.ESCALATED)
    more = in_one([*waiting, of(7, Event.RESOLVED)])

    assert more.queued.id != in_one(waiting).queued.id


_ISSUES = st.sampled_from((None, 1, 2, 3))
_SAID = st.tuples(st.sampled_from(Event), _ISSUES, st.booleans())


@given(st.lists(_SAID, max_size=30), st.integers(0, 8), st.integers(1, 6), st.booleans())
def test_each_is_told_once_in_order_and_nothing_as_new_when_it_is_over(
    told_of: list[tuple[Event, int | None, bool]], had: int, most: int, late: bool
) -> None:
    waiting = [
        of(number, event, issue, quiet=quiet)
        for number, (event, issue, quiet) in enumerate(told_of)
    ]
    now = START + GATHERING if late else NOW
    found = gathered(waiting, had, most, now)
    both = [one for said in (*found.now, *found.later) for one in said.of]

    assert sorted(one.id for one in both) == [one.id for one in waiting]
    lanes = [[one for said in lane for one in said.of] for lane in lanes_of(found.now)]
    for issue in (1, 2, 3):
        (mine,) = [m for lane in lanes if (m := _about(issue, lane))] or [[]]
        later = _about(issue, [one for said in found.later for one in said.of])
        assert [*mine, *later] == _about(issue, waiting), "out of order"
    for said in found.now:
        if said.queued.message.event is Event.OPENED:
            assert not any(
                one.message.event is Event.RESOLVED and one.id.int > said.queued.id.int
                for one in _about(said.queued.message.issue, waiting)
                if said.queued.message.issue is not None
            )


def _about(issue: int | None, messages: Sequence[Queued]) -> list[Queued]:
    return [one for one in messages if one.message.issue == issue]
