"""Cloudflare's analytics: a zone's cache, and Workers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.readings import Caching, Functions
from fettle.model.watchpoint import CloudflareZone, EdgeFunctions
from fettle.targets.edge import source
from fettle.testing import SteppedClock
from tests.targets.edge.providers import TOKEN, Provider, serving

LOOPBACK = ("127.0.0.1",)


@pytest.fixture
def cloudflare() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        yield provider


def group(status: str, count: int, interval: float = 1) -> dict[str, Any]:
    return {
        "count": count,
        "avg": {"sampleInterval": interval},
        "dimensions": {"cacheStatus": status},
    }


def of_zone(*groups: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"viewer": {"zones": [{"httpRequestsAdaptiveGroups": list(groups)}]}},
        "errors": None,
    }


async def cache(provider: Provider, token: str = TOKEN) -> list[Caching | Unknown]:
    point = CloudflareZone("shop-cdn", f"{provider.address}/client/v4/graphql", "z1", token)
    async with source.zone(point, LOOPBACK, SteppedClock()) as zone:
        return list(await zone.read(Caching))


async def test_what_may_not_be_cached_is_no_part_of_the_rate(cloudflare: Provider) -> None:
    cloudflare.answers["/client/v4/graphql"] = of_zone(
        group("hit", 700), group("revalidated", 40), group("stale", 10), group("updating", 10),
        group("miss", 200), group("expired", 40),
        group("dynamic", 5_000), group("bypass", 300), group("none", 7),
    )  # fmt: skip
    (told,) = await cache(cloudflare)
    assert isinstance(told, Caching)
    assert (told.hits, told.misses, told.bypassed, told.sampled) == (760, 240, 5_307, False)
    assert told.rate == pytest.approx(0.76)
    ((_, _, body),) = cloudflare.asked
    assert body["variables"] == {
        "zone": "z1",
        "from": "2026-01-01T11:00:00Z",
        "until": "2026-01-01T12:00:00Z",
    }


async def test_a_sample_is_said_to_be_one(cloudflare: Provider) -> None:
    cloudflare.answers["/client/v4/graphql"] = of_zone(group("hit", 900, 10), group("miss", 100))
    (told,) = await cache(cloudflare)
    assert isinstance(told, Caching)
    assert told.sampled


@pytest.mark.parametrize(
    ("answer", "reason", "remedy"),
    [
        (
            {"data": None, "errors": [{"message": "not authorized for that account"}]},
            "not authorized for that account",
            "Zone, Analytics, Read",
        ),
        (
            {"data": None, "errors": [{"message": "rate limiter budget depleted"}]},
            "budget depleted",
            "five minutes",
        ),
        ({"data": {"viewer": {"zones": []}}, "errors": None}, "no such zone", "Zone ID"),
        ({"hello": "world"}, "no GraphQL API of Cloudflare", "api.cloudflare.com"),
        ([], "no GraphQL API of Cloudflare", "api.cloudflare.com"),
        (
            {"data": {"viewer": {"zones": [{"httpRequestsAdaptiveGroups": [{"count": 1}]}]}}},
            "not as it is documented",
            None,
        ),
    ],
)
async def test_an_answer_that_is_none_is_unknown_though_it_is_200(
    cloudflare: Provider, answer: object, reason: str, remedy: str | None
) -> None:
    cloudflare.answers["/client/v4/graphql"] = answer
    with pytest.raises(CannotLook, match=reason) as told:
        await cache(cloudflare)
    assert (remedy or "") in (told.value.remedy or "")
    assert TOKEN not in str(told.value)


async def test_a_token_that_is_refused_says_what_it_needs(cloudflare: Provider) -> None:
    with pytest.raises(CannotLook, match="refuses the token \\(401\\)") as told:
        await cache(cloudflare, "another")
    assert (
        told.value.remedy == "give a token that reads the zone's analytics: Zone, Analytics, Read"
    )


async def test_what_answers_with_a_page_says_so(cloudflare: Provider) -> None:
    cloudflare.raw = b"<html>Bad gateway</html>"
    with pytest.raises(CannotLook, match="something that is no JSON"):
        await cache(cloudflare)


async def test_too_many_questions_say_when_to_ask_again(cloudflare: Provider) -> None:
    cloudflare.status, cloudflare.headers = 429, {"Retry-After": "30"}
    with pytest.raises(CannotLook, match="too often") as told:
        await cache(cloudflare)
    assert told.value.remedy == "look again in 30 s"


async def test_a_private_address_is_not_called_unless_it_is_allowed(cloudflare: Provider) -> None:
    point = CloudflareZone("shop-cdn", cloudflare.address, "z1", TOKEN)
    async with source.zone(point, (), SteppedClock()) as zone:
        with pytest.raises(CannotLook, match="private network"):
            await zone.read(Caching)
    assert cloudflare.asked == []


async def test_how_workers_ran(cloudflare: Provider) -> None:
    rows = [
        {
            "sum": {"requests": 80, "errors": 0, "wallTime": 8_000_000},
            "dimensions": {"scriptName": "geo"},
        },
        {
            "sum": {"requests": 20, "errors": 5, "wallTime": 4_000_000},
            "dimensions": {"scriptName": "geo"},
        },
        {
            "sum": {"requests": 0, "errors": 0, "wallTime": 0},
            "dimensions": {"scriptName": "idle"},
        },
    ]
    cloudflare.answers["/"] = {
        "data": {"viewer": {"accounts": [{"workersInvocationsAdaptive": rows}]}}
    }
    point = EdgeFunctions("edge", "cloudflare", f"{cloudflare.address}/", "acc", TOKEN)
    async with source.functions(point, LOOPBACK, SteppedClock()) as functions:
        geo, idle = await functions.read(Functions)
    assert isinstance(geo, Functions)
    assert (geo.subject, geo.calls, geo.failed) == ("edge/geo", 100, 5)
    assert geo.mean_s == pytest.approx(0.12)
    assert isinstance(idle, Functions)
    assert idle.mean_s is None


async def test_functions_that_are_named_and_not_there_are_unknown(cloudflare: Provider) -> None:
    cloudflare.answers["/"] = {
        "data": {"viewer": {"accounts": [{"workersInvocationsAdaptive": []}]}}
    }
    address = f"{cloudflare.address}/"
    point = EdgeFunctions("edge", "cloudflare", address, "acc", TOKEN, functions=("geo",))
    async with source.functions(point, LOOPBACK, SteppedClock()) as functions:
        (told,) = await functions.read(Functions)
    assert isinstance(told, Unknown)
    assert told.reason == "Cloudflare's figures of edge tell nothing of geo"


async def test_one_that_is_named_and_not_told_is_unknown_beside_the_others(
    cloudflare: Provider,
) -> None:
    row = {
        "sum": {"requests": 80, "errors": 0, "wallTime": 8_000_000},
        "dimensions": {"scriptName": "geo"},
    }
    cloudflare.answers["/"] = {
        "data": {"viewer": {"accounts": [{"workersInvocationsAdaptive": [row]}]}}
    }
    named = ("geo", "cart")
    address = f"{cloudflare.address}/"
    point = EdgeFunctions("edge", "cloudflare", address, "acc", TOKEN, functions=named)
    async with source.functions(point, LOOPBACK, SteppedClock()) as functions:
        geo, cart = await functions.read(Functions)
    assert isinstance(geo, Functions)
    assert isinstance(cart, Unknown)
    assert cart.reason == "Cloudflare's figures of edge tell nothing of cart"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
async def test_what_is_no_number_is_no_rate(cloudflare: Provider, number: bytes) -> None:
    answer = json.dumps(of_zone(group("hit", 12345)))
    cloudflare.raw = answer.encode().replace(b"12345", number)
    with pytest.raises(CannotLook, match="no JSON"):
        await cache(cloudflare)
