"""Stores with an engine's tables, and engines on them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.pace import Pace
from fettle.model.run import Json, RunRecord, RunState, StepRecord
from fettle.store.pool import Pool, pool_at
from fettle.store.store import open_store
from tests.conftest import FreshDatabase
from tests.engine.working import FAST, RUNG, TIMERS, Functions, Traces, WallClock


async def until(happened: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until something is so; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not await happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Place:
    """A store, a folder for what is done, and the connections of this process."""

    address: str
    folder: Path
    pool: Pool

    @property
    def traces(self) -> Traces:
        return Traces(self.folder / "traces")

    def engine(
        self,
        runs: Mapping[str, Function] | None = None,
        timers: Mapping[str, Handler] = TIMERS,
        pace: Pace = FAST,
    ) -> Engine:
        """Give an engine; with the functions of the worker processes when none are given."""
        functions = Functions(self.traces).all() if runs is None else runs
        return Engine(self.pool, WallClock(), runs=functions, timers=timers, pace=pace)

    async def start(
        self,
        engine: Engine,
        name: str,
        given: Json = None,
        *,
        kind: str = "task",
        target: str | None = None,
        label: str | None = None,
        id_: UUID | None = None,
    ) -> UUID:
        async with self.pool.connection() as connection:
            return await engine.start(
                connection, name, given, kind=kind, target=target, label=label, id_=id_
            )

    async def signal(self, engine: Engine, run: UUID, event: str, payload: Json = None) -> bool:
        async with self.pool.connection() as connection:
            return await engine.signal(connection, run, event, payload)

    async def cancel(self, engine: Engine, run: UUID) -> bool:
        async with self.pool.connection() as connection:
            return await engine.cancel(connection, run)

    async def find(self, engine: Engine, run: UUID) -> RunRecord:
        async with self.pool.connection() as connection:
            found = await engine.find(connection, run)
        assert found is not None
        return found

    async def steps(self, engine: Engine, run: UUID) -> dict[str, StepRecord]:
        async with self.pool.connection() as connection:
            return {step.name: step for step in await engine.steps(connection, run)}

    async def reaches(self, engine: Engine, run: UUID, *states: RunState) -> RunRecord:
        """Wait until a run is in a state; ended in some way, when none is given."""

        async def there() -> bool:
            state = (await self.find(engine, run)).state
            return state in states or (not states and state.ended)

        await until(there)
        return await self.find(engine, run)

    async def begun(self, step: str, times: int = 1) -> None:
        """Wait until a step's body was begun so often, in whatever process."""

        async def there() -> bool:
            return len(self.traces.read(step, "begun")) >= times

        await until(there)

    async def ask(self, question: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(question.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []


async def prepared(address: str) -> None:
    """Make the tables of a store, and the one that the tests' timers write to."""
    async with open_store(data=Path("/nowhere"), url=address) as store:
        await store.connection.execute(RUNG.encode())
    async with pool_at(address, size=1) as pool:
        await Engine(pool, WallClock()).prepare()


@pytest.fixture
async def place(store_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Place]:
    """Give an empty store on the newest server."""
    await prepared(store_database.url)
    async with pool_at(store_database.url) as pool:
        yield Place(store_database.url, tmp_path, pool)
