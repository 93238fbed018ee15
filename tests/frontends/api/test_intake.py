"""What arrived can be counted, listed and replayed; an act is done once."""

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fettle.store import deliveries
from fettle.store.deliveries import Arrived, Counted, Settled
from tests.frontends.api.conftest import Api
from tests.schemas import validate

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def arrived(number: int) -> Arrived:
    return Arrived(
        NOW, "prod", "alertmanager", {"content-type": "text/\0odd"}, b"\0\xff%d" % number
    )


@pytest.fixture
async def dead(api: Api) -> int:
    """Keep three deliveries, the first of which died."""
    async with api.serving.pool.connection() as connection, connection.transaction():
        first, *_ = await deliveries.keep(connection, [arrived(number) for number in range(3)])
        await deliveries.settle(connection, [Settled(first, "dead", "alerts: is missing\0")])
    return first


async def listed(api: Api, **query: str) -> list[dict[str, Any]]:
    answer = await api.responder.get("/api/v1/intake/deliveries", params=query)
    items: list[dict[str, Any]] = validate(answer.json())["items"]
    return items


async def test_the_dead_are_listed_with_the_reason(api: Api, dead: int) -> None:
    (letter,) = await listed(api, state="dead")

    assert (letter["id"], letter["reason"]) == (dead, "alerts: is missing\ufffd")
    assert len(await listed(api)) == 3


async def test_a_delivery_is_shown_as_it_came(api: Api, dead: int) -> None:
    async with api.serving.pool.connection() as connection, connection.transaction():
        said = Arrived(NOW, "prod", "generic", {"content-type": "text/plain"}, "{é".encode())
        (text,) = await deliveries.keep(connection, [said])

    letter = validate((await api.responder.get(f"/api/v1/intake/deliveries/{dead}")).json())
    other = validate((await api.responder.get(f"/api/v1/intake/deliveries/{text}")).json())
    none = await api.responder.get(f"/api/v1/intake/deliveries/{text + 1}")
    not_theirs = await api.viewer.get(f"/api/v1/intake/deliveries/{text}")

    assert (letter["state"], letter["reason"]) == ("dead", "alerts: is missing\ufffd")
    assert (letter["body"], base64.b64decode(letter["base64"])) == (None, b"\0\xff0")
    assert (other["body"], other["base64"]) == ("{é", None)
    assert other["headers"] == {"content-type": "text/plain"}
    assert (none.status_code, not_theirs.status_code) == (404, 403)


async def test_a_list_goes_on_where_the_page_before_ended(api: Api, dead: int) -> None:
    first = (await api.responder.get("/api/v1/intake/deliveries", params={"limit": 2})).json()
    second = (
        await api.responder.get(
            "/api/v1/intake/deliveries", params={"limit": 2, "cursor": first["next"]}
        )
    ).json()

    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == [dead + 2, dead + 1, dead]
    assert second["next"] is None


async def test_a_replay_is_done_once_under_its_key(api: Api, dead: int) -> None:
    async def send(key: str, ids: list[int]) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return await api.admin.post("/api/v1/intake/replay", json={"ids": ids}, headers=headers)

    first = await send("once", [dead])
    again = await send("once", [dead])
    other = await send("once", [dead + 1])
    new = await send("twice", [dead])

    assert (first.status_code, again.status_code) == (200, 200)
    assert validate(first.json()) == again.json()
    assert (first.json()["replayed"], first.json()["refused"]) == ([dead], [])
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 400
    assert new.status_code == 404  # it waits: nothing is to be replayed
    assert await listed(api, state="dead") == []
    audit = validate((await api.admin.get("/api/v1/audit")).json())["items"]
    assert [entry["act"] for entry in audit if entry["actor"] == "token:admin"] == [
        "POST /api/v1/intake/replay"
    ]


async def test_a_refused_act_leaves_nothing_and_may_be_tried_again(api: Api, dead: int) -> None:
    headers = {"Idempotency-Key": "once"}
    refused = await api.admin.post("/api/v1/intake/replay", json={"ids": [10**9]}, headers=headers)
    allowed = await api.admin.post("/api/v1/intake/replay", json={"ids": [dead]}, headers=headers)

    assert (refused.status_code, allowed.status_code) == (404, 200)


async def test_what_came_of_what_is_counted_by_source(api: Api) -> None:
    counted = Counter(
        {
            Counted("prod", "alertmanager", "accepted"): 20,
            Counted("prod", "alertmanager", "dropped", "over quota"): 3,
        }
    )
    async with api.serving.pool.connection() as connection:
        await deliveries.count(connection, counted)
        await deliveries.count(connection, counted)

    answer = await api.viewer.get("/api/v1/intake")

    assert validate(answer.json())["items"] == [
        {
            "hook": "prod",
            "vendor": "alertmanager",
            "outcomes": {"accepted": 40, "dropped": 6},
            "reasons": {"dropped": {"over quota": 6}},
        }
    ]


async def test_reasons_that_are_new_each_time_do_not_pile_up(api: Api) -> None:
    for part in range(4):
        counted = Counter(
            {Counted("prod", "generic", "dead", f"at: is {part}.{n}"): 1 for n in range(60)}
        )
        async with api.serving.pool.connection() as connection:
            await deliveries.count(connection, counted)
            await deliveries.count(connection, Counter({Counted("prod", "generic", "taken"): 1}))

    (item,) = (await api.viewer.get("/api/v1/intake")).json()["items"]
    assert item["outcomes"] == {"dead": 240, "taken": 4}
    assert item["reasons"]["dead"]["other reasons"] == 140
    assert len(item["reasons"]["dead"]) == 101


async def test_what_was_kept_is_kept_as_it_came(api: Api) -> None:
    await api.serving.deliveries.keep(arrived(7))

    (kept,) = await deliveries.waiting(api.store.connection, 10, 1000)

    assert (kept.body, kept.hook, kept.received_at) == (b"\0\xff7", "prod", NOW)
