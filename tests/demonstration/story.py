"""What has happened at a small shop in the last days, told by the doors that everybody uses."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.store import deliveries
from fettle.store.deliveries import Arrived, Settled
from tests.frontends.api.conftest import Api

SETTINGS = Path(__file__).with_name("fettle.toml").read_text()
LASTS = timedelta(days=3, minutes=20)


@dataclass(frozen=True)
class Told:
    """The issues of the story."""

    reviewed: int
    closed: int
    declined: int
    fixing: int
    held: int
    taken: int
    new: int


async def tell(api: Api) -> Told:
    """Let it happen; the clock goes on by LASTS, and stands at now afterwards."""
    begun = api.clock.now()
    reviewed = await _an_outage(api)
    closed, declined = await _small_things(api)
    api.clock.moment = begun + LASTS - timedelta(hours=2)
    fixing = await _at_work(api)
    held, taken = await _waiting(api)
    api.clock.moment = begun + LASTS - timedelta(minutes=4)
    new = await _just_now(api)
    await _around(api)
    api.clock.moment = begun + LASTS
    return Told(reviewed, closed, declined, fixing, held, taken, new)


async def _an_outage(api: Api) -> int:
    """Checkout was down; it is over, and is being reviewed."""
    await api.arrive(
        _alert(
            "checkout-5xx",
            "Checkout answers with errors",
            Severity.CRITICAL,
            "shop",
            text="41 % of requests to /checkout are answered with 503 (5 minutes)",
        )
    )
    number = 1
    await _later(api, minutes=3)
    await api.act(number, "acknowledge")
    await _later(api, minutes=6)
    await api.act(number, "note", text="All payment workers wait for the same row lock in main-db.")
    await api.act(number, "stage", stage="identified", text="A migration holds ACCESS EXCLUSIVE.")
    await _later(api, minutes=4)
    await api.act(number, "stage", stage="fixing", text="Ending the migration's session.")
    await api.arrive(
        _alert("checkout-5xx", "Checkout answers with errors", Severity.CRITICAL, "shop", over=True)
    )
    await _later(api, minutes=9)
    await api.act(number, "note", text="No 503 for ten minutes; orders come in again.")
    await _later(api, hours=5)
    await api.act(number, "review")
    return number


async def _small_things(api: Api) -> tuple[int, int]:
    """One is over and closed, one was none."""
    await _later(api, hours=7)
    closed = int((await api.report("Wiki pages take 20 s to open", service="wiki"))["number"])
    await api.act(closed, "acknowledge")
    await api.act(closed, "classify", severity="low", reason="A handful of readers at night")
    await _later(api, minutes=50)
    await api.act(closed, "resolve", evidence="The export job has ended; pages open in 300 ms.")
    await api.act(closed, "close", review="The export now runs at 4 in the morning.")
    await _later(api, hours=3)
    declined = int(
        (await api.report("Certificate warning in my browser", service="mail"))["number"]
    )
    await api.act(declined, "decline", why="false-positive", reason="The laptop's clock was wrong.")
    return closed, declined


async def _at_work(api: Api) -> int:
    """Search lags, and somebody is at it."""
    await api.arrive(
        _alert(
            "search-lag",
            "Search index lag above 15 minutes",
            Severity.HIGH,
            "search",
            text="index lag 17 min on search-2; new products are not found",
            group="search",
        ),
        _alert(
            "search-queue", "Search queue is growing", Severity.MEDIUM, "search", group="search"
        ),
    )
    number = await _newest(api)
    await _later(api, minutes=2)
    await api.act(number, "acknowledge")
    await _later(api, minutes=11)
    await api.act(
        number, "stage", stage="fixing", text="Reindexing the product shards on search-2."
    )
    await api.act(number, "note", text="Shard 3 of 8 is done; about 25 minutes to go.")
    return number


async def _waiting(api: Api) -> tuple[int, int]:
    """One waits for somebody else, one is looked into."""
    held = int((await api.report("Invoices to one customer bounce", service="mail"))["number"])
    await api.act(held, "acknowledge")
    await api.act(
        held, "hold", reason="Their provider lifts the block; ticket 88121 is open there."
    )
    taken = int((await api.report("Photos are missing in the handbook", service="wiki"))["number"])
    await api.act(taken, "acknowledge")
    return held, taken


async def _just_now(api: Api) -> int:
    """Something burns that nobody has taken yet."""
    await api.arrive(
        _alert(
            "db-connections",
            "main-db: 96 of 100 connections are in use",
            Severity.HIGH,
            "shop",
            text="pg_stat_activity: 61 idle in transaction, the oldest since 38 minutes",
            labels={"database": "main-db", "instance": "db-1.shop.example:5432"},
        )
    )
    return await _newest(api)


async def keep(api: Api) -> None:
    """Keep what a look at main-db came to, and a plan, as they were once; no database is there."""
    known = kept()
    await api.store.tables.save_diagnosis(known["look"])
    await api.store.tables.save_plan(known["plan"], "fettle")


def kept() -> dict[str, dict[str, Any]]:
    """Return a look at main-db, and a plan, as they were once."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("kept.json").read_text())
    return found


async def _around(api: Api) -> None:
    """A silence that holds, one that is over, a deploy, and a letter that nobody could read."""
    for matcher, duration in (("service", "4h"), ("host", "1m")):
        await _post(
            api,
            "/api/v1/silences",
            matchers=[{"name": matcher, "op": "=", "value": "wiki"}],
            comment="The wiki moves to its new machine",
            duration=duration,
        )
    await _post(api, "/api/v1/deploys", service="shop", version="2026.47.3")
    arrived = Arrived(api.clock.now(), "prod", "alertmanager", {}, b'{"alerts": null}')
    async with api.serving.pool.connection() as connection, connection.transaction():
        (letter,) = await deliveries.keep(connection, [arrived])
        reason = "alerts: this is no list; is it Alertmanager's webhook, version 4?"
        await deliveries.settle(connection, [Settled(letter, "dead", reason)])


def _alert(
    key: str,
    title: str,
    severity: Severity,
    service: str,
    *,
    text: str = "",
    group: str | None = None,
    labels: dict[str, str] | None = None,
    over: bool = False,
) -> Signal:
    return Signal(
        "alertmanager/prod",
        SignalKind.ALERT,
        key,
        not over,
        title,
        text,
        severity,
        severity.label,
        service,
        group,
        key,
        labels=labels or {},
    )


async def _later(api: Api, **by: float) -> None:
    api.clock.moment += timedelta(**by)


async def _newest(api: Api) -> int:
    answer = await api.viewer.get("/api/v1/issues?limit=1")
    return int(answer.json()["items"][0]["number"])


async def _post(api: Api, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401
    answer = await api.responder.post(path, json=body)
    assert answer.is_success, answer.text
    return answer
