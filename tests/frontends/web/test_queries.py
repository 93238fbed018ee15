"""A page asks the store as often with many rows as with few, and not often."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import httpx
import psycopg
import pytest

from fettle.frontends import server
from fettle.model.role import Role
from fettle.store.pool import Pool
from tests.demonstration import telling
from tests.demonstration.walk import ALONE, Walk
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in

# They gather what others show a part of.
MOST = {"/issues/1/review": 15, "/issues/1": 24, "/errors/3": 18, "/services/": 14, "/updates": 12}
OTHERS = 9
MORE = 40


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story."""
    return telling.SETTINGS


@dataclass
class Heard:
    """A pool whose connections note what is asked over them."""

    pool: Pool
    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self, **how: float) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Lend a connection."""
        asked = self.asked

        class Hearing(psycopg.AsyncCursor[Any]):
            async def execute(self, query: Any, *given: Any, **more: Any) -> Any:  # noqa: ANN401
                asked.append(query if isinstance(query, str) else bytes(query).decode())
                return await super().execute(query, *given, **more)

        async with self.pool.connection(**how) as connection:
            usual, connection.cursor_factory = connection.cursor_factory, Hearing
            try:
                yield connection
            finally:
                connection.cursor_factory = usual


async def asked(api: Api, paths: list[str]) -> dict[str, list[str]]:
    """Look at pages; return what each asked the store."""
    heard = Heard(api.serving.pool)
    app = server.make(replace(api.serving, pool=cast("Pool", heard)), api.store)
    cookies = {"fettle": await let_in(api, "http://fettle", Role.ADMIN)}
    found = {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", cookies=cookies
    ) as client:
        if not paths:
            walk = Walk(app, client)
            await walk.go("/issues/1", "/", *ALONE)
            paths += walk.paths
        api.clock.moment += timedelta(minutes=1)  # what was counted lately is shown as it was
        for path in paths:
            heard.asked.clear()
            assert (await client.get(path)).is_success, path
            found[path] = list(heard.asked)
    return found


async def grown(api: Api) -> None:
    """Let there be more of everything that pages list."""
    for number in range(MORE):
        made = await api.report(f"Page {number} is slow", service=("shop", "wiki")[number % 2])
        if number % 3:
            await api.act(made["number"], "acknowledge")
        if number % 4 == 1:
            await api.act(made["number"], "resolve", evidence="it is quick again")
            await api.act(made["number"], "review")
        await api.act(1, "note", text=f"Order {number} was sent again.")
        await let_in(api, "http://fettle", name=f"person-{number}")
        silence = {"matchers": [{"name": "host", "op": "=", "value": f"web-{number}"}]}
        silence |= {"comment": "it moves", "duration": "4h"}  # type: ignore[dict-item]
        assert (await api.responder.post("/api/v1/silences", json=silence)).is_success
        deploy = {"service": "shop", "version": f"2026.{number}"}
        assert (await api.responder.post("/api/v1/deploys", json=deploy)).is_success


def most(path: str) -> int:
    """Return how often a page may ask: what its address begins with says."""
    return next((times for begins, times in MOST.items() if path.startswith(begins)), OTHERS)


async def test_a_page_asks_as_often_with_many_rows_as_with_few(api: Api) -> None:
    await telling.tell(api)
    await telling.keep(api)
    paths: list[str] = []
    few = await asked(api, paths)
    await grown(api)
    many = await asked(api, paths)

    more = {
        path: (len(few[path]), len(many[path]))
        for path in paths
        if len(many[path]) > len(few[path]) or len(many[path]) > most(path)
    }
    assert more == {}
    assert len(paths) > 15
    assert all(many.values())
