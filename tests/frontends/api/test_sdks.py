"""SDKs as they are send to the real server: Node's and Ruby's, each as one process.

Python's is tried in tests/intake/errors/test_sdk.py, a browser's in tests/frontends/web.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.store import access
from fettle.store.access import CredentialKind
from tests.frontends.api import npm
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.sending_errors import Sender, a_sender, counted, digested, errors, shown
from tests.frontends.web.browsing import served

RELEASE = "shop@2.1.0"


@pytest.fixture
def settings_text() -> str:
    """Give settings by which each error after the second is one too many."""
    return SETTINGS + "\n[errors]\nrate = 0.1\nburst = 2\n"


@dataclass
class Overhearing:
    """Notes how each request was packed and answered."""

    app: ASGIApp
    heard: list[tuple[str, int]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        packed = dict(scope["headers"]).get(b"content-encoding", b"").decode()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.heard.append((packed, message["status"]))
            await send(message)

        await self.app(scope, receive, sending)


@dataclass(frozen=True)
class Shop:
    """An application that sends its errors to a server that listens; `heard` is how it answered."""

    sender: Sender
    dsn: str
    revoked: str
    heard: list[tuple[str, int]] = field(default_factory=list)

    def answered(self, status: int) -> int:
        """Return how many requests were answered so."""
        return sum(one == status for _, one in self.heard)

    async def error(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the error of an order, and what its application said of its only event."""
        api = self.sender.api
        await digested(api)
        (one,) = [item for item in await errors(api) if "order" in item["title"]]
        error = await shown(api, one["id"])
        (latest,) = error["latest"]
        path = f"/api/v1/errors/{one['id']}/events/{latest['id']}"
        event: dict[str, Any] = (await api.viewer.get(path)).json()["event"]
        return error, event


@pytest.fixture
async def shop(api: Api) -> AsyncIterator[Shop]:
    """Give an application with a DSN, and one that was revoked."""
    connection, kind = api.store.connection, CredentialKind.ERRORS
    sender = await a_sender(api)
    old = await access.create_credential(connection, kind, "old", None, "test")
    await access.revoke_credential(connection, [kind], "old", "test")
    heard: list[tuple[str, int]] = []
    api.app.add_middleware(Overhearing, heard=heard)
    async with served(api.app) as port:
        dsn = f"http://{sender.key}@127.0.0.1:{port}/{sender.project}"
        yield Shop(sender, dsn, dsn.replace(sender.key, old), heard)


def tells_all(error: dict[str, Any], event: dict[str, Any], cause: str) -> None:
    """Assert that an error holds what its application told of it, and no secret."""
    title = "PaymentError: order 4711 could not be charged"
    assert (error["title"], error["state"]) == (title, "new")
    assert [one["type"] for one in event["raised"]] == [cause, "PaymentError"]
    raised_at = event["raised"][-1]["frames"][-1]
    assert raised_at["function"].split()[-1] == "charge"  # Ruby's is `rescue in charge`
    assert raised_at["context"].endswith((" could not be charged`, { cause })", 'be charged"'))
    assert raised_at["in_app"]
    assert (event["release"], event["environment"]) == (RELEASE, "production")
    assert (event["server"], event["user"], event["tags"]["area"]) == ("web-1", "42", "checkout")
    assert ("cart", "3 items") in [(one["category"], one["message"]) for one in event["crumbs"]]
    assert "tr0ub4dor" not in repr(event)


async def test_nodes_sdk_tells_all_and_waits_when_it_is_told_to(shop: Shop) -> None:
    await npm.said(npm.node(), npm.beside("order.mjs"), shop.dsn, RELEASE, shop.revoked)

    tells_all(*await shop.error(), "RangeError")
    assert ("gzip", 200) in shop.heard
    assert (shop.answered(429), shop.answered(401)) == (1, 1)
    counts, old = [await counted(shop.sender.api, key=key) for key in ("shop", "old")]
    assert old == {"refused": {"the key was revoked": 1}}
    assert counts["dropped"] == {"over its quota": 1}
    assert counts["discarded"] == {"before_send": 1, "ratelimit_backoff": 2}
    # of spans it sent one, was told, and sends no more; sessions had been on their way
    assert counts["ignored"]["span: no error"] == 1


async def test_rubys_sdk_tells_all_and_waits_when_it_is_told_to(shop: Shop) -> None:
    said = await npm.said("ruby", str(npm.SDKS / "order.rb"), shop.dsn, RELEASE, shop.revoked)

    tells_all(*await shop.error(), "ArgumentError")
    assert ("gzip", 200) in shop.heard
    assert (shop.answered(429), shop.answered(401)) == (1, 1)
    assert "Error in headers is: the key is unknown, or was revoked" in said
    counts, old = [await counted(shop.sender.api, key=key) for key in ("shop", "old")]
    assert old == {"refused": {"the key was revoked": 1}}
    assert counts["dropped"] == {"over its quota": 1}
    assert counts["ignored"] == {"transaction: no error": 1}
