"""What tests of applications' errors share: a key, events as an SDK sends them, digesting them."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from psycopg.rows import dict_row

from fettle.flow import digest
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.statements import Row
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import written
from tests.schemas import validate


@dataclass(frozen=True)
class Sender:
    """An application that sends its errors."""

    api: Api
    key: str
    project: int

    @property
    def auth(self) -> dict[str, str]:
        """The header by which SDKs say who sends."""
        return {"X-Sentry-Auth": f"Sentry sentry_key={self.key}, sentry_version=7"}

    async def post(self, body: bytes, door: str = "envelope", **headers: str) -> httpx.Response:
        """Send a body as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.api.nobody.post(
            f"/api/{self.project}/{door}/", content=body, headers={**self.auth, **named}
        )

    async def send(self, *events: dict[str, Any]) -> None:
        """Send events, and let them be digested."""
        for one in events:
            answer = await self.post(envelope(one))
            assert answer.status_code == 200, answer.text
        await digested(self.api)


async def a_sender(api: Api, name: str = "shop") -> Sender:
    """Make a key by which an application sends its errors."""
    errors, connection = CredentialKind.ERRORS, api.store.connection
    key = await access.create_credential(connection, errors, name, None, "test")
    return Sender(api, key, (await access.keep_project(connection, name)).number)


def event(type_: str = "KeyError", value: str = "'price'", **more: object) -> dict[str, Any]:
    """Return an event as Python's SDK sends it."""
    frame = {
        "function": "total",
        "module": "shop.cart",
        "filename": "shop/cart.py",
        "lineno": 12,
        "in_app": True,
    }
    raised = {"type": type_, "value": value, "stacktrace": {"frames": [frame]}}
    return {
        "event_id": uuid.uuid4().hex,
        "timestamp": "2026-01-01T12:00:00Z",
        "platform": "python",
        "exception": {"values": [raised]},
        **more,
    }


def envelope(*events: dict[str, Any], **header: object) -> bytes:
    """Return an envelope with events in it."""
    lines = [header, *(part for one in events for part in ({"type": "event"}, one))]
    return "\n".join(map(json.dumps, lines)).encode()


async def digested(api: Api) -> None:
    """Digest all that waits."""
    while await digest.digest(api.serving.pool, api.serving.digesting):
        pass


async def errors(api: Api, **asked: object) -> list[dict[str, Any]]:
    """Return the list of errors."""
    answer = await api.viewer.get("/api/v1/errors", params={k: str(v) for k, v in asked.items()})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = validate(answer.json())["items"]
    return found


async def shown(api: Api, id_: str) -> dict[str, Any]:
    """Return an error with all that is known of it."""
    answer = await api.viewer.get(f"/api/v1/errors/{id_}")
    assert answer.status_code == 200, answer.text
    return validate(answer.json())


async def act(api: Api, id_: str, verb: str, **body: object) -> dict[str, Any]:
    """Decide something about an error as a responder; return what is answered."""
    answer = await api.responder.post(f"/api/v1/errors/{id_}/{verb}", json=body or None)
    assert answer.status_code == 200, answer.text
    return validate(answer.json())


async def counted(api: Api, vendor: str = "sentry", key: str = "shop") -> dict[str, dict[str, int]]:
    """Return what came of what was sent by a key, with the reasons."""
    await written(api.serving.tally)
    items = (await api.viewer.get("/api/v1/intake")).json()["items"]
    by = [item for item in items if (item["vendor"], item["hook"]) == (vendor, key)]
    (one,) = by or [{"reasons": {}}]
    reasons: dict[str, dict[str, int]] = one["reasons"]
    return reasons


async def stored(api: Api) -> list[Row]:
    """Return the events that are on disk."""
    async with api.store.connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("SELECT * FROM error_event ORDER BY id")
        return await cursor.fetchall()
