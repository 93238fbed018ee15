"""Until when domains are registered, as a registry on loopback says."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fettle.errors import CannotLook
from fettle.model.probed import Registration
from fettle.model.watchpoint import Site
from fettle.targets.probing import address, registry
from fettle.targets.sources import Means
from fettle.testing import START, SteppedClock
from tests.speaking import Heard, Say, Speaking, answer, saying, speaking

RDAP: dict[str, Any] = {
    "objectClassName": "domain",
    "ldhName": "SHOP.CO.UK",
    "events": [
        {"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2026-03-01T00:00:00Z"},
    ],
    "entities": [
        {
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Ourreg"]]],
        }
    ],
}


def knowing(name: str, body: object = RDAP) -> Say:
    """Know one domain, and no other."""

    async def say(heard: Heard, writer: asyncio.StreamWriter) -> None:
        known = heard.path == f"/domain/{name}"
        writer.write(answer(200 if known else 404, json.dumps(body) if known else "{}").encode())

    return say


async def ask(
    server: Speaking, host: str, memory: registry.Memory | None = None, at: datetime = START
) -> list[Registration]:
    site = Site("shop", f"https://{host}/", rdap=server.url("/"), critical=True)
    means = Means((), timedelta(seconds=30), SteppedClock(at))
    known = memory if memory is not None else registry.Memory()
    return await registry.registration(site, address.read(site.url), means, known)


async def test_the_domain_is_found_above_the_host() -> None:
    async with speaking(knowing("shop.co.uk")) as server:
        (told,) = await ask(server, "www.eu.shop.co.uk")

    assert told == Registration(
        "shop",
        "shop.co.uk",
        datetime(2026, 3, 1, tzinfo=UTC),
        START,
        registrar="Ourreg",
        critical=True,
    )
    assert [one.path for one in server.heard] == [
        "/domain/www.eu.shop.co.uk",
        "/domain/eu.shop.co.uk",
        "/domain/shop.co.uk",
    ]


async def test_what_was_said_is_believed_for_half_a_day() -> None:
    memory = registry.Memory()
    async with speaking(knowing("shop.example")) as server:
        await ask(server, "shop.example", memory)
        await ask(server, "shop.example", memory, START + timedelta(hours=11))
        once = len(server.heard)
        await ask(server, "shop.example", memory, START + timedelta(hours=13))

    assert (once, len(server.heard)) == (1, 2)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_what_is_no_name_of_the_web_has_no_registration(host: str) -> None:
    async with speaking(knowing("x")) as server:
        assert await ask(server, host) == []

    assert server.heard == []


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (knowing("nobody.example"), "does not say until when shop.example is registered"),
        (knowing("shop.example", {"events": []}), "does not say until when"),
        (knowing("shop.example", {"events": [{"eventAction": "expiration"}]}), "does not say"),
        (saying(answer(200, "<html>")), "answered no RDAP"),
        (saying(answer(429, "{}")), "answered 429"),
        (saying(""), "did not answer"),
        (saying(answer(302, "", Location="http://10.0.0.1/")), "private network"),
    ],
)
async def test_a_registry_that_does_not_say_leaves_it_unknown(say: Say, why: str) -> None:
    async with speaking(say) as server:
        with pytest.raises(CannotLook, match=why):
            await ask(server, "shop.example")


async def test_nobody_is_asked_who_is_not_set() -> None:
    means = Means((), timedelta(seconds=30), SteppedClock())

    told = await registry.registration(
        Site("shop", "https://shop.example/"), address.read("https://shop.example/"), means
    )

    assert told == []
