"""What waits in the outbox is told: once, in time, and not too much of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from fettle.errors import ActFailed
from fettle.flow.announce import GATHERING, LEASE, Announcer, Telling, retry_at
from fettle.main import Wired
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.severity import Severity
from fettle.store import outbox
from fettle.store.outbox import Addressed
from fettle.store.pool import Pool, pool_of
from fettle.store.statements import Connection
from fettle.testing import SteppedClock
from tests.servers import Server

ISSUE = """
INSERT INTO issue (
    title, status, severity, priority, category, classification, milestones,
    opened_at, changed_at, calls_since
) VALUES ('one', 'triaged', 4, 'p1', 'other', '{}', '{}', now(), now(), now())
"""


@dataclass
class Told:
    """Somebody who is told; implements model.ports.Notify."""

    heard: list[Queued] = field(default_factory=list)
    deaf: bool = False
    hangs: str | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def hand_over(self, queued: Queued, receiver: Receiver, now: datetime) -> None:
        """Hear it, or not."""
        self.asked.set()
        if receiver.name == self.hangs:
            await self.free.wait()
        if self.deaf:
            raise ActFailed(f"{receiver.name} is deaf at {now:%H}")
        self.heard.append(queued)
        self.told.set()


@pytest.fixture
async def pool(store_environ: dict[str, str]) -> AsyncIterator[Pool]:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store, pool_of(store) as pool:
        yield pool


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.connection() as connection:
        yield connection


async def announce(pool: Pool, telling: Telling) -> int:
    """Let a sender of one's own hand over what is due."""
    announcer = Announcer(pool, telling)
    taken = await announcer.announce()
    await announcer.rest()
    return taken


def telling(told: Told, clock: SteppedClock) -> Telling:
    return Telling({"web": Receiver("web", "x"), "ops": Receiver("ops", "x")}, told, clock, 5)


def message(number: int, event: Event = Event.OPENED) -> Message:
    return Message(event, f"title {number}", "body", severity=Severity.HIGH)


async def put(
    connection: Connection,
    receivers: list[str],
    message: Message,
    now: datetime,
    due_at: datetime | None = None,
) -> list[UUID]:
    addressed = [Addressed(receiver, message, due_at or now) for receiver in receivers]
    return await outbox.put(connection, addressed, now)


async def states(connection: Connection) -> list[str]:
    cursor = await connection.execute("SELECT state FROM outbox ORDER BY created_at, id")
    return [row[0] for row in await cursor.fetchall()]


async def test_each_receiver_is_told_once(pool: Pool, connection: Connection) -> None:
    told, clock = Told(), SteppedClock()
    ids = await put(connection, ["web", "ops"], message(1), clock.now())

    await announce(pool, telling(told, clock))
    await announce(pool, telling(told, clock))

    assert {queued.id for queued in told.heard} == set(ids)
    assert len(told.heard) == 2
    assert told.heard[0].message == message(1)


async def test_nobody_is_told_before_the_time(pool: Pool, connection: Connection) -> None:
    told, clock = Told(), SteppedClock()
    due = clock.now() + timedelta(minutes=5)
    await put(connection, ["web"], message(1), clock.now(), due)

    await announce(pool, telling(told, clock))
    early = len(told.heard)
    clock.moment = due
    await announce(pool, telling(told, clock))

    assert (early, len(told.heard)) == (0, 1)


