"""What is said to a person where no page answers: an address that is none, a bug, a store away.

Problems are documents for programs. Where a browser asked for a page, the same is said in one: in
the shell to who is logged in, since that is where they go on from. The API's addresses keep theirs.
"""

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.engine.ledger import AWAY
from fettle.errors import FettleError, WrongUsage
from fettle.frontends.api.bodies import LARGEST_BODY
from fettle.frontends.api.problems import Problem
from fettle.frontends.api.serving import serving
from fettle.frontends.web import answers, csrf, forms, sessions
from fettle.frontends.web.forms import Kept
from fettle.frontends.web.shell import Failed, Shell, frame
from fettle.frontends.web.templates import render
from fettle.store import remedies

_DOCUMENT = b"application/problem+json"
_REPLACED = (b"content-type", b"content-length")
_OURS = "/api/"
_NOWHERE, _NOT_SO = 404, 405


@dataclass(frozen=True)
class AstrayPage:
    """What astray.html is given; `kept` is a form that was not taken, with its token `csrf`."""

    title: str
    reason: str
    remedy: str | None
    known: bool
    notice: str | None
    kept: Kept | None = None
    csrf: str = ""


class Astray:
    """Say problems to people in pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and _by_a_person(Request(scope)):
            saying = _Saying(scope, receive, send)
            receive, send = saying.receive, saying.send
        await self._app(scope, receive, send)


class _Saying:
    """Holds a problem back until it is whole, and sends a page in its place.

    What a form of ours holds is remembered until it is answered: nobody types it twice.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._request = Request(scope)
        self._receive = receive
        self._send = send
        self._start: Message | None = None
        self._body = b""
        self._typed = bytearray()
        self._is_form = forms.is_form(self._request)

    async def receive(self) -> Message:
        message = await self._receive()
        if self._is_form:
            self._typed += message.get("body", b"")
            self._is_form = len(self._typed) <= LARGEST_BODY
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._say(self._start)

    async def _say(self, start: Message) -> None:
        typed = bytes(self._typed) if self._is_form else b""
        problem = Problem.model_validate(json.loads(self._body))
        page = await _page(self._request, problem, typed)
        kept = [one for one in start["headers"] if one[0].lower() not in _REPLACED]
        await self._send({**start, "headers": [*kept, *page.raw_headers]})
        body = b"" if self._request.method == "HEAD" else page.body
        await self._send({"type": "http.response.body", "body": body})


def _by_a_person(request: Request) -> bool:
    asked = "text/html" in request.headers.get("accept", "")
    return asked and not request.url.path.startswith(_OURS)


def _is_problem(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start.get("headers", [])}
    return bool(headers.get(b"content-type", b"").startswith(_DOCUMENT))


async def _page(request: Request, problem: Problem, typed: bytes) -> Response:
    notice = serving(request).settings.server.notice
    if problem.status not in (_NOWHERE, _NOT_SO):
        fields = _fields(typed)
        whole = fields and not forms.has_secrets(fields)
        page = AstrayPage(
            problem.title,
            problem.detail,
            problem.remedy,
            known=True,
            notice=notice,
            kept=forms.keep(forms.here(request), fields) if whole else None,
            csrf=dict(fields).get(csrf.FIELD, ""),
        )
        return answers.page("astray.html", page, problem.status)
    if problem.status == _NOWHERE:
        title, reason = "There is no such page", problem.detail
        remedy = "An issue is at /issues/ and its number. ⌘K (or Ctrl-K) finds pages and issues."
    else:
        title, reason = "There is no page to look at", "This address takes only what a form sends."
        remedy = "Go back to the page with the form."
    shell = await _shell(request, title)
    if shell is None:
        page = AstrayPage(title, reason, None, known=False, notice=notice)
        return answers.page("astray.html", page, problem.status)
    text = render("failed.html", Failed(title, reason, remedy), shell)
    return Response(text, problem.status, media_type="text/html")


def _fields(typed: bytes) -> forms.Fields:
    try:
        return forms.read(typed)
    except WrongUsage:
        return ()


async def _shell(request: Request, title: str) -> Shell | None:
    """Return what is around a page for who asks; None for nobody, and where the store is away."""
    try:
        async with serving(request).pool.connection() as connection:
            viewer = await sessions.of_request(connection, request)
            if viewer is None:
                return None
            return frame(request, viewer, title, await remedies.stopped(connection))
    except (*AWAY, FettleError):
        return None
