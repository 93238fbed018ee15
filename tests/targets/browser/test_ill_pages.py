"""Pages that are each ill in one way, and one in none, as a real browser finds them."""

import asyncio
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from fettle.model.browser import PageAsked
from fettle.model.measurement import PageMeasurement, Profile
from fettle.optimisation.measure import together
from fettle.targets.browser.visit import Chromium
from tests import web_pages
from tests.web_pages import Answer, Site, noise

AT_ONCE = 3
# What a machine that has much to do makes of a page beside its ill.
MAY_BE_SLOW = {"interaction_slow", "rendering_blocked", "script_busy", "server_slow"}

TEXT = "<p>" + "word " * 200
PACKED = {"Content-Encoding": "gzip"}
STYLE = Answer(gzip.compress(b"body { margin: 0 }"), "text/css", headers=PACKED)
HERO = '<img src="a.png?{}" alt="" width=100 height=100>'


def well(site: Site, path: str) -> None:
    site.page(
        f"<h1>Hello</h1>{HERO.format('well')}{TEXT}"
        "<button type=button onclick='this.textContent = 1'>Press</button>",
        head="<link rel=stylesheet href=/a.css>",
        path=path,
    )


def text_unpacked(site: Site, path: str) -> None:
    site.pages["/a.js"] = Answer(b"/* " + b"so long a comment " * 20_000 + b"*/", "text/javascript")
    site.page(f"<h1>Hello</h1>{TEXT}<script src=/a.js></script>", path=path)


def image_too_large(site: Site, path: str) -> None:
    site.pages["/large.png"] = Answer(noise(600, 600), "image/png")
    site.page(f"<h1>Hello</h1><img src=/large.png alt='' width=100 height=100>{TEXT}", path=path)


def image_heavy(site: Site, path: str) -> None:
    site.pages["/heavy.png"] = Answer(noise(120, 120), "image/png")
    site.page(f"<h1>Hello</h1><img src=/heavy.png alt='' width=120 height=120>{TEXT}", path=path)


def paint_found_late(site: Site, path: str) -> None:
    hero = b"#hero { background: url(/hero.png) }"
    site.pages["/hero.css"] = Answer(gzip.compress(hero), "text/css", headers=PACKED)
    later = "const late = document.createElement('link'); late.rel = 'stylesheet'; "
    later += "late.href = '/hero.css'; document.head.append(late)"
    site.pages["/later.js"] = Answer(
        gzip.compress(later.encode()), "text/javascript", headers=PACKED
    )
    site.pages["/hero.png"] = Answer(noise(200, 200), "image/png")
    site.page(
        "<div id=hero style='width: 400px; height: 400px'></div><p>A word",
        head="<script src=/later.js async></script>",
        path=path,
    )


def rendering_blocked(site: Site, path: str) -> None:
    for name, next_ in (("first", "second"), ("second", "third"), ("third", "a")):
        chain = gzip.compress(f"@import url(/{next_}.css)".encode())
        site.pages[f"/{name}.css"] = Answer(chain, "text/css", headers=PACKED)
    site.page(f"<h1>Hello</h1>{TEXT}", head="<link rel=stylesheet href=/first.css>", path=path)


def layout_pushed(site: Site, path: str) -> None:
    late = "setTimeout(() => all.prepend(Object.assign(document.createElement('div'),"
    late += "{id: 'banner', style: 'height: 400px', textContent: 'Buy!'})), 600)"
    body = f"<main id=all style='padding: 1px'>{TEXT * 3}</main><script>{late}</script>"
    site.page(body, path=path)


def script_busy(site: Site, path: str) -> None:
    busy = b"setTimeout(() => {const t = performance.now(); while (performance.now() - t < 500);}, "
    site.pages["/busy.js"] = Answer(
        gzip.compress(busy + b"400)"), "text/javascript", headers=PACKED
    )
    site.page(f"<h1>Hello</h1>{TEXT}<script src=/busy.js defer></script>", path=path)


