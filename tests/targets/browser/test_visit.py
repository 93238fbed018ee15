"""What one visit of a page tells, in a real Chromium."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import CannotLook, NotSupported, Unreachable, WrongUsage
from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile, Visit
from fettle.targets.browser.tab import PATIENT, Patience
from fettle.targets.browser.visit import Chromium, Redraw
from tests import web_pages
from tests.web_pages import Answer, Site, noise

SOON = timedelta(seconds=20)
# Pages of tests come to rest sooner than those of people, and most tests measure no time.
SHORT = Patience(quiet_s=0.5, nearly_quiet_s=1, calm=False)


@pytest.fixture
def site() -> Iterator[Site]:
    with web_pages.serve() as served:
        yield served


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the browser's profiles in a folder of the test's own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


async def visited(
    url: str,
    within: timedelta = SOON,
    patience: Patience = SHORT,
    redraw: Redraw | None = None,
    **given: Any,  # noqa: ANN401 - by name
) -> Visit:
    program = shutil.which("chromium")
    assert program, "script/install-debian brings Chromium"
    browser = Chromium(Path(program), os.environ, sandbox=True, patience=patience, redraw=redraw)
    return await browser.visit(replace(PageAsked(url, Profile.DESKTOP, within), **given))


async def test_a_visit_tells_when_it_painted_what_was_loaded_and_by_whom(site: Site) -> None:
    site.page("<h1>Hello</h1><img src=a.png alt='' width=300 height=300><script src=a.js></script>")
    site.pages["/a.png"] = Answer(noise(300, 300), "image/png")
    site.pages["/a.js"] = Answer(b"/* " + b"a" * 3000 + b" */", "text/javascript")
    drawn: list[bytes] = []

    def redraw(content: bytes) -> int:
        drawn.append(content)
        return 1000

    visit = await visited(site.url, redraw=redraw)
    assert visit.settled
    assert 0 < visit.figures["ttfb"] < visit.figures["fcp"] <= visit.figures["lcp"]
    assert visit.figures["cls"] == 0
    paint = visit.largest_paint
    assert paint is not None
    assert (paint.element, paint.resource) == ("body > img", f"{site.url}a.png")
    parts = paint.ttfb_ms + paint.load_delay_ms + paint.load_ms + paint.render_delay_ms
    assert parts == pytest.approx(paint.at_ms)
    weights = visit.weights
    assert weights["image"].decoded == len(noise(300, 300))
    assert weights["image"].decoded < weights["image"].transferred < weights["image"].decoded + 500
    assert drawn == [noise(300, 300)]
    (image,) = (one for one in visit.requests if one.kind == "image")
    assert image.redrawn == 1000 + image.transferred - image.decoded
    (script,) = (one for one in visit.requests if one.kind == "script")
    assert script.asked_by == site.url
    assert script.packed is not None
    assert script.packed < 500


async def test_a_phone_has_a_slower_network_than_a_desktop_and_says_what_it_is(
    site: Site,
) -> None:
    for path in ("/desktop", "/phone"):
        site.page("<h1>Hello</h1>", path=path)
    desktop, phone = await asyncio.gather(
        visited(f"{site.url}desktop"), visited(f"{site.url}phone", profile=Profile.PHONE)
    )
    assert desktop.figures["ttfb"] >= 150
    assert phone.figures["ttfb"] >= 560
    alone = phone.figures["server_response"] / phone.figures["ttfb"]
    assert alone < 0.75, "the network's part is not the server's"
    agents = {path: headers["User-Agent"] for _, path, headers in site.asked}
    assert "Mobile" in agents["/phone"]
    assert "Mobile" not in agents["/desktop"]


async def test_it_says_what_moved_and_what_pushed_it(site: Site) -> None:
    late = "setTimeout(() => all.prepend(Object.assign(document.createElement('div'),"
    late += "{id: 'banner', style: 'height: 300px', textContent: 'Buy!'})), 700)"
    text = f"<p id=text>{'word ' * 400}</p>"
    site.page(f"<main id=all style='padding: 1px'>{text}</main><script>{late}</script>")
    visit = await visited(site.url, patience=PATIENT)
    (shift,) = visit.shifts
    assert (shift.moved, shift.pushed_by, shift.how) == ("#text", "#banner", "came")
    assert 284 <= shift.by_px <= 300  # less a margin that collapses no more
    assert visit.figures["cls"] == pytest.approx(shift.value)


async def test_an_image_has_its_own_pixels_however_many_a_srcset_says_it_is_shown_with(
    site: Site,
) -> None:
    images = "<img srcset='a.png?1 300w' sizes=100px alt=''><img srcset='a.png?2 3x' alt=''>"
    images += "<picture><source srcset='b.png 9x, a.png?3'><img src=b.png alt=''></picture>"
    site.page(images + "<img src=a.png?4 width=50 alt=''>")
    site.pages["/a.png"] = Answer(noise(300, 150), "image/png")
    pictures = (await visited(site.url)).pictures
    assert [(one.url[-1], one.width, one.height, one.shown_width) for one in pictures] == [
        ("1", 300, 150, 100),
        ("2", 300, 150, 100),
        ("3", 300, 150, 300),
        ("4", 300, 150, 50),
    ]


async def test_an_image_without_its_size_pushes_when_it_comes(site: Site) -> None:
    site.page(f"<img id=hero src=a.png alt=''><p id=text>{'word ' * 400}</p>")
    site.pages["/a.png"] = Answer(noise(300, 300), "image/png", after_s=0.7)
    visit = await visited(site.url)
    assert [(one.moved, one.pushed_by, one.how) for one in visit.shifts] == [
        ("#text", "#hero", "grew")
    ]


async def test_it_says_which_script_keeps_the_page_busy(site: Site) -> None:
    site.page("<h1>Hello</h1><script src=slow.js defer></script>")
    busy = b"setTimeout(function hold() {const t = performance.now(); "
    busy += b"while (performance.now() - t < 300);}, 300)"
    site.pages["/slow.js"] = Answer(busy, "text/javascript")
    visit = await visited(site.url, patience=PATIENT)
    (task,) = [one for one in visit.tasks if one.lasted_ms >= 300]
    assert task.script == f"{site.url}slow.js"
    last = max(one.at_ms + one.lasted_ms for one in visit.tasks)  # a slow machine has others
    assert visit.figures["tti"] == pytest.approx(last)
    assert last >= task.at_ms + task.lasted_ms
    assert visit.figures["tbt"] >= 250


async def test_clicks_are_timed_and_nothing_that_they_send_is_sent(site: Site) -> None:
    does = "const t = performance.now(); while (performance.now() - t < 120);"
    does += "fetch('/order', {method: 'POST', body: 'one'}); location.href = '/gone'"
    site.page(f'<button type=button id=buy onclick="{does}">Buy</button><a href=/away>Away</a>')
    visit = await visited(site.url)
    assert visit.figures["inp"] >= 120
    assert visit.figures["fid"] < 100
    assert visit.interaction is not None
    assert visit.interaction.element == "#buy"
    assert visit.interaction.processing_ms >= 120
    assert {path for _, path, _ in site.asked} <= {"/", "/favicon.ico"}


async def test_what_is_to_be_clicked_can_be_named(site: Site) -> None:
    site.page("<p>A</p><div id=menu onclick='this.textContent = 1'>Menu</div>")
    visit, refused = await asyncio.gather(
        visited(site.url, clicks=("#menu",)),
        visited(site.url, clicks=("#other",)),
        return_exceptions=True,
    )
    assert isinstance(visit, Visit)
    assert visit.interaction is not None
    assert visit.interaction.element == "#menu"
    assert isinstance(refused, WrongUsage)
    assert "nothing to click at '#other'" in refused.reason


async def test_what_lets_in_goes_to_the_pages_own_origin_alone_and_is_told_to_nobody(
    site: Site,
) -> None:
    with web_pages.serve("localhost") as other:
        other.pages["/p.png"] = Answer(noise(2, 2), "image/png")

        def page(headers: web_pages.Headers) -> Answer:
            if headers.get("X-Key") != "s3cret-key" or headers.get("Cookie") != "id=c00kie":
                return Answer(b"who is it?", status=401)
            text = f"<!doctype html><title>a</title><p>In<img src='{other.url}p.png?s3cret-key'>"
            return Answer(text.encode())

        site.pages["/"] = page
        with pytest.raises(Unreachable, match="answers 401") as refused:
            await visited(site.url)
        assert "--cookie" in (refused.value.remedy or "")
        visit = await visited(site.url, headers={"X-Key": "s3cret-key"}, cookies={"id": "c00kie"})
        (elsewhere,) = (one for one in other.asked if one[1].startswith("/p.png"))
    assert "X-Key" not in elsewhere[2]
    assert "s3cret-key" not in repr(visit)
    assert "c00kie" not in repr(visit)


async def test_a_page_that_leads_to_a_log_in_is_not_measured_in_its_place(site: Site) -> None:
    site.pages["/"] = Answer(status=302, headers={"Location": "/log-in"})
    site.page("<form><input name=user><input type=password></form>", path="/log-in")
    refused, measured = await asyncio.gather(
        visited(site.url), visited(f"{site.url}log-in"), return_exceptions=True
    )
    assert isinstance(refused, CannotLook)
    assert "/log-in, a log-in" in refused.reason
    assert isinstance(measured, Visit)


async def test_what_is_no_page_is_refused_in_a_sentence(site: Site) -> None:
    save = {"Content-Disposition": "attachment; filename=a.zip"}
    site.pages["/zip"] = Answer(b"PK", "application/zip", headers=save)
    site.pages["/json"] = Answer(b"{}", "application/json")
    site.pages["/again"] = Answer(status=302, headers={"Location": "/again"})
    site.page("<script>location.href = '/moves?' + Math.random()</script>", path="/moves")
    expected = (
        (f"{site.url}zip", NotSupported, "download"),
        (f"{site.url}json", NotSupported, "is application/json, and no page"),
        (f"{site.url}again", Unreachable, "redirects for ever"),
        (f"{site.url}moves", CannotLook, "moves on to another page for ever"),
        (f"{site.url}absent", Unreachable, "answers 404"),
        ("http://127.0.0.1:9/", Unreachable, "cannot be reached"),
    )
    answers = [visited(url) for url, _, _ in expected]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    for outcome, (_, kind, says) in zip(outcomes, expected, strict=True):
        assert isinstance(outcome, kind)
        assert says in str(outcome)


async def test_a_page_that_never_comes_to_rest_is_measured_until_the_time_is_over(
    site: Site,
) -> None:
    def for_ever() -> Iterator[bytes]:
        while True:
            yield b"<p>and on"
            time.sleep(0.1)

    site.pages["/"] = Answer(b"<!doctype html><title>a</title><h1>It begins", then=for_ever)
    visit = await visited(site.url, timedelta(seconds=3))
    assert not visit.settled
    assert visit.figures["fcp"] > 0


async def test_a_page_that_is_busy_for_ever_ends_with_the_time(site: Site) -> None:
    site.page("<h1>Hello</h1><script>setTimeout(() => { while (true); }, 300)</script>")
    with pytest.raises(CannotLook, match="keeps itself busy"):
        await visited(site.url, timedelta(seconds=3))


async def test_a_page_that_answers_ever_so_late_ends_with_the_time(site: Site) -> None:
    """Each answer comes within what one is waited for; all of them would take minutes."""
    hold = "const t = performance.now(); while (performance.now() - t < 2500);"
    site.page(f"<h1>Hello</h1><script>setInterval(() => {{ {hold} }}, 0)</script>")
    async with asyncio.timeout(40):
        with pytest.raises(CannotLook, match="keeps itself busy"):
            await visited(site.url, timedelta(seconds=1), replace(SHORT, tells_s=1))


async def test_what_frames_and_workers_load_counts_and_clicks_go_on(site: Site) -> None:
    with web_pages.serve("localhost") as other:
        frame = b"<h1>A frame</h1><img src=/i.png><script>new Worker('/w.js')</script>"
        other.pages["/frame"] = Answer(frame)
        other.pages["/i.png"] = Answer(noise(100, 100), "image/png")
        other.pages["/w.js"] = Answer(b"fetch('/i.png?w')", "text/javascript")
        keeps = b"oninstall = e => e.waitUntil(caches.open('a').then(one => one.add('/kept.bin')))"
        site.pages["/sw.js"] = Answer(keeps, "text/javascript")
        site.pages["/kept.bin"] = Answer(bytes(30_000), "application/octet-stream")
        registers = "<script>navigator.serviceWorker.register('/sw.js')</script>"
        site.page(f"<h1>Hello</h1><iframe src={other.url}frame></iframe>{registers}")
        visit = await visited(site.url)
        (kept,) = (one for one in visit.requests if one.url == f"{site.url}kept.bin")
        theirs = {one.url.removeprefix(other.url): one for one in visit.requests}
    assert theirs["frame"].decoded == len(frame)
    assert theirs["i.png"].decoded == theirs["i.png?w"].decoded == len(noise(100, 100))
    assert kept.transferred > 30_000, "what a service worker takes in is loaded, too"
    assert (visit.settled, "inp" in visit.figures) == (True, True)


async def test_a_page_that_asks_again_and_again_comes_to_rest(site: Site) -> None:
    site.page("<h1>Hello</h1><script>setInterval(() => fetch('/news'), 300)</script>")
    site.pages["/news"] = Answer(b"[]", "application/json")
    assert (await visited(site.url)).settled


async def test_a_page_that_lets_no_script_run_is_said_to(site: Site) -> None:
    policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    site.pages["/shut"] = Answer(b"<h1>Hello</h1>", headers=policy)
    strict = {"Content-Security-Policy": "default-src 'none'"}
    site.pages["/strict"] = Answer(b"<h1>Hello</h1>", headers=strict)
    shut, strict_one = await asyncio.gather(
        visited(f"{site.url}shut"), visited(f"{site.url}strict"), return_exceptions=True
    )
    assert isinstance(shut, CannotLook)
    assert "lets no script run" in shut.reason
    assert isinstance(strict_one, Visit)
    assert strict_one.figures["fcp"] > 0


async def test_dialogs_are_answered_and_counted(site: Site) -> None:
    site.page("<script>alert('Hello'); confirm('Sure?')</script><h1>Hello</h1>")
    visit = await visited(site.url)
    assert (visit.settled, visit.dialogs) == (True, 2)


async def test_what_a_page_forces_on_people_holds_nothing_up(site: Site) -> None:
    save = {"Content-Disposition": "attachment; filename=a.zip"}
    site.pages["/a.zip"] = Answer(b"PK", "application/zip", headers=save)
    site.page("<h1>A window</h1>", path="/window")
    forced = """
        addEventListener("beforeunload", (event) => event.preventDefault());
        const save = Object.assign(document.createElement("a"), { href: "/a.zip", download: "" });
        save.click();
        open("/window");
        print();
        debugger;
        Notification.requestPermission();
        navigator.geolocation.getCurrentPosition(() => {});
        document.documentElement.requestFullscreen().catch(() => {});
    """
    site.page(f"<h1>Hello</h1><script>{forced}</script>")
    visit = await visited(site.url)
    assert visit.settled
    assert visit.url == site.url
    assert visit.figures["fcp"] > 0


async def test_a_page_that_asks_for_a_name_and_a_password_gets_them(site: Site) -> None:
    def page(headers: web_pages.Headers) -> Answer:
        if headers.get("Authorization") == "Basic YWRhOnMzY3JldA==":
            return Answer(b"<!doctype html><title>a</title><h1>Hello</h1>")
        return Answer(b"no", status=401, headers={"WWW-Authenticate": "Basic realm=a"})

    site.pages["/"] = page
    with pytest.raises(Unreachable, match="asks for a name and a password") as raised:
        await visited(site.url)
    assert "--cookie" in str(raised.value.remedy)
    visit = await visited(site.url.replace("://", "://ada:s3cret@"))
    assert visit.figures["fcp"] > 0
    assert "s3cret" not in repr(visit)


async def test_a_tab_that_crashes_is_said_to(site: Site, folders: Path) -> None:
    def crash(_: object) -> Answer:
        (profile,) = profiles(folders)
        groups = {os.getpgid(process) for process in _processes("", str(profile))}
        for process in _processes("--type=renderer", ""):
            if os.getpgid(process) in groups:
                os.kill(process, signal.SIGKILL)
        return Answer()

    site.pages["/crash"] = crash
    site.page("<h1>Hello</h1><script src=/crash></script>")
    with pytest.raises(CannotLook, match="made its tab crash"):
        await visited(site.url)


async def test_nothing_is_left_of_a_visit_however_it_ends(site: Site, folders: Path) -> None:
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: object) -> Answer:
        loop.call_soon_threadsafe(began.set)
        return Answer(b"late", after_s=30)

    site.page("<h1>Hello</h1>")
    site.pages["/slow"] = slow
    await visited(site.url)
    assert not profiles(folders)
    visit = asyncio.create_task(visited(f"{site.url}slow"))
    await began.wait()
    (profile,) = profiles(folders)
    visit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visit
    assert not profiles(folders)
    for _ in range(100):
        if not _processes(str(profile)):
            break
        await asyncio.sleep(0.05)
    assert not _processes(str(profile))


def profiles(folder: Path) -> list[Path]:
    return list(folder.glob("fettle-browser-*"))


def _processes(*words: str) -> list[int]:
    """Return the processes in whose command line all the words are."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_text("utf-8", "replace")
        except OSError:
            continue
        if all(word in line for word in words):
            found.append(int(process.name))
    return found
