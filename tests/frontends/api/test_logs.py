"""Lines of logs come in over HTTP, whatever they hold; templates are listed, shown and muted."""

import asyncio
import gzip
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import brotli
import httpx
import pytest

from fettle.flow.logs import Learning
from fettle.frontends import server
from fettle.frontends.api.log_doors import MOST_LINES
from fettle.settings.logs import LogsSettings
from fettle.store import logs
from fettle.store.tally import Tally
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import a_key, issues, take, written
from tests.frontends.api.sending_errors import digested
from tests.intake.logs.hostile import HOSTILE
from tests.schemas import validate

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def settings_text() -> str:
    """Give a log that is learnt at once, and small bodies."""
    return """
[logs]
learn = "0s"
largest_body = 300000
most_sources = 3

[[hook]]
name = "prod"
service = "shop"

[[service]]
name = "shop"

[[errors.project]]
name = "prod/worker"
scrub = ["PAGE-[0-9]+"]
"""


@pytest.fixture
async def key(api: Api) -> str:
    """Make a hook's key."""
    return await a_key(api)


async def learn(api: Api) -> None:
    """Let what waits be taken into templates, and what is news into issues."""
    process = Learning(api.serving.pool, api.clock, LogsSettings(learn=timedelta(0)))
    api.clock.moment += timedelta(seconds=6)
    await process.close()
    while await process.take():
        pass
    await take(api)


async def templates(api: Api, **query: str) -> list[dict[str, Any]]:
    """Return templates as a viewer sees them."""
    answer = await api.viewer.get("/api/v1/logs/templates", params=query)
    found: list[dict[str, Any]] = validate(answer.json())["items"]
    return found


async def test_lines_are_kept_before_they_are_answered_and_become_templates(
    api: Api, key: str
) -> None:
    lines = "2026-01-01 12:00:00 INFO served /7 in 3 ms\n" * 3 + "\nERROR no card: 7"
    answer = await api.nobody.post(f"/hooks/{key}/logs", content=lines, headers=TEXT)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "lines": 5})
    async with api.serving.pool.connection() as connection:
        assert [one.digest.lines for one in await logs.waiting(connection, 9)] == [5]

    await learn(api)

    (log,) = validate((await api.viewer.get("/api/v1/logs")).json())["items"]
    assert (log["name"], log["service"], log["lines"], log["templates"]) == ("prod", "shop", 5, 2)
    found = {one["text"]: one for one in await templates(api, source="prod")}
    assert found.keys() == {"served <*> in <*>", "no card: <*>"}
    assert found["no card: <*>"]["level"] == "error"
    assert found["served <*> in <*>"]["hours"] == [{"hour": "2026-01-01T12:00:00Z", "lines": 3}]


async def test_what_is_new_and_bad_opens_an_issue_of_its_service(api: Api, key: str) -> None:
    await api.nobody.post(f"/hooks/{key}/logs", content="INFO up", headers=TEXT)
    await learn(api)
    await api.nobody.post(f"/hooks/{key}/logs", content="ERROR the disk is full", headers=TEXT)
    await learn(api)
    (issue,) = await issues(api)
    assert (issue["title"], issue["services"]) == ("New in prod: the disk is full", ["shop"])
    (new,) = await templates(api, state="new")
    muted = await api.responder.post(f"/api/v1/logs/templates/{new['id']}/mute")
    await take(api)
    assert validate(muted.json())["muted_by"] == "token:responder"
    assert (await issues(api))[0]["status"] == "resolved"
    again = await api.responder.post(f"/api/v1/logs/templates/{new['id']}/unmute")
    assert validate(again.json())["muted_by"] is None
    shown = validate((await api.viewer.get(f"/api/v1/logs/templates/{new['id']}")).json())
    assert (shown["state"], shown["lines"]) == ("known", 1)


async def test_a_template_that_there_is_not_is_told_so(api: Api) -> None:
    for id_ in ("t99", "99", "t0", "x", "t" + "9" * 19, "%00"):
        for answer in (
            await api.viewer.get(f"/api/v1/logs/templates/{id_}"),
            await api.responder.post(f"/api/v1/logs/templates/{id_}/mute"),
            await api.responder.post(f"/api/v1/logs/templates/{id_}/unmute"),
        ):
            assert answer.status_code in (404, 422)


