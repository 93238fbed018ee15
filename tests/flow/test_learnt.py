"""Every server says what was learnt last, and waits for nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import NotFound
from fettle.flow.learn import learn_now
from fettle.flow.learnt import Learnt, kept_in
from fettle.model.severity import Severity
from fettle.triage.case import Case
from fettle.triage.classify import classify
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.flow.learning import FORKLIFT, LIVES, POLICY, Team, team_at
from tests.frontends.cli.calling import fettle


@pytest.fixture
async def team(store_database: FreshDatabase) -> AsyncIterator[Team]:
    async with team_at(store_database.url) as team:
        yield team


async def test_nothing_learnt_is_no_history(team: Team) -> None:
    learnt = Learnt(team.pool, team.clock)
    await learnt.look()

    assert learnt.history() is None
    async with team.pool.connection() as connection:
        with pytest.raises(NotFound, match="nothing is learnt yet"):
            await kept_in(connection)


async def test_another_process_sees_the_new_model(team: Team, tmp_path: Path) -> None:
    environ = {"FETTLE_STORE__URL": team.address}
    text = LIVES[1][0].format("of today")
    none = fettle("classify", text, "--learnt", cwd=tmp_path, environ=environ)
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)

    said = fettle("classify", text, "--learnt", "--format=json", cwd=tmp_path, environ=environ)

    assert (none.code, "nothing is learnt yet" in none.err) == (64, True)
    assert (json.loads(said.out)["severity"], json.loads(said.out)["by"]) == ("critical", "model")


async def test_servers_see_what_was_learnt_after_they_had_looked(team: Team) -> None:
    one, other = (Learnt(team.pool, team.clock) for _ in range(2))
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)
    await one.look()
    for number in range(90):
        await team.correct(Case(f"forklift {number} stands in the hall"), Severity.LOW)
    await learn_now(team.pool, team.clock)
    await one.look()
    await other.look()

    for learnt in (one, other):
        assert classify(FORKLIFT, POLICY, learnt.history()).severity is Severity.LOW


async def test_a_server_that_follows_soon_says_what_was_learnt(team: Team) -> None:
    learnt = Learnt(team.pool, team.clock, timedelta(milliseconds=20))
    following = asyncio.create_task(learnt.follow())
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)

    async def is_learnt() -> bool:
        return learnt.history() is not None

    await until(is_learnt)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


async def test_who_follows_outlasts_a_store_that_is_away(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    learnt = Learnt(team.pool, team.clock, timedelta(milliseconds=20))
    following = asyncio.create_task(learnt.follow())

    async def cut_off() -> bool:
        await team.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return "is not looked for" in caplog.text

    async with team.pool.connection() as connection, connection.transaction():
        await connection.execute("LOCK TABLE fettle.training IN ACCESS EXCLUSIVE MODE")
        await until(cut_off)
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)

    async def is_learnt() -> bool:
        return learnt.history() is not None

    await until(is_learnt)
    following.cancel()


async def test_a_model_that_cannot_be_read_is_none(team: Team) -> None:
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)
    learnt = Learnt(team.pool, team.clock)
    await learnt.look()
    await team.ask(
        "INSERT INTO fettle.training (at, decisions, basis, version, seconds, model)"
        " VALUES (now(), 1, 1, '99', 1, '{\"schema\": \"fettle.triage_model/99\"}') RETURNING id"
    )
    await learnt.look()
    await learnt.look()

    assert learnt.history() is None
