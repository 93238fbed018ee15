"""What stands around every page of those who are logged in, and the way of their requests.

A page's module has `install(pages)`, which adds its routes; those with a `Place` stand in the
navigation. A handler is given a `Look`: who looks, over which connection; it answers with a page,
or does something by calling the API in its own process on the viewer's behalf, so that rules,
audit and transactions are written once.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fettle.errors import FettleError, WrongUsage
from fettle.frontends.api import problems
from fettle.frontends.api.bodies import limited
from fettle.frontends.api.inside import Answer, call
from fettle.frontends.api.serving import Serving, serving
from fettle.frontends.web import answers, csrf, forms, numbers
from fettle.frontends.web.templates import render
from fettle.model.remedy import Stopped
from fettle.model.role import Role
from fettle.model.user import Session
from fettle.store import remedies
from fettle.store.statements import Connection

_APPLE = re.compile(r"\b(Macintosh|iPhone|iPad)\b")


@dataclass(frozen=True)
class Place:
    """Where a page stands in the navigation, for whom; `keys` are pressed one after the other.

    What is `daily` is seen at once; the others are behind More.
    """

    name: str
    path: str
    keys: str
    role: Role
    daily: bool = False


@dataclass(frozen=True)
class Refused:
    """What the viewer asked for and did not get, and what they had typed."""

    reason: str
    remedy: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shell:
    """What shell.html is given beside the page's own.

    `here` is the address within the site, `again` the one by which the page is asked for anew: of a
    form that was refused, that of the page that it was sent from. `live` is what it shows and is
    told anew of; `notice`
    is what the settings say to everybody, `stopped` that remedies do not act; `apple` is whether
    the viewer's keyboard has a ⌘, `once` is what no other page carries.
    """

    title: str
    viewer: str
    role: str
    csrf: str
    may_act: bool
    places: Sequence[Place]
    here: str
    again: str
    now: datetime
    notice: str | None = None
    apple: bool = False
    live: Sequence[str] = ()
    refused: Refused | None = None
    stopped: Stopped | None = None
    once: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def is_at(self, place: Place) -> bool:
        """Whether the page belongs to that place of the navigation."""
        path = self.here.partition("?")[0]
        return path == place.path or (place.path != "/" and path.startswith(f"{place.path}/"))

    def of(self, *, refused: bool) -> "Shell":
        """Return what a form is given: what was typed belongs to the one that was refused."""
        return self if refused else replace(self, refused=None)

    def sent(self, action: str, **chosen: object) -> "Shell":
        """Return what a form is given that is sent to an address, as `of` does.

        Several forms are sent to one address: `chosen` is what their hidden fields hold.
        """
        typed = self.refused.typed if self.refused else {}
        path = self.here.partition("?")[0]
        same = unquote(path) == unquote(action) and all(
            typed.get(name) == str(value) for name, value in chosen.items()
        )
        return self.of(refused=same)

    def typed(self, name: str, otherwise: str = "") -> str:
        """What the viewer had typed into a field before they were refused."""
        return self.refused.typed[name] if self.refused and self.unsent(name) else otherwise

    def unsent(self, name: str) -> bool:
        """Whether a field holds what the viewer wrote before they were refused."""
        typed = self.refused.typed if self.refused else {}
        return name in typed and forms.changed(typed, name)

    def overtaken(self, name: str, now: str) -> bool:
        """Whether somebody else has meanwhile changed a field that the viewer has changed."""
        typed = self.refused.typed if self.refused else {}
        return self.unsent(name) and typed.get(f"{name}_were", now) != now

    def in_vain(self, made: str) -> Sequence[str]:
        """What the viewer wrote into a form that the page, as it was made, shows no more."""
        texts = forms.written(self.refused.typed) if self.refused else ()
        return [text.replace("\r\n", "\n") for text in texts if not _holds(made, escape(text))]


@dataclass(frozen=True)
class Failed:
    """What failed.html is given."""

    title: str
    reason: str
    remedy: str | None


@dataclass(frozen=True)
class Look:
    """A request to see a page, of somebody who is logged in."""

    request: Request
    connection: Connection
    serving: Serving
    viewer: Session
    refused: Refused | None = None
    stopped: Stopped | None = None

    @property
    def may_act(self) -> bool:
        """Whether the viewer may do more than look."""
        return self.viewer.role >= Role.RESPONDER

    def number(self, name: str) -> int | None:
        """Return a number that the query gives; None where it gives none. Raises WrongUsage."""
        given = self.request.query_params.get(name, "")
        found = numbers.read(given)
        if given and found is None:
            raise WrongUsage(f"{name}: it is a number", remedy="leave it out of the address")
        return found

    def page(
        self, template: str, page: object, title: str, live: Sequence[str] = (), status: int = 200
    ) -> HTMLResponse:
        """Return a page in the shell."""
        made = frame(self.request, self.viewer, title, self.stopped)
        shell = replace(made, live=live, refused=self.refused)
        status = 409 if self.refused and status == 200 else status
        return HTMLResponse(render(template, page, shell), status, {"Cache-Control": "no-store"})

    def failed(self, error: FettleError) -> HTMLResponse:
        """Return a page that says why there is none."""
        status = answers.status_of(error)
        page = Failed(problems.title_of(status), error.reason, error.remedy)
        made = self.page("failed.html", page, page.title, status=status)
        made.headers.update(answers.later(error))
        return made


def frame(request: Request, viewer: Session, title: str, stopped: Stopped | None) -> Shell:
    """Return what is around a page of somebody who is logged in."""
    pages: Pages = request.app.state.pages
    return Shell(
        title,
        viewer.user,
        str(viewer.role),
        viewer.csrf,
        viewer.role >= Role.RESPONDER,
        pages.places_for(viewer.role),
        forms.here(request),
        forms.here(request) if request.method in csrf.SAFE else forms.sent_from(request),
        pages.serving.clock.now(),
        pages.serving.settings.server.notice,
        _APPLE.search(request.headers.get("user-agent", "")) is not None,
        stopped=stopped,
    )


async def around(request: Request, viewer: Session, title: str) -> Shell:
    """Return what is around a page that is made without a Look."""
    async with serving(request).pool.connection() as connection:
        return frame(request, viewer, title, await remedies.stopped(connection))


async def failed(
    request: Request, viewer: Session, error: FettleError, refused: Refused | None = None
) -> HTMLResponse:
    """Return a page that says why there is none, to who sent a form or looked without a Look."""
    shared = serving(request)
    async with shared.pool.connection() as connection:
        stopped = await remedies.stopped(connection)
        return Look(request, connection, shared, viewer, refused, stopped).failed(error)


def _holds(made: str, text: str) -> bool:
    """Whether a field of a page holds a text."""
    return f'value="{text}"' in made or f"{text}</textarea>" in made


Show = Callable[[Look], Awaitable[Response]]


@dataclass(frozen=True)
class Deed:
    """A form that somebody sent; no connection waits for it while it is done."""

    request: Request
    viewer: Session
    form: Mapping[str, str]
    pages: "Pages"

    async def call(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        """Do what the API does under a path, on the viewer's behalf.

        The same form of the same page is done once, however often it is sent.
        """
        content = json.dumps(body).encode()
        given = {"x-request-id": self.request.state.id, **(headers or {})}
        if once := self.form.get("once"):
            sent = f"{once}\n{method} {path}\n".encode() + content
            given["idempotency-key"] = hashlib.sha256(sent).hexdigest()
        return await call(self.request.app, self.viewer.caller, method, path, content, given)

    def back(self, path: str) -> Response:
        """Send the browser to a page, after all was done."""
        return RedirectResponse(path, 303)

    async def shown(self, show: Show) -> Response:
        """Show a page, of what was typed and is not done yet."""
        return await self.pages.show(self.request, self.viewer, show, None)

    async def refused(self, show: Show, reason: str, remedy: str | None = None) -> Response:
        """Show the page again, with why it was not done and with what was typed."""
        typed = {name: value for name, value in self.form.items() if name != "csrf"}
        return await self.pages.show(
            self.request, self.viewer, show, Refused(reason, remedy, typed)
        )


Act = Callable[[Deed], Awaitable[Response]]
Admit = Callable[[Connection, Request], Awaitable[Session | Response]]


class Pages:
    """Adds pages to an application; `admit` says who asks, or answers instead."""

    def __init__(self, app: FastAPI, serving: Serving, admit: Admit) -> None:
        self.serving = serving
        self._app = app
        self._admit = admit
        self._places: list[Place] = []

    def place(
        self,
        name: str,
        path: str,
        keys: str,
        role: Role = Role.VIEWER,
        *,
        daily: bool = False,
    ) -> None:
        """Give a page its place in the navigation, behind those that have one."""
        self._places.append(Place(name, path, keys, role, daily))

    def places_for(self, role: Role) -> Sequence[Place]:
        """Return the places of those that may see them."""
        return [place for place in self._places if role >= place.role]

    def add(self, path: str, show: Show, role: Role = Role.VIEWER) -> None:
        """Add a page that such a viewer may see."""

        async def handled(request: Request) -> Response:
            async with self.serving.pool.connection() as connection:
                viewer = await self._admit(connection, request)
                if isinstance(viewer, Response):
                    return viewer
                return await self._shown(Look(request, connection, *self._to(viewer)), show, role)

        self._app.add_route(path, handled, methods=["GET", "HEAD"], include_in_schema=False)

    def open(self, path: str, answer: Callable[[Request], Awaitable[Response]]) -> None:
        """Add what is answered to who is not logged in."""
        self._app.add_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)

    def act(self, path: str, act: Act) -> None:
        """Add what a form does; the API says who may."""

        async def handled(given: Request) -> Response:
            request = limited(given)
            await request.body()  # before a connection waits for it; it is kept
            async with self.serving.pool.connection() as connection:
                viewer = await self._admit(connection, request)
            if isinstance(viewer, Response):
                return viewer
            form = await forms.typed(request)
            try:
                return await act(Deed(request, viewer, form, self))
            except FettleError as error:
                refused = Refused(error.reason, error.remedy, form)
                return await failed(request, viewer, error, refused)

        self._app.add_route(path, handled, methods=["POST"], include_in_schema=False)

    async def show(
        self, request: Request, viewer: Session, show: Show, refused: Refused | None
    ) -> Response:
        """Show a page to who sent a form, and to whom something was refused."""
        async with self.serving.pool.connection() as connection:
            look = Look(request, connection, *self._to(viewer), refused)
            return await self._shown(look, show, Role.VIEWER)

    def _to(self, viewer: Session) -> tuple[Serving, Session]:
        return self.serving, viewer

    async def _shown(self, look: Look, show: Show, role: Role) -> Response:
        look = replace(look, stopped=await remedies.stopped(look.connection))
        try:
            look.viewer.caller.must_be(role)
            return await show(look)
        except FettleError as error:
            return look.failed(error)
