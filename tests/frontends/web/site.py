"""A site as people see it: an application behind https, and browsers that keep cookies."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from fettle.flow.people.manage import Manager
from fettle.flow.people.passwords import Effort, Passwords
from fettle.frontends import server
from fettle.frontends.api.serving import Serving
from fettle.main import Wired
from fettle.model.ports import SignOn
from fettle.model.role import Role
from fettle.store.store import Store
from fettle.testing import SteppedClock

URL = "https://ops.example"
LITTLE = Effort(1, 1024, 1)  # so that a test does not wait for what it is not about
PASSWORD = "walrus lantern quartz"
SETTINGS = f"""
[server]
public_url = "{URL}"
"""
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@dataclass
class Browser:
    """Keeps cookies, and sends with a form what the page that it saw last holds."""

    client: httpx.AsyncClient
    page: httpx.Response | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        answer = await self.client.get(path, headers={**self.headers, **_named(headers)})
        self.page = answer
        return answer

    async def send(
        self, path: str, fields: Mapping[str, str] | None = None, **headers: str
    ) -> httpx.Response:
        """Send a form: what is hidden in the page, and what is typed."""
        page = self.page.text if self.page else ""
        csrf = {"csrf": found[1]} if (found := _CSRF.search(page)) else {}
        given = {**self.headers, **_named(headers)}
        answer = await self.client.post(path, data={**csrf, **(fields or {})}, headers=given)
        if "text/html" in answer.headers.get("content-type", ""):
            self.page = answer
        return answer

    def hidden(self, name: str) -> str:
        """Return what a hidden field of the page holds."""
        assert self.page is not None
        found = {key: html.unescape(value) for key, value in _HIDDEN.findall(self.page.text)}
        return found[name]

    @property
    def cookie(self) -> str | None:
        """What the session's cookie holds."""
        return self.client.cookies.get("__Host-fettle")

    async def is_in(self) -> bool:
        """Whether it is logged in."""
        return (await self.client.get("/me")).status_code == 200

    async def log_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Log in by password, as far as the first step goes."""
        await self.get("/login")
        return await self.send("/login", {"name": name, "password": password, **more})


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Site:
    """The application, its store, and whoever looks at it."""

    app: FastAPI
    store: Store
    serving: Serving
    clock: SteppedClock
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self, url: str = URL, address: str = "192.0.2.7") -> Browser:
        """Give a browser that has been nowhere yet."""
        transport = httpx.ASGITransport(self.app, client=(address, 50_000))
        client = httpx.AsyncClient(transport=transport, base_url=url)
        self.clients.append(client)
        return Browser(client)

    async def invite(self, name: str, role: Role = Role.RESPONDER) -> str:
        """Make a user; return the path of their link."""
        async with self.serving.pool.connection() as connection, connection.transaction():
            made = await self._manager().create(connection, name, role)
        return made.url.removeprefix(URL)

    async def link(self, name: str, *, reset_totp: bool = False) -> str:
        """Make another link for a user; return its path."""
        async with self.serving.pool.connection() as connection, connection.transaction():
            made = await self._manager().link(connection, name, reset_totp=reset_totp)
        return made.url.removeprefix(URL)

    async def user(self, name: str, role: Role = Role.RESPONDER) -> Browser:
        """Make a user who sets a password by their link; return the browser that they used."""
        browser = self.browser()
        link = await self.invite(name, role)
        await browser.get(link)
        answer = await browser.send(link, {"password": PASSWORD, "again": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what stands in the store."""
        async with self.serving.pool.connection() as connection:
            return await (await connection.execute(statement.encode())).fetchall()

    def _manager(self) -> Manager:
        return Manager(self.serving.people, self.serving.url, "test", self.clock.now())


@asynccontextmanager
async def running(
    environ: dict[str, str], folder: Path, settings: str = "", *providers: SignOn
) -> AsyncIterator[Site]:
    """Run a site with settings of its own, on a clock that stands still."""
    file = folder / "fettle.toml"
    file.write_text(SETTINGS + settings)
    wired = Wired(environ)
    known = wired.settings(file)
    async with wired.store(known) as store, wired.serving(known, store, URL) as made:
        clock = SteppedClock()
        people = replace(
            made.people,
            passwords=Passwords(known.log_in.shortest_password, LITTLE),
            providers={one.name: one for one in providers},
        )
        desk = replace(made.desk, clock=clock)
        serving = replace(made, clock=clock, people=people, taking=replace(made.taking, desk=desk))
        serving = replace(serving, upkeep=replace(made.upkeep, desk=desk))
        site = Site(server.make(serving, store), store, serving, clock)
        try:
            yield site
        finally:
            for client in site.clients:
                await client.aclose()
