"""No ping that came in time is too late, and no silence is forgotten; on a real store."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from fettle.engine.engine import Engine
from fettle.errors import NotFound, Refused, WrongUsage
from fettle.flow import heartbeats
from fettle.flow.heartbeats import Lateness, Wanted
from fettle.model.heartbeat import Heartbeat, HeartbeatState, Ping, Said
from fettle.model.severity import Severity
from fettle.store import heartbeats as table
from tests.engine.conftest import until
from tests.engine.working import FAST, WallClock
from tests.flow.filing import Filing

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
BACKUP = Wanted("backup", HOUR, 10 * MINUTE, Severity.MEDIUM, "shop")


async def create(filing: Filing, wanted: Wanted = BACKUP) -> UUID:
    async with filing.pool.connection() as connection:
        return (await heartbeats.create(connection, wanted, "test")).id


async def ping(filing: Filing, id_: UUID, said: Said = Said.DONE) -> Heartbeat:
    async with filing.pool.connection() as connection, connection.transaction():
        return await heartbeats.ping(connection, id_, Ping(said, filing.clock.now()))


async def state(filing: Filing, id_: UUID) -> HeartbeatState:
    async with filing.pool.connection() as connection:
        (found,) = [one for one in await table.listed(connection, None, 10) if one.id == id_]
    return found.state


async def test_a_silence_is_filed_once_and_the_next_ping_ends_it(filing: Filing) -> None:
    lateness = Lateness(filing.clock).timers
    id_ = await create(filing)
    await ping(filing, id_)

    await filing.pass_(HOUR + 10 * MINUTE, lateness)
    assert await filing.filed() == []
    await filing.pass_(3 * SECOND, lateness)
    await filing.pass_(5 * HOUR, lateness)
    (fired,) = await filing.filed()
    await ping(filing, id_)
    await ping(filing, id_)
    _, ended = await filing.filed()

    assert (fired.firing, fired.title, fired.severity) == (True, "backup is late", Severity.MEDIUM)
    assert (ended.firing, ended.key, ended.source) == (False, fired.key, fired.source)
    assert await state(filing, id_) is HeartbeatState.UP


async def test_pings_in_time_are_no_trouble(filing: Filing) -> None:
    lateness = Lateness(filing.clock).timers
    id_ = await create(filing)

    for _ in range(5):
        await ping(filing, id_)
        await filing.pass_(HOUR + 10 * MINUTE, lateness)

    assert await filing.filed() == []
    assert len(await filing.timers()) == 1


async def test_a_ping_that_is_being_recorded_is_waited_for(filing: Filing) -> None:
    lateness = Lateness(filing.clock).timers
    id_ = await create(filing)
    await ping(filing, id_)
    in_time = Ping(Said.DONE, filing.clock.now() + HOUR + 10 * MINUTE - SECOND)

    async with filing.pool.connection() as connection, connection.transaction():
        await heartbeats.ping(connection, id_, in_time)
        await filing.pass_(2 * HOUR, lateness)  # its timer is due, and finds it busy

    assert await filing.filed() == []
    assert await state(filing, id_) is HeartbeatState.UP
    await filing.pass_(20 * MINUTE + SECOND, lateness)
    assert [signal.firing for signal in await filing.filed()] == [True]


async def test_a_clock_that_is_put_back_makes_nothing_late_and_loses_nothing(
    filing: Filing,
) -> None:
    lateness = Lateness(filing.clock).timers
    id_ = await create(filing)
    await ping(filing, id_)
    await filing.pass_(HOUR + 10 * MINUTE + 2 * SECOND, lateness)
    assert len(await filing.filed()) == 1

    filing.clock.moment -= HOUR + 10 * MINUTE + 2 * SECOND
    await ping(filing, id_)  # at the very moment of the first one: due when it was due before
    assert len(await filing.filed()) == 2
    await filing.pass_(HOUR, lateness)
    assert len(await filing.filed()) == 2
    await filing.pass_(11 * MINUTE, lateness)

    assert [signal.firing for signal in await filing.filed()] == [True, False, True]


async def test_a_clock_that_is_put_back_while_it_rings_does_not_silence_it(filing: Filing) -> None:
    id_ = await create(filing)
    await ping(filing, id_)
    behind = Lateness(type(filing.clock)(filing.clock.now()))  # it lags behind the one that rings

    await filing.pass_(2 * HOUR, behind.timers)
    assert await filing.filed() == []
    await filing.pass_(2 * SECOND, Lateness(filing.clock).timers)

    assert [signal.title for signal in await filing.filed()] == ["backup is late"]


async def test_what_came_at_once_is_taken_one_after_the_other(filing: Filing) -> None:
    id_ = await create(filing)
    await ping(filing, id_, Said.FAIL)

    await asyncio.gather(*(ping(filing, id_) for _ in range(8)))

    assert [signal.firing for signal in await filing.filed()] == [True, False]
    assert len(await filing.timers()) == 1


async def test_pings_and_their_timer_at_once_come_to_no_deadlock(filing: Filing) -> None:
    lateness = Lateness(filing.clock).timers
    ids = [await create(filing, Wanted(f"job {number}", HOUR, MINUTE)) for number in range(6)]
    for id_ in ids:
        await ping(filing, id_)
    filing.clock.moment += 2 * HOUR

    rings = [filing.ring(lateness) for _ in range(3)]
    await asyncio.gather(*rings, *(ping(filing, id_) for id_ in ids * 4))
    await filing.ring(lateness)

    assert {await state(filing, id_) for id_ in ids} == {HeartbeatState.UP}
    for number in range(6):
        told = [one.firing for one in await filing.filed() if one.key == f"job {number}"]
        assert told in ([], [True, False])


async def test_a_worker_misses_what_stays_silent(filing: Filing) -> None:
    id_ = await create(filing)
    await ping(filing, id_)  # on the first of January, which is long past
    worker = Engine(
        filing.pool, WallClock(), runs={}, timers=Lateness(WallClock()).timers, pace=FAST
    )

    async def late() -> bool:
        return await state(filing, id_) is HeartbeatState.LATE

    async with worker.worker():
        await until(late)

    assert [signal.firing for signal in await filing.filed()] == [True]


async def test_what_is_removed_ends_its_trouble_and_its_timer(filing: Filing) -> None:
    failed, up = await create(filing), await create(filing, Wanted("report", HOUR, MINUTE))
    await ping(filing, failed, Said.FAIL)
    await ping(filing, up)

    async with filing.pool.connection() as connection, connection.transaction():
        assert await heartbeats.find(connection, "report") == up
        for id_ in (failed, up):
            await heartbeats.remove(connection, id_, filing.clock.now())

    assert [signal.firing for signal in await filing.filed()] == [True, False]
    assert await filing.timers() == []
    with pytest.raises(NotFound):
        await ping(filing, up)
    with pytest.raises(NotFound):
        await ping(filing, uuid4())


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("  ", HOUR, MINUTE),
        Wanted("a" * 201, HOUR, MINUTE),
        Wanted("a", timedelta(), MINUTE),
        Wanted("a", timedelta(days=1000), MINUTE),
        Wanted("a", HOUR, -MINUTE),
        Wanted("a", HOUR, timedelta(days=1000)),
    ],
)
async def test_what_cannot_be_waited_for_is_refused(filing: Filing, wanted: Wanted) -> None:
    with pytest.raises(WrongUsage):
        await create(filing, wanted)


async def test_a_name_is_given_once(filing: Filing) -> None:
    await create(filing)

    with pytest.raises(Refused, match="backup"):
        await create(filing, Wanted(" backup ", HOUR, MINUTE))
