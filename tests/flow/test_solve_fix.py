"""A remedy that is a fix goes the way of every fix: planned, applied, journalled, verified."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest

from fettle.engine.run import Run
from fettle.flow import fixes as flow
from fettle.flow import solving
from fettle.flow.fixes import Workshop
from fettle.flow.mend import Mending
from fettle.model.fix import Plan, RunStatus
from fettle.model.remedy import Attempt, AttemptState, Outcome
from fettle.resolution import document
from fettle.store import fixes, remedies
from fettle.store.fenced import Overtaken
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.flow.filing import Filing
from tests.flow.test_mend import plan_for
from tests.flow.test_solve import ADA, Bench, at_work, bench_of, gone, lost
from tests.receiving import Receiving, receiving
from tests.resolution.mending import mender

TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")
FIX: dict[str, Any] = {
    "name": "drop-twins",
    "for": ["conn_lost"],
    "kind": "fix",
    "target": "main-db",
    "fix": "drop_duplicate_index",
    "check": "index_duplicate",
    "cooldown": "0s",
    "settles": "0s",
    "stays_away": "300ms",
}


@pytest.fixture
def hook() -> Iterator[Receiving]:
    with receiving() as made:
        yield made


def with_database(filing: Filing, hook: Receiving, url: str, **more: object) -> Bench:
    database = {"name": "main-db", "url": url, "fix_url": url}
    return bench_of(filing, hook, {**FIX, **more}, database=[database])


def indexes(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        return [name for (name,) in rows.fetchall()]


async def test_it_is_planned_applied_and_watched_and_can_be_taken_back(
    filing: Filing, hook: Receiving, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    bench = with_database(filing, hook, other_database.url, stays_away="3s")
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        watched = await bench.reaches(AttemptState.WATCHING)
        between = indexes(other_database)
        await bench.arrive(gone())
        ended = await bench.ended()
        assert watched.fix_run is not None
        shop = Workshop(bench.solver.settings, bench.solver.engine, bench.solver.desk)
        async with bench.pool.connection() as connection, connection.transaction():
            await flow.undo(connection, shop, watched.fix_run, ADA)

        async def undone() -> bool:
            return (await bench.attempts())[0].outcome is Outcome.UNDONE

        await until(undone)

    assert between == ["t_a"]
    assert ended.outcome is Outcome.RESOLVED
    assert indexes(other_database) == ["t_a", "t_b"]
    events = await bench.events()
    assert {"planned", "fix-begun", "remedy-helped", "remedy-undone"} <= {*events}
    assert await bench.journal(ended) == ["act", "watched"]


async def test_its_check_must_find_the_trouble_before(
    filing: Filing, hook: Receiving, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS[:2])
    bench = with_database(filing, hook, other_database.url)
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        ended = await bench.ended()

    assert (ended.outcome, ended.reason) == (Outcome.REFUSED, "its check finds nothing")


async def test_a_database_that_is_away_is_not_acted_on(filing: Filing, hook: Receiving) -> None:
    bench = with_database(filing, hook, "postgresql://127.0.0.1:1/nothing")
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        ended = await bench.ended()

    assert ended.outcome is Outcome.REFUSED
    assert "could not be looked at" in (ended.reason or "")


async def acting(filing: Filing, hook: Receiving, url: str) -> tuple[Bench, Attempt, Run]:
    """Return a bench with a fix that is to be applied, and its run as an earlier worker has it."""
    bench = with_database(filing, hook, url)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await bench.ask("INSERT INTO solving DEFAULT VALUES")
    await bench.ask("UPDATE remedy_attempt SET state = 'acting', acted_at = now()")
    await bench.ask(
        "UPDATE run SET state = 'running', fence = 2, owner = gen_random_uuid() WHERE id = %s",
        begun.id,
    )
    return bench, begun, cast("Run", SimpleNamespace(id=UUID(begun.id), fence=1))


WISH = {"actor": ADA.actor, "role": str(ADA.role)}


async def test_a_worker_that_was_overtaken_refuses_nothing(
    filing: Filing, hook: Receiving, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    bench, begun, stale = await acting(filing, hook, other_database.url)

    with pytest.raises(Overtaken):
        await bench.treating.act(stale, begun.id, WISH)

    (attempt,) = await bench.attempts()
    assert (attempt.state, attempt.outcome) == (AttemptState.ACTING, None)
    assert await bench.journal(attempt) == []


@dataclass
class OtherWorker:
    """Plans nothing, since another worker lets the fix be applied just then."""

    bench: Bench
    attempt: Attempt
    plan: Plan

    async def planned(self, _: object, __: object) -> None:
        bench = self.bench
        shop = Workshop(bench.solver.settings, bench.solver.engine, bench.solver.desk)
        async with bench.pool.connection() as connection, connection.transaction():
            written = {**document.of_plan(self.plan), "target": "main-db"}
            await fixes.save_plan(connection, written, "x")
            run = await flow.apply(connection, shop, self.plan.id, ADA)
            found = await remedies.to_change(connection, self.attempt.id)
            await remedies.update(connection, replace(found, fix_run=run.id))


async def test_what_another_worker_has_applied_is_not_refused_because_nothing_is_left_to_cure(
    filing: Filing, hook: Receiving, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    made = await mender(other_database.url).plan_one("drop_duplicate_index")
    bench, begun, stale = await acting(filing, hook, other_database.url)
    other = OtherWorker(bench, begun, plan_for(made))
    treating = replace(bench.treating, mending=cast("Mending", other))

    await treating.act(stale, begun.id, WISH)

    (attempt,) = await bench.attempts()
    assert (attempt.state, attempt.outcome) == (AttemptState.ACTING, None)


async def test_one_that_waits_for_its_worker_does_not_act_once_it_is_stopped(
    filing: Filing, hook: Receiving, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    bench = with_database(filing, hook, other_database.url)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    made = await mender(other_database.url).plan_one("drop_duplicate_index")
    plan = plan_for(made)
    begun = await bench.begin()
    shop = Workshop(bench.solver.settings, bench.solver.engine, bench.solver.desk)
    async with bench.pool.connection() as connection, connection.transaction():
        written = {**document.of_plan(plan), "target": "main-db"}
        await fixes.save_plan(connection, written, "x")
        run = await flow.apply(connection, shop, plan.id, ADA)
        await remedies.update(connection, replace(begun, fix_run=run.id))
        await solving.stop(connection, bench.solver, ADA, "the sale")

    async def over() -> bool:
        async with bench.pool.connection() as connection:
            found, _ = await fixes.find_run(connection, run.id)
        return found.status is RunStatus.REFUSED

    async with at_work(bench):
        await until(over)
    assert indexes(other_database) == ["t_a", "t_b"]
