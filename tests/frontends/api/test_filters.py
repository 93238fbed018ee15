"""Filters by the API: one's own and shared ones, and who may change them."""

from typing import Any

import httpx
import pytest

from tests.frontends.api.conftest import Api
from tests.schemas import validate

PATH = "/api/v1/filters"


async def kept(client: httpx.AsyncClient, name: str, query: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await client.post(PATH, json={"name": name, "query": query, **more})
    assert answer.status_code == 201, answer.text
    return validate(answer.json())


async def names(client: httpx.AsyncClient) -> list[str]:
    return [one["name"] for one in validate((await client.get(PATH)).json())["items"]]


async def test_a_filter_is_kept_renamed_shared_and_deleted(api: Api) -> None:
    made = await kept(api.responder, " Ours ", "live=1&team=web&q=&cursor=7&severity=critical,high")
    before = await names(api.viewer)
    place = f"{PATH}/{made['id']}"
    changed = await api.responder.patch(place, json={"name": "Web", "shared": True})
    between = await names(api.viewer)
    gone = await api.responder.delete(place)

    assert (made["name"], made["owner"]) == ("Ours", "token:responder")
    assert made["query"] == "live=1&team=web&severity=critical,high"
    assert before == []
    assert validate(changed.json())["shared"] is True
    assert between == ["Web"]
    assert validate(gone.json())["name"] == "Web"
    assert await names(api.responder) == []
    assert (await api.responder.delete(place)).status_code == 404


@pytest.mark.parametrize("query", ["status=nonsense", "colour=red", "q=%ff", "q=" + "x" * 5000])
async def test_what_finds_nothing_but_an_error_is_not_kept(api: Api, query: str) -> None:
    answer = await api.responder.post(PATH, json={"name": "bad", "query": query})

    assert answer.status_code in (400, 422), answer.text
    assert await names(api.responder) == []


async def test_only_its_owner_and_admins_change_a_shared_filter(api: Api) -> None:
    shared = await kept(api.responder, "Ours", "live=1", shared=True)
    own = await kept(api.responder, "Mine", "live=1&team=web")
    tried = await api.viewer.patch(f"{PATH}/{shared['id']}", json={"name": "x"})
    unseen = await api.admin.patch(f"{PATH}/{own['id']}", json={"name": "x"})
    sharing = await api.viewer.post(PATH, json={"name": "x", "query": "", "shared": True})
    by_admin = await api.admin.patch(f"{PATH}/{shared['id']}", json={"name": "Open"})

    assert tried.status_code == 403
    assert unseen.status_code == 404
    assert sharing.status_code == 403
    assert validate(by_admin.json())["owner"] == "token:responder"


async def test_a_name_stands_for_one_filter(api: Api) -> None:
    await kept(api.responder, "Ours", "live=1")
    other = await kept(api.responder, "Other", "q=x")
    twice = await api.responder.post(PATH, json={"name": "Ours", "query": ""})
    renamed = await api.responder.patch(f"{PATH}/{other['id']}", json={"name": "Ours"})
    nothing = await api.responder.patch(f"{PATH}/{other['id']}", json={})

    assert (twice.status_code, renamed.status_code) == (409, 409)
    assert "Ours already" in twice.json()["detail"]
    assert nothing.status_code == 422
