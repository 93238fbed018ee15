"""The life of an issue, kept: what was decided about it, what is due, and what people are told.

1. Whoever changes an issue locks it, decides (triage.moves, pure), and keeps what came of it here:
   the issue, its timeline, its clocks' ledger, its timer and its notifications become true
   together, or not at all.
2. An issue has one timer, for the next thing that is due about it: a call, a clock that becomes at
   risk or breached, the end of a hold, an acknowledgement that nothing followed. When it rings,
   what is due is done (triage.attend, pure), and it is set anew. Nothing sleeps meanwhile.
3. People are told through the outbox, which is kept with the rest.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fettle.engine.means import Handler, NotNow
from fettle.flow import aftermath
from fettle.flow.links import Links
from fettle.model.clock import ClockEvent
from fettle.model.issue import Issue, Moved
from fettle.model.notification import Message
from fettle.model.ports import Clock
from fettle.model.run import Timer
from fettle.resolution.approve import Rule
from fettle.resolution.remedies import Cures
from fettle.review.rules import Rules
from fettle.store import issues, outbox, runbooks, timers
from fettle.store.outbox import Addressed
from fettle.store.statements import Connection
from fettle.triage.attend import Attended, Told, attend
from fettle.triage.case import Policy
from fettle.triage.people import People
from fettle.triage.runbooks import Shelf

TIMER = "issue"
_EVIDENCE_SHOWN = 3
_STRETCH = 20  # issues, between two turns of others: some milliseconds


@dataclass(frozen=True)
class Desk:
    """What it takes to work on issues: who works here, what was set, the links, the time.

    `rule` says who may have a fix applied, `shelf` what issues are worked on by, `cures` what is
    known of errors, and may be done about them.
    """

    people: People
    policy: Policy
    links: Links
    clock: Clock
    looking_back: Rules = field(default_factory=Rules)
    rule: Rule = field(default_factory=Rule)
    shelf: Shelf = field(default_factory=Shelf)
    cures: Cures = field(default_factory=Cures)


Decide = Callable[[Issue], Moved]


async def move(connection: Connection, desk: Desk, number: int, decide: Decide) -> Issue:
    """Decide about an issue, and keep it; returns it as it is then. Raises NotFound, Refused.

    The caller is in a transaction; whoever comes second decides about what the first one left.
    """
    issue = await issues.to_change(connection, number)
    (kept,) = await keep(connection, desk, [decide(issue)])
    return kept


async def keep(connection: Connection, desk: Desk, moved: Sequence[Moved]) -> list[Issue]:
    """Keep issues, each once, that the caller has locked and decided about."""
    changed = [one for one in moved if one.entries]
    ledgers = await issues.clocks(connection, [one.issue.number for one in changed])
    attended = await _attended(desk, changed, ledgers)
    kept = await issues.keep(connection, [one.moved for one in attended])
    await _follow(connection, desk, attended)
    judged = [one.moved.issue for one in attended if _judged(one.moved)]
    await _copy_runbooks(connection, desk, judged)
    await _look_back(connection, desk, [one.moved for one in attended])
    by_number = {issue.number: issue for issue in kept}
    return [by_number.get(one.issue.number, one.issue) for one in moved]


async def open_(connection: Connection, desk: Desk, moved: Sequence[Moved]) -> list[Issue]:
    """Keep new issues; returns them with their numbers."""
    attended = await _attended(desk, moved, {})
    opened = await issues.insert(connection, [one.moved for one in attended])
    numbered = [
        replace(one, moved=replace(one.moved, issue=issue))
        for one, issue in zip(attended, opened, strict=True)
    ]
    await _follow(connection, desk, numbered)
    await _copy_runbooks(connection, desk, opened)
    if numbered:
        await aftermath.opened(connection, desk.looking_back, [one.moved for one in numbered])
        await _look_back(connection, desk, [one.moved for one in numbered])
    return opened


async def _attended(
    desk: Desk, moved: Sequence[Moved], ledgers: Mapping[int, Sequence[ClockEvent]]
) -> list[Attended]:
    """Attend to each; of thousands, whoever else is at work waits for some and not for all."""
    now, attended = desk.clock.now(), list[Attended]()
    for place, one in enumerate(moved, 1):
        attended.append(attend(one, ledgers.get(one.issue.number, ()), desk.people, now))
        if place % _STRETCH == 0:
            await asyncio.sleep(0)
    return attended


def _judged(moved: Moved) -> bool:
    """Whether something was decided about what kind of trouble it is."""
    return any(entry.event == "reclassified" for entry in moved.entries)


async def _copy_runbooks(connection: Connection, desk: Desk, judged: Sequence[Issue]) -> None:
    """Copy onto issues what their class and services tell to do, as it is told now."""
    given = {issue.number: desk.shelf.of(issue.classification) for issue in judged}
    await runbooks.copy(connection, given, desk.clock.now())


def attending(desk: Desk) -> Handler:
    """Return what is done when an issue's timer rings."""

    async def handle(connection: Connection, timer: Timer) -> None:
        issue = await issues.free_to_change(connection, int(timer.subject))
        if issue is None:
            raise NotNow
        await _attend(connection, desk, issue)

    return handle


