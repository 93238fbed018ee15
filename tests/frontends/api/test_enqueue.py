"""What was written for PagerDuty is answered as PagerDuty answers."""

from typing import Any

import pytest

from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import a_key, issues, kept, take

TRIGGER: dict[str, Any] = {
    "event_action": "trigger",
    "dedup_key": "disk/db1",
    "client": "Zabbix",
    "payload": {"summary": "Disk full on db1", "source": "db1", "severity": "error"},
}


@pytest.fixture
async def key(api: Api) -> str:
    """Make a hook's key."""
    return await a_key(api)


async def test_an_event_carries_its_key_in_its_body_or_in_a_header(api: Api, key: str) -> None:
    inside = await api.nobody.post("/v2/enqueue", json={**TRIGGER, "routing_key": key})
    outside = await api.nobody.post("/v2/enqueue", json=TRIGGER, headers={"X-Routing-Key": key})

    for answer in (inside, outside):
        assert answer.status_code == 202
        assert answer.json() == {
            "status": "success",
            "message": "Event processed",
            "dedup_key": "disk/db1",
        }
    assert [row["vendor"] for row in await kept(api)] == ["pagerduty"] * 2
    assert all("x-routing-key" not in row["headers"] for row in await kept(api))


async def test_the_key_in_the_answer_acknowledges_and_resolves(api: Api, key: str) -> None:
    async def send(event: dict[str, Any]) -> str:
        answer = await api.nobody.post("/v2/enqueue", json={**event, "routing_key": key})
        assert answer.status_code == 202
        await take(api)
        return str(answer.json()["dedup_key"])

    given = await send({name: TRIGGER[name] for name in ("event_action", "payload")})
    (issue,) = await issues(api)
    assert await send({"event_action": "acknowledge", "dedup_key": given}) == given
    taken = await api.show(issue["number"])
    assert await send({"event_action": "resolve", "dedup_key": given}) == given

    assert (issue["title"], issue["severity"]) == ("Disk full on db1", "high")
    assert taken["status"] == "acknowledged"
    assert (await api.show(issue["number"]))["status"] == "resolved"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (b"", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[1]", "routing_key: is missing"),
        (b'{"routing_key": 5}', "routing_key: is missing"),
        (b'{"routing_key": "nonsense", "event_action": "trigger"}', "the key is unknown"),
        (b'{"routing_key": "\\ud800\\u0000"}', "the key is unknown"),
    ],
)
async def test_any_other_event_is_an_invalid_one(api: Api, event: bytes, reason: str) -> None:
    answer = await api.nobody.post("/v2/enqueue", content=event)

    said = answer.json()
    assert (answer.status_code, said["status"]) == (400, "invalid event")
    assert said["message"].startswith(reason)
    assert said["errors"] == [said["message"]]
    assert await kept(api) == []


async def test_an_event_that_cannot_be_read_is_kept(api: Api, key: str) -> None:
    answer = await api.nobody.post(
        "/v2/enqueue", json={"event_action": "trigger", "routing_key": key}
    )
    await take(api)

    assert (answer.status_code, answer.json()["message"]) == (400, "payload: is missing")
    (row,) = await kept(api)
    assert (row["state"], row["reason"]) == ("dead", "payload: is missing")
