"""The page of reviews: what waits, what is promised, and what came back after it was fixed."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from fettle.frontends.api import inside
from fettle.model.role import Caller, Role
from tests.frontends.api.conftest import SETTINGS
from tests.frontends.api.test_reviews import promised, resolved, written
from tests.frontends.web.browsing import Visit, violations
from tests.frontends.web.site import Site, running

OUTAGE = "System outage: the shop is down"


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site with teams and services."""
    async with running(store_environ, tmp_path, SETTINGS) as made:
        yield made


async def act(site: Site, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    """Do something as carol."""
    caller = Caller("user:carol", Role.RESPONDER)
    written = json.dumps(body).encode()
    answer = await inside.call(site.app, caller, method, f"/api/v1{path}", written)
    assert answer.ok, answer
    return answer.document


async def over(site: Site, text: str = OUTAGE, service: str = "shop") -> int:
    """Give an issue that carol has worked on, and that is over."""
    number = int((await act(site, "POST", "/reports", text=text, service=service))["number"])
    await act(site, "POST", f"/issues/{number}/acknowledge")
    await act(site, "POST", f"/issues/{number}/resolve", evidence="orders come in again")
    return number


def between(text: str, start: str, end: str = "<h2>") -> str:
    """Return the part of a page that stands under a heading."""
    return text.partition(f"<h2>{start}</h2>")[2].partition(end)[0]


async def test_what_waits_to_be_written_and_signed_stands_apart(site: Site) -> None:
    ada = await site.user("ada")
    page = await ada.get("/reviews")
    assert "No review is waited for" in page.text

    first, second = await over(site), await over(site, "Outage: search is down")
    says = {"summary": "It was down.", "causes": "A disk was full."}
    await act(site, "PUT", f"/issues/{second}/review", version=0, sections=says)
    await act(site, "POST", f"/issues/{second}/review/submit")
    page = await ada.get("/reviews")
    assert f"/issues/{second}/review" in between(page.text, "To be read and signed")
    assert f"/issues/{first}/review" in between(page.text, "To be written")
    assert "overdue" not in page.text

    site.clock.moment += timedelta(days=4)
    bob = await site.user("bob")  # ada's session has ended
    assert "2 overdue" in (await bob.get("/reviews")).text
    await act(site, "POST", f"/issues/{first}/reopen", reason="it is down again")
    page = await bob.get("/reviews")
    assert f"/issues/{first}/review" not in between(page.text, "To be written", "<section")
    assert "To be read and signed" not in (await bob.get("/reviews?team=data")).text


async def test_ones_own_action_items_stand_first_and_are_done_from_the_page(site: Site) -> None:
    ada = await site.user("ada")
    number = await over(site)
    for title, owner, due in (
        ("Alert on full disks", "bob", "2026-01-03"),
        ("Write the runbook", "Ada", None),
        ("Buy disks", None, "2025-12-01"),
    ):
        given = {"issue": number, "title": title, "owner": owner, "due": due}
        await act(site, "POST", "/action-items", **given)
    page = await ada.get("/reviews")
    own = between(page.text, "Your action items")
    others = between(page.text, "Action items of others")
    assert "Write the runbook" in own
    assert others.index("Buy disks") < others.index("Alert on full disks")
    assert "was due 1 Dec 2025" in others

    assert (await ada.send("/reviews/actions/2/done")).headers["location"] == "/reviews#actions"
    refused = await ada.send("/reviews/actions/1/drop", {"reason": " "})
    assert "needs the reason" in refused.text
    assert "Write the runbook" not in refused.text
    await ada.send("/reviews/actions/1/change", {"title": "Alert earlier", "owner": "ada"})
    assert "Alert earlier" in between((await ada.get("/reviews")).text, "Your action items")


async def test_what_came_back_says_what_it_is_the_return_of(site: Site) -> None:
    first = await over(site)
    await act(site, "POST", "/action-items", issue=first, title="Alert on full disks")
    site.clock.moment += timedelta(days=1)
    second = await over(site, f"{OUTAGE} again")
    ada = await site.user("ada")
    page = await ada.get("/reviews")
    back = between(page.text, "Fixed, and back again", "</main>")
    assert f'href="/issues/{second}"' in back
    assert f'href="/issues/{first}/review"' in back
    assert "1 item not done" in back


async def test_a_viewer_finds_nothing_to_press(site: Site) -> None:
    eve = await site.user("eve", Role.VIEWER)
    number = await over(site)
    await act(site, "POST", "/action-items", issue=number, title="Alert on full disks")
    page = await eve.get("/reviews")
    assert "Alert on full disks" in page.text
    assert '/done"' not in page.text
    assert (await eve.send("/reviews/actions/1/done")).status_code == 409


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_it_is_accessible_and_fits(visit: Visit, *, dark: bool) -> None:
    api = visit.api
    first = await resolved(api, OUTAGE + " w" * 200)
    await written(api, first)
    await api.responder.post(f"/api/v1/issues/{first}/review/submit")
    await promised(api, first, title="Alert on full disks", owner="ada", due="2025-12-30")
    await promised(api, first, title="w" * 900, team="data")
    api.clock.moment += timedelta(days=4)
    await resolved(api, f"{OUTAGE} again")
    async with visit.open("/reviews", phone=dark, dark=dark) as page:
        await page.get_by_label("Change: Alert on full").click()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen


async def test_what_is_promised_is_seen_without_loading_the_page_anew(visit: Visit) -> None:
    number = await resolved(visit.api, OUTAGE)
    async with visit.open("/reviews") as page:
        await expect(page.get_by_title("Live")).to_be_visible()
        await promised(visit.api, number, title="Alert on full disks")
        await expect(page.get_by_text("Alert on full disks")).to_be_visible()
        await page.keyboard.press("g")
        await page.keyboard.press("u")
        await page.wait_for_url("**/figures")