async def test_what_a_dead_sender_had_taken_comes_again_with_the_same_id(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    ids = await put(connection, ["web"], message(1), clock.now())
    await outbox.take(connection, clock.now(), LEASE)

    await announce(pool, telling(told, clock))
    meanwhile = len(told.heard)
    clock.moment += LEASE
    await announce(pool, telling(told, clock))

    assert meanwhile == 0
    assert [queued.id for queued in told.heard] == ids


async def test_who_stood_still_for_longer_than_his_lease_hands_over_no_more_of_it(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    telling_ = replace(telling(told, clock), most_a_minute=100)
    for number in range(20):
        await put(connection, ["web"], message(number), clock.now())
    slow = Announcer(pool, telling_)
    await slow.announce()
    await told.asked.wait()
    clock.moment += LEASE
    told.hangs = None
    await announce(pool, telling_)
    meanwhile = len(told.heard)
    told.free.set()
    await slow.rest()

    assert meanwhile == 20
    assert len(told.heard) < 30, "what it had in its hands may come twice, and nothing else"
    assert await states(connection) == ["sent"] * 20


async def test_of_an_issue_one_thing_is_told_after_the_other(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    await connection.execute(ISSUE.encode())
    opened = replace(message(1), issue=1)
    await put(connection, ["web"], opened, clock.now())
    announcer = Announcer(pool, telling(told, clock))
    await announcer.announce()
    await told.asked.wait()
    await put(connection, ["web"], replace(opened, event=Event.RESOLVED), clock.now())

    by_another = await announce(pool, telling(told, clock))
    told.free.set()
    await announcer.rest()
    await announce(pool, telling(told, clock))

    assert by_another == 0
    assert [one.message.event for one in told.heard] == [Event.OPENED, Event.RESOLVED]


async def test_who_is_to_stop_ends_what_is_in_his_hands_and_gives_back_the_rest(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    telling_ = replace(telling(told, clock), most_a_minute=100)
    for number in range(20):
        await put(connection, ["web"], message(number), clock.now())
    announcer = Announcer(pool, telling_)
    await announcer.announce()
    await told.asked.wait()
    stopping = asyncio.create_task(announcer.stop())
    await asyncio.sleep(0)
    told.free.set()
    await stopping
    by_the_first = len(told.heard)
    told.hangs = None
    await announce(pool, telling_)

    assert 0 < by_the_first < 20
    assert len({one.id for one in told.heard}) == len(told.heard) == 20
    assert {one.attempts for one in told.heard} == {1}


async def test_what_was_handed_over_while_the_store_was_away_is_not_told_again(
    pool: Pool, connection: Connection, pg18: Server, store_environ: dict[str, str]
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    await put(connection, ["web"], message(1), clock.now())
    announcer = Announcer(pool, telling(told, clock))
    await announcer.announce()
    await told.asked.wait()
    database = store_environ["FETTLE_STORE__URL"].rpartition("/")[2]
    pg18.run(
        f"ALTER DATABASE {database} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'",
    )
    told.free.set()
    await told.told.wait()
    pg18.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    await announcer.rest()
    clock.moment += LEASE
    again = await announce(pool, telling(told, clock))

    assert again == 0
    assert len(told.heard) == 1


async def test_what_was_not_taken_is_tried_again_later_and_then_given_up(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(deaf=True), SteppedClock()
    await put(connection, ["web"], message(1), clock.now())
    tries = 0
    while await states(connection) == ["waiting"]:
        tries += await announce(pool, telling(told, clock))
        clock.moment += timedelta(minutes=10)

    assert await states(connection) == ["failed"]
    assert 20 < tries < 100
    (row,) = await (await connection.execute("SELECT error FROM outbox")).fetchall()
    assert "web is deaf" in row[0]


async def test_a_flood_becomes_a_digest_and_the_end_is_still_told(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    for number in range(50):
        clock.moment += timedelta(milliseconds=1)
        await put(connection, ["web"], message(number), clock.now())
    await put(connection, ["web"], message(99, Event.RESOLVED), clock.now())

    await announce(pool, telling(told, clock))

    events = [queued.message.event for queued in told.heard]
    assert events.count(Event.OPENED) == 4
    assert events.count(Event.DIGEST) == 1
    assert events.count(Event.RESOLVED) == 1
    (gathered,) = (one for one in told.heard if one.message.event is Event.DIGEST)
    assert gathered.message.title == "46 notifications together"
    assert gathered.message.severity is Severity.HIGH
    assert "waiting" not in await states(connection)


async def test_who_had_its_fill_is_told_the_rest_together_a_while_later(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    for number in range(5):
        await put(connection, ["web"], message(number), clock.now())
    await announce(pool, telling(told, clock))
    for number in range(5, 10):
        clock.moment += timedelta(seconds=1)
        await put(connection, ["web"], message(number), clock.now())
        await announce(pool, telling(told, clock))
    before = len(told.heard)
    clock.moment += GATHERING
    await announce(pool, telling(told, clock))

    assert (before, len(told.heard)) == (5, 6)
    assert told.heard[-1].message.title == "5 notifications together"


async def test_a_steady_stream_becomes_a_digest_now_and_then(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    for number in range(45):
        clock.moment += timedelta(seconds=1)
        await put(connection, ["web"], message(number), clock.now())
        await announce(pool, telling(told, clock))

    events = [queued.message.event for queued in told.heard]
    assert events == [Event.OPENED] * 5 + [Event.DIGEST] * 2
    assert {one.message.title for one in told.heard[5:]} == {"16 notifications together"}


async def test_what_is_quiet_is_told_together(pool: Pool, connection: Connection) -> None:
    told, clock = Told(), SteppedClock()
    quiet = replace(message(1), quiet=True)
    await put(connection, ["web"], quiet, clock.now())
    await put(connection, ["web"], quiet, clock.now())

    await announce(pool, telling(told, clock))

    assert [one.message.title for one in told.heard] == ["2 notifications together"]


async def test_one_who_hangs_keeps_nobody_else_waiting(pool: Pool, connection: Connection) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    announcer = Announcer(pool, telling(told, clock))
    await put(connection, ["web"], message(1), clock.now())
    await announcer.announce()
    await put(connection, ["web", "ops"], message(2), clock.now())
    await announcer.announce()
    await told.told.wait()
    heard = [one.receiver for one in told.heard]
    told.free.set()
    await announcer.rest()

    assert heard == ["ops"]
    assert [one.receiver for one in told.heard] == ["ops", "web"]


async def test_a_receiver_who_is_gone_from_the_settings_is_given_up(
    pool: Pool, connection: Connection
) -> None:
    clock = SteppedClock()
    await put(connection, ["nobody"], message(1), clock.now())

    await announce(pool, telling(Told(), clock))

    assert await states(connection) == ["failed"]


def test_each_wait_is_longer_up_to_half_an_hour() -> None:
    clock = SteppedClock()
    waits = []
    for attempts in range(1, 15):
        queued = Queued(uuid4(), "web", message(1), clock.now(), attempts)
        again = retry_at(queued, clock.now())
        assert again is not None
        waits.append(again - clock.now())

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=10), timedelta(minutes=30))
