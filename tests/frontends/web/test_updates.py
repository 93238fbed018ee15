"""Updates as people see them: what is on offer, tried, applied, and taken back."""

import json
import platform
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from fettle.demonstration import raising
from fettle.demonstration.teller import Teller
from fettle.flow import put_back, update_looks
from fettle.flow.update_looks import Keeping
from fettle.model.role import Role
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Level,
    Package,
    Passed,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
    Withdrawn,
)
from fettle.store import update_checks, updates
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.web.browsing import Visit, violations, visited
from tests.moved_clock import MovedClock

PROJECT = """
[[project]]
name = "shop"
path = "/srv/shop"
rehearsal = { test = ["pytest"] }
apply = { how = "in-place" }
"""
ADVISORY = Advisory(
    "GHSA-1", summary="Anything can be run", severity=Severity.HIGH, url="javascript:alert(1)",
    contradictions=("it is rated GHSA-1 high, CVE-1 low: high is taken",),
)  # fmt: skip
CLOSING = Update(
    "jinja2-1",
    Package(Ecosystem.PYPI, "jinja2"),
    "/srv/shop/uv.lock",
    "2.4.1",
    "3.1.6",
    UpdateType.SECURITY,
    Level.MAJOR,
    advisories=(ADVISORY,),
    confidence=0.8,
    grounds=("out for 9 days",),
)
HELD = replace(
    CLOSING,
    id="vite-1",
    package=Package(Ecosystem.NPM, "vite"),
    type=UpdateType.REGULAR,
    advisories=(),
    held=("it has been out for 2 days, of 7 days",),
)


