"""Nobody who is logged out in the middle of a form loses what they typed, nor acts for another."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fettle.frontends.api import inside
from fettle.frontends.web import known_fields
from fettle.model.role import Caller, Role
from tests.frontends.web.site import PASSWORD, URL, Browser, Site

TYPED = {"name": "bob", "role": "viewer", "note": 'a "quote" <b>&amp;</b>\r\n\r\nünï 🧯'}


async def sent_when_logged_out(site: Site) -> Browser:
    """Let an admin's session end in the middle of a form, and send it."""
    browser = await site.user("root", Role.ADMIN)
    await browser.get("/users")
    site.clock.moment += timedelta(days=2)
    answer = await browser.send("/users", TYPED)
    assert answer.status_code == 403
    assert "Nothing that you typed is lost" in answer.text
    return browser


def shown(browser: Browser) -> dict[str, str]:
    """Return the fields of the form that is offered, as a browser would send them."""
    assert browser.page is not None
    fields = re.findall(
        r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', browser.page.text, re.DOTALL
    )
    return {html.unescape(name): html.unescape(value) for name, value in fields}


def carried(browser: Browser) -> dict[str, str]:
    return {name: browser.hidden(name) for name in ("kept_path", "kept_body")}


async def test_what_was_typed_is_shown_after_logging_in_and_sent_after_a_look(site: Site) -> None:
    browser = await sent_when_logged_out(site)

    offered = await browser.send(
        "/login", {"name": "root", "password": PASSWORD, **carried(browser)}
    )
    before = await site.rows("SELECT name FROM fettle_user ORDER BY name")
    done = await browser.send("/users", shown(browser))
    after = await site.rows("SELECT name FROM fettle_user ORDER BY name")

    assert offered.status_code == 200
    assert before == [("root",)]
    assert done.status_code == 200
    assert f"{URL}/welcome/" in done.text
    assert after == [("bob",), ("root",)]


async def test_all_of_it_is_there_whatever_was_typed(site: Site) -> None:
    browser = await sent_when_logged_out(site)
    mistyped = await browser.send(
        "/login", {"name": "root", "password": "wrong", **carried(browser)}
    )
    await browser.send("/login", {"name": "root", "password": PASSWORD, **carried(browser)})

    assert mistyped.status_code == 403
    assert shown(browser) == TYPED
    assert browser.page is not None
    assert "<b>" not in browser.page.text


async def test_who_logs_in_in_another_tab_goes_on_from_there(site: Site) -> None:
    browser = await sent_when_logged_out(site)
    kept = carried(browser)
    await browser.log_in("root")

    offered = await browser.send("/login/send", kept)

    assert offered.status_code == 200
    assert shown(browser) == TYPED
    assert (await browser.send("/users", shown(browser))).status_code == 200


