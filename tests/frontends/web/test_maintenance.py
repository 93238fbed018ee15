"""What is planned is seen week by week, and can be followed in a calendar."""

import re
from datetime import datetime, timedelta

import httpx
import icalendar
import pytest

from fettle.flow import upkeep
from fettle.maintenance.backups import Stood, recorded
from fettle.maintenance.frozen import sealed
from fettle.maintenance.tasks.daily_backup_verification import RECORD, TASK
from fettle.model.backup import Backup
from fettle.model.role import Role
from fettle.model.task import MISSED
from fettle.model.task_run import Part, StepRun
from fettle.store import occurrences, task_runs
from fettle.store.occurrences import Ahead, Settled
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in

MADE = "2025-12-31T03:00:00+00:00"
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


async def test_only_the_time_that_comes_next_is_called_approved(api: Api) -> None:
    task = api.serving.agenda.find("index-care")
    gone = datetime.fromisoformat("2025-12-27T02:05")
    ahead = Ahead("user:ada", sealed(task))
    async with api.serving.pool.connection() as connection:
        await occurrences.approve_ahead(connection, task.id, gone, ahead, api.clock.now())
    async with await looking(api) as browser:
        told = [said((await browser.get("/maintenance/tasks/index-care")).text)]
        answer = await api.responder.post("/api/v1/tasks/index-care/approve")
        assert answer.is_success, answer.text
        told.append(said((await browser.get("/maintenance/tasks/index-care")).text))
    assert ["The next time is approved by" in text for text in told] == [False, True]


async def test_how_each_backup_stood_is_seen(api: Api) -> None:
    stood = [
        Stood(Backup("nightly"), [("restore", "passed", "it is right")], {"made_at": MADE}),
        Stood(Backup("offsite"), [("look", "failed", "offsite: there is none")], None),
    ]
    step = StepRun(4, Part.STEP, RECORD, detail=recorded(stood, api.clock.now()).detail)
    async with api.serving.pool.connection() as connection:
        begun = await upkeep.begin_now(
            connection, api.serving.upkeep, api.serving.agenda.find("index-care"), "ada", "now"
        )
        await connection.execute("UPDATE task_run SET task = %s", (TASK.id,))
        await task_runs.add_steps(connection, begun.id, [step])
    async with await looking(api) as browser:
        text = said((await browser.get("/maintenance")).text)
    assert "nightly passed" in text
    assert "offsite failed nothing was restored offsite: there is none" in text


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
