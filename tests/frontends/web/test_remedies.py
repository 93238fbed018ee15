"""The pages of what Fettle does by itself: what waits, who says yes, and how all is stopped."""

import html
import re

import pytest

from fettle.model.role import Role
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.test_solving import LOST, REMEDIES, solve
from tests.frontends.web.browsing import Visit, let_in

ADDRESS = "http://fettle"


@pytest.fixture
def environ(store_environ: dict[str, str]) -> dict[str, str]:
    """Give what the remedies' addresses name."""
    return {**store_environ, "HOOK": "s3cret"}


@pytest.fixture
def settings_text() -> str:
    """Give settings with remedies."""
    return SETTINGS + REMEDIES


async def looked(api: Api, path: str, role: Role = Role.VIEWER) -> str:
    cookie = await let_in(api, ADDRESS, role, f"a {role}")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return html.unescape((await api.nobody.get(path, headers=headers)).text)


async def test_what_waits_is_shown_where_it_is_decided(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    (waits,) = (await solve(api, issue["number"]))["fix_results"]
    page = await looked(api, "/remedies", Role.RESPONDER)

    assert "restart-shop" in page
    assert "Let it act" in page
    assert "POST http://127.0.0.1:1/…" in page
    assert page.count("restart-shop</bdi>") == 1
    assert "0 of 6 acts in the last hour" in page
    assert "Let it act" not in await looked(api, "/remedies")
    assert "restart-shop on shop" in await looked(api, f"/remedies/{waits['attempt']}")
    assert "s3cret" not in page


async def test_an_issue_says_what_it_is_and_what_may_be_done(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    await solve(api, issue["number"])
    page = await looked(api, f"/issues/{issue['number']}", Role.RESPONDER)

    assert "What it is" in page
    assert "/known-errors/conn_lost" in page
    assert "restart-shop" in page
    assert "POST http://127.0.0.1:1/…" in page


async def test_what_was_refused_stands_in_its_own_form_alone(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    (waits,) = (await solve(api, issue["number"]))["fix_results"]
    cookie = await let_in(api, ADDRESS, Role.RESPONDER, "ada")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    page = await api.nobody.get("/remedies", headers=headers)
    (csrf, *_) = re.findall('name="csrf" value="([^"]*)"', page.text)

    form = {"csrf": csrf, "reason": "they <run>"}
    answer = await api.nobody.post("/remedies/stop", data=form, headers=headers)
    assert answer.status_code == 409
    assert 'value="they' not in answer.text
    assert "<code>they &lt;run&gt;</code>" in answer.text

    path, none = f"/remedies/{waits['attempt']}/decline", {"csrf": csrf, "reason": " "}
    answer = await api.nobody.post(path, data=none, headers=headers)
    assert answer.status_code == 409
    assert '<details class="confirmation" open>' in answer.text


async def test_only_an_admin_stops_and_everybody_sees_that_nothing_acts(api: Api) -> None:
    assert "Stop all remedies" not in await looked(api, "/", Role.RESPONDER)
    assert "Stop all remedies" in await looked(api, "/", Role.ADMIN)
    await api.admin.post("/api/v1/solving/stop", json={"reason": "we move house"})
    page = await looked(api, "/issues", Role.VIEWER)

    assert "No remedy acts" in page
    assert "we move house" in page
    assert "Let them act again" not in page
    assert "Let them act again" in await looked(api, "/figures", Role.ADMIN)


async def test_all_is_stopped_from_any_page_and_started_again(visit: Visit) -> None:
    visit.role = Role.ADMIN
    async with visit.open("/figures") as page:
        await page.locator(".tools .menu > summary").click()
        await page.get_by_text("Stop all remedies…").click()
        await page.get_by_label("Why").fill("they run wild")
        await page.get_by_role("button", name="Stop all remedies", exact=True).click()
        await page.get_by_text("they run wild").wait_for()
        await page.get_by_role("button", name="Let them act again").click()
        await page.get_by_text("they run wild").wait_for(state="detached")


async def test_a_person_says_no_in_a_browser(visit: Visit) -> None:
    issue = await visit.api.report(LOST, service="shop")
    (waits,) = (await solve(visit.api, issue["number"]))["fix_results"]
    async with visit.open("/remedies") as page:
        await page.get_by_text("Decline…").click()
        await page.get_by_label("Why").fill("it is being moved")
        await page.get_by_role("button", name="Decline", exact=True).click()
        await page.get_by_text("Nothing waits.").wait_for()
    shown = (await visit.api.viewer.get(f"/api/v1/attempts/{waits['attempt']}")).json()
    assert (shown["attempt"]["state"], shown["attempt"]["decided_by"]) == ("declined", "user:ada")
