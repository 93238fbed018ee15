"""Digest applications' errors: events into groups, groups into signals when that is news.

1. What a group of events comes to, the signals of it among that, is kept in one transaction, and
   what cannot be digested dies alone (flow.turn).
2. People hear of a bug that is new, that came back, and of which there are suddenly many: each is a
   signal, as anybody else sends one. All the others are counted.
3. Once a minute it is looked at what grows, and at what was muted until something.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from fettle.flow import error_news
from fettle.flow.courtesy import Courtesy
from fettle.flow.error_board import Bug, Came, ErrorBoard
from fettle.flow.source_maps import Readable
from fettle.flow.tend import Desk
from fettle.flow.turn import Turn, alone
from fettle.intake.errors import grouping, states
from fettle.intake.errors.rules import GroupingRules
from fettle.intake.errors.source_maps import wanted
from fettle.model.known_error import Recognised
from fettle.store import deliveries, error_counts, errors
from fettle.store.deliveries import Counted
from fettle.store.errors import KnownNear, NewKey, Settled, Waiting
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_LOCK = 847004  # the advisory lock of who digests; no other in fettle has this number
FEW = 100  # events, of which it is worth while to wait for more
_GROUP = 200
_GROUP_BYTES = 4 * 1024**2  # of JSON, read within half a second
_STRETCH = 5  # events, between two pauses: some milliseconds
_ACTIVE_WITHIN = timedelta(hours=1)
_NEAREST = 3
_WORTH_KEEPING = 0.05
_VENDOR = "errors"


@dataclass(frozen=True)
class Digesting:
    """What it takes: the desk, a team's rules, and whom to let go first.

    `readable` makes minified stacks readable, with the maps that it holds.
    """

    desk: Desk
    rules: GroupingRules = grouping.NO_RULES
    courtesy: Courtesy = field(default_factory=Courtesy)
    readable: Readable = field(default_factory=Readable)


async def digest(pool: Pool, digesting: Digesting) -> int:
    """Digest a group of what waits; return how many events were taken up."""
    waiting = partial(_waiting, digesting)
    return await Turn(_LOCK, "errors", waiting, partial(_take, digesting), _bury).run(pool)


async def _waiting(digesting: Digesting, connection: Connection) -> list[Waiting]:
    now = digesting.desk.clock.now()
    return await errors.waiting(connection, _GROUP, _GROUP_BYTES, now)


async def stop(connection: Connection) -> None:
    """Let nobody digest before the transaction ends; who does so now comes to an end first."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


async def _bury(connection: Connection, waiting: Waiting, mistake: Exception) -> None:
    reason = f"a mistake in Fettle: {type(mistake).__name__}: {mistake}"[:500]
    await errors.settle(connection, [Settled(waiting.id, dead=reason)])
    dead = Counted(waiting.project_name, _VENDOR, "dead", "a mistake in Fettle")
    await deliveries.count(connection, Counter([dead]))


async def _take(digesting: Digesting, connection: Connection, waiting: Sequence[Waiting]) -> None:
    came = await _read(connection, digesting, waiting)
    known = await errors.known_keys(connection, (one.place for one in came))
    groups = await errors.to_change(connection, (key.group for key in known.values()))
    releases = await error_counts.releases(connection, (one.project for one in came))
    board = ErrorBoard(digesting.rules, known, groups, releases)
    for place, one in enumerate(came):
        board.take(one)
        if place % _STRETCH == 0:
            await digesting.courtesy.pause()
    await _keep(connection, digesting, board)


async def _read(
    connection: Connection, digesting: Digesting, waiting: Sequence[Waiting]
) -> list[Came]:
    """Return what waits, with the stacks that people wrote: groups are made of those."""
    digesting.courtesy.begin()
    read = [(one.project, errors.read(one.body)) for one in waiting]
    now = digesting.desk.clock.now()
    events = await digesting.readable.all(connection, read, now)
    came = []
    for place, (one, event) in enumerate(zip(waiting, events, strict=True)):
        key = grouping.group_key(event, digesting.rules)
        came.append(Came(one.id, one.project, one.project_name, one.received_at, event, key))
        if place % _STRETCH == 0:
            await digesting.courtesy.pause()
    return came


