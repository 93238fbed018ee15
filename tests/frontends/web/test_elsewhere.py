"""Logging in by a provider, there and back, with a real one on this machine."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from fettle.model.role import Role
from tests.frontends.web.second_factors import turned_on
from tests.frontends.web.site import PASSWORD, URL, Browser, Site, running
from tests.openid_provider import Provider, provided

ADA = {"email": "ada@acme.example", "email_verified": True}
GROUPS = {"role_claim": "groups", "roles": {"admins": "admin", "dev": "responder"}}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Give a provider that everybody is known by as Ada."""
    async with provided() as made:
        made.claims = dict(ADA)
        yield made


@pytest.fixture
async def acme(
    store_environ: dict[str, str], tmp_path: Path, provider: Provider
) -> AsyncIterator[Site]:
    """Give a site that lets in whom the provider gives a role."""
    async with running(store_environ, tmp_path, "", provider.sign_on(**GROUPS)) as site:
        yield site


async def there(browser: Browser, query: str = "") -> str:
    """Go to the provider; return the path that it sends the browser back to."""
    sent = await browser.client.get(f"/oidc/acme/start{query}")
    assert sent.status_code == 303, sent.text
    async with httpx.AsyncClient() as outside:
        back = await outside.get(sent.headers["location"])
    address = urlsplit(back.headers["location"])
    assert f"{address.scheme}://{address.netloc}" == URL
    return f"{address.path}?{address.query}"


def marked(browser: Browser) -> str:
    """Return the query of the page's link that ties somebody to who they are there."""
    assert browser.page is not None
    (query,) = re.findall(r'"/oidc/acme/start(\?[^"]*mark=[^"]*)"', browser.page.text)
    return html.unescape(query)


async def log_in(browser: Browser, query: str = "") -> httpx.Response:
    return await browser.get(await there(browser, query))


async def test_who_is_new_and_has_a_role_is_made_a_user(acme: Site, provider: Provider) -> None:
    provider.claims["groups"] = ["dev"]
    browser = acme.browser()
    page = await browser.get("/login?next=/me")
    entered = await log_in(browser, "?next=%2Fme%3Fx%3D1")
    me = await browser.get("/me")

    assert "Log in by Acme" in page.text
    assert entered.headers["location"] == "/me?x=1"
    assert "ada@acme.example" in me.text
    assert "by oidc:acme" in me.text
    assert await acme.rows("SELECT name, role, password, created_by FROM fettle_user") == [
        ("ada@acme.example", "responder", None, provider.issuer)
    ]
    audit = await acme.rows("SELECT actor, act, subject FROM audit")
    assert ("user:ada@acme.example", "log in", "oidc:acme") in audit


async def test_who_has_no_role_is_refused_and_made_nobody(acme: Site) -> None:
    browser = acme.browser()
    refused = await log_in(browser)

    assert refused.status_code == 403
    assert "Nobody here is known by that log-in" in refused.text
    assert not await browser.is_in()
    assert await acme.rows("SELECT FROM fettle_user") == []


async def test_the_provider_says_each_time_what_somebody_may_do(
    acme: Site, provider: Provider
) -> None:
    provider.claims["groups"] = ["admins"]
    first = acme.browser()
    await log_in(first)
    as_admin = (await first.get("/users")).status_code
    provider.claims["groups"] = ["dev"]
    second = acme.browser()
    await log_in(second)
    first_is_in = await first.is_in()
    as_responder = (await second.get("/users")).status_code
    provider.claims["groups"] = []
    third = await log_in(acme.browser())

    assert (as_admin, as_responder) == (200, 403)
    assert not first_is_in  # its role was another one
    assert third.status_code == 403


async def test_a_name_that_is_taken_is_not_given_away(acme: Site, provider: Provider) -> None:
    owner = await acme.user("ada@acme.example", Role.ADMIN)
    provider.claims["groups"] = ["dev"]
    browser = acme.browser()

    refused = await log_in(browser)

    assert refused.status_code == 403
    assert "is here already" in refused.text
    assert not await browser.is_in()
    assert await owner.is_in()
    assert await acme.rows("SELECT FROM user_identity") == []


