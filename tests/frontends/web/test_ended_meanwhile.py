"""What lets somebody in is ended while they come by it: neither waits for the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fettle.store import log_ins, users
from fettle.store.statements import Connection
from tests.engine.conftest import until
from tests.frontends.web.site import PASSWORD, Site
from tests.frontends.web.test_elsewhere import acme, log_in, marked, provider

__all__ = ["acme", "provider"]

WAITS = b"""SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@asynccontextmanager
async def held(site: Site, name: str) -> AsyncIterator[tuple[Connection, UUID]]:
    """Hold a user, as who ends what lets them in."""
    async with site.serving.pool.connection() as connection, connection.transaction():
        yield connection, (await users.hold(connection, name)).user.id


async def waits(site: Site) -> bool:
    await asyncio.sleep(0.02)
    return bool((await site.rows(WAITS.decode()))[0][0])


async def tied(site: Site, name: str) -> None:
    """Make a user who logs in by the provider."""
    browser = await site.user(name)
    await browser.get("/me")
    await log_in(browser, marked(browser))


async def test_a_log_in_by_a_provider(acme: Site) -> None:
    await tied(acme, "ada")
    async with held(acme, "ada") as (connection, user):
        coming = asyncio.ensure_future(log_in(acme.browser()))
        await until(lambda: waits(acme), 30)
        ended = await users.untie(connection, user)
    refused = await coming

    assert ended == 1
    assert (refused.status_code, "obody here is known by" in refused.text) == (403, True)


async def test_a_tie_that_is_made_once_more(acme: Site) -> None:
    await tied(acme, "ada")
    link = await acme.link("ada")
    again = acme.browser()
    await again.get(link)
    async with held(acme, "ada") as (connection, user):
        coming = asyncio.ensure_future(log_in(again, marked(again)))
        await until(lambda: waits(acme), 30)
        await users.untie(connection, user)
    await coming

    assert len(await acme.rows("SELECT FROM user_identity")) == 1
    assert await again.is_in()


async def test_a_log_in_by_a_link(acme: Site) -> None:
    link = await acme.invite("ada")
    browser = acme.browser()
    await browser.get(link)
    typed = {"password": PASSWORD, "again": PASSWORD}
    async with held(acme, "ada") as (connection, user):
        coming = asyncio.ensure_future(browser.send(link, typed))
        await until(lambda: waits(acme), 30)
        await log_ins.end_links(connection, user)
    refused = await coming

    assert (refused.status_code, "the link is none of ours" in refused.text.lower()) == (403, True)
    assert not await browser.is_in()
