"""A form that is sent twice is done once, and a key that is held is pressed once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import Error, Page, Route, expect

from fettle.model.role import Role
from tests.frontends.api.test_reviews import resolved
from tests.frontends.web.browsing import Visit
from tests.frontends.web.site import Browser
from tests.frontends.web.test_review import Issue, issue
from tests.frontends.web.test_templates import FOLDER

__all__ = ["issue"]


async def note(browser: Browser, issue: Issue, text: str, once: str) -> int:
    answer = await browser.send(f"/issues/{issue.number}/note", {"text": text, "once": once})
    return answer.status_code


async def test_the_same_form_of_a_page_is_done_once(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(f"/issues/{issue.number}")
    once = ada.hidden("once")
    assert [await note(ada, issue, "It goes on", once) for _ in range(2)] == [303, 303]
    assert await note(ada, issue, "It is over", once) == 303
    await ada.get(f"/issues/{issue.number}")
    assert await note(ada, issue, "It goes on", ada.hidden("once")) == 303

    said = "SELECT text FROM timeline WHERE event = 'note' ORDER BY id"
    told = [text for (text,) in await issue.site.rows(said)]
    assert told == ["It goes on", "It is over", "It goes on"]


async def test_what_was_refused_is_done_when_it_is_sent_again(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(f"/issues/{issue.number}")
    once, reason = ada.hidden("once"), {"reason": "it is down again"}
    path = f"/issues/{issue.number}/reopen"
    refused = await ada.send(path, {**reason, "version": "0", "once": once})
    assert refused.status_code == 409
    sent = {**reason, "version": ada.hidden("version"), "once": once}
    assert (await ada.send(path, sent)).status_code == 303


def test_every_form_in_the_shell_carries_what_makes_it_done_once() -> None:
    by_hand = {
        file.name for file in FOLDER.glob("*.html") if '"{{ shell.csrf }}">' in file.read_text()
    }
    assert by_hand == {"parts.html"}


@asynccontextmanager
async def clicked_twice(page: Page, path: str, button: str) -> AsyncIterator[list[str]]:
    """Click once more while the answer is on its way; give how often it was sent."""
    sent: list[str] = []
    first, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        sent.append(route.request.url)
        answer = await route.fetch(max_redirects=0)
        first.set()
        await go.wait()
        with suppress(Error):  # the browser has given this one up
            await route.fulfill(response=answer)

    await page.route(path, hold)
    at = page.get_by_role("button", name=button, exact=True)
    await at.scroll_into_view_if_needed()
    box = await at.bounding_box()
    assert box is not None
    for _ in range(2):
        await page.mouse.click(box["x"] + 5, box["y"] + 5)
        await first.wait()
    go.set()
    yield sent


async def test_who_clicks_twice_says_it_once(visit: Visit) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}") as page:
        await page.get_by_label("News").fill("It goes on")
        async with clicked_twice(page, "**/note", "Add") as sent:
            await expect(page.locator(".timeline .note")).to_have_count(1)
        assert len(sent) == 1


async def test_who_clicks_twice_sees_what_is_shown_once(visit: Visit) -> None:
    visit.role = Role.ADMIN
    async with visit.open("/users") as page:
        await page.get_by_label("Name").fill("bob")
        async with clicked_twice(page, "**/users", "Make, and show the one-time address"):
            await expect(page.get_by_text("Hand this address to bob")).to_be_visible()


async def test_a_key_that_is_held_is_pressed_once(visit: Visit) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}/review") as page:
        await expect(page.locator("#open-palette[data-armed]")).to_be_visible()
        title = page.locator("#actions").get_by_label("What changes")
        for times in range(1, 4):
            await page.keyboard.down("n")
            await page.keyboard.down("n")
            await page.keyboard.up("n")
            await expect(title).to_be_visible(visible=times % 2 == 1)
            await page.locator("h1").click()


async def test_a_row_key_that_is_held_goes_on(visit: Visit) -> None:
    for text in ("The shop is slow", "The wiki is gone", "Mail is late"):
        await visit.api.report(text)
    async with visit.open("/issues") as page:
        await expect(page.locator("#open-palette[data-armed]")).to_be_visible()
        for _ in range(3):
            await page.keyboard.down("j")
        await page.keyboard.up("j")
        await expect(page.locator("tr.at")).to_contain_text("The shop is slow")
