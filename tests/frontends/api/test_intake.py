"""What arrived can be counted, listed and replayed; an act is done once."""

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fettle.model.log import Digest, Kind, Level
from fettle.store import deliveries, logs
from fettle.store.deliveries import Arrived, Counted, Settled
from tests.frontends.api.conftest import Api
from tests.frontends.api.sending_errors import a_sender, digested, envelope, errors, event
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


@pytest.fixture
async def dead_of_all_kinds(api: Api, dead: int) -> int:
    """Keep an error and lines beside the delivery, and let them be dead, too."""
    shop = await a_sender(api)
    await shop.post(envelope(event("DeadError")))
    async with api.serving.pool.connection() as connection, connection.transaction():
        await connection.execute("UPDATE error_event SET dead = 'a mistake in Fettle: so'")
        source = await logs.enter(connection, "shop", None, NOW, 10)
        kinds = (Kind(("ledger", "closed"), Level.INFO, 2, "ledger closed"),)
        await logs.keep(connection, source, [Digest(2, kinds)], NOW, late=False)
        (batch,) = await logs.waiting(connection, 10)
        assert await logs.bury(connection, batch.id, "a mistake in Fettle: so\0")
    return dead


async def letters(api: Api, **query: str | int) -> list[dict[str, Any]]:
    answer = await api.responder.get("/api/v1/intake/dead", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = validate(answer.json())["items"]
    return items


async def test_errors_and_lines_that_died_are_dead_letters_too(
    api: Api, dead_of_all_kinds: int
) -> None:
    found = {one["letter"]: one for one in await letters(api)}
    error, lines = [
        validate((await api.responder.get(f"/api/v1/intake/dead/{one}")).json())
        for one in ("error/1", "lines/1")
    ]
    none = await api.responder.get("/api/v1/intake/dead/lines/7")
    not_theirs = await api.viewer.get("/api/v1/intake/dead")

    assert set(found) == {str(dead_of_all_kinds), "error-1", "lines-1"}
    assert (found["error-1"]["hook"], found["lines-1"]["hook"]) == ("shop", "shop")
    assert found["error-1"]["reason"] == "a mistake in Fettle: so"
    assert "DeadError" in error["body"]
    assert "ledger closed" in lines["body"]
    assert (none.status_code, not_theirs.status_code) == (404, 403)


async def test_a_list_of_dead_letters_goes_on_where_the_page_before_ended(
    api: Api, dead_of_all_kinds: int
) -> None:
    whole = [one["letter"] for one in await letters(api)]
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query: dict[str, str | int] = {"limit": 1, "cursor": cursor}
        page = (await api.responder.get("/api/v1/intake/dead", params=query)).json()
        paged += [one["letter"] for one in page["items"]]
        cursor = page["next"]
    odd = await api.responder.get("/api/v1/intake/dead", params={"cursor": "1~error"})

    assert paged == whole
    assert len(whole) == 3
    assert odd.status_code == 422


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        ({"errors": [1]}, {"error-1"}),
        ({"lines": [1]}, {"lines-1"}),
        ({"hook": "shop"}, {"error-1", "lines-1"}),
        ({"all": True}, {"error-1", "lines-1", "the delivery"}),
    ],
)
async def test_dead_letters_of_each_kind_are_taken_again(
    api: Api, dead_of_all_kinds: int, asked: dict[str, object], again: set[str]
) -> None:
    answer = await api.admin.post("/api/v1/intake/replay", json=asked)
    not_theirs = await api.responder.post("/api/v1/intake/replay", json=asked)
    await digested(api)

    left = {one["letter"] for one in await letters(api)}
    gone = {str(dead_of_all_kinds), "error-1", "lines-1"} - left
    assert {"the delivery" if one.isdecimal() else one for one in gone} == again
    replayed = validate(answer.json())
    assert len([*replayed["replayed"], *replayed["errors"], *replayed["lines"]]) == len(again)
    assert [one["title"] for one in await errors(api)] == ["DeadError: 'price'"] * (
        "error-1" in again
    )
    assert not_theirs.status_code == 403
    (entry, *_) = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert entry["act"] == "POST /api/v1/intake/replay"


async def test_no_name_of_a_key_makes_a_replay_fail(api: Api) -> None:
    answer = await api.admin.post("/api/v1/intake/replay", json={"hook": "\0"})

    assert answer.status_code == 404
