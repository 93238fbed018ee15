"""Logging in by password: who may, how often it may be tried, and what the browser has after it."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import TooMuch
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Browser
from fettle.frontends.web import forms
from fettle.model.role import Role
from tests.frontends.web.site import PASSWORD, URL, Site, running


def cookie_of(answer: httpx.Response) -> str:
    """Return the line that sets the session's cookie."""
    (line,) = [
        line
        for line in answer.headers.get_list("set-cookie")
        if re.match(r"(__Host-)?fettle(-\d+)?=", line)
    ]
    return line


async def test_who_is_not_logged_in_is_sent_to_log_in_and_back(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()

    sent = await browser.get("/me?x=1&y=a%20b")
    page = await browser.get(sent.headers["location"])
    entered = await browser.send(
        "/login", {"name": "Ada ", "password": PASSWORD, "next": browser.hidden("next")}
    )

    assert sent.status_code == 303
    assert page.status_code == 200
    assert entered.status_code == 303
    assert entered.headers["location"] == "/me?x=1&y=a%20b"
    assert await browser.is_in()


async def test_the_cookie_is_one_that_no_other_site_sets_or_reads(site: Site) -> None:
    await site.user("ada")
    entered = await site.browser().log_in("ada")
    attributes = cookie_of(entered).lower()

    assert attributes.startswith("__host-fettle=fettle_s_")
    for attribute in ("secure", "httponly", "samesite=lax", "path=/"):
        assert attribute in attributes
    assert "domain" not in attributes


async def test_over_http_of_this_machine_alone_it_is_another_cookie(site: Site) -> None:
    await site.user("ada")
    browser = site.browser("http://127.0.0.1:8470")

    attributes = cookie_of(await browser.log_in("ada")).lower()

    assert attributes.startswith("fettle-8470=")
    assert "secure" not in attributes
    assert await browser.is_in()


async def test_over_other_http_nobody_logs_in_unless_the_settings_say_so(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    async with running(store_environ, tmp_path) as site:
        await site.user("ada")
        browser = site.browser("http://ops.lan:8470")
        page = await browser.get("/login")
        posted = await browser.send("/login", {"name": "ada", "password": PASSWORD})

        assert "Over plain http nobody logs in" in page.text
        assert "set-cookie" not in page.headers
        assert posted.status_code == 403

    async with running(store_environ, tmp_path, "[log_in]\nplain_http = true\n") as site:
        browser = site.browser("http://ops.lan:8470")
        assert (await browser.log_in("ada")).status_code == 303
        assert await browser.is_in()


async def test_whatever_is_wrong_the_answer_is_the_same(site: Site) -> None:
    await site.user("ada")
    await site.user("gone")
    await site.invite("new")
    async with site.serving.pool.connection() as connection:
        await connection.execute("UPDATE fettle_user SET disabled_at = now() WHERE name = 'gone'")

    answers = [
        await site.browser().log_in(name, password)
        for name, password in (
            ("ada", "not the password"),
            ("nobody", PASSWORD),
            ("gone", PASSWORD),
            ("new", ""),
            ("new", PASSWORD),
            ("no such\x00name", PASSWORD),
            ("ada", PASSWORD + "x" * 5000),
        )
    ]

    pages = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers[:5]} == {403}
    assert len(pages) == 1
    assert 'name="name" value="ada"' in answers[0].text  # only the password is typed anew
    assert "The name or the password is wrong." in pages.pop()


async def test_a_session_that_was_planted_before_is_worth_nothing_after(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()
    await browser.get("/login")
    planted = browser.cookie
    assert planted is not None

    await browser.log_in("ada")
    thief = site.browser()
    thief.client.cookies.set("__Host-fettle", planted)

    assert browser.cookie != planted
    assert await browser.is_in()
    assert not await thief.is_in()


async def test_logging_in_again_ends_the_session_that_was(site: Site) -> None:
    browser = await site.user("ada")
    before = browser.cookie
    assert before is not None
    await browser.get("/me")
    entered = await browser.send("/login", {"name": "ada", "password": PASSWORD})
    thief = site.browser()
    thief.client.cookies.set("__Host-fettle", before)

    assert entered.status_code == 303
    assert browser.cookie != before
    assert not await thief.is_in()


async def test_nothing_that_lets_anybody_in_is_kept(site: Site) -> None:
    browser = await site.user("ada")
    link = await site.link("ada")

    kept = str(
        await site.rows(
            "SELECT u::text, s::text, l::text FROM fettle_user u, user_session s, log_in_link l"
        )
    )
    audit = str(await site.rows("SELECT a::text FROM audit a"))

    assert browser.cookie is not None
    for secret in (browser.cookie, link.rpartition("/")[2], PASSWORD):
        assert secret not in kept
        assert secret.encode().hex() not in kept
        assert secret not in audit
    assert "user:ada" in audit


async def test_too_many_attempts_have_to_wait_and_then_need_not(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()
    for _ in range(5):
        assert (await browser.log_in("ada", "wrong")).status_code == 403
    refused = await browser.log_in("ada")
    elsewhere = await site.browser(address="198.51.100.9").log_in("ada")
    still = await browser.log_in("ada")
    site.clock.moment += timedelta(minutes=15, seconds=1)
    after = await browser.log_in("ada")

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 901
    assert elsewhere.status_code == 303
    assert still.status_code == 429
    assert after.status_code == 303


async def test_a_log_in_takes_away_what_was_mistyped(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()
    for _ in range(3):
        for _ in range(4):
            await browser.log_in("ada", "wrong")
        assert (await browser.log_in("ada")).status_code == 303
        await browser.get("/me")
        await browser.send("/logout")


async def test_the_limit_holds_over_two_servers_and_however_many_come_at_once(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    async with (
        running(store_environ, tmp_path) as one,
        running(store_environ, tmp_path) as other,
    ):
        await one.user("ada")
        browsers = [site.browser() for site in (one, other) for _ in range(6)]
        for browser in browsers:
            await browser.get("/login")

        answers = await asyncio.gather(
            *(one.send("/login", {"name": "ada", "password": "wrong"}) for one in browsers)
        )

    looked_at = [answer for answer in answers if answer.status_code == 403]
    assert 1 <= len(looked_at) <= 5
    assert len(looked_at) + [answer.status_code for answer in answers].count(429) == 12


async def guess(site: Site, name: str, address: str) -> bool:
    """Count an attempt; return whether it is looked at."""
    people, pool = site.serving.people, site.serving.pool
    try:
        await log_in.count(people, pool, name, Browser(address, "", "r"), site.clock.now())
    except TooMuch:
        return False
    return True


async def test_who_guesses_at_many_names_from_one_network_is_stopped(site: Site) -> None:
    guesses = [await guess(site, f"user{n}", f"2001:db8:1:2::{n:x}") for n in range(32)]

    assert guesses == [True] * 30 + [False] * 2
    assert await guess(site, "user1", "2001:db8:1:3::1")


async def test_who_guesses_at_one_name_from_many_places_is_stopped(site: Site) -> None:
    guesses = [await guess(site, "ada", f"198.51.100.{n}") for n in range(22)]
    other = await guess(site, "bob", "198.51.100.200")
    site.clock.moment += timedelta(hours=1, seconds=1)

    assert guesses == [True] * 20 + [False] * 2
    assert other
    assert await guess(site, " ADA", "198.51.100.1")


async def test_nobodys_guesses_keep_out_who_logs_in_where_they_did_before(site: Site) -> None:
    browser = await site.user("ada")
    for number in range(20):
        assert await guess(site, "ada", f"198.51.100.{number}")
    stranger = await site.browser(address="203.0.113.5").log_in("ada")
    await browser.get("/me")
    await browser.send("/logout")
    again = await browser.log_in("ada")

    assert stranger.status_code == 429
    assert again.status_code == 303
    await browser.get("/me")
    await browser.send("/logout")
    for _ in range(5):
        assert (await browser.log_in("ada", "wrong")).status_code == 403
    assert (await browser.log_in("ada")).status_code == 429  # the browser itself has its limit


async def test_a_browser_is_known_for_those_alone_who_logged_in_there(site: Site) -> None:
    browser = await site.user("ada")
    await site.user("bob")
    for number in range(20):
        assert await guess(site, "bob", f"198.51.100.{number}")
    await browser.get("/me")
    await browser.send("/logout")
    forged = site.browser(address="203.0.113.6")
    forged.client.cookies.set("__Host-fettle-device", "anything.0123456789abcdef0123456789abcdef")

    assert (await browser.log_in("bob")).status_code == 429
    assert (await forged.log_in("bob")).status_code == 429


async def test_guesses_at_a_name_keep_nobody_from_saying_their_code(site: Site) -> None:
    now, people, pool = site.clock.now(), site.serving.people, site.serving.pool
    await site.user("ada")
    for number in range(20):
        assert await guess(site, "ada", f"198.51.100.{number}")

    assert await log_in.count(people, pool, "ada", Browser("203.0.113.7", "", "r"), now, "code")


async def test_a_page_that_asks_by_itself_keeps_no_session_from_being_idle(site: Site) -> None:
    browser = await site.user("ada")
    for _ in range(30):
        site.clock.moment += timedelta(minutes=50)
        answer = await browser.client.get("/", headers={"X-Live": "1"}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


async def test_a_link_ends_the_session_that_the_browser_had(site: Site) -> None:
    browser = await site.user("ada")
    before = browser.cookie
    link = await site.link("ada")
    await browser.get(link)
    await browser.send(link, {"password": PASSWORD, "again": PASSWORD})
    after = browser.cookie
    browser.client.cookies.set("__Host-fettle", before or "", domain="ops.example", path="/")

    assert after != before
    assert not await browser.is_in()


async def test_a_session_ends_when_it_is_idle_and_at_its_latest(site: Site) -> None:
    browser = await site.user("ada")
    for _ in range(13):
        site.clock.moment += timedelta(hours=23)
        assert await browser.is_in()
    site.clock.moment += timedelta(hours=25)
    idle = await browser.is_in()

    await browser.log_in("ada")
    for _ in range(14):
        site.clock.moment += timedelta(hours=23, minutes=59)
        assert await browser.is_in()
    site.clock.moment += timedelta(minutes=15)

    assert not idle
    assert not await browser.is_in()


async def test_logging_out_ends_the_session_and_not_only_the_cookie(site: Site) -> None:
    browser = await site.user("ada")
    cookie = browser.cookie
    await browser.get("/me")
    out = await browser.send("/logout")
    thief = site.browser()
    assert cookie is not None
    thief.client.cookies.set("__Host-fettle", cookie)

    assert out.headers["location"] == "/login"
    assert browser.cookie is None
    assert not await thief.is_in()


async def test_logging_out_needs_the_forms_token(site: Site) -> None:
    browser = await site.user("ada")
    refused = await browser.client.post("/logout", data={"csrf": "wrong"})

    assert refused.status_code == 403
    assert await browser.is_in()


async def test_another_sites_page_logs_nobody_in(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()
    for headers in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://ops.example"},
    ):
        await browser.get("/login")
        answer = await browser.send("/login", {"name": "ada", "password": PASSWORD}, **headers)

        assert answer.status_code == 403, headers
        assert not await browser.is_in()


async def test_a_form_without_its_token_logs_nobody_in(site: Site) -> None:
    await site.user("ada")
    browser = site.browser()
    who = {"name": "ada", "password": PASSWORD}
    no_cookie = await browser.client.post("/login", data=who)
    browser.client.cookies.clear()
    await browser.get("/login")
    wrong = await browser.client.post("/login", data={**who, "csrf": "0" * 64})
    ours = await browser.send("/login", who, origin=URL, sec_fetch_site="same-origin")

    assert (no_cookie.status_code, wrong.status_code, ours.status_code) == (403, 403, 303)


async def test_a_hash_made_with_less_effort_is_made_anew(site: Site) -> None:
    await site.user("ada")
    weak = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD)
    async with site.serving.pool.connection() as connection:
        await connection.execute("UPDATE fettle_user SET password = %s", (weak,))

    entered = await site.browser().log_in("ada")
    ((kept,),) = await site.rows("SELECT password FROM fettle_user")

    assert entered.status_code == 303
    assert "m=1024" in kept
    assert (await site.browser().log_in("ada")).status_code == 303


async def test_while_nobody_can_log_in_the_page_says_how_to(site: Site) -> None:
    before = await site.browser().get("/login")
    await site.user("ada", Role.ADMIN)
    after = await site.browser().get("/login")

    assert "Nobody can log in yet" in before.text
    assert "fettle user link admin" in before.text
    assert 'name="password"' not in before.text  # there is none to type
    assert "Nobody can log in yet" not in after.text
    assert 'name="password"' in after.text


async def test_a_cookie_never_opens_the_api(site: Site) -> None:
    browser = await site.user("ada", Role.ADMIN)

    assert (await browser.client.get("/api/v1/users")).status_code == 401


async def test_next_leads_nowhere_else(site: Site) -> None:
    browser = await site.user("ada")
    for path in (
        "//evil.example/",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "/login",
        "/logout",
        "/oidc/x/start?tie",
        "",
    ):
        answer = await browser.get(f"/login?next={quote(path, safe='')}")

        assert answer.headers["location"] == "/", path


@given(st.text(alphabet=st.sampled_from("/\\:.@?#%a\t\n\r \x00é\ufe68\uff0fhttp"), max_size=12))
def test_whatever_next_is_a_browser_stays_here(text: str) -> None:
    """As the URL standard reads it: no tabs or line ends, and a backslash is a slash."""
    path = forms.local(text)
    read = re.sub(r"[\t\n\r]", "", path).replace("\\", "/").strip("\x00 ")

    assert read.startswith("/")
    assert not read.startswith("//")
    assert httpx.URL(f"{URL}/login").join(read).host == "ops.example"