async def _attend(connection: Connection, desk: Desk, issue: Issue) -> None:
    ledger = (await issues.clocks(connection, [issue.number])).get(issue.number, [])
    attended = attend(Moved(issue), ledger, desk.people, desk.clock.now())
    if attended.moved.entries:
        await issues.keep(connection, [attended.moved])
    await _follow(connection, desk, [attended])


async def _follow(connection: Connection, desk: Desk, attended: Sequence[Attended]) -> None:
    """Set the timers of issues, and put what people are told into the outbox."""
    if not attended:
        return
    moments = {str(one.moved.issue.number): one.next_at for one in attended}
    await timers.schedule_all(connection, TIMER, moments)
    asked = [
        one.moved.issue.number
        for one in attended
        if any(told.receivers is None for told in one.told)
    ]
    before = await outbox.told(connection, asked) if asked else {}
    addressed = [
        message for one in attended for message in _addressed(desk, one.moved.issue, one, before)
    ]
    await outbox.put(connection, addressed, desk.clock.now())


async def _look_back(connection: Connection, desk: Desk, moved: Sequence[Moved]) -> None:
    """Let reviews be due of what was resolved, and wait again for what was reopened."""
    ends = aftermath.ends_of(moved)
    if ends.resolved or ends.reopened:
        calendars = {one.number: desk.people.calendars(one.team) for one in ends.resolved}
        await aftermath.follow(connection, ends, calendars, desk.clock.now())


def _addressed(
    desk: Desk, issue: Issue, attended: Attended, before: Mapping[int, tuple[str, ...]]
) -> list[Addressed]:
    return [
        Addressed(receiver, _message(desk, issue, told, receiver), told.due_at)
        for told in attended.told
        for receiver in _receivers(told, before.get(issue.number, ()))
    ]


def _receivers(told: Told, before: tuple[str, ...]) -> tuple[str, ...]:
    return told.receivers if told.receivers is not None else before or told.otherwise


def _message(desk: Desk, issue: Issue, told: Told, receiver: str) -> Message:
    made = issue.classification
    now = desk.clock.now()
    because = [f"- {sentence}" for sentence in made.evidence[:_EVIDENCE_SHOWN]]
    services = [f"services: {', '.join(made.services)}"] if made.services else []
    impact = [made.impact] if made.impact else []
    lines = [told.text, *services, *impact, *because]
    return Message(
        told.event,
        f"[{made.priority} {made.severity}] #{issue.number} {issue.title}",
        "\n".join(lines),
        issue=issue.number,
        severity=made.severity,
        priority=str(made.priority),
        status=str(issue.status),
        url=desk.links.issue(issue.number),
        acknowledge_url=(
            desk.links.acknowledge(issue.number, receiver, now) if told.asks else None
        ),
        quiet=told.quiet,
    )
