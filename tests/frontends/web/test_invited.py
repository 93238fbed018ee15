"""A one-time link lets in once: by its button, not by being looked at."""

import asyncio
import re
from datetime import timedelta

import pytest

from fettle.errors import Refused
from fettle.flow.people import manage, second_factor
from fettle.model.role import Role
from tests.frontends.web.second_factors import turned_on
from tests.frontends.web.site import PASSWORD, Site

NEW = {"password": "another long one", "again": "another long one"}


async def test_looking_uses_nothing_up_and_the_button_does(site: Site) -> None:
    link = await site.invite("ada")
    browser = site.browser()
    for _ in range(3):
        looked = await browser.get(link)
    entered = await browser.send(link, NEW)
    again = await site.browser().get(link)

    assert "Welcome, ada" in looked.text
    assert entered.status_code == 303
    assert await browser.is_in()
    assert again.status_code == 403
    assert "was used" in again.text
    assert (await site.browser().log_in("ada", NEW["password"])).status_code == 303


async def test_of_two_at_once_one_gets_in(site: Site) -> None:
    link = await site.invite("ada")
    browsers = [site.browser() for _ in range(4)]
    for browser in browsers:
        await browser.get(link)
    passwords = [f"another long one {n}" for n in range(4)]

    answers = await asyncio.gather(
        *(
            browser.send(link, {"password": password, "again": password})
            for browser, password in zip(browsers, passwords, strict=True)
        )
    )

    codes = [answer.status_code for answer in answers]
    won = codes.index(303)
    assert sorted(codes) == [303, 403, 403, 403]
    assert (await site.browser().log_in("ada", passwords[won])).status_code == 303


async def test_a_bad_password_is_refused_and_the_link_goes_on(site: Site) -> None:
    link = await site.invite("ada-ada")
    browser = site.browser()
    await browser.get(link)
    for typed in (
        {"password": "short", "again": "short"},
        {"password": "another long one", "again": "another long two"},
        {"password": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"},
        {"password": "ada-ada-ada!", "again": "ada-ada-ada!"},
        {"password": "x1y2" * 300, "again": "x1y2" * 300},
        {},
    ):
        assert (await browser.send(link, typed)).status_code == 400, typed

    assert (await browser.send(link, NEW)).status_code == 303


async def test_a_link_ends_and_so_it_does_when_another_is_made(site: Site) -> None:
    first = await site.invite("ada")
    second = await site.link("ada")
    replaced = await site.browser().get(first)
    site.clock.moment += timedelta(days=1, seconds=1)
    ended = await site.browser().get(second)

    assert (replaced.status_code, ended.status_code) == (403, 403)


async def test_a_lost_password_is_set_anew_and_logs_out_who_had_the_old_one(site: Site) -> None:
    thief = await site.user("ada")
    browser = site.browser()
    link = await site.link("ada")
    page = await browser.get(link)
    await browser.send(link, NEW)

    assert "sets a new password" in page.text
    assert await browser.is_in()
    assert not await thief.is_in()
    assert (await site.browser().log_in("ada", PASSWORD)).status_code == 403


async def test_a_link_does_not_stand_in_for_the_second_factor(site: Site) -> None:
    device = await turned_on(site, await site.user("ada"))
    link = await site.link("ada")
    browser = site.browser()
    page = await browser.get(link)
    site.clock.moment += timedelta(minutes=1)
    without = await browser.send(link, NEW)
    wrong = await browser.send(link, {**NEW, "code": "000000"})
    right = await browser.send(link, {**NEW, "code": device.code(site.clock.now())})

    assert 'name="code"' in page.text
    assert (without.status_code, wrong.status_code, right.status_code) == (403, 403, 303)


async def test_a_link_can_be_made_that_turns_the_second_factor_off(site: Site) -> None:
    await turned_on(site, await site.user("ada"))
    link = await site.link("ada", reset_totp=True)
    browser = site.browser()
    await browser.get(link)

    assert (await browser.send(link, NEW)).status_code == 303
    assert await site.rows("SELECT FROM recovery_code") == []


async def test_who_is_disabled_is_out_at_once_and_has_no_link(site: Site) -> None:
    await site.user("root", Role.ADMIN)
    browser = await site.user("ada")
    link = await site.link("ada")
    manager = manage.Manager(site.serving.people, site.serving.url, "test", site.clock.now())
    async with site.serving.pool.connection() as connection, connection.transaction():
        await manager.disable(connection, "ada")

    assert not await browser.is_in()
    assert (await site.browser().get(link)).status_code == 403
    with pytest.raises(Refused, match="disabled"):
        await site.link("ada")


async def test_a_link_sent_from_another_sites_page_is_not_taken(site: Site) -> None:
    link = await site.invite("ada")
    browser = site.browser()
    await browser.get(link)

    refused = await browser.send(link, NEW, origin="https://evil.example")

    assert refused.status_code == 403
    assert not await browser.is_in()


async def test_a_link_that_is_none_is_refused(site: Site) -> None:
    for link in ("/welcome/x", "/welcome/fettle_l_%00", "/welcome/" + "a" * 5000):
        answer = await site.browser().get(link)

        assert answer.status_code == 403
        assert "none of ours" in answer.text


async def test_the_first_user_is_made_once_however_many_servers_start(site: Site) -> None:
    manager = manage.Manager(site.serving.people, site.serving.url, "fettle up", site.clock.now())

    async def start() -> manage.Invitation | None:
        async with site.serving.pool.connection() as connection:
            return await manage.first(connection, manager)

    made = [one for one in await asyncio.gather(*(start() for _ in range(5))) if one is not None]

    assert len(made) == 1
    assert made[0].user.role is Role.ADMIN
    assert re.fullmatch(r"https://ops\.example/welcome/fettle_l_[\w-]{43}", made[0].url)
    assert await start() is None
    assert await site.rows("SELECT name, role FROM fettle_user") == [("admin", "admin")]


def test_a_recovery_code_is_the_same_however_it_is_typed() -> None:
    code = second_factor.new_codes()[0]

    assert len(code.replace("-", "")) == 16
    assert second_factor.hashed(code) == second_factor.hashed(f" {code.upper().replace('-', ' ')} ")
