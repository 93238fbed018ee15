"""Workers apply plans: cut off, they go on or ask a person, and never act twice."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from fettle.engine.backoff import Backoff
from fettle.engine.engine import Engine
from fettle.errors import Refused
from fettle.flow import fixes as flow
from fettle.flow.fixes import MEND, Workshop
from fettle.flow.links import Links
from fettle.flow.mend import Mending
from fettle.flow.places import Places
from fettle.flow.tend import Desk
from fettle.main import Wired
from fettle.model.fix import FixRun, JournalEntry, Plan, RunStatus
from fettle.model.role import Caller, Role
from fettle.model.run import RunState
from fettle.model.target import Target
from fettle.resolution import document
from fettle.settings import Settings
from fettle.store import fixes, runs
from fettle.store.fenced import Overtaken, Records
from fettle.store.pool import Pool
from fettle.triage.people import people_of
from fettle.triage.settled import policy_of
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.engine.working import FAST, SOON, WallClock
from tests.flow.crew import Member, member
from tests.flow.filing import Filing
from tests.resolution.mending import mender

LINKS = Links("http://fettle", b"key")
ADA = Caller("token:ada", Role.ADMIN)
TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")
NOBODY = "postgresql://127.0.0.1:1/nothing"


@dataclass(frozen=True)
class Shop:
    """A store with an engine, and a database to mend."""

    pool: Pool
    settings: Settings
    engine: Engine
    database: FreshDatabase

    @property
    def workshop(self) -> Workshop:
        desk = Desk(people_of(self.settings), policy_of(self.settings), LINKS, WallClock())
        return Workshop(self.settings, self.engine, desk)

    async def keep(self, plan: Plan) -> str:
        """Keep a plan, as a server does that made it."""
        async with self.pool.connection() as connection:
            await fixes.save_plan(connection, {**document.of_plan(plan), "target": "main-db"}, "x")
        return plan.id

    async def apply(self, plan: str) -> str:
        """Ask for a plan to be applied; return the run."""
        async with self.pool.connection() as connection, connection.transaction():
            return (await flow.apply(connection, self.workshop, plan, ADA)).id

    async def run(self, id_: str) -> FixRun:
        async with self.pool.connection() as connection:
            return (await fixes.find_run(connection, id_))[0]

    async def journal(self, id_: str) -> list[JournalEntry]:
        async with self.pool.connection() as connection:
            return await fixes.read_journal(connection, id_)

    async def ended(self, id_: str) -> FixRun:
        """Wait until the engine's run has ended; return the fix's."""

        async def over() -> bool:
            async with self.pool.connection() as connection:
                found = await runs.find(connection, UUID(id_))
            assert found is not None
            assert found.state is not RunState.FAILED, found.error
            return found.state is RunState.DONE

        await until(over)
        return await self.run(id_)

    async def state(self, plan: str) -> str:
        async with self.pool.connection() as connection:
            return str((await fixes.find_plan(connection, plan)).state)

    async def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    @property
    def indexes(self) -> list[str]:
        with psycopg.connect(self.database.url) as connection:
            rows = connection.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
            )
            return [name for (name,) in rows.fetchall()]


def settings_of(url: str) -> Settings:
    return Settings.model_validate({"database": [{"name": "main-db", "url": url, "fix_url": url}]})


def engine_of(filing: Filing, settings: Settings, pauses: Backoff = SOON) -> Engine:
    wired = Wired({})
    targets: dict[str, Target] = {one.name: one for one in wired.targets((), settings)}
    places = Places(
        wired.connect(settings),
        wired.standbys(settings),
        targets,
        lambda records, actor: wired.means(settings, records, actor),
    )
    made = Mending(filing.pool, WallClock(), settings, places, pauses=pauses)
    return Engine(filing.pool, WallClock(), runs=made.runs, pace=FAST)


@pytest.fixture
def shop(filing: Filing, other_database: FreshDatabase) -> Shop:
    other_database.run(*TWINS)
    settings = settings_of(other_database.url)
    return Shop(filing.pool, settings, engine_of(filing, settings), other_database)


async def drop_twin(shop: Shop) -> str:
    """Plan to drop the second of two indexes that are the same; return the plan."""
    made = mender(shop.database.url)
    plan = await made.plan_one("drop_duplicate_index")
    return await shop.keep(plan_for(plan))


def plan_for(plan: Plan) -> Plan:
    return Plan(plan.fix, "main-db", plan.database, plan.finding, plan.steps)


@asynccontextmanager
async def at_work(engine: Engine) -> AsyncIterator[None]:
    async with engine.worker():
        yield


# Done by a worker


async def test_a_plan_is_applied_on_behalf_of_who_asked(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    queued = await shop.run(run)

    async with at_work(shop.engine):
        ended = await shop.ended(run)

    assert (queued.status, queued.started_at) == (RunStatus.QUEUED, None)
    assert (ended.status, ended.verified, ended.actor) == (RunStatus.DONE, True, "token:ada")
    assert shop.indexes == ["t_a"]
    ((kind, target),) = await shop.ask("SELECT kind, target FROM run WHERE name = %s", MEND)
    assert (kind, target) == ("fix", "acting on main-db")  # looks go on beside it


async def test_what_was_planned_for_is_gone(shop: Shop) -> None:
    plan = await drop_twin(shop)
    shop.database.run("DROP INDEX t_b")
    run = await shop.apply(plan)

    async with at_work(shop.engine):
        ended = await shop.ended(run)

    assert ended.status is RunStatus.REFUSED
    assert await shop.state(plan) == "taken"
    assert await shop.journal(run) == []


async def test_a_target_that_is_away_lets_the_plan_wait_again(filing: Filing, shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)

    async with at_work(engine_of(filing, settings_of(NOBODY))):
        ended = await shop.ended(run)
    approved = await shop.state(plan)
    again = await shop.apply(plan)
    async with at_work(shop.engine):
        done = await shop.ended(again)

    assert (ended.status, ended.remedy) == (RunStatus.REFUSED, "try again")
    assert "nobody listens there" in str(ended.reason)
    assert approved == "waiting"
    assert done.status is RunStatus.DONE


# Cut off


async def cut_off(shop: Shop, run: str, *, acted: bool) -> None:
    """Leave a run as a worker leaves it that dies in the middle."""
    plan = (await shop.run(run)).plan
    async with shop.pool.connection() as connection:
        kept = await fixes.find_plan(connection, plan)
        steps = mender(shop.database.url)
        again = await steps.plan_one("drop_duplicate_index")
        assert again.steps is not None
        begun = await shop.run(run)
        does = document.of_steps(again.steps)
        begun = await fixes.begin_run(connection, begun, does, None)
        if acted:
            (statement,) = kept.document["statements"]
            detail = {"statement": statement}
            await fixes.write_journal(connection, run, "statement", detail)


async def test_cut_off_before_it_acted_it_begins_again(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await cut_off(shop, run, acted=False)

    async with at_work(shop.engine):
        ended = await shop.ended(run)

    assert (ended.status, ended.verified) == (RunStatus.DONE, True)
    assert shop.indexes == ["t_a"]


async def test_cut_off_after_it_acted_it_never_acts_again(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await cut_off(shop, run, acted=True)

    async with at_work(shop.engine):
        ended = await shop.ended(run)

    assert (ended.status, ended.verified) == (RunStatus.FAILED, False)
    assert shop.indexes == ["t_a", "t_b"]
    events = [entry.event for entry in await shop.journal(run)]
    assert events == ["statement", "cut off", "verified"]


async def test_cut_off_after_it_had_worked_it_is_done(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await cut_off(shop, run, acted=True)
    shop.database.run("DROP INDEX t_b")

    async with at_work(shop.engine):
        ended = await shop.ended(run)

    assert (ended.status, ended.verified) == (RunStatus.DONE, True)


async def test_what_nobody_can_be_asked_about_is_unsure(filing: Filing, shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await cut_off(shop, run, acted=True)

    async with at_work(engine_of(filing, settings_of(NOBODY))):
        ended = await shop.ended(run)

    assert (ended.status, ended.verified) == (RunStatus.UNSURE, False)
    assert ended.remedy == "look whether it acted"
    assert await shop.state(plan) == "taken"


async def test_nothing_that_has_acted_begins_again(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await cut_off(shop, run, acted=True)
    known = await shop.run(run)

    async with shop.pool.connection() as connection:
        with pytest.raises(Refused, match="another run is at work"):
            await fixes.begin_run(connection, known, {}, None)


async def test_a_worker_that_was_overtaken_neither_acts_nor_says_how_it_ended(shop: Shop) -> None:
    plan = await drop_twin(shop)
    run = await shop.apply(plan)
    await shop.ask(
        "UPDATE run SET state = 'running', fence = 2, owner = gen_random_uuid() WHERE id = %s", run
    )
    known = await shop.run(run)
    stale, holder = Records(shop.pool, fence=1), Records(shop.pool, fence=2)

    with pytest.raises(Overtaken):
        await stale.journal(known).write("statement", {"statement": "DROP INDEX t_b"})
    await stale.journal(known).write("answer", {"rows": []})  # what it has seen may be kept
    await stale.end_run(known.ended(RunStatus.DONE, None, WallClock().now(), verified=True))
    between = await shop.run(run)
    await holder.journal(known).write("statement", {"statement": "DROP INDEX t_b"})
    await holder.end_run(known.ended(RunStatus.DONE, None, WallClock().now(), verified=True))

    assert between.status is RunStatus.QUEUED
    assert (await shop.run(run)).status is RunStatus.DONE
    assert [entry.event for entry in await shop.journal(run)] == ["answer", "statement"]


# Killed for real


@contextmanager
def worker(folder: Path, name: str, store: str, database: FreshDatabase) -> Iterator[Member]:
    settings: dict[str, Any] = {
        "store": {"url": store},
        "database": [{"name": "main-db", "url": database.url, "fix_url": database.url}],
    }
    made = member(folder, name, settings)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.send_signal(signal.SIGKILL)
            made.process.wait()


async def in_the_middle(shop: Shop, holder: psycopg.Connection[Any]) -> str:
    """Let a fix begin that waits for a transaction; return its run.

    On a busy machine the transaction can be too old for it by then: then it begins once more.
    """
    while True:
        plan = await drop_twin(shop)
        holder.execute("SELECT count(*) FROM t")  # DROP INDEX CONCURRENTLY waits for its end
        run = await shop.apply(plan)
        await until(partial(over_or_acts, shop, run))
        if not (await shop.run(run)).status.ended:
            return run
        holder.rollback()


async def over_or_acts(shop: Shop, run: str) -> bool:
    ended = (await shop.run(run)).status.ended
    return ended or "statement" in [entry.event for entry in await shop.journal(run)]


async def test_a_worker_that_is_killed_in_the_middle_is_followed_by_another(
    filing: Filing, shop: Shop, tmp_path: Path
) -> None:
    with (
        psycopg.connect(shop.database.url) as holder,
        worker(tmp_path, "worker-one", filing.address, shop.database) as first,
    ):
        await until(lambda: is_up(first))
        run = await in_the_middle(shop, holder)
        first.kill()
        holder.rollback()
    with worker(tmp_path, "worker-two", filing.address, shop.database):
        ended = await shop.ended(run)

    worked = shop.indexes == ["t_a"]
    assert worked or shop.indexes == ["t_a", "t_b"]
    assert ended.status is (RunStatus.DONE if worked else RunStatus.FAILED)
    assert ended.verified is worked
    journal = [entry.event for entry in await shop.journal(run)]
    assert journal.count("statement") == 1
    assert "cut off" in journal


async def is_up(member_: Member) -> bool:
    return member_.is_up