def interaction_slow(site: Site, path: str) -> None:
    does = "const t = performance.now(); while (performance.now() - t < 400);"
    site.page(f"<h1>Hello</h1><button type=button id=buy onclick='{does}'>Buy</button>", path=path)


def server_slow(site: Site, path: str) -> None:
    site.page(f"<h1>Hello</h1>{TEXT}", path=path)
    page = site.pages[path]
    assert isinstance(page, Answer)
    told = {"Server-Timing": 'db;dur=350;desc="the orders"'}
    site.pages[path] = Answer(page.body, headers=told, after_s=0.5)


def others_heavy(site: Site, path: str) -> None:
    theirs = gzip.compress(f"/* {Random(1).randbytes(150_000).hex()} */".encode())
    site.pages["/theirs.js"] = Answer(theirs, "text/javascript", headers=PACKED)
    host = site.url.replace("127.0.0.1", "localhost")
    site.page(f"<h1>Hello</h1>{TEXT}<script src={host}theirs.js async></script>", path=path)


def led_on(site: Site, path: str) -> None:
    well(site, f"{path}-now")
    site.pages[path] = Answer(status=301, headers={"Location": f"{path}-now"})


def dialog_opens(site: Site, path: str) -> None:
    site.page(f"<h1>Hello</h1>{TEXT}<script>alert('Welcome!')</script>", path=path)


def request_failed(site: Site, path: str) -> None:
    site.page(f"<h1>Hello</h1><img src=/gone.png alt='' width=9 height=9>{TEXT}", path=path)


ILL: dict[str, Callable[[Site, str], None]] = {
    page.__name__: page
    for page in (
        text_unpacked,
        image_too_large,
        image_heavy,
        paint_found_late,
        rendering_blocked,
        layout_pushed,
        script_busy,
        interaction_slow,
        server_slow,
        others_heavy,
        led_on,
        dialog_opens,
        request_failed,
    )
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Serve every page, at its name."""
    with web_pages.serve() as made:
        made.pages["/a.css"] = STYLE
        made.pages["/a.png"] = Answer(noise(80, 80), "image/png")
        for name, page in {"well": well, **ILL}.items():
            page(made, f"/{name}")
        yield made


@pytest.fixture(scope="module")
def found(site: Site) -> dict[str, PageMeasurement | BaseException]:
    """Visit each ill page once, a few at the same time: they wait more than they work."""

    async def all_visited() -> list[PageMeasurement | BaseException]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(name: str) -> PageMeasurement:
            async with turns:
                return await visited(site, name)

        return await asyncio.gather(*map(in_turn, ILL), return_exceptions=True)

    return dict(zip(ILL, asyncio.run(all_visited()), strict=True))


async def visited(site: Site, name: str, visits: int = 1) -> PageMeasurement:
    program = shutil.which("chromium")
    assert program, "script/install-debian brings Chromium"
    browser = Chromium(Path(program), os.environ, sandbox=True)
    page = PageAsked(f"{site.url}{name}", Profile.DESKTOP, timedelta(seconds=30))
    seen = [await browser.visit(page) for _ in range(visits)]
    return together(page, seen, datetime(2026, 3, 2, tzinfo=UTC), timedelta(seconds=3))


@pytest.mark.parametrize("name", ILL)
def test_an_ill_page_is_told_its_ill(
    name: str, found: dict[str, PageMeasurement | BaseException]
) -> None:
    measured = found[name]
    if isinstance(measured, BaseException):
        raise measured
    told = {one.check for one in measured.findings}
    assert name in told
    assert told - {name} <= MAY_BE_SLOW


@pytest.mark.alone  # whatever else the machine does would be an ill of the page
async def test_a_page_that_is_well_is_told_none(site: Site) -> None:
    measured = await visited(site, "well", visits=3)

    assert measured.findings == ()
