"""What is answered with 2xx is on disk; what cannot be read is kept too; the rest is refused."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from fettle.errors import NotIdentified
from fettle.frontends import server
from fettle.frontends.api import doors
from fettle.frontends.api.keys import Keys
from fettle.intake.mapping import Posted
from fettle.model.role import Role
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.tally import Tally
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import (
    ALERT,
    RESOLVED,
    a_key,
    issues,
    kept,
    notification,
    take,
    written,
)

PROBLEM = "application/problem+json"


@pytest.fixture
async def key(api: Api) -> str:
    """Make a hook's key."""
    return await a_key(api)


async def test_others_are_answered_while_a_large_delivery_is_read() -> None:
    done: list[str] = []
    asyncio.get_running_loop().call_soon(done.append, "another")
    body = json.dumps(notification(*[ALERT] * 2000)).encode()

    mapped = await doors.read_aside("alertmanager", Posted("prod", body, datetime.now(UTC)))

    assert len(mapped.signals) == 2000
    assert done == ["another"]


async def test_what_was_accepted_is_on_disk_as_it_came(api: Api, key: str) -> None:
    body = json.dumps(notification(ALERT)).encode()
    answer = await api.nobody.post(
        f"/hooks/{key}/alertmanager",
        content=body,
        headers={"Content-Type": "application/json", "Authorization": "Basic c2VjcmV0"},
    )

    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "signals": 1})
    (row,) = await kept(api)
    assert (row["hook"], row["vendor"], row["state"]) == ("prod", "alertmanager", "waiting")
    assert bytes(row["body"]) == body
    assert row["headers"] == {"content-type": "application/json"}  # no secret among them


async def test_an_alert_becomes_an_issue_once_and_its_end_resolves_it(api: Api, key: str) -> None:
    for _ in range(2):
        await api.nobody.post(f"/hooks/{key}/alertmanager", json=notification(ALERT))
    await take(api)

    (issue,) = await issues(api)
    assert (issue["title"], issue["services"]) == ("Checkout takes 9 s", ["shop"])
    assert (issue["severity"], issue["team"], issue["signals"]) == ("critical", "web", 1)

    await api.nobody.post(f"/hooks/{key}/alertmanager", json=notification(RESOLVED))
    await take(api)

    assert (await api.show(issue["number"]))["status"] == "resolved"
    assert len(await issues(api)) == 1


async def test_what_cannot_be_read_is_told_so_and_kept_as_a_dead_letter(api: Api, key: str) -> None:
    answer = await api.nobody.post(f"/hooks/{key}/alertmanager", content=b'{"version": "4"}')

    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["detail"].startswith("alerts: is missing")
    (row,) = await kept(api)
    assert row["state"] == "waiting"

    await take(api)

    (row,) = await kept(api)
    assert (row["state"], row["reason"]) == ("dead", answer.json()["detail"])
    assert await issues(api) == []


async def test_a_bad_alert_among_good_ones_is_told_and_the_good_ones_are_taken(
    api: Api, key: str
) -> None:
    torn = {**ALERT, "status": "odd"}
    answer = await api.nobody.post(f"/hooks/{key}/alertmanager", json=notification(ALERT, torn))
    await take(api)

    reason = "alerts[1].status: is 'odd', not firing or resolved"
    assert (answer.status_code, answer.json()["signals"]) == (202, 1)
    assert answer.json()["rejected"] == [{"at": "alerts[1]", "reason": reason}]
    assert len(await issues(api)) == 1
    (row,) = await kept(api)
    assert (row["state"], reason in row["reason"]) == ("taken", True)


async def test_a_key_that_is_unknown_revoked_or_for_something_else_is_refused(api: Api) -> None:
    store = api.store.connection
    revoked = await a_key(api, "revoked")
    await access.revoke_credential(store, [CredentialKind.HOOK], "revoked", "test")
    token = await access.create_credential(store, CredentialKind.TOKEN, "t", Role.ADMIN, "test")

    for used in (revoked, token, "nonsense", "%00", "x" * 5000):
        answer = await api.nobody.post(f"/hooks/{used}/alertmanager", json=notification(ALERT))
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert await kept(api) == []


async def test_what_strangers_guess_is_not_kept_in_memory(api: Api) -> None:
    doors = Keys(api.serving.pool, CredentialKind.HOOK, api.serving.tally)
    guess, now = "x" * 1024**2, api.clock.now()
    tracemalloc.start()
    try:
        for number in range(50):
            with pytest.raises(NotIdentified):
                await doors.identify(f"{number}{guess}", "alertmanager", now)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 5 * 1024**2


