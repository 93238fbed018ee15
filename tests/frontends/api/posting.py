"""What tests of the doors share: a key, the rows that were kept, and letting them be taken."""

import asyncio
from contextlib import suppress
from typing import Any

from psycopg.rows import dict_row

from fettle.flow import absorb
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.statements import Row
from fettle.store.tally import Tally
from tests.alertmanager import webhook
from tests.frontends.api.conftest import Api

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "CheckoutSlow", "service": "shop", "severity": "critical"},
    "annotations": {"summary": "Checkout takes 9 s", "description": "p95 over 5 minutes"},
    "startsAt": "2026-01-01T11:58:03.157Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://prometheus.example/graph?g0.expr=p95",
    "fingerprint": "c6eadffa33fcdf37",
}
RESOLVED = {**ALERT, "status": "resolved", "endsAt": "2026-01-01T12:00:00Z"}


def notification(*alerts: dict[str, Any]) -> dict[str, Any]:
    """Return alerts as Alertmanager posts them."""
    return webhook(alerts)


async def a_key(api: Api, name: str = "prod") -> str:
    """Make a hook's key, and return it."""
    hook = CredentialKind.HOOK
    return await access.create_credential(api.store.connection, hook, name, None, "test")


async def kept(api: Api) -> list[Row]:
    """Return the deliveries that are on disk, in their order."""
    async with api.store.connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "SELECT hook, vendor, headers, body, state, reason FROM delivery ORDER BY id"
        )
        return await cursor.fetchall()


async def take(api: Api) -> None:
    """Take all that waits."""
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass


async def issues(api: Api) -> list[dict[str, Any]]:
    """Return the list of issues."""
    answer = await api.viewer.get("/api/v1/issues")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def written(tally: Tally) -> None:
    """Let a tally write down what it has counted, as it does when it is stopped."""
    writing = asyncio.create_task(tally.run())
    await asyncio.sleep(0)
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
