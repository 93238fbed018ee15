"""One's own page: the password, the second factor, and where one is logged in."""

import asyncio
import re
from datetime import timedelta

from tests.frontends.web.second_factors import secret_in, turned_on
from tests.frontends.web.site import PASSWORD, Browser, Site

NEW = "another long one"


async def second_step(site: Site, name: str = "ada") -> Browser:
    """Return a browser that has said the password, and is asked for a code."""
    browser = site.browser()
    answer = await browser.log_in(name)
    assert answer.status_code == 200
    assert "Your second factor" in answer.text
    return browser


async def say(browser: Browser, code: str) -> int:
    """Say a code, as the page that asks for it does."""
    fields = {name: browser.hidden(name) for name in ("step", "next")}
    return (await browser.send("/login/code", {**fields, "code": code})).status_code


async def test_a_code_is_asked_for_and_none_is_taken_twice(site: Site) -> None:
    device = await turned_on(site, await site.user("ada"))
    used = device.code(site.clock.now())
    first, second = await second_step(site), await second_step(site)
    assert await say(first, used) == 403  # it has turned it on
    site.clock.moment += timedelta(seconds=30)
    code = device.code(site.clock.now())

    codes = await asyncio.gather(say(first, code), say(second, code))

    assert sorted(codes) == [303, 403]
    assert [await first.is_in(), await second.is_in()].count(True) == 1


async def test_the_password_alone_lets_nobody_in(site: Site) -> None:
    await turned_on(site, await site.user("ada"))
    browser = await second_step(site)

    assert not await browser.is_in()
    assert await say(browser, "000000") == 403
    assert not await browser.is_in()


async def test_a_recovery_code_stands_in_once(site: Site) -> None:
    device = await turned_on(site, await site.user("ada"))
    assert len(device.recovery) == 10
    first = await second_step(site)
    entered = await say(first, f" {device.recovery[3].upper()} ")
    second = await second_step(site)
    again = await say(second, device.recovery[3])
    page = await first.get("/me")

    assert (entered, again) == (303, 403)
    assert "9 recovery codes left" in page.text