@pytest.fixture
async def api(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    clock = MovedClock()
    environ = {**store_environ, "FETTLE_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    async with running(environ, SETTINGS + PROJECT, tmp_path, clock, whole=True) as made:
        yield made


@pytest.fixture
async def visit(api: Api, browser: Browser) -> AsyncIterator[Visit]:
    async with visited(api, browser) as found:
        yield found
        assert found.complaints == []


async def seen(api: Api, *found: Update) -> None:
    now = api.clock.now()
    passed = (Passed("labels in uv.lock", "it comes from git, and no registry offers it"),)
    gone = Withdrawn(CLOSING.package, "2.4.1", "uv.lock", "it was withdrawn: it eats labels")
    sources = (
        SourceResult("dependencies", SourceState.OK, now, 7, 8, passed, withdrawn=(gone,)),
        SourceResult("security", SourceState.FAILED, now, reason="nobody answers"),
    )
    how = Keeping(uuid4(), "fettle", api.serving.settings, "http://fettle")
    async with api.serving.pool.connection() as connection, connection.transaction():
        await update_looks.keep(connection, UpdateCheck(now, found, sources), how)


async def test_what_is_on_offer_is_said_with_what_was_not_looked_at(visit: Visit) -> None:
    async with visit.open("/updates") as page:
        await expect(page.get_by_text("Nobody has looked for updates yet")).to_be_visible()
        await seen(visit.api, HELD, CLOSING)
        await expect(page.get_by_text("not everything was looked at")).to_be_visible()
        await expect(page.get_by_role("heading", name="Closes a weakness")).to_be_visible()
        await expect(page.get_by_text("GHSA-1: Anything can be run")).to_be_visible()
        await expect(page.get_by_text("it has been out for 2 days")).to_be_visible()
        await expect(page.get_by_role("heading", name="In use, and withdrawn")).to_be_visible()
        await expect(page.get_by_text("It was withdrawn: it eats labels.")).to_be_visible()
        await expect(page.get_by_text("7 of 8")).to_be_visible()
        await expect(page.get_by_text("Nobody answers.")).to_be_visible()
        await expect(page.locator("#unlooked")).to_contain_text("it comes from git")
        assert await violations(page) == []
        await page.get_by_label("Name").fill("vite")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.get_by_text("GHSA-1")).to_be_hidden()
        await page.goto(f"{visit.url}/")
        await expect(page.get_by_role("link", name="update closes a weakness")).to_be_visible()


async def test_updates_are_looked_for_when_somebody_asks(visit: Visit) -> None:
    async with visit.open("/updates") as page:
        await page.get_by_text("Look now…").click()
        await page.get_by_role("button", name="Look now", exact=True).click()
        await expect(page.get_by_text("A worker looks for updates")).to_be_visible()
        assert await violations(page) == []
        async with worker(visit.api):
            await expect(page.get_by_role("heading", name="What was looked at")).to_be_visible(
                timeout=60_000
            )
        await expect(page.get_by_text("A worker looks for updates")).to_be_hidden()
        assert await violations(page) == []


async def test_a_rehearsal_is_asked_for_and_waits_for_a_worker(visit: Visit) -> None:
    await seen(visit.api, CLOSING)
    async with visit.open("/updates/jinja2-1") as page:
        await expect(page.get_by_text("out for 9 days")).to_be_visible()
        await expect(page.get_by_text("CVE-1 low: high is taken.")).to_be_visible()
        await expect(page.get_by_role("link", name="GHSA-1")).to_be_hidden()
        await expect(page.get_by_text("Apply it without a rehearsal…")).to_be_hidden()
        await page.get_by_text("Rehearse it…").click()
        await expect(page.get_by_text("What is in use does not change")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("button", name="Rehearse it", exact=True).click()
        await page.wait_for_url("**/updates/rehearsals/*")
        await expect(page.get_by_text("waits for a worker")).to_be_visible()
        assert await violations(page) == []
        await page.goto(f"{visit.url}/updates")
        await expect(page.get_by_role("link", name="Rehearse 1 update of shop")).to_be_visible()


async def test_what_nobody_tried_is_an_admins_to_apply_with_a_reason(visit: Visit) -> None:
    await seen(visit.api, CLOSING)
    visit.role = Role.ADMIN
    async with visit.open("/updates/jinja2-1") as page:
        await page.get_by_text("Apply it without a rehearsal…").click()
        await page.get_by_label("Why it cannot wait").fill("it is being used against us")
        await page.get_by_role("button", name="Apply it without a rehearsal", exact=True).click()
        await page.wait_for_url("**/updates/runs/*")
        await expect(page.get_by_text("it is being used against us")).to_be_visible()
        assert await violations(page) == []


async def test_what_passed_is_applied_and_taken_back_where_it_is_shown(visit: Visit) -> None:
    api = visit.api
    await raising.offer(Teller(api.app, api.serving, api.clock))
    async with worker(api, *put_back.carried()), visit.open("/updates/rehearsals/1") as page:
        await until(lambda: lives_here(api))
        await expect(page.get_by_text("On what is there already")).to_be_visible()
        await page.get_by_text("Apply what passed…").click()
        await expect(page.get_by_text("psycopg 3.2.12").first).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("button", name="Apply what passed", exact=True).click()
        await page.wait_for_url("**/updates/runs/*")
        await expect(page.get_by_text("/srv/shop")).to_be_visible(timeout=30_000)
        assert await violations(page) == []
        await page.goto(f"{visit.url}/updates/runs/1")
        await expect(page.get_by_text("418 passed in 96.20s")).to_be_visible()
        await page.get_by_text("Proof").click()
        assert await violations(page) == []
        await page.get_by_text("Take it back…").click()
        await page.get_by_role("button", name="Take it back", exact=True).click()
        await page.wait_for_url("**/updates/runs/*-*")
        await expect(page.get_by_role("heading", name="Takes back")).to_be_visible()
        await expect(page.get_by_text("refused", exact=True)).to_be_visible(timeout=30_000)


async def lives_here(api: Api) -> bool:
    """Whether the worker of this machine has shown that it lives."""
    async with api.serving.pool.connection() as connection:
        return await put_back.lives_there(connection, platform.node())


async def test_what_is_refused_is_said_where_it_was_asked(visit: Visit) -> None:
    await seen(visit.api, HELD)
    async with visit.open("/updates/vite-1") as page:
        await page.get_by_text("Rehearse it…").click()
        await seen(visit.api)
        await page.get_by_role("button", name="Rehearse it", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("no update vite-1 is on offer")
    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]


async def test_what_is_known_is_there_to_take_away(visit: Visit) -> None:
    await seen(visit.api, CLOSING)
    async with visit.open("/updates") as page:
        async with page.expect_download() as begun:
            await page.get_by_role("link", name="SARIF").click()
        file = await begun.value
        written = json.loads(Path(await file.path()).read_text())  # noqa: ASYNC240 - a small file of this test
        assert file.suggested_filename == "updates.sarif"
        rules = written["runs"][0]["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == ["GHSA-1", "withdrawn-version"]
        shown = await page.request.get(f"{visit.url}/updates.md")
        assert "GHSA-1" in await shown.text()


async def test_the_story_is_told_as_it_was(api: Api) -> None:
    """Two looks: what was raised between them is gone, the rest is known since the first."""
    await raising.offer(Teller(api.app, api.serving, api.clock))
    async with api.serving.pool.connection() as connection:
        kept = await update_checks.known(connection)
        (run,) = await updates.runs(connection)
    assert kept is not None
    names = [one.update.package.name for one in kept.updates]
    assert names == ["jinja2", "cookie", "django", "httpx", "postgresql", "vite"]
    assert all(one.first_seen < one.last_seen for one in kept.updates)
    assert (run.verified, [one.package.name for one in run.updates]) == (True, ["psycopg"])
