"""On an issue's page a language model is asked to put evidence into words, and marked as one."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from fettle.model.role import Role
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.frontends.api.test_words import MODEL, SAID, suspicious, unknown, without_a_model, words
from tests.frontends.web.browsing import Visit, violations, visited
from tests.moved_clock import MovedClock
from tests.triage.speaking import Speaking, speaking


@pytest.fixture
def spoken() -> Iterator[Speaking]:
    """Give a model that answers what a test lets it."""
    with speaking(Speaking({"sentences": SAID})) as found:
        yield found


@pytest.fixture
async def api(
    store_environ: dict[str, str], spoken: Speaking, tmp_path: Path
) -> AsyncIterator[Api]:
    text = SETTINGS + MODEL.format(url=spoken.url)
    async with running(store_environ, text, tmp_path, MovedClock(), whole=True) as made:
        await made.serving.engine.prepare()
        yield made


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_what_may_be_behind_an_issue_is_put_into_words(
    visit: Visit, *, scripts: bool
) -> None:
    number = await suspicious(visit.api)
    async with visit.open(f"/issues/{number}", scripts=scripts) as page:
        if scripts:
            await expect(page.get_by_title("Live")).to_be_visible()
        await page.get_by_role("button", name="Put it into words", exact=True).click()
        card = page.locator("#words")
        await expect(card.get_by_text("A language model is asked.")).to_be_visible()
        await expect(card.get_by_role("button")).to_have_count(0)

        async with visit.api.serving.engine.worker():
            if not scripts:
                while (await words(visit.api, number))["causes"]["asking"]:
                    await visit.api.clock.sleep(0.05)
                await page.reload()
            await expect(card.get_by_text(SAID[0])).to_be_visible()

        await expect(card.get_by_text("language model", exact=True)).to_be_visible()
        await expect(card).to_contain_text("nobody has checked them")
        await expect(card).to_contain_text("1 sentence left out")
        await card.get_by_text("What it rests on").click()
        await expect(card.get_by_text("shop 7 went live at")).to_be_visible()
        entry = page.locator("li.words")
        await expect(entry).to_contain_text("a language model")
        await expect(entry).to_contain_text("from the evidence alone: shop 7")
        if scripts:
            assert await violations(page) == []


async def test_an_unknown_error_gets_suggestions_beside_where_to_look(
    visit: Visit, spoken: Speaking
) -> None:
    spoken.answer = {"sentences": ["Look at shop/cart.py, line 12."]}
    number = await unknown(visit.api)
    async with visit.open(f"/issues/{number}") as page, visit.api.serving.engine.worker():
        card = page.locator("#enquiries")
        await expect(card).to_contain_text("Look at shop/cart.py, line 12, in total.")
        await expect(card).to_contain_text("None of this is a match")
        await expect(page.get_by_title("Live")).to_be_visible()
        await card.get_by_role("button", name="Ask a language model").click()
        await expect(card).to_contain_text("suggested: no match, and done by nobody")
        await expect(card.get_by_text("Look at shop/cart.py, line 12.", exact=True)).to_be_visible()
        await expect(page.locator("li.suggestions")).to_contain_text("no match")
        assert await violations(page) == []


async def test_where_it_says_nothing_that_stands_one_sentence_says_so(
    visit: Visit, spoken: Speaking
) -> None:
    spoken.answer = {"sentences": ["Redis <b>is</b> slow."]}
    number = await suspicious(visit.api)
    async with visit.open(f"/issues/{number}") as page, visit.api.serving.engine.worker():
        await expect(page.get_by_title("Live")).to_be_visible()
        await page.get_by_role("button", name="Put it into words").click()
        card = page.locator("#words")
        await expect(card).to_contain_text("Nothing is shown of the language model's words")
        await expect(card.get_by_role("button", name="Put it into words again")).to_be_visible()
        await expect(page.get_by_text("Redis")).to_have_count(0)


async def test_a_viewer_asks_nothing(visit: Visit) -> None:
    number = await suspicious(visit.api)
    visit.role = Role.VIEWER
    async with visit.open(f"/issues/{number}") as page:
        await expect(page.locator("#diagnosis")).to_be_visible()
        await expect(page.get_by_role("button", name="Put it into words")).to_have_count(0)


async def test_without_evidence_there_is_nothing_to_put_into_words(visit: Visit) -> None:
    number = (await visit.api.report("The shop is slow", service="shop"))["number"]
    async with visit.open(f"/issues/{number}") as page:
        await expect(page.locator("#diagnosis")).to_be_visible()
        await expect(page.get_by_role("button", name="Put it into words")).to_have_count(0)


async def test_without_a_model_the_page_is_as_it_was(
    store_environ: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    async with (
        without_a_model(store_environ, tmp_path) as api,
        visited(api, browser) as visit,
    ):
        number, other = await suspicious(api), await unknown(api)
        async with visit.open(f"/issues/{number}") as page:
            await expect(page.locator("#diagnosis")).to_be_visible()
            await expect(page.locator("#words")).to_have_count(0)
        async with visit.open(f"/issues/{other}") as page:
            card = page.locator("#enquiries")
            await expect(card).to_contain_text("Look at shop/cart.py")
            await expect(card.get_by_role("button")).to_have_count(0)
        assert visit.complaints == []
