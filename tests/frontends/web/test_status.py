"""The page for everybody: what nobody could look at is not said to work."""

import re
from datetime import timedelta

import pytest

from fettle.testing import START
from tests.flow.watching import GAP, answer
from tests.frontends.api.conftest import Api
from tests.frontends.web.test_targets import SETTINGS, street

PAGE = """
[status_page]
title = "How <we> are"
services = ["shop", "wiki", "web_mail"]

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
STATES = re.compile(r'<span class="severity \w+">([^<]+)</span>')


@pytest.fixture
def settings_text() -> str:
    """Give a service that is looked at, and one that is not."""
    return SETTINGS + PAGE


async def test_what_nobody_could_look_at_is_not_said_to_work(api: Api) -> None:
    async def page() -> str:
        api.clock.moment += timedelta(seconds=15)
        return (await api.nobody.get("/status")).text

    before = await page()
    await street(api).look("shop", [answer("shop")])
    then = await page()
    await street(api).look("shop", [GAP])
    blind = await page()
    api.clock.moment += timedelta(days=1)
    later = await page()

    assert STATES.findall(before) == ["Not known now", "No trouble is known", "No trouble is known"]
    assert STATES.findall(then) == ["Works", "No trouble is known", "No trouble is known"]
    assert STATES.findall(blind) == STATES.findall(before)
    assert STATES.findall(later) == ["Not known now", "No trouble is known", "No trouble is known"]
    assert "<strong>No trouble is known</strong>" in then
    assert "<strong>Not known now: shop</strong>" in later


async def test_trouble_is_told_without_what_is_said_of_it_inside(api: Api) -> None:
    await api.report("nobody can pay", service="web_mail")
    page = (await api.nobody.get("/status")).text

    assert "How &lt;we&gt; are" in page
    assert re.search("Down: .*web_mail", page)
    assert "We have been told of it." in page
    assert "nobody can pay" not in page


async def test_it_is_written_once_for_all_who_ask_within_a_while(api: Api) -> None:
    first = await api.nobody.get("/status")
    await api.report("nobody can pay", service="web_mail")
    api.clock.moment += timedelta(seconds=14)
    same = await api.nobody.get("/status")
    api.clock.moment += timedelta(seconds=1)
    later = await api.nobody.get("/status")

    assert first.headers["cache-control"] == "max-age=15"
    assert same.text == first.text
    assert re.search("Down: .*web_mail", later.text)


async def test_maintenance_is_told_while_its_window_is_open(api: Api) -> None:
    api.clock.moment = START + timedelta(hours=2, minutes=1)
    await street(api).look("shop", [answer("shop")])
    page = (await api.nobody.get("/status")).text

    assert "Maintenance is planned now: web_mail" in page
