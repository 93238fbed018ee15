"""What is sought in issues is kept under a name, on the page itself."""

import html
import re
from urllib.parse import urlencode

import pytest

from fettle.model.role import Role
from tests.frontends.web.site import Site

NAME = "<b>Ours</b> & \u202eyours"


async def test_a_search_is_kept_opened_renamed_and_deleted(site: Site) -> None:
    ada = await site.user("ada")
    page = await ada.get("/issues?q=index+lag&live=1")
    assert "Keep this search" in page.text
    sent = await ada.send("/issues/filters?q=index+lag&live=1", {"name": NAME})
    assert sent.headers["location"] == "/issues?q=index+lag&live=1"

    page = await ada.get("/issues?live=1&q=index+lag")
    assert "&lt;b&gt;Ours&lt;/b&gt; &amp; \ufffdyours" in page.text
    assert "Keep this search" not in page.text
    assert "Change this filter" in page.text
    ((id_,),) = await site.rows("SELECT id::text FROM saved_filter")
    await ada.send(f"/issues/filters/{id_}?q=index+lag&live=1", {"name": "Lag", "shared": "yes"})
    bob = await site.user("bob", Role.VIEWER)
    theirs = await bob.get("/issues?q=index+lag&live=1")
    assert 'title="Shared by ada"' in theirs.text
    assert "Change this filter" not in theirs.text
    assert (await bob.send(f"/issues/filters/{id_}/delete")).status_code == 409

    await ada.get("/issues?live=1&q=index+lag")
    gone = await ada.send(f"/issues/filters/{id_}/delete?live=1&q=index+lag")
    assert gone.status_code == 303
    assert await site.rows("SELECT name FROM saved_filter") == []


async def test_a_name_that_is_taken_is_refused_and_nothing_typed_is_lost(site: Site) -> None:
    ada = await site.user("ada")
    await ada.get("/issues?q=one")
    await ada.send("/issues/filters?q=one", {"name": "Lag"})
    await ada.get("/issues?q=two")
    page = await ada.send("/issues/filters?q=two", {"name": "Lag"})

    assert page.status_code == 409
    assert "there is a filter called Lag already" in html.unescape(page.text)
    assert 'name="name" value="Lag"' in page.text
    assert 'name="q" value="two"' in page.text


FIELD = re.compile(r"(<(?:input|select)[^>]*>)(.*?)(?=<label|</form>)", re.DOTALL)
CHOSEN = re.compile(r'<option(?: value="([^"]*)")? selected>([^<]*)')


def narrowed(page: str) -> dict[str, str]:
    """Return what the form above a list would send, without what it leaves open."""
    (form,) = re.findall(r'<form class="filters".*?</form>', page, re.DOTALL)
    found = {}
    for tag, options in FIELD.findall(form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        chosen = CHOSEN.search(options)
        value = (chosen[1] or chosen[2]) if chosen else given.get("value", "")
        left = given.get("type") == "checkbox" and " checked" not in tag
        found[given["name"]] = "" if left else html.unescape(value)
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/issues", {"severity": "critical,high", "live": "1"}),
        ("/issues", {"status": "new,triaged", "q": "the <shop>"}),
        ("/issues", {"service": "web-eu", "team": "nobody's"}),
        ("/errors", {"state": "muted,resolved", "project": "web-eu"}),
        ("/figures", {"team": "nobody's", "service": "web-eu", "by": "class", "every": "month"}),
    ],
)
async def test_what_a_list_was_narrowed_to_stays_when_it_is_narrowed_further(
    site: Site, path: str, asked: dict[str, str]
) -> None:
    eve = await site.user("eve", Role.VIEWER)
    sent = narrowed((await eve.get(f"{path}?{urlencode(asked)}")).text)
    assert sent | asked == sent
    assert "web eu" not in str(eve.page and eve.page.text)


async def test_what_is_over_is_shown_to_who_asks_for_it(site: Site) -> None:
    eve = await site.user("eve", Role.VIEWER)
    assert "live" not in narrowed((await eve.get("/issues?live=0&q=x")).text)
