"""One visit: a page is loaded, comes to rest, is clicked, and tells what it was like."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path

from fettle.errors import CannotLook, NotSupported, Unreachable
from fettle.model.browser import Frame, PageAsked
from fettle.model.measurement import OLD_FORMATS, Visit
from fettle.model.quantity import say_duration
from fettle.targets.browser import film, process, reading
from fettle.targets.browser.network import Loading, drawn
from fettle.targets.browser.profiles import DEVICES, emulate
from fettle.targets.browser.protocol import Conversation, Gone, Json, Unanswered
from fettle.targets.browser.secrets import LogIn
from fettle.targets.browser.tab import PATIENT, Patience, Tab
from fettle.targets.site_address import shown

_LOOKS_S = 0.1
_LATEST_S = 2.0  # by then a page answers that is not busy for good
_MOST_MOVES = 10
_MOST_CLICKS = 3
_PACKED_FROM = 1400  # what fits into one packet is not sent faster when it is smaller
_MOST_PACKED = 20 * 1024**2
_TEXTS = ("text/", "json", "javascript", "ecmascript", "xml", "svg", "wasm")
_PAGES = ("html", "xml", "svg")
_REDRAWN_FROM = 20 * 1024  # below that there is nothing to be earned
_MOST_REDRAWN = 8  # each takes half of a second, once
Redraw = Callable[[bytes], int | None]
_LOG_IN = 'give what lets in: --cookie NAME=VALUE, or --header "Name: value"'


class Chromium:
    """Visits pages, each time with a browser that was never anywhere; implements Camera.

    `redraw` says how many bytes an image would take in a format of today; None where nobody can.
    """

    def __init__(
        self,
        program: Path,
        environ: Mapping[str, str],
        *,
        sandbox: bool,
        patience: Patience = PATIENT,
        redraw: Redraw | None = None,
    ) -> None:
        self._redraw = redraw
        self._program = program
        self._environ = environ
        self._sandbox = sandbox
        self._patience = patience

    async def visit(self, page: PageAsked) -> Visit:
        """See model.browser.Browser.visit."""
        async with self._course(page) as course:
            return await course.gone()

    async def film(self, page: PageAsked) -> Sequence[Frame]:
        """See model.browser.Camera.film."""
        async with self._course(page) as course:
            return await course.filmed()

    @asynccontextmanager
    async def _course(self, page: PageAsked) -> "AsyncIterator[_Course]":
        async with process.started(
            self._program, self._environ, sandbox=self._sandbox, calm=self._patience.calm
        ) as talk:
            try:
                yield _Course(talk, page, self._patience, self._redraw)
            except Gone:
                raise CannotLook("the page made the browser end") from None


class _Course:
    """The course of one visit."""

    def __init__(
        self, talk: Conversation, page: PageAsked, patience: Patience, redraw: Redraw | None
    ) -> None:
        self._redraw = redraw
        self._talk = talk
        self._page = page
        self._patience = patience
        self._log_in = LogIn.of(page)
        self._called = shown(page.url)
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.time() + page.within.total_seconds()

    async def filmed(self) -> Sequence[Frame]:
        """Go through it until the page has come to rest, and return what was shown meanwhile."""
        tab, _ = await self._begun()
        filming = film.Film(self._talk, tab.session)
        self._talk.hear(filming.hear)
        await tab.ask("Page.startScreencast", film.ASKED)
        await self._come(tab)
        await self._rested(tab)
        return filming.frames

    async def gone(self) -> Visit:
        """Go through it; raises as Browser.visit does."""
        tab, version = await self._begun()
        try:
            async with asyncio.timeout_at(self._over + self._patience.tells_s):
                settled, states = await self._seen(tab)
        except TimeoutError:
            raise self._busy from None
        if settled:
            await self._pack(tab)
            if self._redraw is not None:
                await self._weigh(tab, self._redraw)
        return self._told(tab, version, states, settled=settled)

    async def _seen(self, tab: Tab) -> tuple[bool, tuple[Json, Json, Json]]:
        """Return whether it has come to rest, and what it tells then, after clicks, of itself."""
        await self._come(tab)
        try:
            settled = await self._rested(tab)
            rested = await self._state(tab)
            page = json.loads(self._hidden(await tab.evaluate("fettle.page()")))
        except Unanswered:
            raise self._busy from None
        self._refuse_log_in(tab, page)
        return settled, (rested, await self._clicked(tab), page)

    @property
    def _busy(self) -> CannotLook:
        return CannotLook(
            f"{self._called} keeps itself busy: it answers nothing any more",
            remedy="look at its scripts: one of them goes on for ever",
        )

    async def _begun(self) -> tuple[Tab, str]:
        """Open a tab, and let the time begin; return it with what the browser is."""
        version = (await self._talk.ask("Browser.getVersion"))["product"]
        await self._talk.ask("Browser.setDownloadBehavior", {"behavior": "deny"})
        tab = await self._opened(version.partition("/")[2].partition(".")[0])
        self._over = self._loop.time() + self._page.within.total_seconds()
        return tab, version

    async def _clicked(self, tab: Tab) -> Json:
        """Return what there is to see after the clicks."""
        try:
            await tab.click(self._page.clicks, _MOST_CLICKS)
            return await self._state(tab)
        except Unanswered:
            raise CannotLook(
                f"{self._called} answers nothing any more after a click",
                remedy="look at what its buttons do; --click SELECTOR names another one",
            ) from None

    async def _opened(self, major: str) -> Tab:
        targets = (await self._talk.ask("Target.getTargets"))["targetInfos"]
        blank = next(one["targetId"] for one in targets if one["type"] == "page")
        attached = {"targetId": blank, "flatten": True}
        session = (await self._talk.ask("Target.attachToTarget", attached))["sessionId"]
        tab = Tab(self._talk, session, DEVICES[self._page.profile], self._log_in)
        self._talk.hear(tab.hear)
        await tab.prepare(_watching())
        await emulate(self._talk, session, tab.device, major)
        return tab

    async def _come(self, tab: Tab) -> None:
        """Go to the page, and see that it is one."""
        try:
            answer = await tab.ask(
                "Page.navigate", {"url": self._log_in.url}, within_s=self._left_s
            )
        except Unanswered:
            raise Unreachable(
                f"{self._called} sent nothing within {say_duration(self._page.within)}"
            ) from None
        if answer.get("isDownload"):
            raise NotSupported(f"{self._called} is a download, and no page")
        if why := answer.get("errorText"):
            raise self._unreached(tab, why)
        with suppress(TimeoutError):
            await asyncio.wait_for(tab.came.wait(), max(self._left_s, _LATEST_S))
        document = self._document(tab)
        if document.status in (401, 403, 407):
            raise Unreachable(f"{self._called} answers {document.status}", remedy=_LOG_IN)
        if (document.status or 0) >= 400:
            raise Unreachable(f"{self._called} answers {document.status}")
        if document.mime and not any(kind in document.mime for kind in _PAGES):
            raise NotSupported(f"{self._called} is {document.mime[:60]}, and no page")

    def _unreached(self, tab: Tab, why: str) -> CannotLook:
        if "TOO_MANY_REDIRECTS" in why:
            return Unreachable(f"{self._called} redirects for ever", remedy=_LOG_IN)
        if "INVALID_AUTH_CREDENTIALS" in why:
            return Unreachable(f"{self._called} asks for a name and a password", remedy=_LOG_IN)
        if "ERR_ABORTED" in why:
            first = next(iter(tab.network.all), None)
            said = f"answers {first.status}" if first and first.status else "gives nothing to show"
            return NotSupported(f"{self._called} {said}: a download, or nothing, and no page")
        return Unreachable(f"{self._called} cannot be reached: {why}")

    def _document(self, tab: Tab) -> Loading:
        """Return the request that the page came by; raises CannotLook."""
        hops = [one for one in tab.network.all if one.id == tab.loader]
        if not hops:
            raise tab.wrong or CannotLook(f"{self._called} led to nothing that was loaded")
        return hops[-1]

    async def _rested(self, tab: Tab) -> bool:
        """Wait until the page has come to rest; False when the time is over before."""
        while self._left_s > 0:
            if tab.wrong:
                raise tab.wrong
            if len(tab.documents) > _MOST_MOVES:
                raise CannotLook(f"{self._called} moves on to another page for ever")
            if tab.quiet(self._patience) and await self._idle(tab):
                return True
            await asyncio.sleep(_LOOKS_S)
        return False

    async def _idle(self, tab: Tab) -> bool:
        idle: float = await tab.evaluate("fettle.idle()", within_s=max(self._left_s, _LATEST_S))
        return idle >= self._patience.quiet_s * 1000

    @property
    def _left_s(self) -> float:
        return self._over - self._loop.time()

    async def _state(self, tab: Tab) -> Json:
        state: Json = json.loads(self._hidden(await tab.evaluate("fettle.state()")))
        return state

    def _hidden(self, text: str) -> str:
        return self._log_in.hide(text)

    def _refuse_log_in(self, tab: Tab, page: Json) -> None:
        """Refuse to measure the page of a log-in in another's place; raises CannotLook."""
        asked = self._log_in.url.partition("#")[0]
        if page["asksPassword"] and tab.documents[-1].partition("#")[0].rstrip("/") != asked.rstrip(
            "/"
        ):
            where = shown(tab.documents[-1])
            raise CannotLook(f"{self._called} leads to {where}, a log-in", remedy=_LOG_IN)

    async def _pack(self, tab: Tab) -> None:
        """See how small the texts would be that were sent as they are."""
        room = _MOST_PACKED
        for one in tab.network.all:
            text = any(kind in one.mime for kind in _TEXTS) and one.session == tab.session
            plain = text and not one.encoding and one.status == 200 and one.failed is None
            if not plain or not _PACKED_FROM <= one.decoded <= room:
                continue
            room -= one.decoded
            try:
                body = await tab.body(one.id)
            except CannotLook:
                continue
            if body:
                headers = max(0, (one.transferred or 0) - one.decoded)
                one.packed = headers + len(zlib.compress(body, 6))

    async def _weigh(self, tab: Tab, redraw: Redraw) -> None:
        """See how small the largest images would be that are in an older format."""
        images = [
            one
            for one in tab.network.all
            if one.mime in OLD_FORMATS
            and (one.status, one.failed, one.session) == (200, None, tab.session)
            and one.decoded >= _REDRAWN_FROM
        ]
        for one in sorted(images, key=lambda one: -one.decoded)[:_MOST_REDRAWN]:
            try:
                body = await tab.body(one.id)
            except CannotLook:
                continue
            redrawn = await asyncio.to_thread(redraw, body)
            if redrawn is not None:
                one.redrawn = max(0, (one.transferred or 0) - one.decoded) + redrawn

    def _told(
        self, tab: Tab, version: str, states: tuple[Json, Json, Json], *, settled: bool
    ) -> Visit:
        rested, clicked, page = states
        for one in tab.network.all:
            one.url, one.asked_by = self._hidden(one.url), self._hidden(one.asked_by)
        hops = [one for one in tab.network.all if one.id == tab.loader]
        zero, document = hops[0].started, drawn(hops[-1], hops[0].started)
        moves = [*map(self._hidden, tab.documents[:-1]), *(one.url for one in hops[:-1])]
        return Visit(
            url=document.url,
            browser=version,
            figures=reading.figures(rested, clicked, document),
            requests=tuple(drawn(one, zero) for one in tab.network.all),
            largest_paint=reading.largest_paint(rested, document),
            shifts=reading.shifts(rested),
            tasks=reading.tasks(rested),
            pictures=reading.pictures(page),
            server_times=reading.server_times(page),
            interaction=reading.interaction(clicked),
            settled=settled,
            dialogs=tab.dialogs,
            moves=tuple(moves),
        )


def _watching() -> str:
    """Return the script that watches a page; raises CannotLook where its part of npm is not."""
    here = files("fettle.targets.browser")
    try:
        package = (here / "packages" / "web-vitals.js").read_text("utf-8")
    except FileNotFoundError:
        raise CannotLook(
            "the package web-vitals was not brought",
            remedy="run script/frontend, or install a wheel",
        ) from None
    return f"{package}\n{(here / 'probe.js').read_text('utf-8')}"
