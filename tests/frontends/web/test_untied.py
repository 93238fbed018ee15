"""Ending a log-in by a provider on one's own page, but for the last one that works."""

from datetime import timedelta

from tests.frontends.web.site import PASSWORD, Site
from tests.frontends.web.test_elsewhere import ADA, acme, log_in, marked, provider
from tests.openid_provider import Provider

__all__ = ["acme", "provider"]


async def change(site: Site, statement: str) -> None:
    async with site.serving.pool.connection() as connection:
        await connection.execute(statement.encode())


async def test_who_is_connected_disconnects_themselves_and_who_came_that_way_is_out(
    acme: Site, provider: Provider
) -> None:
    provider.claims = {**ADA, "groups": ["dev"]}
    browser, strange = await acme.user("ada"), acme.browser()
    await browser.get("/me")
    await log_in(browser, marked(browser))
    await log_in(strange)
    assert await strange.is_in()
    acme.clock.moment += timedelta(minutes=6)
    page = await browser.get("/me")
    fields = {name: browser.hidden(name) for name in ("issuer", "subject")}
    wrong = await browser.send("/me/untie", {**fields, "current": "wrong"})
    assert await strange.is_in()
    await browser.get("/me")
    ended = await browser.send("/me/untie", {**fields, "current": PASSWORD})
    after = await browser.get("/me")

    assert "Disconnect Acme" in page.text
    assert "he password you have now is another one" in wrong.text
    assert ended.headers["location"] == "/me?done=untied"
    assert "Acme: connected" not in after.text
    assert not await strange.is_in()
    assert await acme.rows("SELECT act, detail ->> 'issuer' FROM audit WHERE act = 'untie'") == [
        ("untie", provider.issuer)
    ]


async def test_who_has_no_other_way_in_keeps_it(acme: Site, provider: Provider) -> None:
    provider.claims = {**ADA, "groups": ["dev"]}
    browser = acme.browser()
    await log_in(browser)
    await browser.get("/me")
    fields = {name: browser.hidden(name) for name in ("issuer", "subject")}
    refused = await browser.send("/me/untie", fields)

    assert (refused.status_code, "othing else lets you in" in refused.text) == (409, True)


async def test_a_tie_to_a_provider_that_is_gone_is_no_way_in(
    acme: Site, provider: Provider
) -> None:
    provider.claims = {**ADA, "groups": ["dev"]}
    browser = acme.browser()
    await log_in(browser)
    await change(
        acme,
        "INSERT INTO user_identity (issuer, subject, user_id, created_at)"
        " SELECT 'https://gone.example', 'ada', id, now() FROM fettle_user",
    )
    await browser.get("/me")
    works = {"issuer": provider.issuer, "subject": "248289761001"}
    gone = {"issuer": "https://gone.example", "subject": "ada"}
    refused = await browser.send("/me/untie", works)
    await browser.get("/me")
    removed = await browser.send("/me/untie", gone)

    assert (refused.status_code, "othing else lets you in" in refused.text) == (409, True)
    assert removed.headers["location"] == "/me?done=untied"


async def test_the_last_tie_is_ended_where_its_provider_is_gone(
    acme: Site, provider: Provider
) -> None:
    provider.claims = {**ADA, "groups": ["dev"]}
    browser = acme.browser()
    await log_in(browser)
    await change(acme, "UPDATE user_identity SET issuer = 'https://gone.example'")
    await browser.get("/me")
    fields = {name: browser.hidden(name) for name in ("issuer", "subject")}
    removed = await browser.send("/me/untie", fields)

    assert removed.headers["location"] == "/me?done=untied"
    assert await acme.rows("SELECT FROM user_identity") == []
