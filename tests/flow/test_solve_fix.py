"""A remedy that is a fix goes the way of every fix: planned, applied, journalled, verified."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fettle.flow import fixes as flow
from fettle.flow.fixes import Workshop
from fettle.model.remedy import AttemptState, Outcome
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.flow.filing import Filing
from tests.flow.test_solve import ADA, Bench, at_work, bench_of, gone, lost
from tests.receiving import Receiving, receiving

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
    assert await bench.journal(ended) == ["act"]


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
