"""A real browser: Debian's Chromium, driven by Playwright, and the server that it visits.

It is the one without windows (`chromium-headless-shell`), which takes half the time.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from fettle.errors import Refused
from fettle.flow.people import log_in
from fettle.flow.people.manage import Manager
from fettle.frontends import listening
from fettle.frontends.stopping import Stop
from fettle.model.role import Role
from fettle.store import users
from tests.frontends.api.conftest import Api

_AXE = Path(__file__).parents[3] / ".work/axe.js"
_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1280, "height": 800}


@contextmanager
def chromium(profile: Path) -> Iterator[str]:
    """Run a browser without a window; give the address by which it is driven."""
    program = shutil.which("chromium-headless-shell")
    assert program, "script/install-debian brings it"
    command = [
        program,
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--hide-scrollbars",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        port = profile / "DevToolsActivePort"
        for _ in range(600):
            if port.exists() and port.read_text().strip():
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port.read_text().split()[0]}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass
class Visit:
    """The pages as one user's browser sees them; `complaints` is what its console said."""

    url: str
    api: Api
    browser: Browser
    role: Role = Role.RESPONDER
    complaints: list[str] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        """What the cookie of this site is called."""
        return f"fettle-{self.url.rpartition(':')[2]}"

    @asynccontextmanager
    async def open(
        self, path: str = "/", *, phone: bool = False, dark: bool = False, scripts: bool = True
    ) -> AsyncIterator[Page]:
        """Open a page in a browser of its own."""
        context = await self.context(phone=phone, dark=dark, scripts=scripts)
        try:
            page = await context.new_page()
            await page.goto(self.url + path)
            yield page
        finally:
            await context.close()

    async def context(
        self,
        *,
        phone: bool = False,
        dark: bool = False,
        scripts: bool = True,
        zone: str | None = None,
    ) -> BrowserContext:
        """Return a browser without a past, logged in; `zone` is where it stands."""
        context = await self.browser.new_context(
            viewport=_PHONE if phone else _DESK,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            timezone_id=zone,
            locale="en-GB",
        )
        context.set_default_timeout(15_000)
        cookie = await let_in(self.api, self.url, self.role)
        await context.add_cookies([{"name": self.cookie, "value": cookie, "url": self.url}])
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context

    async def client(self) -> httpx.AsyncClient:
        """Return what asks for pages without a browser, logged in."""
        cookies = {self.cookie: await let_in(self.api, self.url, self.role)}
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, timeout=60)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


async def let_in(api: Api, url: str, role: Role = Role.RESPONDER, name: str = "ada") -> str:
    """Let somebody in; return what their cookie holds."""
    shared = api.serving
    now = shared.clock.now()
    async with shared.pool.connection() as connection, connection.transaction():
        with suppress(Refused):
            await Manager(shared.people, url, "test", now).create(connection, name, role)
        user = await users.find(connection, name)
        come = log_in.Browser("127.0.0.1", "Chromium", "test")
        return await log_in.begin(shared.people, connection, log_in.Entry(user, "link"), come, now)


async def violations(page: Page, rules: Sequence[str] | None = None) -> list[str]:
    """Return what axe finds wrong with a page, by all rules or by some: the rule, and where."""
    await page.evaluate(_AXE.read_text())
    # of what is well it need not tell, and there are no style sheets of others to fetch
    asked: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if rules is not None:
        asked["runOnly"] = {"type": "rule", "values": rules}
    found: dict[str, Any] = await page.evaluate("(asked) => axe.run(asked)", asked)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@asynccontextmanager
async def visited(api: Api, browser: Browser) -> AsyncIterator[Visit]:
    """Serve an application to a browser."""
    async with served(api.app) as port:
        yield Visit(f"http://127.0.0.1:{port}", api, browser)


@asynccontextmanager
async def served(app: FastAPI, port: int = 0) -> AsyncIterator[int]:
    """Let an application listen, on a port of its own unless one is named; give the port."""
    listener = listening.listen("127.0.0.1", port)
    port = listener.getsockname()[1]
    stop = Stop()
    serving = asyncio.create_task(listening.serve(app, app.state.health, listener, stop, 0.0))
    try:
        await _answering(port)
        yield port
    finally:
        stop.take(signal.SIGINT)
        await serving


async def _answering(port: int) -> None:
    while True:
        with socket.socket() as tried:
            tried.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(tried, ("127.0.0.1", port))
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                return