async def test_a_step_is_good_for_a_while_for_this_browser_and_this_password(site: Site) -> None:
    me = await site.user("ada")
    device = await turned_on(site, me)
    late, changed = await second_step(site), await second_step(site)
    site.clock.moment += timedelta(minutes=9)
    await me.get("/me")
    await me.send("/me/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    after_change = await say(changed, device.code(site.clock.now()))
    site.clock.moment += timedelta(minutes=2)
    after_time = await say(late, device.code(site.clock.now()))

    assert (after_change, after_time) == (403, 403)
    assert not await changed.is_in()
    assert not await late.is_in()


async def test_guessing_codes_is_stopped(site: Site) -> None:
    device = await turned_on(site, await site.user("ada"))
    browser = await second_step(site)
    codes = [await say(browser, f"{n:06}") for n in range(5)]
    site.clock.moment += timedelta(seconds=60)
    stopped = await say(browser, device.code(site.clock.now()))

    assert codes == [403] * 5
    assert stopped == 429


async def test_it_is_on_only_once_a_code_is_right(site: Site) -> None:
    browser = await site.user("ada")
    before = browser.cookie
    await browser.get("/me")
    shown = await browser.send("/me/totp/begin", {"current": PASSWORD})
    sealed = browser.hidden("sealed")
    wrong = await browser.send("/me/totp/on", {"sealed": sealed, "code": "000000"})
    forged = await browser.send("/me/totp/on", {"sealed": "AAAA", "code": "000000"})
    ((off,),) = await site.rows("SELECT totp FROM fettle_user")
    await turned_on(site, browser)
    ((kept,),) = await site.rows("SELECT totp FROM fettle_user")

    assert shown.text.count("<svg") == 1
    assert secret_in(wrong.text) == secret_in(shown.text)
    assert (wrong.status_code, forged.status_code) == (403, 403)
    assert off is None
    assert secret_in(shown.text) not in bytes(kept)
    assert browser.cookie != before  # what was known of it before is worth nothing


async def test_who_has_a_session_alone_turns_nothing_on(site: Site) -> None:
    browser = await site.user("ada")
    await browser.get("/me")

    refused = await browser.send("/me/totp/begin", {"current": "guess"})

    assert refused.status_code == 403
    assert "<svg" not in refused.text


async def test_the_secret_is_never_shown_again(site: Site) -> None:
    browser = await site.user("ada")
    device = await turned_on(site, browser)
    page = await browser.get("/me")
    again = await browser.send("/me/totp/begin", {"current": PASSWORD})
    now = device.code(site.clock.now() + timedelta(seconds=30))
    refused = await browser.send("/me/totp/on", {"sealed": browser.hidden("sealed"), "code": now})

    assert secret_in(again.text) != device.secret
    assert refused.status_code == 403
    for code in device.recovery:
        assert code not in page.text


async def test_what_is_sealed_for_one_user_is_nothing_to_another(site: Site) -> None:
    ada, bob = await site.user("ada"), await site.user("bob")
    await ada.get("/me")
    await ada.send("/me/totp/begin", {"current": PASSWORD})
    sealed = ada.hidden("sealed")
    await bob.get("/me")

    answer = await bob.send("/me/totp/on", {"sealed": sealed, "code": "000000"})

    assert "took too long" in answer.text


async def test_it_is_turned_off_by_a_code_and_codes_are_made_anew(site: Site) -> None:
    browser = await site.user("ada")
    device = await turned_on(site, browser)
    await browser.get("/me")
    made = await browser.send("/me/totp/codes", {"code": device.recovery[0]})
    old = await browser.client.get("/me")
    browser.page = old
    refused = await browser.send("/me/totp/off", {"code": device.recovery[1]})
    new = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", made.text)
    off = await browser.send("/me/totp/off", {"code": new[0]})

    assert len(new) == 10
    assert refused.status_code == 403
    assert off.headers["location"] == "/me?done=totp-off"
    assert (await site.browser().log_in("ada")).status_code == 303


async def test_changing_the_password_logs_every_other_browser_out(site: Site) -> None:
    browser = await site.user("ada")
    other = site.browser()
    await other.log_in("ada")
    before = browser.cookie
    await browser.get("/me")
    changed = await browser.send(
        "/me/password", {"current": PASSWORD, "password": NEW, "again": NEW}
    )

    assert changed.headers["location"] == "/me?done=password"
    assert browser.cookie != before
    assert await browser.is_in()
    assert not await other.is_in()
    assert (await site.browser().log_in("ada", NEW)).status_code == 303


async def test_who_does_not_know_the_password_changes_it_not_and_guesses_little(
    site: Site,
) -> None:
    browser = await site.user("ada")
    await browser.get("/me")
    new = {"password": NEW, "again": NEW}
    codes = [
        (await browser.send("/me/password", {"current": f"guess {n}", **new})).status_code
        for n in range(6)
    ]

    assert codes == [403] * 5 + [429]
    site.clock.moment += timedelta(hours=1)
    assert (await site.browser().log_in("ada")).status_code == 303


async def test_ones_browsers_are_listed_and_can_be_logged_out(site: Site) -> None:
    browser = await site.user("ada")
    others = [site.browser(address=f"198.51.100.{n}") for n in range(3)]
    for number, other in enumerate(others):
        other.headers["user-agent"] = f"<i>Browser</i> {number}"
        await other.log_in("ada")
    bob = await site.user("bob")
    page = await browser.get("/me")
    ids = re.findall(r'name="session" value="([^"]+)"', page.text)
    await bob.get("/me")
    theirs = await bob.send("/me/sessions/end", {"session": ids[0]})
    one = await browser.send("/me/sessions/end", {"session": ids[0]})
    left = [await other.is_in() for other in others]
    nothing = await browser.send("/me/sessions/end", {"session": "x"})
    await browser.get("/me")
    await browser.send("/me/sessions/end-others")

    assert "&lt;i&gt;Browser&lt;/i&gt; 1" in page.text
    assert len(ids) == 3
    assert (theirs.status_code, one.status_code, nothing.status_code) == (303, 303, 404)
    assert left.count(True) == 2
    assert [await other.is_in() for other in others] == [False] * 3
    assert await browser.is_in()
