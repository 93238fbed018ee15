"""People as a real browser sees to them: without scripts, and for everybody who reads the pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from playwright.async_api import Page, expect

from fettle.flow.people import second_factor
from fettle.flow.people.manage import Manager
from fettle.model.role import Role
from tests.frontends.web.browsing import Visit, violations
from tests.frontends.web.second_factors import secret_in
from tests.frontends.web.site import PASSWORD


@asynccontextmanager
async def fresh(visit: Visit, *, scripts: bool = True) -> AsyncIterator[Page]:
    """Open a browser that has been nowhere yet."""
    context = await visit.browser.new_context(java_script_enabled=scripts)
    context.set_default_timeout(30_000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def invited(visit: Visit, name: str, role: Role) -> str:
    """Make a user; return the address by which they log in."""
    shared = visit.api.serving
    manager = Manager(shared.people, visit.url, "test", shared.clock.now())
    async with shared.pool.connection() as connection, connection.transaction():
        return (await manager.create(connection, name, role)).url


async def enter(page: Page, url: str) -> None:
    """Set a password by a one-time address."""
    await page.goto(url)
    await page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    await page.get_by_label("Once more").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password, and log in").click()
    await expect(page).to_have_url(re.compile("/$"))


async def log_in(page: Page, name: str) -> None:
    """Type a name and a password into the page to log in."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()


async def test_all_of_it_works_without_scripts(visit: Visit) -> None:
    url = await invited(visit, "root", Role.ADMIN)
    clock = visit.api.clock
    async with fresh(visit, scripts=False) as page:
        await enter(page, url)
        await page.goto(f"{visit.url}/me")
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.get_by_role("button", name="Turn it on").click()
        await expect(page.locator("svg")).to_be_visible()
        secret = secret_in(await page.content())
        code = second_factor.code_at(secret, second_factor.step_of(clock.now()))
        await page.get_by_label("The code that it shows").fill(code)
        await page.get_by_role("button", name="Turn it on").click()
        await expect(page.get_by_text("Your recovery codes")).to_be_visible()
        await page.goto(f"{visit.url}/me")
        await page.locator("main").get_by_role("button", name="Log out", exact=True).click()

        clock.moment += timedelta(minutes=1)
        await page.goto(f"{visit.url}/users")
        await log_in(page, "root")
        code = second_factor.code_at(secret, second_factor.step_of(clock.now()))
        await page.get_by_label("The code that your telephone shows").fill(code)
        await page.get_by_role("button", name="Log in").click()

        await expect(page).to_have_url(f"{visit.url}/users")


async def test_what_was_typed_is_there_after_the_session_has_ended(visit: Visit) -> None:
    url = await invited(visit, "root", Role.ADMIN)
    async with fresh(visit) as page:
        await enter(page, url)
        await page.goto(f"{visit.url}/users")
        await page.get_by_label("Name").fill("bob")
        visit.api.clock.moment += timedelta(days=2)
        await page.get_by_role("button", name="Make, and show").click()
        await expect(page.get_by_text("Nothing that you typed is lost")).to_be_visible()
        await log_in(page, "root")
        await expect(page.get_by_role("definition").get_by_text("bob")).to_be_visible()
        await page.get_by_role("button", name="Send").click()

        await expect(page.get_by_text(re.compile("/welcome/fettle_l_"))).to_be_visible()


async def test_everybody_can_read_and_use_them(visit: Visit) -> None:
    url = await invited(visit, "root", Role.ADMIN)
    async with fresh(visit) as page:
        found: dict[str, list[str]] = {}
        for path in ("/login", url.removeprefix(visit.url), "/welcome/none"):
            await page.goto(f"{visit.url}{path}")
            found[path] = await violations(page)
        await enter(page, url)
        await invited(visit, "bob", Role.VIEWER)
        for path in ("/me", "/users"):
            await page.goto(f"{visit.url}{path}")
            found[path] = await violations(page)
        await page.goto(f"{visit.url}/me")
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.get_by_role("button", name="Turn it on").click()
        await expect(page.locator("svg")).to_be_visible()
        found["/me/totp/begin"] = await violations(page)

    assert not any(found.values()), found
