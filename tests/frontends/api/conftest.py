"""A server's application over a fresh store, and callers of each role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from fettle.flow import absorb
from fettle.frontends import server
from fettle.frontends.api.serving import Serving
from fettle.intake import own
from fettle.main import Wired
from fettle.model.role import Role
from fettle.model.signal import Signal
from fettle.store import access, deliveries
from fettle.store.access import CredentialKind
from fettle.store.deliveries import Arrived
from fettle.store.store import Store
from fettle.testing import SteppedClock
from tests.schemas import validate

SETTINGS = """
[[receiver]]
name = "pager"
url = "json://pager.example"

[[receiver]]
name = "chat"
url = "json://chat.example"

[[team]]
name = "web"
receivers = ["chat"]
member = [{ name = "ada", receivers = ["pager"] }, { name = "bob" }]
rotation = { members = ["ada", "bob"], since = 2025-12-29, handover = "09:00" }

[[team]]
name = "data"
receivers = ["chat"]

[[service]]
name = "shop"
tier = "critical"
team = "web"
depends_on = ["main-db"]

[[service]]
name = "wiki"
tier = "internal"
team = "data"
also = ["handbook"]

[[class]]
name = "search-outage"
match = ["index lag"]
severity = "high"
category = "search"
"""


@dataclass(frozen=True)
class Api:
    """The application, its store, and a client for each role; `nobody` carries no token."""

    app: FastAPI
    store: Store
    serving: Serving
    clock: SteppedClock
    nobody: httpx.AsyncClient
    viewer: httpx.AsyncClient
    responder: httpx.AsyncClient
    admin: httpx.AsyncClient

    async def report(self, text: str = "The shop is slow", **more: object) -> dict[str, Any]:
        """Report trouble as a responder; return the issue."""
        answer = await self.responder.post("/api/v1/reports", json={"text": text, **more})
        assert answer.status_code == 201, answer.text
        return validate(answer.json())

    async def act(self, number: int, act: str, **body: object) -> dict[str, Any]:
        """Do something with an issue as a responder; return the issue that is answered."""
        answer = await self.try_to(number, act, **body)
        assert answer.is_success, answer.text
        return validate(answer.json())

    async def try_to(self, number: int, act: str, **body: object) -> httpx.Response:
        """Do something with an issue as a responder, whatever comes of it."""
        return await self.responder.post(f"/api/v1/issues/{number}/{act}", json=body or None)

    async def show(self, number: int) -> dict[str, Any]:
        """Return an issue."""
        return validate((await self.viewer.get(f"/api/v1/issues/{number}")).json())

    async def arrive(self, *signals: Signal) -> None:
        """Let signals arrive in one delivery, and be taken."""
        arrived = Arrived(self.clock.now(), "prod", own.VENDOR, {}, own.written(signals))
        async with self.serving.pool.connection() as connection, connection.transaction():
            await deliveries.keep(connection, [arrived])
        while await absorb.absorb(self.serving.pool, self.serving.taking):
            pass


def _client(app: FastAPI, token: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle", headers=headers
    )


@pytest.fixture
def settings_text() -> str:
    """Give what stands in fettle.toml; a module may set something else."""
    return SETTINGS


@pytest.fixture
def environ(store_environ: dict[str, str]) -> dict[str, str]:
    """Give the environment; a module may set something else."""
    return store_environ


@pytest.fixture
async def api(environ: dict[str, str], settings_text: str, tmp_path: Path) -> AsyncIterator[Api]:
    """Give a running application, on a clock that stands still."""
    async with running(environ, settings_text, tmp_path, SteppedClock()) as made:
        yield made


@asynccontextmanager
async def running(
    environ: dict[str, str],
    settings_text: str,
    folder: Path,
    clock: SteppedClock,
    *,
    whole: bool = False,
) -> AsyncIterator[Api]:
    """Run an application with such settings; the `whole` of it, its workers too, on the clock."""
    file = folder / "fettle.toml"
    file.write_text(settings_text)
    wired = Wired(environ, clock if whole else None)
    settings = wired.settings(file)
    async with (
        wired.store(settings) as store,
        wired.serving(settings, store, "http://fettle") as made,
    ):
        desk = replace(made.desk, clock=clock)
        serving = replace(made, clock=clock, taking=replace(made.taking, desk=desk))
        serving = replace(serving, upkeep=replace(made.upkeep, desk=desk))
        app = server.make(serving, store)
        tokens = {
            role: await access.create_credential(
                store.connection, CredentialKind.TOKEN, str(role), role, "test"
            )
            for role in Role
        }
        clients = [_client(app, None), *(_client(app, tokens[role]) for role in Role)]
        yield Api(app, store, serving, clock, *clients)
        for client in clients:
            await client.aclose()


@asynccontextmanager
async def worker(api: Api, *labels: str) -> AsyncIterator[None]:
    """Let a worker of the application be at work, and carry such labels."""
    await api.serving.engine.prepare()
    async with api.serving.engine.worker(labels=labels):
        yield