@pytest.mark.parametrize("end", ["", "/"])
async def test_a_slash_at_the_end_says_nothing(api: Api, key: str, end: str) -> None:
    made = await api.admin.post("/api/v1/heartbeats", json={"name": "backup", "every": "1d"})
    ping = made.json()["url"].removeprefix("http://fettle")
    event = {"routing_key": key, "event_action": "trigger", "payload": {}}
    answers = [
        await api.nobody.post(f"/hooks/{key}/alertmanager{end}", json=notification(ALERT)),
        await api.nobody.post(f"/v2/enqueue{end}", json=event),
        await api.nobody.get(f"{ping}{end}"),
        await api.nobody.get(f"{ping}/start{end}"),
    ]

    assert [answer.status_code for answer in answers] == [202, 400, 200, 200]


async def test_a_key_that_was_revoked_is_refused_within_seconds_and_counted(
    api: Api, key: str
) -> None:
    path = f"/hooks/{key}/alertmanager"
    first = await api.nobody.post(path, json=notification(ALERT))
    await access.revoke_credential(api.store.connection, [CredentialKind.HOOK], "prod", "test")
    await api.clock.sleep(6)

    assert first.status_code == 202
    assert (await api.nobody.post(path, json=notification(ALERT))).status_code == 401
    await written(api.serving.tally)
    (counted,) = (await api.viewer.get("/api/v1/intake")).json()["items"]
    assert (counted["hook"], counted["vendor"]) == ("prod", "alertmanager")
    assert counted["reasons"] == {"refused": {"the key was revoked": 1}}


async def test_an_unknown_vendor_is_told_which_doors_there_are(api: Api, key: str) -> None:
    answer = await api.nobody.post(f"/hooks/{key}/nagios", content=b"{}")

    assert answer.status_code == 404
    assert "alertmanager" in answer.json()["remedy"]
    assert (await api.nobody.post(f"/hooks/{key}/uptime_kuma", content=b"{}")).status_code == 400


@pytest.mark.parametrize("path", ["/hooks/x/alertmanager", "/v2/enqueue"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_door_is_only_posted_to(api: Api, path: str, method: str) -> None:
    assert (await api.nobody.request(method, path)).status_code == 405


@pytest.fixture
async def narrow(api: Api) -> AsyncIterator[Api]:
    """Give an application that takes two deliveries at once, each of at most 2,000 bytes."""
    few = {"rate": 0.001, "burst": 2, "largest_body": 2000}
    intake = api.serving.settings.intake.model_copy(update=few)
    settings = api.serving.settings.model_copy(update={"intake": intake})
    serving = replace(api.serving, settings=settings, tally=Tally(api.serving.pool))
    app = server.make(serving, api.store)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle"
    ) as nobody:
        yield replace(api, app=app, serving=serving, nobody=nobody)


async def test_over_its_quota_a_key_waits_is_counted_and_the_other_does_not(
    narrow: Api, key: str
) -> None:
    other = await a_key(narrow, "other")
    path = f"/hooks/{key}/alertmanager"
    answers = [await narrow.nobody.post(path, json=notification(ALERT)) for _ in range(4)]
    free = await narrow.nobody.post(f"/hooks/{other}/alertmanager", json=notification(ALERT))

    assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
    assert int(answers[2].headers["retry-after"]) >= 1
    assert free.status_code == 202
    assert len(await kept(narrow)) == 3
    await written(narrow.serving.tally)
    counted = (await narrow.viewer.get("/api/v1/intake")).json()["items"]
    (ours,) = [one for one in counted if one["hook"] == "prod"]
    assert ours["reasons"] == {"dropped": {"over its quota": 2}}
    assert ours["outcomes"] == {"dropped": 2}


async def test_what_is_too_large_is_refused_and_counted_and_not_kept(narrow: Api, key: str) -> None:
    answer = await narrow.nobody.post(f"/hooks/{key}/alertmanager", content=b"x" * 2001)

    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert "largest_body" in answer.json()["remedy"]
    assert await kept(narrow) == []
    await written(narrow.serving.tally)
    (counted,) = (await narrow.viewer.get("/api/v1/intake")).json()["items"]
    assert counted["reasons"] == {"refused": {"larger than [intake] largest_body": 1}}


async def test_a_body_may_be_packed_and_what_is_not_as_it_says_is_counted(
    api: Api, key: str
) -> None:
    body = json.dumps(notification(ALERT)).encode()
    packed = gzip.compress(body)
    headers = {"content-type": "application/json"}
    taken = await api.nobody.post(
        f"/hooks/{key}/alertmanager",
        content=packed,
        headers={**headers, "content-encoding": "gzip"},
    )
    unsaid = await api.nobody.post(f"/hooks/{key}/alertmanager", content=packed, headers=headers)

    assert taken.status_code == 202
    assert [bytes(one["body"]) for one in await kept(api)] == [body]
    assert (unsaid.status_code, "looks like gzip" in unsaid.text) == (400, True)
    await written(api.serving.tally)
    (counted,) = (await api.viewer.get("/api/v1/intake")).json()["items"]
    assert "looks like gzip" in next(iter(counted["reasons"]["refused"]))
