"""What lets in to a page goes to its own origin, and to nobody else."""

from datetime import timedelta

import pytest

from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile
from fettle.targets.browser.secrets import LogIn, LogIns
from fettle.targets.webroot.live import LiveSite
from tests import web_pages


def page(url: str) -> PageAsked:
    within = timedelta(minutes=1)
    return PageAsked(url, Profile.PHONE, within, {"X-Key": "s3cret"}, {"session": "s3cret"})


def test_what_lets_in_is_for_every_address_of_its_origin_and_no_other() -> None:
    own = LogIns((page("https://ada:pass@shop.example/a"),)).of("https://shop.example/b?c")
    other = LogIns((page("https://shop.example/"),)).of("https://shop.example:8443/")

    assert (own.url, own.cookies) == ("https://shop.example/b?c", {"session": "s3cret"})
    assert own.headers == {"X-Key": "s3cret", "Authorization": "Basic YWRhOnBhc3M="}
    assert (other.headers, other.cookies) == ({}, {})
    assert "s3cret" not in repr(LogIns((page("https://shop.example/"),)))


@pytest.mark.parametrize("named", ["https://Shop.Example/a", "https://ada@shop.example:443/a"])
def test_an_origin_is_the_one_that_a_browser_makes_of_it(named: str) -> None:
    log_in = LogIn.of(page(named))

    assert log_in.url == "https://shop.example/a"
    assert log_in.goes_to("https://shop.example/b.js")
    assert not log_in.goes_to("http://shop.example/b.js")


async def test_a_live_site_is_asked_with_what_lets_in_to_it_alone() -> None:
    with web_pages.serve() as own, web_pages.serve() as other:
        site = LiveSite(log_ins=LogIns((page(own.url),)))
        for one in (own, other):
            await site.get(one.url)

    assert own.asked[0][2]["Cookie"] == "session=s3cret"
    assert own.asked[0][2]["X-Key"] == "s3cret"
    assert "s3cret" not in str(other.asked)
