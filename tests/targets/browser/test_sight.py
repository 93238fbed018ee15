"""What a page looks like and complains about, in a real Chromium, and what the gate makes of it."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from fettle.errors import CannotLook, Unreachable
from fettle.model.measurement import Profile
from fettle.model.ports_experiment import Sight
from fettle.optimisation.gates.page import View, moving, page_gate
from fettle.targets.browser.sight import ChromiumEye
from fettle.targets.webroot.serving import serving
from fettle.testing import GivenTree
from tests import web_pages
from tests.optimisation import drawn

STYLE = "<style>body{margin:8px;font:16px sans-serif}.small{max-width:98px}.wide{width:90%}</style>"
WIDTH = '<meta name="viewport" content="width=device-width">'
ROW = '<img src="a.jpg" class="small">\n' * 24
PAGE = f"<!doctype html><meta charset=utf-8>{WIDTH}{STYLE}<p>A row of images</p>\n{ROW}"
PAGE += '<img src="b.jpg" class="wide">' + "<p>text</p>" * 60
IMAGES = {
    "a.jpg": drawn.jpeg(drawn.photograph(150, 100)),
    "b.jpg": drawn.jpeg(drawn.photograph(300, 200, seed=4)),
    "c.gif": drawn.moving_gif(),
}


@contextmanager
def served(*pages: str) -> Iterator[list[str]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                serving(GivenTree({"index.html": page.encode(), **IMAGES}), {}, packs=False)
            )
            for page in pages
        ]


async def seen(url: str, profile: Profile = Profile.PHONE) -> Sight:
    program = shutil.which("chromium")
    assert program, "script/install-debian brings Chromium"
    return await ChromiumEye(Path(program), os.environ, loads_s=2).look(url, profile)


async def views(*pages: str) -> Sequence[View]:
    """Look at pages, two at once: a browser waits more than it works."""
    turns = asyncio.Semaphore(2)

    async def look(url: str) -> View:
        async with turns:
            return View.of(await seen(url))

    with served(*pages) as urls:
        return await asyncio.gather(*map(look, urls))


SIZED = PAGE.replace('"b.jpg"', '"b.jpg" width="300" height="200"')
MENDED = SIZED.replace('height="200"', 'height="200" style="height:auto"')


async def test_what_a_change_has_spoilt_is_seen_and_what_it_has_not_is_not() -> None:
    """A minified page that ate the blanks between images was 500 pixels shorter.

    What waits until it is near is there.
    """
    late = MENDED.replace('"b.jpg"', '"b.jpg" loading="lazy"')
    changed = (PAGE.replace("\n<img", "<img"), SIZED, MENDED, late)
    one, again, *others = await views(PAGE, PAGE, *changed)
    restless = moving(one, again)
    minified, distorted, *well = [
        " / ".join(found.reason for found in page_gate(one, other, restless)) for other in others
    ]

    assert "the page was" in minified
    assert distorted != ""
    assert well == ["", ""]


MOVES = """<style>@keyframes a{to{margin-left:200px}}p{animation:a .7s infinite alternate}
@keyframes long{to{margin-left:200px}}b{animation:long 20s both;display:block}</style>
<img src="c.gif"><img src="c.gif">"""
# Far down it is elsewhere at once, and on its way back for as long as anybody looks.
BACK = """<style>p{transition:margin 9s linear}.far p{transition:none;margin-left:200px}</style>
<script>onscroll = () => document.body.classList.toggle("far", scrollY > 99)</script>"""
SMOOTH = "<style>html{scroll-behavior:smooth}b{position:sticky;top:0;background:red}</style>"


@pytest.mark.parametrize("moves", [MOVES, BACK, SMOOTH], ids=["by itself", "back", "smoothly"])
async def test_two_looks_at_what_moves_are_the_same(moves: str) -> None:
    """Wherever it was just then, it would be elsewhere at the next look, and tell of a change."""
    page = PAGE.replace("<p>A row", f"{moves}<b>A header</b><p>A row")

    assert not moving(*await views(page, page)).any()


async def test_complaints_are_told_without_the_address_that_is_another_each_time() -> None:
    bad = "<script>console.error('at', location.href); setTimeout(() => { throw Error('late') })</script>"  # noqa: E501
    with served(PAGE + bad + "<img src=gone.jpg>") as (url,):
        sight = await seen(url, Profile.DESKTOP)

    assert sight.screen == "desktop"
    assert sight.said == {"at /", "Error: late"}
    assert "/gone.jpg" in sight.missing


FORCED = """
    alert("Hello");
    addEventListener("beforeunload", event => event.preventDefault());
    const save = Object.assign(document.createElement("a"), { href: "/a.zip", download: "" });
    save.click();
    open("/a.jpg");
    print();
"""


@pytest.mark.parametrize(
    "restless",
    [
        "<script>setInterval(() => fetch('a.jpg?' + Math.random()), 30)</script><img src=endless>",
        f"<script>{FORCED}</script>",
    ],
    ids=["never settles", "forces itself on people"],
)
async def test_what_never_settles_and_what_is_forced_on_people_is_looked_at(
    restless: str,
) -> None:
    def for_ever() -> Iterator[bytes]:
        while True:
            yield b" "
            time.sleep(0.1)

    with web_pages.serve() as site:
        site.pages |= {f"/{name}": web_pages.Answer(content) for name, content in IMAGES.items()}
        site.pages["/endless"] = web_pages.Answer(then=for_ever)
        for path, more in (("/", ""), ("/restless", restless)):
            site.pages[path] = web_pages.Answer((PAGE + more).encode())
        looks = (seen(site.url + path) for path in ("", "restless"))
        plain, other = map(View.of, await asyncio.gather(*looks))

    assert other.pixels[:400].tolist() == plain.pixels[:400].tolist()


@pytest.mark.parametrize("leads", ["/again", "/moves"])
async def test_a_page_that_leads_on_for_ever_cannot_be_looked_at(leads: str) -> None:
    with web_pages.serve() as site:
        again = {"Location": "/again"}
        site.pages["/again"] = web_pages.Answer(status=302, headers=again)
        site.page("<script>location.href = '/moves?' + Math.random()</script>", path="/moves")
        with pytest.raises(CannotLook):
            await seen(site.url.rstrip("/") + leads)


async def test_a_page_that_is_not_there_is_said_to_be_none() -> None:
    with served(PAGE) as (url,):
        pass
    with pytest.raises(Unreachable):
        await seen(url)
