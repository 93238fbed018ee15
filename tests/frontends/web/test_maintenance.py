"""What is planned is seen week by week, and can be followed in a calendar."""

import re
from datetime import timedelta

import httpx
import icalendar
import pytest

from fettle.model.role import Role
from fettle.model.task import MISSED
from fettle.store import occurrences
from fettle.store.occurrences import Settled
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in

SETTINGS = """
[[task]]
id = "index-care"
name = "Index care"
frequency = "weekly"
depends_on = ["daily-log-rotation"]
[task.window]
start = "02:05"
duration = "2h"
day_of_week = "saturday"
[[task.procedure.steps]]
name = "Call the bot"
http = "https://hooks.example/T0K3N"

[[rotation]]
name = "app"
paths = ["/var/log/app/*.log"]

[[freeze]]
name = "the holidays"
from = 2026-01-02
to = 2026-01-02
"""


@pytest.fixture
def settings_text() -> str:
    return SETTINGS


async def looking(api: Api) -> httpx.AsyncClient:
    cookie = await let_in(api, "http://fettle", Role.VIEWER)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(api.app),
        base_url="http://127.0.0.1",
        headers={"cookie": f"fettle={cookie}"},
    )


def said(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text[text.index("<main") :]).split())


async def test_a_week_shows_what_is_planned_and_why_not(api: Api) -> None:
    async with await looking(api) as browser:
        text = said((await browser.get("/maintenance")).text)
        later = said((await browser.get("/maintenance?week=1")).text)

        assert "frozen: the holidays" in text
        assert "index-care planned" in text
        assert "Begins about" in text  # after the rotation of logs
        assert "frozen" not in later
        for bad in ("week=53", "week=x", "week=-1"):
            assert (await browser.get(f"/maintenance?{bad}")).status_code == 400


async def test_the_overview_names_each_task_that_comes_once(api: Api) -> None:
    async with await looking(api) as browser:
        page = (await browser.get("/")).text
    assert page.count('<a href="/maintenance/tasks/index-care"><bdi>Index care</bdi></a>') == 1
    assert page.count("/maintenance/tasks/daily-log-rotation") == 1  # though it comes every day


async def test_a_task_shows_what_it_would_do(api: Api) -> None:
    async with await looking(api) as browser:
        answer = await browser.get("/maintenance/tasks/index_care")

        assert "every Saturday at 02:05 UTC, for 2 h" in said(answer.text)
        assert "http: POST https://hooks.example" in said(answer.text)
        assert "T0K3N" not in answer.text
        assert (await browser.get("/maintenance/tasks/nobody")).status_code == 404


async def test_a_task_shows_what_of_it_was_missed(api: Api) -> None:
    starts = api.clock.now() - timedelta(days=30)
    gone = Settled("index-care", starts.replace(tzinfo=None), starts, reason=MISSED)
    async with api.serving.pool.connection() as connection:
        await occurrences.settle(connection, [gone], api.clock.now())
    async with await looking(api) as browser:
        text = said((await browser.get("/maintenance/tasks/index-care")).text)

    assert "Once within 90 days its time came and nothing did; last" in text
    assert MISSED in text
    assert "0 of 0" not in text


async def test_its_calendar_is_for_who_has_its_address(api: Api) -> None:
    async with await looking(api) as browser:
        page = (await browser.get("/maintenance")).text
    (address,) = re.findall(r"http://\S+?(/maintenance/\S+?\.ics)", page)

    answer = await api.nobody.get(address)
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert {str(one["summary"]) for one in events} >= {"Index care", "Daily log rotation"}
    assert len({str(one["uid"]) for one in events}) == len(events) > 250
    assert (await api.nobody.get("/maintenance/AAAA.ics")).status_code == 401
    assert (await api.nobody.get("/maintenance/.ics")).status_code in (401, 404)