async def test_logs_and_templates_come_page_by_page(api: Api, key: str) -> None:
    for source in ("a", "b", "c"):
        path = f"/hooks/{key}/logs?source={source}"
        await api.nobody.post(path, content=f"INFO we are at {source}", headers=TEXT)
    await learn(api)
    first = validate((await api.viewer.get("/api/v1/logs?limit=2")).json())
    rest = validate((await api.viewer.get(f"/api/v1/logs?cursor={first['next']}")).json())
    names = [one["name"] for one in (*first["items"], *rest["items"])]
    assert names == ["prod/a", "prod/b", "prod/c"]
    path = "/api/v1/logs/templates?limit=2"
    latest = validate((await api.viewer.get(path)).json())
    older = validate((await api.viewer.get(f"{path}&cursor={latest['next']}")).json())
    assert [one["source"] for one in (*latest["items"], *older["items"])] == names[::-1]

    answer = await api.nobody.post(f"/hooks/{key}/logs?source=d", content="x", headers=TEXT)
    assert (answer.status_code, answer.json()["detail"][:2]) == (429, "3 ")


JAVA = """\
2026-01-01 12:00:00 ERROR [main] no card
java.lang.IllegalStateException: password=hunter22
\tat shop.Pay.pay(Pay.java:3)
Caused by: java.io.IOException: away
\tat shop.Gateway.open(Gateway.java:9)
2026-01-01 12:00:01 INFO [main] served /
"""


async def test_a_trace_is_an_error_of_the_logs_project_and_no_news_beside_it(
    api: Api, key: str
) -> None:
    path = f"/hooks/{key}/logs"
    await api.nobody.post(path, content="INFO up", headers=TEXT)
    await learn(api)
    lines = JAVA.splitlines(keepends=True)
    for part in (lines[:3], lines[3:]):  # a shipper sends what it has
        answer = await api.nobody.post(path, content="".join(part), headers=TEXT)
        assert answer.json()["lines"] == len(part)
    api.clock.moment += timedelta(seconds=6)
    process = Learning(api.serving.pool, api.clock, LogsSettings(learn=timedelta(0)))
    await process.close()
    await digested(api)
    await learn(api)
    (error,) = (await api.viewer.get("/api/v1/errors")).json()["items"]
    assert (error["project"], error["events"]) == ("prod", 1)
    (issue,) = await issues(api)
    assert issue["title"] == "prod: IllegalStateException: password=[secret]"
    found = {one["text"]: one for one in await templates(api)}
    assert found["no card java.io.IOException"]["raised"]
    assert (await api.viewer.get("/api/v1/logs")).json()["items"][0]["lines"] == 7
    assert "hunter" not in str(await everything(api))


async def test_a_log_has_the_terms_of_its_own_name(api: Api, key: str) -> None:
    for source in ("worker", "web"):
        path = f"/hooks/{key}/logs?source={source}"
        await api.nobody.post(path, content=f"ERROR {source}: PAGE-7 is gone", headers=TEXT)
    await learn(api)

    kept = str(await everything(api))
    assert "web: PAGE-7 is gone" in kept
    assert "worker: [scrubbed] is gone" in kept


async def everything(api: Api) -> list[object]:
    """Return all that is kept of lines."""
    async with api.serving.pool.connection() as connection:
        tables = "SELECT body FROM error_event UNION ALL SELECT example FROM log_template"
        return await (await connection.execute(tables)).fetchall()


async def test_two_who_go_on_with_the_same_trace_make_it_one_error(api: Api, key: str) -> None:
    path, lines = f"/hooks/{key}/logs", JAVA.splitlines(keepends=True)
    await api.nobody.post(path, content="".join(lines[:3]), headers=TEXT)
    rest = "".join(lines[3:]) + "2026-01-01 12:00:01 INFO [main] served /\n" * 30
    await asyncio.gather(*(api.nobody.post(path, content=rest, headers=TEXT) for _ in range(3)))
    await digested(api)
    found = (await api.viewer.get("/api/v1/errors")).json()["items"]
    titles = sorted(one["title"] for one in found)
    assert titles.count("IllegalStateException: password=[secret]") == 1
    assert sum(one["events"] for one in found if "Illegal" in one["title"]) == 1


