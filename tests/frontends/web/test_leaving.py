"""Who has written something and not sent it is asked before it goes, and nobody else is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from playwright.async_api import Dialog, Error, Locator, Page, Route, expect

from fettle.model.role import Role
from tests.frontends.api.test_reviews import resolved
from tests.frontends.web.browsing import Visit
from tests.frontends.web.worked import WORKED, begun


@pytest.fixture
def settings_text() -> str:
    """Give settings with runbooks, whose steps are written on as well."""
    return WORKED


@asynccontextmanager
async def asking(page: Page) -> AsyncIterator["asyncio.Queue[str]"]:
    """Stay, as often as the browser asks; give what it asked."""
    found: asyncio.Queue[str] = asyncio.Queue()

    async def stay(dialog: Dialog) -> None:
        await dialog.dismiss()
        await found.put(dialog.type)

    page.on("dialog", stay)
    try:
        yield found
    finally:
        page.remove_listener("dialog", stay)


async def asked_as_they_leave(page: Page) -> None:
    """Go to another page; fails where nobody is asked."""
    async with asking(page) as dialogs:
        await page.locator(".places").get_by_role("link", name="Overview").click(no_wait_after=True)
        assert await asyncio.wait_for(dialogs.get(), 15) == "beforeunload"


async def write(field: Locator, text: str) -> None:
    """Write into a field, wherever it is folded away."""
    await field.evaluate(
        "(at) => { for (; at; at = at.parentElement) if (at.matches('details')) at.open = true; }"
    )
    await field.fill(text)


async def test_sending_one_form_asks_for_what_stands_in_another(visit: Visit) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}/review") as page:
        lucky, causes = page.locator("#lucky textarea"), page.locator("#causes textarea")
        await write(lucky, "It was at night.")
        await write(causes, "A disk was full.")
        async with asking(page) as dialogs:
            await causes.press("Control+Enter")
            assert await asyncio.wait_for(dialogs.get(), 15) == "beforeunload"
            await expect(lucky).to_have_value("It was at night.")
            await lucky.fill(await lucky.evaluate("(one) => one.defaultValue"))
            await causes.press("Control+Enter")
            await expect(page.locator("#causes .marked")).to_have_text("A disk was full.")
            assert dialogs.empty()


async def test_closing_the_keys_is_no_sending(visit: Visit) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}/review") as page:
        await write(page.locator("#causes textarea"), "A disk was full.")
        await page.locator("h1").click()
        await page.keyboard.press("?")
        await page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
        await asked_as_they_leave(page)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (
            "/issues/{}",
            [
                '[action$="/note"] textarea',
                '[action$="/resolve"] textarea',
                '[action$="/hold"] [name=reason]',
                '[action$="/classify"] [name=services]',
                '[action$="/tick"] [name=note]',
                "#step-1 [name=note]",
                '[action$="/cause"] textarea',
                '[action="/remedies/stop"] [name=reason]',
            ],
        ),
        ("/issues/{}/review", ['[action$="/actions"] [name=title]', "#causes textarea"]),
        ("/silences", ["[name=matchers]", "[name=duration]"]),
        ("/known-errors/new", ["[name=title]"]),
    ],
)
async def test_whatever_is_written_is_asked_for(
    visit: Visit, path: str, fields: Sequence[str]
) -> None:
    visit.role = Role.ADMIN
    number = await begun(visit.api)
    async with visit.open(path.format(number)) as page:
        for field in fields:
            one = page.locator(field).first
            before = await one.input_value()
            await write(one, "half a thought")
            await asked_as_they_leave(page)
            await one.fill(before)


async def test_what_was_refused_is_asked_for_as_it_stands_in_its_field(visit: Visit) -> None:
    async with visit.open("/silences") as page:
        await write(page.get_by_label("Conditions"), "no condition")
        await write(page.get_by_label("Why"), "a move")
        await page.get_by_role("button", name="Silence something", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Not done")
        await page.locator("h1").click()
        await asked_as_they_leave(page)
    visit.complaints.clear()  # a browser complains of an answer that refuses


async def test_who_has_written_nothing_is_not_asked(visit: Visit) -> None:
    number = await begun(visit.api)
    async with visit.open(f"/issues/{number}") as page, asking(page) as dialogs:
        await page.get_by_label("When it went live").evaluate(
            "(at) => at.closest('details').open = true"
        )
        await page.locator("h1").click()
        await page.locator(".places").get_by_role("link", name="Overview").click()
        await expect(page.get_by_role("heading", name="open issue")).to_be_visible()
        assert dialogs.empty()


async def _answered_by_a_proxy(route: Route) -> None:
    await route.fulfill(status=503, content_type="text/html", body="<h1>Bad gateway</h1>")


async def _answered_by_nobody(route: Route) -> None:
    await route.abort()


@pytest.mark.parametrize(
    "lost", [_answered_by_a_proxy, _answered_by_nobody], ids=["proxy", "network"]
)
async def test_what_did_not_arrive_stands_in_its_fields_for_who_goes_back(
    visit: Visit, lost: Callable[[Route], Awaitable[None]]
) -> None:
    number = await begun(visit.api)
    async with visit.open(f"/issues/{number}") as page:
        await page.get_by_text("Put on hold…").evaluate("(one) => one.click()")
        reason = page.get_by_label("What it waits for")
        once = page.locator('[action$="/hold"] [name=once]')
        await write(reason, "the vendor")
        key = await once.input_value()
        await page.route("**/hold", lost)
        with suppress(Error):
            await page.get_by_role("button", name="Put on hold", exact=True).click()
        await page.wait_for_function("() => !document.querySelector('#live')")
        await page.go_back()
        await expect(reason).to_have_value("the vendor")
        await expect(reason).to_be_visible()
        await expect(once).to_have_value(key)

        await page.unroute("**/hold")
        await page.get_by_role("button", name="Put on hold", exact=True).click()
        await expect(page.locator(".status.held")).to_be_visible()
        await page.locator(".places").get_by_role("link", name="Overview").click()
        await page.go_back()
        await expect(page.locator('[action$="/resume"] [name=text]')).to_have_value("")
    assert (await visit.api.show(number))["on_hold"]
    visit.complaints.clear()  # a browser complains of what did not arrive


async def test_what_is_too_large_is_not_sent_and_stays(visit: Visit) -> None:
    async with visit.open("/known-errors/new") as page:
        fields = page.locator("textarea")
        await fields.evaluate_all(
            "(all) => all.forEach((one) => { one.value = 'ü'.repeat(99000); })"
        )
        await page.locator("input[type=text]").evaluate_all(
            "(all) => all.forEach((one) => { one.value = 'x'; })"
        )
        await page.get_by_role("button", name="See what it would match").click()
        cause = page.locator("[name=cause]")
        assert "too long to be sent" in await cause.evaluate(
            "(one) => one.form.querySelector('textarea:invalid').validationMessage"
        )
        assert len(await cause.input_value()) == 99000
