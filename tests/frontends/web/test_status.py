"""How services are, for everybody: what nobody has seen is not said to work."""

from datetime import timedelta

import pytest

from fettle.model.target import Kind
from fettle.model.watched import Watched
from fettle.store import watched
from fettle.store.watched import Looked
from fettle.testing import START
from tests.frontends.api.conftest import Api

SETTINGS = """
[status_page]
title = "How <we> are"
services = ["shop", "web_mail"]
[[service]]
name = "shop"
url = "https://shop.example"
[[class]]
name = "payments"
match = ["nobody can pay"]
severity = "critical"
category = "payment"
[[window]]
name = "moving"
services = ["web-mail"]
start = "14:00"
duration = "1h"
"""


@pytest.fixture
def settings_text() -> str:
    return SETTINGS


async def see(api: Api, *, missed: int = 0) -> None:
    """Let the shop have been looked at now."""
    async with api.serving.pool.connection() as connection:
        before = await watched.read(connection, "shop")
        of, now = ("shop", Kind.SERVICE), api.clock.now()
        kept = Watched(missed=missed)
        assert await watched.write(connection, of, kept, before.version, now, Looked("ok"))


async def said(api: Api) -> str:
    """Return what somebody reads who is not logged in."""
    answer = await api.nobody.get("/status")
    assert answer.status_code == 200
    return answer.text


async def test_what_is_watched_works_only_while_it_is_seen_to(api: Api) -> None:
    unknown = "Nobody knows at this moment: shop"
    assert unknown in await said(api)

    await see(api)
    assert "Everything works" in await said(api)
    assert "How &lt;we&gt; are" in await said(api)

    await see(api, missed=1)
    assert unknown in await said(api)

    await see(api)
    api.clock.moment += timedelta(hours=1)
    assert unknown in await said(api)


async def test_trouble_is_told_without_what_is_said_of_it_inside(api: Api) -> None:
    await see(api)
    await api.report("nobody can pay", service="web_mail")
    page = await said(api)
    assert "Down: web_mail" in page
    assert "nobody can pay" not in page
    assert "We have been told of it." in page


async def test_maintenance_is_told_while_its_window_is_open(api: Api) -> None:
    api.clock.moment = START + timedelta(hours=2, minutes=1)
    await see(api)

    assert "Maintenance is planned now: web_mail" in await said(api)