async def test_who_has_a_link_may_log_in_by_the_provider_from_then_on(acme: Site) -> None:
    link = await acme.invite("ada", Role.VIEWER)
    browser = acme.browser()
    page = await browser.get(link)
    entered = await log_in(browser, marked(browser))
    again = acme.browser()
    later = await log_in(again)

    assert "Or log in by Acme" in page.text
    assert entered.status_code == 303
    assert (await acme.browser().get(link)).status_code == 403
    assert later.status_code == 403  # its claims decide at each log-in, and give no role
    assert await browser.is_in()


async def test_a_provider_that_does_not_decide_leaves_roles_as_they_are(
    store_environ: dict[str, str], tmp_path: Path, provider: Provider
) -> None:
    async with running(store_environ, tmp_path, "", provider.sign_on()) as site:
        link = await site.invite("ada", Role.ADMIN)
        first, browser = site.browser(), site.browser()
        await first.get(link)
        await log_in(first, marked(first))

        assert (await log_in(browser)).status_code == 303
        assert (await browser.get("/users")).status_code == 200


async def test_a_link_is_used_once_by_a_provider_too(acme: Site) -> None:
    link = await acme.invite("ada")
    first, second = acme.browser(), acme.browser()
    paths = []
    for browser in (first, second):
        await browser.get(link)
        paths.append(await there(browser, marked(browser)))

    codes = [
        (await browser.get(path)).status_code
        for browser, path in zip((first, second), paths, strict=True)
    ]

    assert codes == [303, 403]


async def test_a_link_and_a_provider_do_not_stand_in_for_the_second_factor(acme: Site) -> None:
    await turned_on(acme, await acme.user("ada"))
    link = await acme.link("ada")

    browser = acme.browser()
    await browser.get(link)
    refused = await log_in(browser, marked(browser))

    assert refused.status_code == 403
    assert (await acme.browser().get(link)).status_code == 200
    assert await acme.rows("SELECT FROM user_identity") == []


async def test_who_is_logged_in_connects_themselves(acme: Site, provider: Provider) -> None:
    browser = await acme.user("ada")
    page = await browser.get("/me")
    tied = await log_in(browser, marked(browser))
    after = await browser.get("/me")
    bob = await acme.user("bob")
    await bob.get("/me")
    theirs = await log_in(bob, marked(bob))

    assert "Connect Acme" in page.text
    assert tied.headers["location"] == "/me"
    assert "Acme: connected" in after.text
    assert theirs.status_code == 409
    assert "already another user here" in theirs.text


async def test_who_logged_in_long_ago_proves_who_they_are_before_they_connect(
    acme: Site, provider: Provider
) -> None:
    browser = await acme.user("ada")
    await browser.get("/me")
    query = marked(browser)
    acme.clock.moment += timedelta(minutes=6)
    page = await browser.get("/me")
    late = await browser.client.get(f"/oidc/acme/start{query}")
    wrong = await browser.send("/me/connect", {"current": "wrong"})
    await browser.get("/me")
    proved = await browser.send("/me/connect", {"current": PASSWORD})
    await browser.get("/me")
    tied = await log_in(browser, marked(browser))

    assert "mark=" not in page.text
    assert late.status_code == 403
    assert "he password you have now is another one" in wrong.text
    assert proved.headers["location"] == "/me?done=proved"
    assert tied.headers["location"] == "/me"


async def test_another_site_ties_nobody_to_anybody(acme: Site) -> None:
    """It could have logged them in at the provider as somebody else."""
    browser = await acme.user("ada")
    await browser.get("/me")
    link = await acme.link("ada")
    mallory = await acme.user("mallory")
    await mallory.get("/me")

    for query in ("?tie", marked(mallory), f"?link={quote(link.rpartition('/')[2])}"):
        assert (await browser.client.get(f"/oidc/acme/start{query}")).status_code == 403


