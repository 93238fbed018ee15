"""What waits in the outbox is told: once, in time, and not too much of it."""

import asyncio
import logging
import select
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from fettle.engine.life import Life
from fettle.errors import ActFailed
from fettle.flow.announce import STALE, Announcer, Telling, examine, retry_at
from fettle.flow.gathered import GATHERING
from fettle.main import Wired
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.severity import Severity
from fettle.store import outbox, workers
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
    deaf_to: Event | None = None
    mistaken: str | None = None
    hangs: str | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def hand_over(self, queued: Queued, receiver: Receiver, now: datetime) -> None:
        """Hear it, or not."""
        self.asked.set()
        if receiver.name == self.hangs:
            await self.free.wait()
        if queued.message.title == self.mistaken:
            raise ValueError("a service that nobody has tried")
        if self.deaf or queued.message.event is self.deaf_to:
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


async def worker(pool: Pool) -> UUID:
    """Give a worker that has shown life."""
    id_ = uuid4()
    async with pool.connection() as connection:
        await workers.beat(connection, id_, "host", (), "1")
    return id_


async def dies(connection: Connection, id_: UUID) -> None:
    """Let a worker have shown no life for a while."""
    await connection.execute(
        "UPDATE worker SET seen_at = seen_at - %s WHERE id = %s", (2 * STALE, id_)
    )


def lived(until: timedelta = timedelta(0)) -> Life:
    """Give the life of a worker that was at work until so long ago, for longer than makes dead."""
    life, now = Life(STALE), datetime.now(UTC)
    for beat in range(6):
        life.shown(now - until - (5 - beat) * STALE / 4)
    return life


async def announcer_of(pool: Pool, telling: Telling, life: Life | None = None) -> Announcer:
    """Give the sender of a process of its own, which has been at work for a while."""
    return Announcer(pool, telling, await worker(pool), life or lived())


async def announce(pool: Pool, telling: Telling) -> int:
    """Let a sender of one's own hand over what is due."""
    announcer = await announcer_of(pool, telling)
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
    cursor = await connection.execute("SELECT state FROM outbox ORDER BY number")
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


async def take(connection: Connection, taker: UUID, clock: SteppedClock) -> list[Queued]:
    """Take what is due, as one who knows of nobody that he is dead."""
    return await outbox.take(connection, taker, clock.now(), STALE, judges_until=None)


