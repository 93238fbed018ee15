"""Take what was delivered: payloads into signals, signals into alerts, alerts into issues.

1. What was delivered first is heard first. What a group of deliveries comes to is kept in one
   transaction with their being settled, and what cannot be taken dies alone (flow.turn).
2. What cannot be read is a dead letter with the reason, and can be replayed.
3. What was hushed and still goes on is looked at again, so that a silence that ends opens what it
   kept quiet; what flapped and has been calm is believed again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from fettle.errors import FettleError
from fettle.flow import tend
from fettle.flow.advice import worth_asking
from fettle.flow.board import Board, Rules, issues_of
from fettle.flow.came import Acknowledged, Came
from fettle.flow.courtesy import Courtesy
from fettle.flow.inquire import New
from fettle.flow.tend import Desk
from fettle.flow.turn import Turn, alone
from fettle.intake import own
from fettle.intake.hush import Hushing, Inhibiting, Inhibition, Muting, hushed
from fettle.intake.join import short
from fettle.intake.mapping import HookOptions, Mapped, Posted, mapping_of
from fettle.model.alert import Outcome
from fettle.model.issue import Issue, Moved
from fettle.model.signal import Signal
from fettle.store import alerts, deliveries, issues, silences
from fettle.store.deliveries import Arrived, Counted, Delivery, Settled
from fettle.store.pool import Pool, thinking
from fettle.store.statements import Connection
from fettle.triage.case import Case

_LOCK = 847002  # the advisory lock of who takes; no other in fettle has this number
_GROUP = 100
_GROUP_BYTES = 256 * 1024  # of bodies: some 500 alerts
_AGAIN = 500
_FIRING = 10_000
_STRETCH = 20  # signals, between two pauses: some milliseconds

Ask = Callable[[Connection, Sequence[tuple[int, Case]]], Awaitable[None]]
Investigate = Callable[[Connection, Sequence[New], datetime], Awaitable[None]]


@dataclass(frozen=True)
class Taking:
    """What it takes to take: how payloads are read, what hushes, how issues come of the rest.

    `ask` begins to ask somebody about new issues, the worst first; None where nobody is asked.
    `investigate` asks for what new issues may be about to be looked at; None where nothing is.
    `recognise` asks which known errors they are.
    `courtesy` lets those be answered who send more meanwhile.
    """

    options: Callable[[str], HookOptions]
    mutings: tuple[Muting, ...]
    inhibitions: tuple[Inhibition, ...]
    rules: Rules
    desk: Desk
    ask: Ask | None = None
    investigate: Investigate | None = None
    courtesy: Courtesy = field(default_factory=Courtesy)
    recognise: Investigate | None = None


@dataclass(frozen=True)
class Read:
    """A delivery, and what it says; `settled` is what becomes of it."""

    delivery: Delivery
    mapped: Mapped
    settled: Settled


async def absorb(pool: Pool, taking: Taking) -> int:
    """Take a group of what waits; return how many deliveries were taken up."""
    return await Turn(_LOCK, "deliveries", _waiting, partial(_take, taking), _bury).run(pool)


async def _waiting(connection: Connection) -> list[Delivery]:
    return await deliveries.waiting(connection, _GROUP, _GROUP_BYTES)


async def _bury(connection: Connection, delivery: Delivery, mistake: Exception) -> None:
    reason = f"a mistake in Fettle: {type(mistake).__name__}: {mistake}"
    await _settle(connection, [_dead(delivery, reason)], Counter())


async def report(connection: Connection, taking: Taking, signal: Signal) -> Issue:
    """Take a person's report at once; return the issue that it opened or joined.

    The caller is in a transaction.
    """
    number = await at_once(connection, taking, signal)
    return await issues.find(connection, number or 0)


async def at_once(connection: Connection, taking: Taking, signal: Signal) -> int | None:
    """Take a signal at once; return the issue that it opened or joined, None where it was hushed.

    The caller is in a transaction.
    """
    now = taking.desk.clock.now()
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    arrived = Arrived(now, signal.source, own.VENDOR, {}, own.written([signal]))
    (id_,) = await deliveries.keep(connection, [arrived])
    await _take(taking, connection, [Delivery(**vars(arrived), id=id_)])
    key = _short(signal)
    found = await alerts.to_change(connection, [(key.source, key.key)])
    return next(iter(found.values())).issue


async def look_again(pool: Pool, taking: Taking) -> None:
    """Look again at what was hushed and still goes on, and at what flapped; what waits goes on."""
    for look in (_look_at_hushed, _look_at_flapping):
        after: int | None = 0
        while after is not None:
            taking.courtesy.begin()
            async with (
                pool.connection() as connection,
                connection.transaction(),
                thinking(connection),
            ):
                after = (
                    await look(connection, taking, after)
                    if await alone(connection, _LOCK)
                    else None
                )
            await taking.courtesy.pause()


async def _look_at_hushed(connection: Connection, taking: Taking, after: int) -> int | None:
    """Look at some alerts, those after one of them; return the last, None when there are none."""
    rows = await alerts.suppressed(connection, after, _AGAIN)
    now = taking.desk.clock.now()
    hushing = await _hushing(connection, taking, now)
    signals = [own.of_document(document) for _, document in rows]

    def about(signal: Signal) -> Sequence[str]:
        return taking.rules.classify(signal).services

    news = [signal for signal in signals if hushed(signal, now, hushing, about) is None]
    if news:
        came = [Came(signal, now, again=True) for signal in news]
        await _keep(connection, taking, await _laid(connection, taking, came, hushing))
    return rows[-1][0] if rows else None


async def _look_at_flapping(connection: Connection, taking: Taking, _: int) -> None:
    now = taking.desk.clock.now()
    before = now - taking.rules.limits.calm
    flapping = await alerts.flapping(connection, before, _AGAIN)
    board = Board(taking.rules, Hushing())
    board.lay_alerts({(one.source, one.key): one for one in flapping})
    await _lay_issues(connection, board, issues_of(flapping))
    board.calm(now)
    await _keep(connection, taking, board)


async def _take(taking: Taking, connection: Connection, waiting: Sequence[Delivery]) -> None:
    taking.courtesy.begin()
    read: list[Read] = []
    for delivery in waiting:
        read.append(await _read_aside(delivery, taking))
        await taking.courtesy.pause()
    came = [what for one in read for what in _came(one)]
    hushing = await _hushing(connection, taking, taking.desk.clock.now())
    board = await _laid(connection, taking, came, hushing)
    counted = await _keep(connection, taking, board)
    hooks = {one.delivery.id: one.delivery for one in read}
    total: Counter[Counted] = Counter()
    for (id_, said), number in counted.items():  # several deliveries come to the same
        total[Counted(hooks[id_].hook, hooks[id_].vendor, *said)] += number
    await _settle(connection, read, total)


async def _read_aside(delivery: Delivery, taking: Taking) -> Read:
    """Read a delivery; a large one takes seconds, in which others are not kept waiting."""
    if len(delivery.body) <= _GROUP_BYTES:
        return _read(delivery, taking)
    return await asyncio.to_thread(_read, delivery, taking)


def _read(delivery: Delivery, taking: Taking) -> Read:
    """Read a delivery; one that says nothing of an alert, and does not say why, is dead."""
    options = taking.options(delivery.hook)
    posted = Posted(
        delivery.hook,
        delivery.body,
        delivery.received_at,
        delivery.headers,
        options,
        delivery.proved,
    )
    reader = own.read if delivery.vendor == own.VENDOR else mapping_of(delivery.vendor)
    try:
        mapped = reader(posted)
    except FettleError as error:  # it cannot be read, or its door is gone
        return _dead(delivery, error.reason)
    refused = "; ".join(f"{one.at}: {one.reason}" for one in mapped.rejected[:5])
    if not mapped.signals and not mapped.acknowledged and mapped.note is None:
        return _dead(delivery, refused or "nothing in it is an alert")
    reason = f"{len(mapped.rejected)} of its parts were refused: {refused}" if refused else None
    return Read(delivery, mapped, Settled(delivery.id, "taken", reason or mapped.note))


def _dead(delivery: Delivery, reason: str) -> Read:
    return Read(delivery, Mapped(), Settled(delivery.id, "dead", reason))


def _came(read: Read) -> Iterator[Came | Acknowledged]:
    """Yield what a delivery says, as it comes to the board."""
    one, replayed = read.delivery, read.delivery.replays > 0
    for signal in read.mapped.signals:
        yield Came(_short(signal), one.received_at, one.id, replayed)
    for key in read.mapped.acknowledged:
        place = short(f"{one.hook}/{one.vendor}"), short(key)
        yield Acknowledged(place, one.received_at, replayed)


async def _settle(
    connection: Connection, read: Sequence[Read], counted: "Counter[Counted]"
) -> None:
    for one in read:
        hook, vendor = one.delivery.hook, one.delivery.vendor
        for part in one.mapped.rejected:
            counted[Counted(hook, vendor, "refused", part.reason)] += 1
        if one.settled.state == "dead":
            counted[Counted(hook, vendor, "dead", one.settled.reason or "")] += 1
    await deliveries.settle(connection, [one.settled for one in read])
    await deliveries.count(connection, counted)


# The board


async def _laid(
    connection: Connection, taking: Taking, came: Sequence[Came | Acknowledged], hushing: Hushing
) -> Board:
    """Return a board on which all lies that came or is touched by it, with all of it taken."""
    board = Board(taking.rules, hushing)
    board.lay_alerts(await alerts.to_change(connection, [one.key for one in came]))
    keys: set[str] = set()
    for part in _parts(came):
        keys |= board.prepare([one for one in part if isinstance(one, Came)])
        await taking.courtesy.pause()
    groups = await issues.of_groups(connection, sorted(keys))
    await _lay_issues(connection, board, issues_of(board.alerts.values()) | {*groups.values()})
    board.groups = {key: number for key, number in groups.items() if number in board.matters}
    for part in _parts(came):
        for one in part:
            if isinstance(one, Came):
                board.take(one)
            else:
                board.acknowledge(one)
        await taking.courtesy.pause()
    return board


def _parts(
    came: Sequence[Came | Acknowledged],
) -> Iterator[Sequence[Came | Acknowledged]]:
    return (came[first : first + _STRETCH] for first in range(0, len(came), _STRETCH))


async def _lay_issues(connection: Connection, board: Board, numbers: set[int]) -> None:
    found = await issues.all_to_change(connection, sorted(numbers))
    board.lay(found.values(), await alerts.going_on(connection, sorted(found)))


async def _hushing(connection: Connection, taking: Taking, now: datetime) -> Hushing:
    inhibiting = Inhibiting(taking.inhibitions)
    if taking.inhibitions:
        labels = [rule.labels for rule in taking.inhibitions]
        for alert in await alerts.firing(connection, labels, _FIRING):
            inhibiting.hear(alert)
    return Hushing(await silences.active(connection, now), taking.mutings, inhibiting)


async def _keep(
    connection: Connection, taking: Taking, board: Board
) -> "Counter[tuple[int, tuple[str, str]]]":
    """Keep what lies on a board; return the outcomes by delivery."""
    changed = list(board.changed)
    opened = [one for one in changed if one.opened]
    issues_ = await tend.open_(connection, taking.desk, [_unnumbered(one.moved) for one in opened])
    numbers = {one.issue.number: issue.number for one, issue in zip(opened, issues_, strict=True)}
    await tend.keep(connection, taking.desk, [one.moved for one in changed if not one.opened])
    if taking.ask is not None:
        await taking.ask(connection, _worth_asking(board, numbers))
    new = _new(board, numbers)
    for begin in (taking.investigate, taking.recognise):
        if new and begin is not None:
            await begin(connection, new, taking.desk.clock.now())
    joined = {key: numbers.get(number, number) for key, number in board.joined.items()}
    await issues.join(connection, joined)
    ids = {key: alert.id for key, alert in board.before.items()}
    ids |= await alerts.keep(
        connection,
        [
            replace(one, issue=numbers.get(one.issue or 0, one.issue))
            for one in board.changed_alerts
        ],
    )
    await alerts.keep_signals(
        connection,
        [
            alerts.Told(
                ids[one.came.key],
                one.came.delivery,
                numbers.get(one.issue or 0, one.issue),
                one.came.at,
                one.came.signal.firing,
                one.outcome,
                one.why,
                own.document(one.came.signal),
            )
            for one in board.taken
        ],
    )
    return Counter(
        (one.came.delivery, _said(one.outcome, one.why))
        for one in board.taken
        if one.came.delivery is not None
    )


def _worth_asking(board: Board, numbers: Mapping[int, int]) -> list[tuple[int, Case]]:
    """Return the new issues that advice could change, with how they were told, the worst first."""
    told = [
        (board.matters[one.issue].issue.classification, numbers[one.issue], one.came.signal)
        for one in board.taken
        if one.outcome is Outcome.OPENED and one.issue is not None
    ]
    worst = sorted(told, key=lambda one: one[0].severity, reverse=True)
    return [(number, Case.of(signal)) for made, number, signal in worst if worth_asking(made)]


def _new(board: Board, numbers: Mapping[int, int]) -> list[New]:
    """Return the issues that are new or have come back, each by the signal that did it."""
    new: dict[int, New] = {}
    for one in board.taken:
        if one.outcome in (Outcome.OPENED, Outcome.REOPENED) and one.issue is not None:
            number = numbers.get(one.issue, one.issue)
            made = board.matters[one.issue].issue.classification
            new.setdefault(number, New(number, one.came.signal, made))
    return list(new.values())


def _said(outcome: Outcome, why: str) -> tuple[str, str]:
    return ("suppressed", f"{outcome}: {why}") if outcome.suppresses else ("accepted", str(outcome))


def _unnumbered(moved: Moved) -> Moved:
    return replace(moved, issue=replace(moved.issue, number=0))


def _short(signal: Signal) -> Signal:
    """Return a signal whose key and source can be kept in an index."""
    return replace(signal, source=short(signal.source), key=short(signal.key))
