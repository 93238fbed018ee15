"""Silences are made with an end, keep quiet what they cover, and can be ended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.frontends.api.conftest import Api
from tests.frontends.api.test_issues import fire, refused
from tests.schemas import validate

DISK = {"name": "title", "op": "=~", "value": "Disk.*"}


async def create(api: Api, **more: object) -> dict[str, Any]:
    body = {"matchers": [DISK], "comment": "a new disk is on its way", "duration": "2h", **more}
    answer = await api.responder.post("/api/v1/silences", json=body)
    assert answer.status_code == 201, answer.text
    return validate(answer.json())


async def listed(api: Api, **query: str | int) -> list[str]:
    page = validate((await api.viewer.get("/api/v1/silences", params=query)).json())
    return [item["id"] for item in page["items"]]


async def test_a_silence_keeps_quiet_what_it_covers_and_nothing_else(api: Api) -> None:
    made = await create(api)
    assert (made["state"], made["created_by"]) == ("active", "token:responder")
    assert made["ends_at"] == "2026-01-01T14:00:00Z"

    await api.arrive(fire("a", "Disk full"), fire("b", "Checkout is slow"))

    issue = await api.show(1)
    assert issue["title"] == "Checkout is slow"
    assert (await api.viewer.get("/api/v1/issues/2")).status_code == 404


async def test_a_silence_that_is_ended_is_over_at_once(api: Api) -> None:
    made = await create(api)

    ended = await api.responder.delete(f"/api/v1/silences/{made['id']}")
    await api.arrive(fire("a", "Disk full"))

    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert (await api.show(1))["title"] == "Disk full"
    assert await listed(api) == []
    assert await listed(api, state="ended") == [made["id"]]
    refused(await api.responder.delete(f"/api/v1/silences/{made['id']}"), 409)
    unknown = "00000000-0000-0000-0000-000000000001"
    refused(await api.responder.delete(f"/api/v1/silences/{unknown}"), 404)
    refused(await api.responder.delete("/api/v1/silences/disk"), 422)


async def test_one_that_has_not_begun_can_be_ended_too(api: Api) -> None:
    later = (api.clock.now() + timedelta(days=1)).isoformat()
    made = await create(api, starts_at=later)
    assert made["state"] == "pending"

    ended = (await api.responder.delete(f"/api/v1/silences/{made['id']}")).json()

    assert ended["state"] == "ended"
    assert ended["starts_at"] <= ended["ends_at"]


async def test_silences_are_listed_page_by_page(api: Api) -> None:
    made = []
    for _ in range(3):
        api.clock.moment += timedelta(minutes=1)
        made.append((await create(api))["id"])
    later = (api.clock.now() + timedelta(days=1)).isoformat()
    pending = (await create(api, starts_at=later))["id"]

    first = (await api.viewer.get("/api/v1/silences?limit=2&state=active")).json()
    rest = await listed(api, limit=2, state="active", cursor=first["next"])

    assert [item["id"] for item in first["items"]] + rest == made[::-1]
    assert set(await listed(api)) == {*made, pending}
    assert await listed(api, state="pending") == [pending]


async def test_the_next_page_is_there_though_the_last_silence_was_let_go(api: Api) -> None:
    made = []
    for _ in range(3):
        api.clock.moment += timedelta(minutes=1)
        made.append((await create(api))["id"])

    first = (await api.viewer.get("/api/v1/silences?limit=2")).json()
    await api.store.connection.execute("DELETE FROM silence WHERE id = %s", (made[1],))

    assert await listed(api, cursor=first["next"]) == made[:1]


@pytest.mark.parametrize("cursor", ["x", "1~x", str(UUID(int=1)), f"{10**17}~{UUID(int=1)}"])
async def test_a_cursor_of_ones_own_is_refused(api: Api, cursor: str) -> None:
    refused(await api.viewer.get("/api/v1/silences", params={"cursor": cursor}), 422)


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"duration": None}, 422, "either ends_at or duration"),
        ({"ends_at": "2026-01-02T00:00:00Z"}, 422, "either ends_at or duration"),
        ({"duration": "soon"}, 422, "soon"),
        ({"duration": "0s"}, 400, "ends before it begins"),
        ({"duration": None, "ends_at": "2026-01-01T11:00:00Z"}, 400, "ends before it begins"),
        ({"duration": "91d"}, 400, "90 days at most"),
        ({"starts_at": "2025-12-31T00:00:00Z"}, 400, "have ended already"),
        ({"starts_at": "9999-12-31T23:00:00Z"}, 400, "begins within 90 days"),
        ({"duration": f"{10**30}w"}, 422, "longer than anything lasts"),
        ({"matchers": []}, 422, "at least 1"),
        ({"matchers": [{**DISK, "value": "("}]}, 422, "'(' is no expression: missing ): ("),
        ({"matchers": [{**DISK, "value": ".*"}]}, 422, "nearly everything"),
        ({"matchers": [{**DISK, "op": "~"}]}, 422, "matchers.0.op"),
        ({"comment": ""}, 422, "comment"),
    ],
)
async def test_what_is_no_silence_is_refused_with_the_reason(
    api: Api, more: dict[str, object], status: int, said: str
) -> None:
    body = {"matchers": [DISK], "comment": "quiet", "duration": "2h", **more}

    problem = refused(await api.responder.post("/api/v1/silences", json=body), status)

    assert said in problem["detail"]
    assert await listed(api) == []
