"""Browsers of people tell how pages were for them, and so can anybody else."""

import asyncio
import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from fettle.flow import retain
from fettle.frontends import server
from fettle.model.browser import PageAsked
from fettle.model.field import Counts, bucket_of
from fettle.model.measurement import Profile
from fettle.settings import Settings
from fettle.store import field
from fettle.store.statements import Connection
from fettle.store.tally import Tally
from fettle.targets.browser.found import found
from fettle.targets.browser.visit import Chromium
from tests import web_pages
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import written
from tests.frontends.web.browsing import served

SHOP = {"Origin": "https://shop.example"}
TOLD = {"page": "/orders/17?mail=ada", "profile": "phone", "figures": {"lcp": 2000, "cls": 0.1}}


@pytest.fixture
def settings_text() -> str:
    """Give a site with few pages."""
    return """
[[field]]
name = "shop"
origins = ["https://shop.example", "HTTPS://www.shop.example:443/"]
pages = ["/blog/*"]
most_pages = 2
"""


async def tell(api: Api, headers: Mapping[str, str] = SHOP, **more: object) -> httpx.Response:
    body = json.dumps({**TOLD, **more})
    return await api.nobody.post("/field/shop", content=body, headers=headers)


async def kept(api: Api, page: str, profile: Profile = Profile.PHONE) -> Mapping[str, Counts]:
    since = api.clock.now().date() - timedelta(days=27)
    days = await field.days(api.store.connection, "shop", page, profile, since)
    return {metric: counts for metric, by_day in days.items() for counts in by_day.values()}


async def test_a_visit_is_counted_by_its_page_and_nothing_else_is_kept(api: Api) -> None:
    answers = await asyncio.gather(*(tell(api) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {204}
    await tell(api, {"Origin": "https://www.shop.example"}, profile="desktop")
    counts = await kept(api, "/orders/{id}")
    assert counts["lcp"][bucket_of("lcp", 2000)] == sum(counts["lcp"]) == 20
    assert sum((await kept(api, "/orders/{id}", Profile.DESKTOP))["cls"]) == 1
    rows = await api.store.connection.execute("SELECT * FROM field_page, field_day")
    assert "ada" not in str(await rows.fetchall())


async def test_pages_beyond_the_most_count_together(api: Api) -> None:
    for page in ("/blog/a", "/blog/b", "/orders/1", "/c", "/d", "/e"):
        assert (await tell(api, page=page)).status_code == 204
    assert sum((await kept(api, "/blog/*"))["lcp"]) == 2
    assert sum((await kept(api, "/orders/{id}"))["lcp"]) == 1
    assert sum((await kept(api, "*"))["lcp"]) == 3
    assert await kept(api, "/c") == {}


@pytest.mark.parametrize(
    ("headers", "body", "status", "says"),
    [
        ({}, TOLD, 403, "no origin is none"),
        ({"Origin": "null"}, TOLD, 403, "null is none"),
        ({"Origin": "https://shop.example.evil.example"}, TOLD, 403, "none of this site's"),
        ({"Origin": "http://shop.example"}, TOLD, 403, "none of this site's"),
        (SHOP, {**TOLD, "figures": {"lcp": -1}}, 400, "beyond what it can be"),
        (SHOP, {**TOLD, "page": "/" + "x" * 5000}, 413, "at most 4,096 bytes"),
        (SHOP, {**TOLD, "page": "/\0\ud800"}, 204, ""),
    ],
)
async def test_what_is_no_visit_of_the_site_is_refused(
    api: Api, headers: Mapping[str, str], body: dict[str, Any], status: int, says: str
) -> None:
    answer = await api.nobody.post("/field/shop", content=json.dumps(body), headers=headers)
    assert answer.status_code == status
    assert says in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_who_is_no_site_is_told_so(api: Api) -> None:
    for answer in (
        await api.nobody.post("/field/wiki", content=json.dumps(TOLD), headers=SHOP),
        await api.nobody.get("/field/wiki.js"),
    ):
        assert answer.status_code == 404
        assert "[[field]]" in answer.text


async def test_over_its_quota_a_site_is_counted_as_a_sample(api: Api) -> None:
    settings = api.serving.settings
    intake = settings.intake.model_copy(update={"rate": 0.001, "burst": 2})
    tally = Tally(api.serving.pool)
    few = replace(api.serving, settings=settings.changed(intake=intake), tally=tally)
    app = server.make(few, api.store)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fettle") as nobody:
        strict = replace(api, nobody=nobody)
        answers = [await tell(strict) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert sum((await kept(api, "/orders/{id}"))["lcp"]) == 2
    await written(tally)
    (item,) = (await api.viewer.get("/api/v1/intake")).json()["items"]
    assert (item["hook"], item["reasons"]) == ("shop", {"dropped": {"over its quota": 1}})


async def test_a_browser_may_ask_before_and_gets_the_script(api: Api) -> None:
    asked = await api.nobody.options("/field/shop", headers=SHOP)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    script = await api.nobody.get("/field/shop.js", headers={"Accept-Encoding": "gzip"})
    plain = await api.nobody.get("/field/shop.js", headers={"Accept-Encoding": "identity"})
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Content-Encoding"] == "gzip"
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.text == plain.text
    assert "sendBeacon" in plain.text
    assert len(gzip.compress(plain.content, 9)) < 8000


async def test_days_that_are_kept_no_longer_go_with_their_pages(api: Api) -> None:
    await tell(api, page="/old")
    connection, settings, now = api.store.connection, api.serving.settings, api.clock.now()
    for days, left in ((179, 1), (182, 0)):
        while await _let_go(connection, settings, now + timedelta(days=days)):
            pass
        rows = await connection.execute("SELECT count(*) FROM field_page WHERE page = '/old'")
        assert await rows.fetchone() == (left,)


async def _let_go(connection: Connection, settings: Settings, now: datetime) -> bool:
    async with connection.transaction():
        return await retain.let_go(connection, settings, now)


async def test_a_browser_tells_when_it_leaves_the_page(api: Api) -> None:
    with web_pages.serve() as site:
        (shop,) = api.serving.settings.field
        here = shop.model_copy(update={"origins": (site.url.rstrip("/"),)})
        serving = replace(api.serving, settings=api.serving.settings.changed(field=(here,)))
        async with served(server.make(serving, api.store)) as port:
            loads = f"<script defer src=http://127.0.0.1:{port}/field/shop.js></script>"
            leaves = "<script>setTimeout(() => (location = '/next'), 1500)</script>"
            site.page(f"<h1>Hello</h1>{leaves}", head=loads, path="/orders/17")
            site.page("<h1>Thanks</h1>", path="/next")
            page = PageAsked(f"{site.url}orders/17", Profile.PHONE, timedelta(seconds=30))
            browser = Chromium(found(None, os.environ), os.environ, sandbox=True)
            await browser.visit(page)
    counts = await kept(api, "/orders/{id}")
    assert {"ttfb", "fcp", "lcp", "cls"} <= counts.keys()
    assert sum(counts["lcp"]) == 1
