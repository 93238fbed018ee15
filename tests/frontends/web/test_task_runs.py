"""Maintenance as people see it: a run as it goes on, on its page and by a link."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from fettle.model.report import Chart, Curve, Report, Section, Table
from fettle.model.report_kept import kept
from fettle.model.role import Role
from fettle.store import task_runs
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.web.browsing import Visit, let_in, violations, visited
from tests.moved_clock import MovedClock

TASKS = """
[[task]]
id = "index-care"
name = "Index care"
frequency = "daily"
automation = "partial"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
estimated_duration = "10m"
[[task.procedure.steps]]
name = "Tell the others"
person = "Write to the channel"
[[task.procedure.steps]]
name = "Rebuild"
command = ["/bin/sh", "-c", "echo rebuilding; echo done"]
[[task.procedure.steps]]
name = "Look"
command = ["/bin/sh", "-c", "echo nothing is there; exit 4"]
"""
OPEN = datetime.fromisoformat("2026-01-06T03:05:00+00:00")


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + TASKS


@pytest.fixture
async def api(
    store_environ: dict[str, str], settings_text: str, tmp_path: Path
) -> AsyncIterator[Api]:
    environ = {**store_environ, "PATH": "/usr/bin:/bin"}
    async with running(environ, settings_text, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = OPEN
        yield made


@pytest.fixture
async def visit(api: Api, browser: Browser) -> AsyncIterator[Visit]:
    async with visited(api, browser) as found:
        yield found
        assert found.complaints == []


async def begun(api: Api) -> int:
    answer = await api.admin.post("/api/v1/tasks/index-care/run", json={})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["run"])


async def test_a_run_is_lived_through_on_its_page(visit: Visit) -> None:
    async with worker(visit.api), visit.open("/maintenance/tasks/index-care") as page:
        await page.get_by_text("Run it…").click()
        await page.get_by_role("button", name="Run it", exact=True).click()
        await page.wait_for_url("**/maintenance/runs/1")
        await expect(page.locator("h1")).to_have_text("Run 1 of Index care")
        await page.get_by_label("What was done").fill("Told in the channel")
        await page.get_by_role("button", name="It is done").click()
        await expect(page.get_by_text("Told in the channel")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("#step-3")).to_contain_text(
            "/bin/sh ended with 4", timeout=30_000
        )
        await expect(page.locator("#step-2")).to_contain_text("passed")
        await expect(page.locator("#log-3")).to_contain_text("nothing is there")
        await expect(page.locator(".line").first).to_contain_text("failed")
        assert await violations(page) == []
        await page.goto(f"{visit.url}/maintenance")
        await expect(page.get_by_role("link", name="Run 1")).to_be_visible()
        assert await violations(page) == []
        await page.goto(f"{visit.url}/maintenance/tasks/index-care")
        await expect(page.get_by_text("0 of 1 passed")).to_be_visible()
        assert await violations(page) == []


async def test_a_report_is_read_on_the_page_of_its_run(visit: Visit) -> None:
    number = await begun(visit.api)
    slow = Curve("this week", tuple((1_795_996_800.0 + 3600 * at, 1.0 + at) for at in range(24)))
    section = Section(
        "What got worse",
        ("Since Thursday.",),
        table=Table(("Figure", "Now"), (("response p95", "24 s"),)),
        charts=(Chart("shop: response p95", "s", (slow,)),),
    )
    report = Report("The week of the shop", "1 figure got worse", (section,))
    async with visit.api.serving.pool.connection() as connection:
        found = await task_runs.find(connection, str(number))
        step = replace(found.steps[0], report=kept(report))
        await task_runs.keep_step(connection, found.run.id, step)

    async with visit.open(f"/maintenance/runs/{number}", scripts=False) as page:
        await expect(page.get_by_role("heading", name="The week of the shop")).to_be_visible()
        await expect(page.get_by_role("cell", name="response p95")).to_be_visible()
        chart = page.get_by_role("img", name="shop: response p95, 30 Nov 2026, 00:00 UTC")
        await expect(chart).to_be_visible()
        await expect(page.get_by_role("rowheader", name="this week")).to_be_visible()
    async with visit.open(f"/maintenance/runs/{number}") as page:
        assert await violations(page) == []


async def test_what_is_refused_is_said_where_it_was_asked(visit: Visit) -> None:
    visit.api.clock.moment = OPEN + timedelta(hours=3)
    visit.role = Role.ADMIN
    async with visit.open("/maintenance/tasks/index-care") as page:
        await expect(page.get_by_text("Run it…", exact=True)).to_be_hidden()
        await page.get_by_text("Run it now…").click()
        await page.get_by_role("textbox", name="Why").fill("the shop is slow")
        await page.get_by_role("button", name="Run it now", exact=True).click()
        await page.wait_for_url("**/maintenance/runs/1")
        await page.get_by_text("Cancel…").click()
        await page.locator("details[open] [name=reason]").fill("it can wait")
        await page.get_by_role("button", name="Cancel", exact=True).click()
        await expect(page.locator(".line").first).to_contain_text("cancelled")
        await expect(page.get_by_text("it can wait").first).to_be_visible()


async def test_what_is_refused_stands_in_its_own_form_alone(api: Api) -> None:
    path = f"/maintenance/runs/{await begun(api)}"
    cookie = await let_in(api, "http://127.0.0.1:8470")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    page = (await api.nobody.get(path, headers=headers)).text
    csrf = re.findall('name="csrf" value="([^"]*)"', page)[0]

    async def sent(act: str, **fields: str) -> str:
        form = {"csrf": csrf, **fields}
        answer = await api.nobody.post(f"{path}/{act}", data=form, headers=headers)
        assert answer.status_code == 409
        return answer.text

    long = "It broke. " + "w" * 100_000
    refused = await sent("answer", step="1", outcome="failed", note=long)
    assert refused.count(f'value="{long}"') == 1
    assert re.search(rf'<details class="confirmation" open>[^§]*value="{long}"', refused)

    await api.responder.post(
        f"/api/v1/task-runs/{path.rpartition('/')[2]}/steps/1", json={"outcome": "passed"}
    )
    stale = await sent("answer", step="1", outcome="failed", note="It broke.")
    assert 'value="It broke."' not in stale
    assert "<code>It broke.</code>" in stale


async def test_a_run_is_approved_by_the_link_that_somebody_was_sent(api: Api) -> None:
    number = await begun(api)
    answer = await api.responder.post(
        f"/api/v1/task-runs/{number}/steps/1", json={"outcome": "passed"}
    )
    assert answer.json()["waits_for"] == "approval"
    link = api.serving.desk.links.approve(number, 2, "chat", api.clock.now())
    path = link.removeprefix(api.serving.desk.links.url)

    looked = await api.nobody.get(path)
    still = (await api.viewer.get(f"/api/v1/task-runs/{number}")).json()
    approved = await api.nobody.post(path)
    again = await api.nobody.post(path)
    found = (await api.viewer.get(f"/api/v1/task-runs/{number}")).json()
    audit = (await api.admin.get("/api/v1/audit")).text
    forged = await api.nobody.get(path[:-3] + "abc")

    assert "Approve" in looked.text
    assert still["waits_for"] == "approval"
    assert "It goes on" in approved.text
    assert "There is nothing to approve" in again.text
    assert (found["approved_by"], found["waits_for"]) == ("link:chat", None)
    assert "link:chat" in audit
    assert forged.status_code in {401, 403}


async def test_a_run_is_ticked_paused_skipped_and_cancelled_by_such_a_link(api: Api) -> None:
    number = await begun(api)
    links = api.serving.desk.links

    async def sent(step: int, **form: str) -> str:
        link = links.approve(number, step, "chat", api.clock.now())
        answer = await api.nobody.post(link.removeprefix(links.url), data=form)
        return answer.text

    async def stands() -> tuple[str, str | None]:
        found = (await api.viewer.get(f"/api/v1/task-runs/{number}")).json()
        return found["status"], found["waits_for"]

    looked = await api.nobody.get(
        links.approve(number, 1, "chat", api.clock.now()).removeprefix(links.url)
    )
    assert "Write to the channel" in looked.text
    assert "It is written down as done" in await sent(1, act="done", note="Told them")
    assert await stands() == ("waiting", "approval")
    assert "It is paused" in await sent(2, act="pause")
    assert await stands() == ("waiting", "paused")
    assert "There is nothing to approve" in await sent(2, act="approve")
    assert "It goes on" in await sent(2, act="resume")
    assert "A reason is needed" in await sent(2, act="skip", note=" ")
    assert "There is nothing to approve" in await sent(3, act="skip", note="not mine")
    assert "It is left out" in await sent(2, act="skip", note="it was done by hand")
    assert "A reason is needed" in await sent(3, act="cancel")
    assert await stands() == ("waiting", "approval")
    assert "Nothing is done by mend" in await sent(3, act="mend")
    assert "It is cancelled" in await sent(3, act="cancel", note="enough")
    assert await stands() == ("cancelled", None)
    assert "the run is cancelled" in await sent(3, act="resume")

    found = (await api.viewer.get(f"/api/v1/task-runs/{number}")).json()
    assert [one["outcome"] for one in found["steps"]] == ["passed", "skipped", "left"]
    assert [one["by"] for one in found["steps"][:2]] == ["link:chat", "link:chat"]
    assert found["cancelled_by"] == "link:chat"
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    acts = [one["act"] for one in audit if one["actor"] == "link:chat"]
    assert sorted(acts) == ["cancel", "done", "pause", "resume", "skip"]


async def test_who_may_approve_is_told_with_the_link(api: Api) -> None:
    number = await begun(api)
    await api.responder.post(f"/api/v1/task-runs/{number}/steps/1", json={"outcome": "passed"})
    async with api.serving.pool.connection() as connection:
        rows = await (
            await connection.execute(b"SELECT receiver, message FROM outbox ORDER BY created_at")
        ).fetchall()
    told = [(receiver, message["title"], message["acknowledge_url"]) for receiver, message in rows]
    assert len(told) > 1
    assert all(re.search(r"/approve/", url or "") for _, _, url in told)
    assert all(title == "Maintenance waits for you: Index care" for _, title, _ in told)


async def test_an_issue_is_opened_for_a_run_that_failed_and_ends_with_one_that_passes(
    api: Api,
) -> None:
    async with worker(api):
        number = await begun(api)
        path = f"/api/v1/task-runs/{number}"
        await api.responder.post(f"{path}/steps/1", json={"outcome": "passed"})
        await api.responder.post(f"{path}/approve")

        async def ended() -> bool:
            return (await api.viewer.get(path)).json()["finished_at"] is not None

        await until(ended, 30)
    await api.arrive()
    issues = (await api.viewer.get("/api/v1/issues")).json()["items"]
    assert [one["title"] for one in issues] == ["Index care failed"]
    shown = await api.show(issues[0]["number"])
    assert "/bin/sh ended with 4" in str(shown)