async def test_what_a_dead_sender_had_taken_comes_again_with_the_same_id(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    ids = await put(connection, ["web"], message(1), clock.now())
    dead = await worker(pool)
    await take(connection, dead, clock)
    announcer = await announcer_of(pool, telling(told, clock))

    while_it_lives = await watched(announcer, clock)
    await dies(connection, dead)
    await watched(announcer, clock)

    assert while_it_lives == 0
    assert [queued.id for queued in told.heard] == ids
    assert await states(connection) == ["sent"]


async def watched(announcer: Announcer, clock: SteppedClock) -> int:
    """Let a sender look again and again, for longer than what is put off waits."""
    taken = 0
    for _ in range(6):
        taken += await announcer.announce()
        await announcer.rest()
        clock.moment += STALE / 4
    return taken


async def test_after_the_store_was_away_nobody_is_taken_for_dead_at_once(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    await put(connection, ["web"], message(1), clock.now())
    other = await worker(pool)
    await take(connection, other, clock)
    await dies(connection, other)  # the store was away, and nobody could show life
    life = lived(3 * STALE)
    announcer = await announcer_of(pool, telling(told, clock), life)

    before_its_beat = await announcer.announce()
    life.shown(datetime.now(UTC))
    before_the_others = await announcer.announce()

    assert (before_its_beat, before_the_others, told.heard) == (0, 0, [])


async def test_what_was_taken_when_the_store_went_away_is_taken_up_again(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    await put(connection, ["web"], message(1), clock.now())
    mine = await worker(pool)
    await take(connection, mine, clock)  # and the answer is lost

    announcer = Announcer(pool, telling(told, clock), mine, Life(STALE))
    await announcer.announce()
    await announcer.rest()

    assert len(told.heard) == 1


async def test_who_has_shown_no_life_takes_nothing(pool: Pool, connection: Connection) -> None:
    clock = SteppedClock()
    await put(connection, ["web"], message(1), clock.now())

    assert await Announcer(pool, telling(Told(), clock), uuid4(), lived()).announce() == 0


async def test_who_stood_still_until_he_was_dead_hands_over_no_more_of_it(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    telling_ = replace(telling(told, clock), most_a_minute=100)
    for number in range(20):
        await put(connection, ["web"], message(number), clock.now())
    frozen = await worker(pool)
    slow = Announcer(pool, telling_, frozen, lived())
    await slow.announce()
    await told.asked.wait()
    await dies(connection, frozen)
    told.hangs = None
    await watched(await announcer_of(pool, telling_), clock)
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
    announcer = await announcer_of(pool, telling(told, clock))
    await announcer.announce()
    await told.asked.wait()
    await put(connection, ["web"], replace(opened, event=Event.RESOLVED), clock.now())

    by_another = await announce(pool, telling(told, clock))
    told.free.set()
    await announcer.rest()
    await announce(pool, telling(told, clock))

    assert by_another == 0
    assert [one.message.event for one in told.heard] == [Event.OPENED, Event.RESOLVED]


def of_issue(event: Event, *, quiet: bool = False) -> Message:
    return replace(message(1, event), issue=1, body=f"it is {event}", quiet=quiet)


def events(told: Told) -> list[Event]:
    return [one.message.event for one in told.heard]


async def test_what_was_put_off_is_told_before_what_was_said_later(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(deaf=True), SteppedClock()
    await connection.execute(ISSUE.encode())
    await put(connection, ["web"], of_issue(Event.OPENED), clock.now())
    await announce(pool, telling(told, clock))
    told.deaf = False
    await put(connection, ["web"], of_issue(Event.BREACHED), clock.now())
    await announce(pool, telling(told, clock))

    assert events(told) == [Event.OPENED, Event.BREACHED]


async def test_what_is_not_taken_holds_up_what_comes_after_it(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(deaf_to=Event.OPENED), SteppedClock()
    await connection.execute(ISSUE.encode())
    await put(connection, ["web"], of_issue(Event.OPENED), clock.now())
    await put(connection, ["web"], of_issue(Event.BREACHED), clock.now())
    await put(connection, ["web"], message(2, Event.TEST), clock.now())
    await announce(pool, telling(told, clock))
    first = len(told.heard)
    told.deaf_to = None
    await announce(pool, telling(told, clock))
    at_once = len(told.heard)
    clock.moment += timedelta(seconds=10)
    await announce(pool, telling(told, clock))

    assert (first, at_once) == (1, 1), "only what is of no issue"
    assert events(told)[1:] == [Event.OPENED, Event.BREACHED]


@pytest.mark.parametrize("quiet", [False, True])
async def test_what_was_never_told_is_not_told_as_new_after_its_end(
    pool: Pool, connection: Connection, quiet: bool
) -> None:
    told, clock = Told(deaf=True), SteppedClock()
    await connection.execute(ISSUE.encode())
    due_at = clock.now() + timedelta(hours=quiet)
    await put(connection, ["web"], of_issue(Event.OPENED, quiet=quiet), clock.now(), due_at)
    await announce(pool, telling(told, clock))
    told.deaf = False
    await put(connection, ["web"], of_issue(Event.RESOLVED), clock.now())
    await announce(pool, telling(told, clock))
    clock.moment += timedelta(days=1)
    await announce(pool, telling(told, clock))

    (one,) = told.heard
    assert one.message.event is Event.RESOLVED
    assert one.message.body.splitlines()[-2:] == [
        "Before that, and not told until now:",
        "- 12:00 UTC opened: it is opened",
    ]
    assert await states(connection) == ["merged", "sent"]


async def test_several_senders_at_once_tell_each_once_and_in_order(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(), SteppedClock()
    telling_ = replace(telling(told, clock), most_a_minute=1000)
    for number in range(1, 11):
        await connection.execute(ISSUE.encode())
        for event in (Event.OPENED, Event.AT_RISK, Event.BREACHED, Event.CHANGED):
            said = replace(of_issue(event), issue=number)
            await put(connection, ["web", "ops"], said, clock.now())
    senders = [await announcer_of(pool, telling_) for _ in range(4)]

    while "waiting" in await states(connection):
        await asyncio.gather(*(sender.announce() for sender in senders))
        await asyncio.gather(*(sender.rest() for sender in senders))

    assert len(told.heard) == len({one.id for one in told.heard}) == 80
    for receiver in ("web", "ops"):
        for number in range(1, 11):
            heard = [
                one.message.event
                for one in told.heard
                if (one.receiver, one.message.issue) == (receiver, number)
            ]
            assert heard == [Event.OPENED, Event.AT_RISK, Event.BREACHED, Event.CHANGED]


async def test_a_mistake_with_one_message_doubles_none_of_the_others(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(mistaken="title 2"), SteppedClock()
    for number in range(5):
        await put(connection, ["web"], message(number), clock.now())
    await announce(pool, telling(told, clock))
    for _ in range(3):
        clock.moment += timedelta(minutes=1)
        await announce(pool, telling(told, clock))

    assert sorted(one.message.title for one in told.heard) == [
        "title 0",
        "title 1",
        "title 3",
        "title 4",
    ]
    (row,) = await (
        await connection.execute("SELECT error, attempts FROM outbox WHERE state = 'waiting'")
    ).fetchall()
    assert ("ValueError: a service that nobody has tried" in row[0], row[1]) == (True, 4)


async def test_who_is_to_stop_ends_what_is_in_his_hands_and_gives_back_the_rest(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(hangs="web"), SteppedClock()
    telling_ = replace(telling(told, clock), most_a_minute=100)
    for number in range(20):
        await put(connection, ["web"], message(number), clock.now())
    announcer = await announcer_of(pool, telling_)
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
    announcer = await announcer_of(pool, telling(told, clock))
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
    again = await watched(await announcer_of(pool, telling(told, clock)), clock)

    assert again == 0
    assert len(told.heard) == 1


async def test_what_one_handed_over_who_was_frozen_while_recording_it_is_not_told_again(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction is lost meanwhile; it records it in another one."""
    told, clock = Told(), SteppedClock()
    await put(connection, ["web"], message(1), clock.now())
    recorded, frozen = outbox.sent, asyncio.Event()

    async def freezes(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
        if not frozen.is_set():
            frozen.set()
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
            said = select.poll()
            said.register(connection.fileno(), select.POLLIN)
            await asyncio.to_thread(said.poll, 10_000)
        await recorded(connection, ids, now)

    monkeypatch.setattr(outbox, "sent", freezes)
    await announce(pool, telling(told, clock))

    assert frozen.is_set()
    assert await states(connection) == ["sent"]
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


async def test_what_had_to_wait_for_its_first_try_is_tried_for_as_long_as_others(
    pool: Pool, connection: Connection
) -> None:
    told, clock = Told(deaf=True), SteppedClock()
    quiet = replace(message(1), quiet=True)
    await put(connection, ["web"], quiet, clock.now(), clock.now() + timedelta(days=3))
    clock.moment += timedelta(days=3)
    await announce(pool, telling(told, clock))

    assert await states(connection) == ["waiting"]
    told.deaf = False
    clock.moment += timedelta(minutes=1)
    await announce(pool, telling(told, clock))
    assert await states(connection) == ["sent"]


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
    announcer = await announcer_of(pool, telling(told, clock))
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
        waits.append(retry_at(queued, clock.now()) - clock.now())

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=10), timedelta(minutes=30))


async def test_who_cannot_be_told_is_logged_once_and_again_when_they_can(
    pool: Pool, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    told, clock = Told(deaf=True), SteppedClock()
    caplog.set_level(logging.INFO, "fettle.flow.announce")
    for number in range(3):
        await put(connection, ["web"], message(number), clock.now())
    announcer = await announcer_of(pool, telling(told, clock))
    await announcer_tells(announcer)
    await clock.sleep(1 * 60)
    await announcer_tells(announcer)
    told.deaf = False
    await clock.sleep(5 * 60)
    await announcer_tells(announcer)

    assert len(told.heard) == 3
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(":")[0] for text in said] == ["web is not told", "web is told again"]


async def announcer_tells(announcer: Announcer) -> None:
    await announcer.announce()
    await announcer.rest()


async def test_who_cannot_be_told_as_the_settings_are_is_said_at_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def may(receiver: Receiver) -> None:
        if receiver.name == "web":
            raise ActFailed("it is nowhere", remedy="look there")

    await examine([Receiver("web", "x"), Receiver("ops", "x")], may)

    (said,) = [record.getMessage() for record in caplog.records]
    assert said == "web cannot be told: it is nowhere; look there"