async def _keep(connection: Connection, digesting: Digesting, board: ErrorBoard) -> None:
    """Keep what lies on the board, and say what is news."""
    await error_counts.keep_releases(
        connection, [(project, name, at) for (project, name), at in board.new_releases.items()]
    )
    await _keep_groups(connection, digesting, board)
    keys = board.keys.values()
    await error_counts.count_keys(connection, [tally.counts for tally in keys])
    await error_counts.count_hours(connection, board.hours())
    await error_counts.count_tags(connection, board.tags())
    await error_counts.count_persons(connection, board.persons())
    await errors.settle(connection, [Settled(came.id, tally.id) for came, tally in board.taken])
    await deliveries.count(connection, _counted(board))
    told = [
        error_news.Told(bug.group, bug.project_name, news, why, event)
        for bug in board.bugs
        for news, (why, event) in bug.news.items()
    ]
    await error_news.tell(connection, digesting.desk, told)


async def _keep_groups(connection: Connection, digesting: Digesting, board: ErrorBoard) -> None:
    """Keep groups, new ones with the known errors that fit them, and the keys that made those."""
    new = [tally for tally in board.keys.values() if not tally.id]
    made = [tally.bug for tally in new]
    if made:  # what is written from now on is heeded by who waits for us (recognise_again)
        await digesting.desk.cures.look()
    ids = await errors.insert_groups(
        connection, [(bug.group, _near(digesting, bug)) for bug in made]
    )
    for bug, id_ in zip(made, ids, strict=True):
        bug.number(id_)
    keys = await errors.insert_keys(
        connection,
        [
            NewKey(
                bug.group.project,
                tally.key,
                bug.group.id,
                bug.group.first_seen,
                bool(wanted(bug.latest)),
            )
            for tally, bug in zip(new, made, strict=True)
        ],
    )
    for tally, id_ in zip(new, keys, strict=True):
        tally.id = id_
    await errors.update_groups(connection, [bug.group for bug in board.bugs if not bug.new])


def _near(digesting: Digesting, bug: Bug) -> list[KnownNear]:
    """Return the known errors that fit a new bug."""
    return near(digesting.desk.cures.read().recognise(*error_news.as_told(bug.latest)))


def near(found: Recognised) -> list[KnownNear]:
    """Return the known errors that are kept with a bug, of those that fit."""
    return [
        KnownNear(match.known.id, match.confidence)
        for match in found.matches[:_NEAREST]
        if match.confidence >= _WORTH_KEEPING
    ]


def _counted(board: ErrorBoard) -> "Counter[Counted]":
    return Counter(Counted(came.project_name, _VENDOR, "accepted", "") for came, _ in board.taken)


async def look_again(pool: Pool, digesting: Digesting) -> None:
    """Look at what grows, and at what is muted until something; some groups at a time."""
    after: int | None = 0
    while after is not None:
        async with pool.connection() as connection, connection.transaction():
            after = (
                await _look(connection, digesting, after)
                if await alone(connection, _LOCK)
                else None
            )
        await digesting.courtesy.pause()


async def _look(connection: Connection, digesting: Digesting, after: int) -> int | None:
    """Look at some groups, those after one of them; return the last, None when there are none."""
    now = digesting.desk.clock.now()
    grown = await errors.grown(connection, now - _ACTIVE_WITHIN, now - states.LOOKS_BACK, after)
    if not grown:
        return None
    groups = await errors.to_change(connection, grown)
    changed = [
        states.on_hour(group, grown[id_].hours, now, grown[id_].known_from)
        for id_, group in groups.items()
    ]
    await errors.update_groups(
        connection, [one.group for one in changed if one.group != groups[one.group.id]]
    )
    names = await errors.project_names(connection, [one.project for one in groups.values()])
    news = [
        error_news.Told(one.group, names[one.group.project], one.news, one.why)
        for one in changed
        if one.news is not None
    ]
    await error_news.tell(connection, digesting.desk, news)
    return max(grown)