async def test_who_logs_out_meanwhile_is_tied_to_nothing(acme: Site) -> None:
    browser = await acme.user("ada")
    await browser.get("/me")
    path = await there(browser, marked(browser))
    await browser.send("/logout")

    assert (await browser.get(path)).status_code == 403
    assert await acme.rows("SELECT FROM user_identity") == []


async def test_an_answer_to_another_browser_is_not_taken(acme: Site, provider: Provider) -> None:
    provider.claims["groups"] = ["dev"]
    path = await there(acme.browser())
    victim = acme.browser()
    nothing_begun = await victim.get(path)
    await there(victim)
    another_begun = await victim.get(path)

    assert (nothing_begun.status_code, another_begun.status_code) == (403, 403)
    assert "not begun in this browser" in nothing_begun.text
    assert "another log-in" in another_begun.text
    assert not await victim.is_in()


async def test_an_answer_is_taken_once_and_soon(acme: Site, provider: Provider) -> None:
    provider.claims["groups"] = ["dev"]
    browser = acme.browser()
    path = await there(browser)
    first = await browser.get(path)
    again = await browser.get(path)
    late = acme.browser()
    path = await there(late)
    acme.clock.moment += timedelta(minutes=11)
    too_late = await late.get(path)

    assert (first.status_code, again.status_code, too_late.status_code) == (303, 403, 403)


async def test_another_providers_answer_is_not_taken(acme: Site, provider: Provider) -> None:
    provider.claims["groups"] = ["dev"]
    browser = acme.browser()
    path = await there(browser)

    refused = await browser.get(f"{path}&iss=https%3A%2F%2Fevil.example")

    assert refused.status_code == 403
    assert "another provider" in refused.text


async def test_what_the_provider_says_is_shown_as_text(acme: Site) -> None:
    browser = acme.browser()
    state = (await there(browser)).partition("state=")[2]

    refused = await browser.get(
        f"/oidc/callback?state={state}&error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E"
    )

    assert refused.status_code == 403
    assert "&lt;b&gt;no&lt;/b&gt;" in refused.text


async def test_the_cookie_of_it_is_as_well_kept_as_the_other(acme: Site) -> None:
    sent = await acme.browser().client.get("/oidc/acme/start")
    attributes = sent.headers["set-cookie"].lower()

    assert attributes.startswith("__host-fettle-oidc=")
    for attribute in ("secure", "httponly", "samesite=lax", "path=/", "max-age=600"):
        assert attribute in attributes


async def test_a_provider_that_is_away_or_unknown_is_said(acme: Site) -> None:
    unknown = await acme.browser().get("/oidc/other/start")

    assert unknown.status_code == 404
    assert (await acme.browser().get("/oidc/callback")).status_code == 403


async def test_who_is_disabled_is_refused(acme: Site, provider: Provider) -> None:
    provider.claims["groups"] = ["dev"]
    await log_in(acme.browser())
    async with acme.serving.pool.connection() as connection:
        await connection.execute("UPDATE fettle_user SET disabled_at = now()")

    refused = await log_in(acme.browser())

    assert refused.status_code == 403
    assert "cannot log in any more" in refused.text


async def test_what_was_typed_waits_while_somebody_logs_in_there(
    acme: Site, provider: Provider
) -> None:
    provider.claims["groups"] = ["admins"]
    browser = acme.browser()
    await log_in(browser)
    await browser.get("/users")
    acme.clock.moment += timedelta(days=2)
    page = await browser.send("/users", {"name": "bob", "role": "viewer"})
    kept = {name: browser.hidden(name) for name in ("kept_path", "kept_body")}
    await log_in(browser)
    offered = await browser.send("/login/send", kept)

    assert 'target="_blank"' in page.text
    assert offered.status_code == 200
    assert (await browser.send("/users", {"name": "bob", "role": "viewer"})).status_code == 200