async def test_a_form_made_before_logging_in_anew_is_shown_again(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    page = await browser.get("/users")
    await browser.send("/logout")
    await browser.log_in("root")
    other_tab = Browser(browser.client, page)

    answer = await other_tab.send("/users", TYPED)

    assert answer.status_code == 403
    assert shown(other_tab) == TYPED
    assert len(await site.rows("SELECT FROM fettle_user")) == 1
    assert (await other_tab.send("/users", shown(other_tab))).status_code == 200


async def test_a_password_is_not_carried(site: Site) -> None:
    browser = await site.user("ada")
    await browser.get("/me")
    site.clock.moment += timedelta(days=2)
    secrets = {"current": PASSWORD, "password": "secret of hers", "again": "secret of hers"}

    answer = await browser.send("/me/password", {**secrets, "code": "123456"})

    assert answer.status_code == 403
    for secret in (*secrets.values(), "123456"):
        assert secret not in answer.text


async def test_who_loses_a_role_in_the_middle_is_refused_after_the_look(site: Site) -> None:
    browser = await sent_when_logged_out(site)
    async with site.serving.pool.connection() as connection:
        await connection.execute("UPDATE fettle_user SET role = 'viewer'")
    await browser.send("/login", {"name": "root", "password": PASSWORD, **carried(browser)})

    done = await browser.send("/users", shown(browser))

    assert done.status_code == 403
    assert len(await site.rows("SELECT FROM fettle_user")) == 1


async def test_what_another_site_sends_is_neither_done_nor_carried(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    for headers in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        await browser.get("/users")
        inside = await browser.send("/users", TYPED, **headers)
        outside = await site.browser().send("/users", TYPED, **headers)

        assert (inside.status_code, outside.status_code) == (403, 403)
        assert "kept_body" not in outside.text
    assert len(await site.rows("SELECT FROM fettle_user")) == 1


async def test_the_token_is_needed(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    await browser.get("/users")
    csrf = browser.hidden("csrf")
    client = browser.client
    without = await client.post("/users", data=TYPED)
    wrong = await client.post("/users", data={**TYPED, "csrf": "0" * 64})
    from_ours = {"Origin": URL, "Sec-Fetch-Site": "same-origin"}
    right = await client.post("/users", data={**TYPED, "csrf": csrf}, headers=from_ours)

    assert (without.status_code, wrong.status_code, right.status_code) == (403, 403, 200)


async def test_what_is_no_form_is_refused(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    json = await browser.client.post("/users", json=TYPED)
    odd = await browser.client.post(
        "/users",
        content=b"a=%ff",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    many = await browser.client.post("/users", data={f"f{number}": "" for number in range(600)})
    large = await browser.client.post("/users", data={"a": "x" * 3_000_000})

    codes = [answer.status_code for answer in (json, odd, many, large)]
    assert codes == [400, 400, 400, 413]


async def test_a_large_form_comes_through_the_log_in(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    await browser.get("/users")
    site.clock.moment += timedelta(days=2)
    text = '"\\é\n' * 100_000
    await browser.send("/users", {"note": text})

    await browser.send("/login", {"name": "root", "password": PASSWORD, **carried(browser)})

    assert shown(browser) == {"note": text}


async def test_half_a_character_is_no_bug(site: Site) -> None:
    browser = await site.user("ada")
    kept = {"kept_path": "/issues/1/note", "kept_body": '[["text", "so \\ud800 it is"]]'}
    await browser.get("/")
    offered = await browser.send("/login/send", kept)
    assert offered.status_code == 200
    assert "so ? it is" in offered.text


async def test_an_address_is_remembered_as_it_is(site: Site) -> None:
    answer = await site.browser().get("/known-errors/a%3Fb%23%20c?version=1")
    found = parse_qs(urlsplit(answer.headers["location"]).query)
    assert found["next"] == ["/known-errors/a%3Fb%23%20c?version=1"]


@pytest.mark.parametrize(
    "path", ["/known-errors/a%3Fb/retire", "/fixes/a%3Fb/decline", "/known-errors/a%3Fb/edit"]
)
async def test_what_is_called_strangely_is_sought_by_that_name(site: Site, path: str) -> None:
    browser = await site.user("ada")
    await browser.get("/")
    form = {"reason": "x", "version": "1", "do": "keep"}
    form["seal"] = known_fields.seal(form)
    answer = await browser.send(path, form)
    assert "a?b" in answer.text
    assert answer.status_code in (404, 409)


@pytest.mark.parametrize(("part", "status"), [("lock%5Ftimeout", 200), ("lock%2Ftimeout", 404)])
async def test_parts_of_an_address_within_the_process_are_read_as_over_the_network(
    site: Site, part: str, status: int
) -> None:
    ada = Caller("user:ada", Role.VIEWER)
    answer = await inside.call(site.app, ada, "GET", f"/api/v1/known-errors/{part}")
    assert answer.status == status


async def test_no_page_is_kept_by_anybody(site: Site) -> None:
    browser = await site.user("root", Role.ADMIN)
    for path in ("/", "/me", "/users"):
        page = await browser.get(path)

        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_who_may_not_see_a_page_is_told_so(site: Site) -> None:
    browser = await site.user("ada", Role.RESPONDER)

    assert (await browser.get("/users")).status_code == 403
    assert (await browser.get("/")).status_code == 200
