"""Jobs say that they ran, by an address of their own."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import Message

from fettle.frontends import server
from fettle.intake import own
from fettle.intake.mapping import Posted
from fettle.model.signal import Signal
from fettle.store import deliveries
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import take
from tests.schemas import validate

HOURLY = {"name": "backup", "every": "1h", "grace": "10m", "service": "shop"}

NOBODYS = UUID(int=1 << 90)  # an address that nobody was given


@pytest.fixture
async def backup(api: Api) -> dict[str, Any]:
    """Make a heartbeat."""
    made = await api.responder.post("/api/v1/heartbeats", json=HOURLY)
    document: dict[str, Any] = made.json()
    return document


async def filed(api: Api) -> list[Signal]:
    kept = await deliveries.waiting(api.store.connection, 100, 10**9)
    posted = [Posted(one.hook, one.body, one.received_at) for one in kept]
    return [signal for one in posted for signal in own.read(one).signals]


async def stands(api: Api) -> dict[str, Any]:
    (item,) = validate((await api.responder.get("/api/v1/heartbeats")).json())["items"]
    found: dict[str, Any] = item
    return found


def path(heartbeat: dict[str, Any], after: str = "") -> str:
    return f"/ping/{heartbeat['id']}{after}"


async def test_one_is_made_listed_and_removed(api: Api, backup: dict[str, Any]) -> None:
    assert backup["url"] == f"http://fettle/ping/{backup['id']}"
    assert (backup["every"], backup["grace"], backup["severity"]) == ("PT1H", "PT10M", "high")
    assert (backup["state"], backup["due_at"], backup["created_by"]) == (
        "new",
        None,
        "token:responder",
    )
    assert {**await stands(api), "schema": "fettle.heartbeat/1"} == validate(backup)

    again = await api.responder.post("/api/v1/heartbeats", json=HOURLY)
    removed = await api.responder.delete(f"/api/v1/heartbeats/{backup['id']}")
    gone = await api.responder.delete(f"/api/v1/heartbeats/{backup['id']}")

    assert (again.status_code, removed.status_code, gone.status_code) == (409, 200, 404)
    assert validate((await api.viewer.get("/api/v1/heartbeats")).json())["items"] == []
    acts = [entry["act"] for entry in (await api.admin.get("/api/v1/audit")).json()["items"]]
    assert acts[:2] == ["DELETE /api/v1/heartbeats/{id}", "POST /api/v1/heartbeats"]


async def test_who_may_only_look_is_not_told_what_to_ping(api: Api, backup: dict[str, Any]) -> None:
    await api.nobody.get(path(backup, "/fail"))
    await take(api)
    (seen,) = (await api.viewer.get("/api/v1/heartbeats")).json()["items"]
    issue = await api.viewer.get("/api/v1/issues/1")

    assert (seen["name"], seen["id"], seen["url"]) == ("backup", None, None)
    assert issue.status_code == 200
    assert backup["id"] not in issue.text


async def test_a_job_can_name_its_runs(api: Api, backup: dict[str, Any]) -> None:
    one, other = uuid4(), uuid4()
    await api.nobody.get(path(backup, f"/start?rid={one}"))
    await api.nobody.get(path(backup, f"?rid={other}"))
    another = (await stands(api))["state"]
    await api.nobody.get(path(backup, f"/0?rid={one}"))
    refused = await api.nobody.get(path(backup, "?rid=mine"))

    assert (another, (await stands(api))["state"]) == ("started", "up")
    assert refused.status_code == 400


async def test_a_list_goes_on_where_the_page_before_ended(api: Api) -> None:
    for name in ("c", "a", "b"):
        await api.responder.post("/api/v1/heartbeats", json={**HOURLY, "name": name})

    first = (await api.viewer.get("/api/v1/heartbeats?limit=2")).json()
    rest = (await api.viewer.get(f"/api/v1/heartbeats?limit=2&cursor={first['next']}")).json()

    assert [item["name"] for item in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "soon"},
        {"every": "0s"},
        {"every": "900000000d"},
        {"every": 1e300},
        {"grace": "-1h"},
        {"name": " "},
        {"name": 7},
        {"severity": "awful"},
        {"colour": "red"},
    ],
)
async def test_what_cannot_be_waited_for_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    answer = await api.responder.post("/api/v1/heartbeats", json={**HOURLY, **wrong})

    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("after", "state"),
    [("", "up"), ("/start", "started"), ("/fail", "failed"), ("/0", "up"), ("/255", "failed")],
)
async def test_a_ping_says_how_the_job_stands(
    api: Api, backup: dict[str, Any], method: str, after: str, state: str
) -> None:
    answer = await api.nobody.request(method, path(backup, after))

    assert (answer.status_code, (await stands(api))["state"]) == (200, state)
    assert answer.text == ("" if method == "HEAD" else "OK")
    assert [signal.firing for signal in await filed(api)] == [True] * (state == "failed")


async def test_what_a_job_says_is_kept_as_text(api: Api, backup: dict[str, Any]) -> None:
    await api.nobody.post(path(backup, "/3"), content=b"disk \xff full\0 <b>" + b"x" * 50_000)

    (signal,) = await filed(api)

    assert signal.title == "backup failed with exit status 3"
    assert signal.text.startswith("disk \ufffd full\0 <b>xxx")
    assert len(signal.text) == 10_000


async def test_a_job_with_very_much_to_say_has_run_all_the_same(
    api: Api, backup: dict[str, Any]
) -> None:
    answer = await api.nobody.post(path(backup), content=b"x" * 5 * 1024**2)

    assert (answer.status_code, (await stands(api))["state"]) == (200, "up")


async def test_a_job_that_goes_away_while_it_speaks_has_run(
    api: Api, backup: dict[str, Any]
) -> None:
    messages: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b"so far", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    said: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path(backup, "/fail"),
        "headers": [],
        "query_string": b"",
    }
    await api.app(scope, receive, send)

    assert [signal.text for signal in await filed(api)] == ["so far"]


@pytest.mark.parametrize(
    ("where", "status"),
    [
        (f"/ping/{NOBODYS}", 404),
        ("/ping/nonsense", 400),
        ("/ping/%00", 400),
        (f"/ping/{NOBODYS}/256", 400),
        (f"/ping/{NOBODYS}/-1", 400),
        (f"/ping/{NOBODYS}/٣", 400),
        (f"/ping/{NOBODYS}/stop", 400),
        (f"/ping/{NOBODYS}/a/b", 404),
    ],
)
async def test_a_wrong_address_is_answered_so(api: Api, where: str, status: int) -> None:
    answer = await api.nobody.get(where)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_over_its_quota_a_heartbeat_waits_and_the_other_does_not(
    slow: Api, two: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    one, other = two
    answers = [await slow.nobody.get(path(one)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) >= 1
    assert (await slow.nobody.get(path(other))).status_code == 200


@pytest.fixture
async def slow(api: Api) -> AsyncIterator[Api]:
    """Give an application that takes two pings at once, and one in a thousand seconds."""
    intake = api.serving.settings.intake.model_copy(update={"rate": 0.001, "burst": 2})
    settings = api.serving.settings.model_copy(update={"intake": intake})
    serving = replace(api.serving, settings=settings)
    app = server.make(serving, api.store)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle"
    ) as nobody:
        yield replace(api, app=app, serving=serving, nobody=nobody)


@pytest.fixture
async def two(api: Api, backup: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make two heartbeats."""
    made = await api.responder.post("/api/v1/heartbeats", json={**HOURLY, "name": "report"})
    return backup, made.json()
