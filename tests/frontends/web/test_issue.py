"""An issue is worked on in its page: acts, refusals that lose nothing, and what others do."""

import pytest
from playwright.async_api import Page, expect

from tests.frontends.web.browsing import Visit


async def opened(visit: Visit) -> int:
    issue = await visit.api.report("The shop is slow", service="shop")
    number: int = issue["number"]
    return number


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_one_takes_an_issue_and_it_stands_in_their_name(visit: Visit) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}") as page:
        await press(page, "Acknowledge")
        await expect(page.locator(".status").first).to_have_text("acknowledged")

    assert (await visit.api.show(number))["acknowledged_by"] == "user:ada"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_what_is_done_in_a_form_is_done_with_scripts_and_without(
    visit: Visit, *, scripts: bool
) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}", scripts=scripts) as page:
        await press(page, "Acknowledge")
        await page.get_by_label("News").fill("Looking at the slow queries")
        await press(page, "Add")
        await page.get_by_text("Resolve…").click()
        await page.get_by_label("What shows that it is over").fill("p95 is 120 ms again")
        await press(page, "Resolve")
        await expect(page.locator(".status").first).to_have_text("resolved")

    issue = await visit.api.show(number)
    told = {one["event"]: one["text"] for one in issue["timeline"]}
    assert (told["note"], told["resolved"]) == (
        "Looking at the slow queries",
        "p95 is 120 ms again",
    )


async def test_what_is_refused_says_why_and_keeps_what_was_typed(visit: Visit) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}") as page:
        await page.get_by_role("main").get_by_text("More", exact=True).click()
        await page.get_by_text("It is part of another…").click()
        await page.get_by_label("The other issue's number").fill("4711")
        await (
            page.locator("details.confirmation[open]").get_by_label("Why").fill("the same trouble")
        )
        await press(page, "It is part of another")
        await expect(page.get_by_role("alert")).to_contain_text("there is no issue 4711")
        await expect(page.get_by_label("The other issue's number")).to_have_value("4711")
        await expect(page.get_by_label("The other issue's number")).to_be_visible()
    visit.complaints.clear()  # a browser complains of an answer that refuses


async def test_a_page_that_is_out_of_date_does_nothing_to_an_issue_that_changed(
    visit: Visit,
) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}", scripts=False) as page:
        await visit.api.act(number, "classify", severity="low", reason="it is one page only")
        await page.get_by_role("main").get_by_text("More", exact=True).click()
        await page.get_by_text("Decline…").click()
        await page.locator("details.confirmation[open]").get_by_label("Why").fill("nobody minds")
        await press(page, "Decline")
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you saw it")

    assert (await visit.api.show(number))["status"] == "triaged"
    visit.complaints.clear()


async def test_what_others_do_is_seen_without_loading_the_page_anew(visit: Visit) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}") as page:
        await expect(page.get_by_title("Live")).to_be_visible()
        await visit.api.act(number, "note", text="The cache was cold")
        await expect(page.get_by_text("The cache was cold")).to_be_visible()


async def test_nothing_is_taken_from_under_the_hands_of_who_types(visit: Visit) -> None:
    number = await opened(visit)
    async with visit.open(f"/issues/{number}") as page:
        await expect(page.get_by_title("Live")).to_be_visible()
        news = page.get_by_label("News")
        await news.fill("I think that")
        await visit.api.act(number, "note", text="The cache was cold")
        await expect(page.get_by_text("This page has changed since")).to_be_visible()
        await expect(news).to_have_value("I think that")


async def test_pages_are_walked_by_keys(visit: Visit) -> None:
    await visit.api.report("The wiki is gone", service="wiki")
    second = await opened(visit)
    async with visit.open("/") as page:
        await page.keyboard.press("g")
        await page.keyboard.press("i")
        await page.wait_for_url("**/issues")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/issues/{second}")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Go to Issues")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox").fill("nothing of the kind")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("combobox")).to_be_hidden()
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox").fill("overv")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{visit.url}/")


async def test_whatever_is_sought_is_found(visit: Visit) -> None:
    number = await opened(visit)
    async with visit.open("/") as page:
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("combobox").fill(f"#{number}")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/issues/{number}")
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("combobox").fill("slow")
        await page.get_by_role("option", name="Issues with").click()
        await expect(page.get_by_role("link", name="The shop is slow")).to_be_visible()
