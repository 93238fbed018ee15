"""Databases are checked by themselves: trouble becomes a signal, its cure the end of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from fettle.engine.engine import Engine
from fettle.errors import BadSettings
from fettle.flow import asked, watch
from fettle.flow.look import Questions
from fettle.flow.schedules import Planned, planned
from fettle.flow.watch import KIND, Watch, Ways, next_slot
from fettle.frontends.report.as_json import document
from fettle.main import Wired
from fettle.model.ports import Clock
from fettle.model.run import RunRecord, RunState
from fettle.model.severity import Severity
from fettle.model.signal import Signal
from fettle.model.target import Target
from fettle.settings import Settings
from fettle.store import runs, timers, watched
from fettle.store.rows import Tables
from fettle.testing import START
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.engine.working import FAST, WallClock
from tests.flow.filing import Filing
from tests.servers import Server

MINUTE = timedelta(minutes=1)
NOBODY = "postgresql://127.0.0.1:1/nothing"


def settings_of(url: str = NOBODY, **given: Any) -> Settings:  # noqa: ANN401 - settings
    sections: dict[str, Any] = {"database": [{"name": "main-db", "url": url}], **given}
    return Settings.model_validate(sections)


def watch_of(filing: Filing, settings: Settings, clock: Clock) -> Watch:
    wired = Wired({})
    targets = {one.name: one for one in wired.watched(settings)}

    def ask(plan: Planned, target: Target) -> Questions:
        return asked.questions(settings, target, only=plan.only, skip=plan.skip)

    ways = Ways(wired.eyes(settings), targets, lambda one: document(one, verbose=False), ask)
    return Watch(filing.pool, Engine(filing.pool, clock), clock, settings, ways)


async def prepare(filing: Filing, settings: Settings, clock: Clock | None = None) -> Watch:
    clock = clock or filing.clock
    async with filing.pool.connection() as connection:
        await watch.prepare(connection, settings, clock)
    return watch_of(filing, settings, clock)


async def all_runs(filing: Filing) -> list[RunRecord]:
    async with filing.pool.connection() as connection:
        return await runs.newest(connection, None, KIND, 100)


async def end(filing: Filing, run: UUID) -> None:
    async with filing.pool.connection() as connection:
        await connection.execute(
            "UPDATE run SET state = 'done', finished_at = now() WHERE id = %s", (run,)
        )


# When


@pytest.mark.parametrize(
    ("late", "slot"), [(0, 5), (4, 5), (5, 10), (6, 10), (1000, 1005), (-60, 5)]
)
def test_what_was_missed_is_made_up_for_by_one_look(late: int, slot: int) -> None:
    assert next_slot(START, 5 * MINUTE, START + late * MINUTE) == START + slot * MINUTE


async def test_each_slot_starts_a_run_that_only_looks_at_its_database(filing: Filing) -> None:
    made = await prepare(filing, settings_of())

    await filing.ring(made.timers)
    (run,) = await all_runs(filing)
    (timer,) = await filing.timers()

    assert (run.name, run.kind, run.target, run.label) == (KIND, KIND, "main-db", None)
    assert run.input == {"watch": "checks/main-db"}
    assert timer.due_at == START + 5 * MINUTE


async def test_no_run_is_started_while_the_one_before_has_not_ended(filing: Filing) -> None:
    made = await prepare(filing, settings_of())
    for _ in range(3):
        await filing.pass_(5 * MINUTE, made.timers)
    (first,) = await all_runs(filing)
    await end(filing, first.id)
    await filing.pass_(5 * MINUTE, made.timers)
    (second,) = await all_runs(filing)

    assert first.id != second.id  # and of those that did well the last one is kept


async def test_a_look_that_somebody_wants_while_one_is_at_work_comes_right_after(
    filing: Filing,
) -> None:
    made = await prepare(filing, settings_of())
    await filing.pass_(5 * MINUTE, made.timers)
    (first,) = await all_runs(filing)
    async with filing.pool.connection() as connection:
        now = filing.clock.now()
        await timers.hasten(connection, KIND, "checks/main-db", now, wanted=True)
    await filing.pass_(timedelta(seconds=1), made.timers)
    assert [run.id for run in await all_runs(filing)] == [first.id]
    await end(filing, first.id)
    await filing.pass_(timedelta(seconds=2), made.timers)

    (second,) = await all_runs(filing)
    assert second.id != first.id
    (timer,) = await filing.timers()
    assert timer.due_at > START + 9 * MINUTE  # and then it goes on as it was
    assert "wanted" not in str(timer.detail)


async def test_after_a_long_time_away_there_is_one_look(filing: Filing) -> None:
    made = await prepare(filing, settings_of())
    await filing.ring(made.timers)
    (before,) = await all_runs(filing)
    await end(filing, before.id)

    await filing.pass_(timedelta(days=3, minutes=2), made.timers)

    assert [run.id != before.id for run in await all_runs(filing)] == [True]
    (timer,) = await filing.timers()
    assert timer.due_at == START + timedelta(days=3, minutes=5)


async def test_what_the_settings_plan_holds_from_the_next_start_on(filing: Filing) -> None:
    both = {
        "database": [{"name": "a", "url": NOBODY}, {"name": "b", "url": NOBODY}],
        "schedule": [
            {"name": "often", "every": "1m", "databases": ["a"], "on": "db-host"},
            {"name": "rarely", "every": "1d"},
        ],
    }
    made = await prepare(filing, Settings.model_validate(both))
    begins = {timer.subject: timer.due_at for timer in await filing.timers()}
    await filing.pass_(timedelta(seconds=59), made.timers)
    planned = {timer.subject: timer.due_at for timer in await filing.timers()}
    labels = {str(run.input): run.label for run in await all_runs(filing)}
    other = settings_of(schedule=[{"name": "rarely", "every": "1h"}], database=both["database"])
    await prepare(filing, other)
    again = {timer.subject: timer.due_at for timer in await filing.timers()}
    await prepare(filing, settings_of(check={"every": "0s"}))

    day, hour = timedelta(days=1), timedelta(hours=1)
    assert {one - START for one in begins.values()} == {MINUTE * 0, MINUTE / 3, MINUTE * 2 / 3}
    every = {"often/a": MINUTE, "rarely/a": day, "rarely/b": day}
    assert planned == {name: begins[name] + every[name] for name in begins}
    assert labels["{'watch': 'often/a'}"] == "db-host"
    assert labels["{'watch': 'rarely/a'}"] is None
    now = START + timedelta(seconds=59)
    assert again == {"rarely/a": now + hour, "rarely/b": now + hour}
    assert await filing.timers() == []


async def test_two_that_start_at_once_set_each_timer_once(filing: Filing) -> None:
    await asyncio.gather(*(prepare(filing, settings_of()) for _ in range(5)))

    assert [timer.subject for timer in await filing.timers()] == ["checks/main-db"]


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ({"databases": ["nothing"]}, "no \\[\\[database\\]\\] is called nothing"),
        ({"only": ["index_unsed"]}, "did you mean index_unused"),
        ({"on": "ä" * 20}, "bytes"),
    ],
)
async def test_a_plan_that_cannot_be_kept_is_refused_at_the_start(
    filing: Filing, schedule: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadSettings, match=why):
        await prepare(filing, settings_of(schedule=[{"name": "x", **schedule}]))


@pytest.mark.parametrize("section", ["check", "schedule"])
def test_nothing_is_looked_at_without_a_pause(section: str) -> None:
    given: Any = {"every": "5s"} if section == "check" else [{"name": "x", "every": "5s"}]

    with pytest.raises(ValidationError, match="every ten seconds at most"):
        settings_of(**{section: given})


# What


@dataclass(frozen=True)
class Watching:
    """A worker that watches a database."""

    filing: Filing

    async def looked(self) -> None:
        """Let it look once more, now, and wait until it has."""
        before = await self._version()
        async with self.filing.pool.connection() as connection:
            now = WallClock().now()
            for timer in await timers.of_kind(connection, KIND):
                await timers.hasten(connection, KIND, timer.subject, now)

        async def again() -> bool:
            done = all(run.state.ended for run in await all_runs(self.filing))
            return done and await self._version() > before

        await until(again)

    async def _version(self) -> int:
        async with self.filing.pool.connection() as connection:
            return (await watched.read(connection, "main-db")).version

    async def firing(self) -> dict[str, Signal]:
        """Return what goes on by what was filed, and nothing else."""
        told: dict[str, Signal] = {}
        for signal in await self.filing.filed():
            if signal.firing:
                told[signal.key] = signal
            else:
                del told[signal.key]
        return told


@asynccontextmanager
async def watching(filing: Filing, settings: Settings) -> AsyncIterator[Watching]:
    """Work until the block ends; the first look was made when it begins."""
    made = await prepare(filing, settings, WallClock())
    worker = Engine(filing.pool, WallClock(), runs=made.runs, timers=made.timers, pace=FAST)
    async with worker.worker():
        here = Watching(filing)
        await until(lambda: _seen(filing))
        yield here


async def _seen(filing: Filing) -> bool:
    async with filing.pool.connection() as connection:
        looked = (await watched.read(connection, "main-db")).version > 0
    return looked and all(run.state.ended for run in await all_runs(filing))


@contextmanager
def target() -> Iterator[Server]:
    with servers.serve(18, fsync="off") as server:
        yield server


TROUBLE = "sequence_exhaustion:public.shop_id_seq"


def plant(database: FreshDatabase, used: int = 26_000) -> None:
    """Let a sequence that ends at 32,767 have come so far."""
    database.run(
        "CREATE TABLE IF NOT EXISTS shop (id smallserial PRIMARY KEY)",
        f"SELECT setval('shop_id_seq', {used})",
    )


SHOP = [{"name": "shop", "tier": "critical", "depends_on": ["main-db"]}]


async def test_trouble_is_filed_once_and_its_cure_ends_it(
    filing: Filing, other_database: FreshDatabase
) -> None:
    plant(other_database)

    async with watching(filing, settings_of(other_database.url, service=SHOP)) as here:
        found = (await here.firing())[TROUBLE]
        told = len(await filing.filed())
        await here.looked()
        assert len(await filing.filed()) == told
        plant(other_database, used=32_000)
        await here.looked()
        worse = (await here.firing())[TROUBLE]
        plant(other_database, used=1)
        await here.looked()

        assert (found.source, found.service) == ("checks/main-db", "shop")
        assert (found.severity, worse.severity) == (Severity.HIGH, Severity.CRITICAL)
        assert found.labels["subject"] == "public.shop_id_seq"
        assert TROUBLE not in await here.firing()
        since = (await filing.filed())[told:]
        assert [(one.key, one.firing) for one in since] == [(TROUBLE, True), (TROUBLE, False)]


async def test_what_is_accepted_is_not_filed(filing: Filing, other_database: FreshDatabase) -> None:
    plant(other_database)
    ignore = [{"check": "sequence_exhaustion", "reason": "it is emptied each year"}]

    async with watching(filing, settings_of(other_database.url, ignore=ignore)) as here:
        assert TROUBLE not in await here.firing()


async def test_only_what_was_planned_is_asked_and_only_what_is_so_bad_is_filed(
    filing: Filing, other_database: FreshDatabase
) -> None:
    other_database.run("CREATE TABLE bare (a int)", "INSERT INTO bare VALUES (1)", "ANALYZE bare")
    plant(other_database)
    schedule = [{"name": "keys", "only": ["primary-key-missing"], "severity": "low"}]

    async with watching(filing, settings_of(other_database.url, schedule=schedule)) as here:
        assert list(await here.firing()) == ["primary_key_missing:public.bare"]


async def test_a_diagnosis_is_kept_when_it_says_something_new(
    filing: Filing, other_database: FreshDatabase
) -> None:
    schedule = [{"name": "keys", "only": ["sequence_exhaustion"]}]

    async with watching(filing, settings_of(other_database.url, schedule=schedule)) as here:
        await here.looked()
        plant(other_database)
        await here.looked()
        await here.looked()
    async with filing.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT document ->> 'status', started_at, target FROM diagnosis ORDER BY id"
        )
        kept = await cursor.fetchall()
        by_hand = await Tables(connection).last_diagnosis("main-db")

    assert [(status, name) for status, _, name in kept] == [("ok", "main-db"), ("high", "main-db")]
    assert kept[0][1] < kept[1][1]
    assert by_hand is None  # `--since-last` goes by what somebody saved


async def test_a_server_that_is_away_is_told_of_at_the_second_look(filing: Filing) -> None:
    with target() as server:
        async with watching(filing, settings_of(server.url(), service=SHOP)) as here:
            before = await here.firing()
            server.control("stop", "-m", "immediate")
            await here.looked()
            once = await here.firing()
            (timer,) = await filing.timers()
            await here.looked()
            twice = await here.firing()
            server.control("start")
            await here.looked()
            after = await here.firing()

    assert once == before
    assert timer.due_at - WallClock().now() < timedelta(seconds=31)  # it is looked at again soon
    assert twice.keys() - before.keys() == {"unreachable"}
    assert twice["unreachable"].severity is Severity.CRITICAL
    assert "nobody listens there" in twice["unreachable"].text
    assert "unreachable" not in after


async def test_looks_that_overtake_one_another_file_nothing_twice(
    filing: Filing, other_database: FreshDatabase
) -> None:
    plant(other_database)
    settings = settings_of(other_database.url)
    (plan,) = planned(settings)
    made = [watch_of(filing, settings, WallClock()) for _ in range(4)]

    came_to = await asyncio.gather(*(one.look(plan, uuid4()) for one in made))
    plant(other_database, used=1)
    await asyncio.gather(*(one.look(plan, uuid4()) for one in made))

    assert [cast("Any", one).get("overtaken", False) for one in came_to].count(False) >= 1
    told = [one.firing for one in await filing.filed() if one.key == TROUBLE]
    assert told == [True, False]


async def test_a_worker_without_the_plan_says_so(filing: Filing) -> None:
    await prepare(filing, settings_of(), WallClock())
    made = watch_of(filing, settings_of(check={"every": "0s"}), WallClock())
    worker = Engine(filing.pool, WallClock(), runs=made.runs, timers=made.timers, pace=FAST)

    async def failed() -> bool:
        return [run.state for run in await all_runs(filing)] == [RunState.FAILED]

    async with worker.worker():
        await until(failed)

    (run,) = await all_runs(filing)
    assert "nothing plans checks/main-db" in str(run.error)