async def test_objects_are_read_as_what_they_say(api: Api, key: str) -> None:
    said = [
        {"level": "error", "msg": "payment 7 failed", "time": "2026-01-01T12:00:00Z"},
        {"level": 50, "msg": "payment 8 failed"},
        {"severity": "ERROR", "message": "payment 9 failed"},
        {"log": "2026-01-01T12:00:00Z ERROR payment 10 failed\n", "stream": "stderr"},
    ]
    body = "\n".join(map(json.dumps, said))
    headers = {"Content-Type": "application/x-ndjson; charset=utf-8"}
    await api.nobody.post(f"/hooks/{key}/logs/", content=body, headers=headers)
    await learn(api)
    (one,) = await templates(api)
    assert (one["text"], one["lines"], one["level"]) == ("payment <*> failed", 4, "error")


async def test_lines_may_be_packed(api: Api, key: str) -> None:
    for encoding, packed in (
        ("gzip", gzip.compress(b"one\ntwo\n")),
        ("deflate", zlib.compress(b"one\ntwo\n")),
        ("br", brotli.compress(b"one\ntwo\n")),
    ):
        answer = await api.nobody.post(
            f"/hooks/{key}/logs", content=packed, headers={**TEXT, "Content-Encoding": encoding}
        )
        assert answer.json() == {"status": "accepted", "lines": 2}


async def test_any_bytes_are_lines(api: Api, key: str) -> None:
    lines = 0
    for body in HOSTILE:
        answer = await api.nobody.post(f"/hooks/{key}/logs", content=body, headers=TEXT)
        assert answer.status_code == 202
        lines += answer.json()["lines"]
    await learn(api)
    await digested(api)
    (log,) = validate((await api.viewer.get("/api/v1/logs")).json())["items"]
    assert log["lines"] == lines
    assert sum(one["lines"] for one in await templates(api)) <= lines


async def test_what_is_refused_is_told_why_and_counted(api: Api, key: str) -> None:
    async def status(body: bytes, query: str = "", **headers: str) -> tuple[int, str]:
        answer = await api.nobody.post(
            f"/hooks/{key}/logs{query}",
            content=body,
            headers={**TEXT, **{name.replace("_", "-"): one for name, one in headers.items()}},
        )
        return answer.status_code, answer.json()["detail"]

    bomb = gzip.compress(b"\0" * 50_000_000)
    assert (await status(bomb, Content_Encoding="gzip"))[0] == 413
    assert (await status(b"x" * 300_001))[0] == 413
    many = gzip.compress(b"\n" * (MOST_LINES + 1))
    assert (await status(many, Content_Encoding="gzip"))[0] == 413
    code, why = await status(b"\x1f\x8bno", Content_Encoding="gzip")
    assert (code, "gzip" in why) == (400, True)
    assert await status(b"x", Content_Type="image/png") == (
        400,
        "Content-Type: 'image/png' is not read",
    )
    assert (await status(b"x", "?source=a%2Fb"))[0] == 400
    answer = await api.nobody.post("/hooks/wrong/logs", content=b"x", headers=TEXT)
    assert answer.status_code in (401, 403)
    await written(api.serving.tally)
    counts = validate((await api.viewer.get("/api/v1/intake?days=3660")).json())["items"]
    (mine,) = [one for one in counts if one["vendor"] == "logs"]
    assert mine["outcomes"] == {"refused": 5}


async def test_while_nobody_takes_lines_more_are_refused(
    api: Api, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING", 1)
    path = f"/hooks/{key}/logs"
    codes = [(await api.nobody.post(path, content="x", headers=TEXT)).status_code for _ in range(2)]
    assert codes == [202, 503]


async def test_over_its_quota_a_key_waits(api: Api, key: str) -> None:
    intake = api.serving.settings.intake.model_copy(update={"burst": 1})
    settings = api.serving.settings.model_copy(update={"intake": intake})
    app = server.make(replace(api.serving, settings=settings), api.store)
    path = f"/hooks/{key}/logs"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle"
    ) as nobody:
        first = await nobody.post(path, content="x", headers=TEXT)
        second = await nobody.post(path, content="x", headers=TEXT)
    assert (first.status_code, second.status_code) == (202, 429)
    assert int(second.headers["retry-after"]) >= 1
    assert isinstance(api.serving.tally, Tally)
