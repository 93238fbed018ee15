"""Training is a process of its own: beside the event loop, ended with who wanted it."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fettle.errors import ActFailed, Refused
from fettle.flow.learn import learn_now
from fettle.flow.training import trained_apart
from fettle.store import decisions
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.flow.learning import Team, team_at


@pytest.fixture
async def team(store_database: FreshDatabase) -> AsyncIterator[Team]:
    async with team_at(store_database.url) as team:
        yield team


async def test_a_process_that_dies_is_an_act_that_failed(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sklearn.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.syspath_prepend(str(tmp_path))
    await team.settle_many(45)
    async with team.pool.connection() as connection:
        lessons = await decisions.lessons(connection, 100)

    with pytest.raises(ActFailed, match="has ended with -9"):
        await trained_apart(lessons)


async def test_for_too_few_decisions_no_process_is_started(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    (tmp_path / "sitecustomize.py").write_text(f"open({str(started)!r}, 'w').close()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await team.settle_many(3)
    async with team.pool.connection() as connection:
        lessons = await decisions.lessons(connection, 100)

    with pytest.raises(Refused, match="too few"):
        await trained_apart(lessons)
    assert not started.exists()


async def test_it_trains_beside_the_event_loop(team: Team) -> None:
    """The loop goes round while the process learns, and the process imports what it needs."""
    await team.settle_many(60)
    rounds = 0

    async def go_round() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0.002)

    going = asyncio.create_task(go_round())
    await learn_now(team.pool, team.clock)
    going.cancel()

    assert rounds > 20


async def test_who_is_cancelled_leaves_no_process_behind(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began = tmp_path / "began"
    (tmp_path / "sklearn.py").write_text(
        f"import os, pathlib, time\n"
        f"pathlib.Path({str(began)!r}).write_text(str(os.getpid()))\n"
        f"time.sleep(60)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    await team.settle_many(45)
    learning = asyncio.create_task(learn_now(team.pool, team.clock))

    async def has_begun() -> bool:
        return began.exists() and began.read_text() != ""

    await until(has_begun)
    learning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await learning

    async def is_gone() -> bool:
        try:
            os.kill(int(began.read_text()), 0)
        except ProcessLookupError:
            return True
        return False

    await until(is_gone)
