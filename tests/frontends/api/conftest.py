"""A server's application over a fresh store, and callers of each role."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from fettle.frontends import server
from fettle.frontends.api.serving import Serving
from fettle.main import Wired
from fettle.model.role import Role
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.store import Store


@dataclass(frozen=True)
class Api:
    """The application, its store, and a client for each role; `nobody` carries no token."""

    app: FastAPI
    store: Store
    serving: Serving
    nobody: httpx.AsyncClient
    viewer: httpx.AsyncClient
    responder: httpx.AsyncClient
    admin: httpx.AsyncClient


def _client(app: FastAPI, token: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle", headers=headers
    )


@pytest.fixture
async def api(store_environ: dict[str, str]) -> AsyncIterator[Api]:
    """Give a running application."""
    wired = Wired(store_environ)
    settings = wired.settings(None)
    async with (
        wired.store(settings) as store,
        wired.serving(settings, store, "http://fettle") as serving,
    ):
        app = server.make(serving, store)
        tokens = {
            role: await access.create_credential(
                store.connection, CredentialKind.TOKEN, str(role), role, "test"
            )
            for role in Role
        }
        clients = [_client(app, None), *(_client(app, tokens[role]) for role in Role)]
        yield Api(app, store, serving, *clients)
        for client in clients:
            await client.aclose()
