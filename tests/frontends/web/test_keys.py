"""Keys are heard from the first that a page shows, whatever of its scripts has come by then."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from fettle.model.role import Role
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import Visit


@asynccontextmanager
async def slow(visit: Visit, scripts: str, path: str) -> AsyncIterator[tuple[Page, asyncio.Event]]:
    """Open a page some of whose scripts come when they are let go."""
    go = asyncio.Event()

    async def held(route: Route) -> None:
        await go.wait()
        await route.continue_()

    context = await visit.context()
    page = await context.new_page()
    await page.route(re.compile(rf"/static/.*/({scripts})\.js"), held)
    await page.goto(visit.url + path, wait_until="commit")
    await expect(page.locator("#keys")).to_be_attached()
    try:
        yield page, go
    finally:
        go.set()
        await context.close()


@pytest.mark.parametrize(
    ("scripts", "at", "keys", "to"),
    [
        ("hotkey", "/", ["g", "i"], "/issues"),
        ("fettle", "/issues?q=shop", ["j", "Enter"], "/issues/1"),
        ("fettle|moments|hotkey", "/issues", ["j", "j", "k", "Enter"], "/issues/2"),
    ],
    ids=["chord", "row", "rows"],
)
async def test_what_is_pressed_before_the_scripts_have_come_is_done_when_they_have(
    visit: Visit, scripts: str, at: str, keys: Sequence[str], to: str
) -> None:
    await visit.api.report("The shop is slow", service="shop")
    await visit.api.report("The wiki is gone", service="wiki")
    async with slow(visit, scripts, at) as (page, go):
        for key in keys:
            await page.keyboard.press(key)
        go.set()
        await page.wait_for_url(visit.url + to)


async def test_find_and_do_opens_for_who_asks_before_the_scripts_have_come(visit: Visit) -> None:
    async with slow(visit, "fettle", "/") as (page, go):
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette")).to_be_hidden()
        go.set()
        await expect(page.get_by_role("combobox")).to_be_focused()
        await page.keyboard.type("figu")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/figures")


async def test_enter_waits_for_what_finds(visit: Visit) -> None:
    async with slow(visit, "find", "/") as (page, go):
        await expect(page.locator("#open-palette[data-armed]")).to_be_visible()
        await page.keyboard.press("Control+k")
        await page.keyboard.type("figu")
        await page.keyboard.press("Enter")
        go.set()
        await page.wait_for_url("**/figures")


async def test_what_is_typed_into_a_field_is_no_key(visit: Visit) -> None:
    async with slow(visit, "fettle", "/issues") as (page, go):
        words = page.get_by_label("Words")
        await words.press_sequentially("g i")
        go.set()
        await expect(page.locator("#open-palette[data-armed]")).to_be_visible()
        await expect(words).to_have_value("g i")
        await expect(page).to_have_url(f"{visit.url}/issues")


async def test_a_sign_is_heard_that_a_keyboard_has_above_another(visit: Visit) -> None:
    async with visit.open("/") as page:
        await page.keyboard.press("Shift+Slash")
        keys = page.get_by_role("dialog", name="Keys")
        await expect(keys).to_contain_text("Go to Issues")
        assert "Shift" not in await keys.inner_text()


@pytest.mark.parametrize(
    ("agent", "key"),
    [("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "⌘K"), ("Mozilla/5.0 (X11)", "Ctrl K")],
)
async def test_find_is_named_by_the_key_that_the_keyboard_has(
    visit: Visit, agent: str, key: str
) -> None:
    async with await visit.client() as client:
        page = await client.get("/", headers={"user-agent": agent})
        assert f"Find <kbd>{key}</kbd>" in page.text


async def test_pages_work_where_the_keys_never_come(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    context = await visit.context()
    page = await context.new_page()
    await page.route(re.compile(r"/hotkey\.js"), lambda route: route.abort())
    await page.goto(f"{visit.url}/issues/1")
    await expect(page.get_by_title("Live", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")
    await context.close()
    visit.complaints.clear()


async def test_no_two_places_have_the_same_keys(api: Api) -> None:
    keys = [place.keys for place in api.app.state.pages.places_for(Role.ADMIN)]

    assert sorted(keys) == sorted({*keys})


async def test_keys_without_a_modifier_are_turned_off_and_stay_off(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    async with visit.open("/issues/1") as page:
        await page.keyboard.press("?")
        await page.get_by_label("Keys without").click()
        await page.wait_for_load_state()
        await page.keyboard.press("g")
        await page.keyboard.press("i")
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("combobox")).to_be_visible()
        assert page.url == f"{visit.url}/issues/1"


async def test_what_is_not_daily_is_behind_more_and_reached_by_keys_too(visit: Visit) -> None:
    async with visit.open("/") as page:
        silences = page.get_by_role("link", name="Silences", exact=True)
        await expect(silences).to_be_hidden()
        await page.get_by_role("navigation").get_by_text("More", exact=True).click()
        await silences.click()
        await page.wait_for_url("**/silences")
        await expect(page.get_by_role("navigation").get_by_text("Silences").first).to_be_visible()
        await page.keyboard.press("g")
        await page.keyboard.press("f")
        await page.wait_for_url("**/fixes")
