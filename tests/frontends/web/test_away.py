"""A server that is away, a session that has ended, the viewer's zone, and paper."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Route, expect

from fettle.frontends import server
from tests.demonstration import telling
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import Visit, let_in, served


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story: a team takes turns by Berlin's clock."""
    return telling.SETTINGS


async def test_a_page_says_that_its_server_is_away_and_comes_back_by_itself(
    api: Api, browser: Browser
) -> None:
    await api.report("The shop is slow", service="shop")
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        port = await first.enter_async_context(served(api.app))
        visit = Visit(f"http://127.0.0.1:{port}", api, browser)
        page = await stack.enter_async_context(visit.open("/issues/1"))
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        await first.aclose()
        await expect(page.locator("#stream")).to_have_text("Not live")
        await api.act(1, "note", text="The cache was cold")
        again = server.make(api.serving, api.store)
        await stack.enter_async_context(served(again, port))
        await expect(page.get_by_text("The cache was cold")).to_be_visible(timeout=60_000)
        await expect(page.get_by_title("Live", exact=True)).to_have_text("")


async def test_who_is_logged_out_elsewhere_is_told_where_they_read(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    async with visit.open("/issues/1") as page:
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        async with visit.api.serving.pool.connection() as connection:
            await connection.execute(b"DELETE FROM user_session")
        visit.api.app.state.live.end()
        await expect(page.locator("#stream")).to_have_text("Logged out", timeout=60_000)
    visit.complaints.clear()


async def test_who_logs_in_again_in_another_tab_goes_on_in_the_first(
    api: Api, browser: Browser
) -> None:
    await api.report("The shop is slow", service="shop")
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        port = await first.enter_async_context(served(api.app))
        visit = Visit(f"http://127.0.0.1:{port}", api, browser)
        context = await visit.context()
        page = await context.new_page()
        await page.goto(f"{visit.url}/issues/1")
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        async with api.serving.pool.connection() as connection:
            await connection.execute(b"DELETE FROM user_session")
        await first.aclose()
        again = server.make(api.serving, api.store)
        await stack.enter_async_context(served(again, port))
        await expect(page.locator("#stream")).to_have_text("Logged out", timeout=60_000)
        cookie = await let_in(api, visit.url)
        await context.add_cookies([{"name": visit.cookie, "value": cookie, "url": visit.url}])
        other = await context.new_page()
        await other.goto(f"{visit.url}/issues")
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        await api.act(1, "note", text="The cache was cold")
        await page.bring_to_front()
        await expect(page.get_by_text("The cache was cold")).to_be_visible(timeout=20_000)
        await context.close()


async def test_what_changes_before_a_page_listens_is_shown_all_the_same(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    context = await visit.context()
    page = await context.new_page()
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/live*", hold)
    await page.goto(f"{visit.url}/issues/1")
    await visit.api.act(1, "note", text="The cache was cold")
    await asyncio.sleep(2)  # nobody who listens is told of it, and longer ago than is allowed
    held.set()
    await expect(page.get_by_text("The cache was cold")).to_be_visible()
    await context.close()


async def test_what_is_opened_while_news_are_fetched_stays_open(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    context = await visit.context()
    page = await context.new_page()
    held = asyncio.Event()

    async def hold(route: Route) -> None:  # what shows the news is brought with the first of them
        await held.wait()
        await route.continue_()

    await page.route("**/htmx*", hold)
    await page.goto(f"{visit.url}/issues/1")
    await expect(page.get_by_title("Live", exact=True)).to_be_visible()
    await visit.api.act(1, "note", text="The cache was cold")
    await page.locator("head script[src*=htmx]").wait_for(state="attached")
    form = page.locator("details.confirmation", has_text="Acknowledge").first
    await form.locator("summary").click()
    async with page.expect_response("**/htmx*"):
        held.set()
    await expect(page.get_by_role("button", name="Show it anew")).to_be_visible()
    await expect(form).to_have_attribute("open", "")
    await context.close()


async def test_a_page_that_was_refused_is_told_what_changes_and_leads_back(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    async with visit.open("/issues/1") as page:
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        await page.evaluate(
            """() => { const form = document.createElement("form");
            form.method = "post"; form.action = "/issues/1/merge";
            const csrf = document.querySelector('input[name=csrf]').cloneNode();
            const into = document.createElement("input");
            into.name = "into"; into.value = "999";
            form.append(csrf, into); document.body.append(form); form.submit(); }"""
        )
        await page.wait_for_url("**/merge")
        await expect(page.get_by_title("Live", exact=True)).to_be_visible()
        await visit.api.act(1, "note", text="The cache was cold")
        await page.get_by_role("button", name="Show it anew").click()  # what was typed is not lost
        await page.wait_for_url(f"{visit.url}/issues/1")
        await expect(page.get_by_text("The cache was cold")).to_be_visible()
    visit.complaints.clear()


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", "23 Mar, 09:00", "30 Mar, 09:00"),  # its own zone: the hour stays
        ("America/New_York", "23 Mar, 04:00", "30 Mar, 03:00"),
        ("Asia/Kolkata", "23 Mar, 13:30", "30 Mar, 12:30"),
    ],
)
async def test_moments_are_said_in_the_zone_of_who_looks(
    visit: Visit, zone: str, before: str, after: str
) -> None:
    """Berlin's clocks change on 29 March 2026, in the night to a Sunday."""
    visit.api.clock.moment = datetime(2026, 3, 19, 12, 0, tzinfo=UTC)
    context = await visit.context(zone=zone)
    page = await context.new_page()
    await page.clock.set_fixed_time(visit.api.clock.moment)
    await page.goto(f"{visit.url}/oncall")
    turns = page.get_by_role("table").first
    await expect(turns.get_by_text(before).first).to_be_visible()
    await expect(turns.get_by_text(after).first).to_be_visible()
    await context.close()


async def test_on_paper_an_issue_is_what_was_read_and_nothing_to_press(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    async with visit.open("/issues/1", dark=True) as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="The shop is slow")).to_be_visible()
        await expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        buttons = await page.get_by_role("button").all()
        assert [await one.inner_text() for one in buttons if await one.is_visible()] == []
        assert await page.get_by_role("navigation").is_hidden()
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"


async def test_on_paper_a_review_is_there_while_it_is_being_written(visit: Visit) -> None:
    await visit.api.report("The shop is slow", service="shop")
    await visit.api.act(1, "acknowledge")
    await visit.api.act(1, "resolve", evidence="it is quick again")
    await visit.api.act(1, "review")
    async with visit.open("/issues/1/review") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="Summary")).to_be_visible()
