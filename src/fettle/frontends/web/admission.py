"""Who is let in to a page; and nobody who was logged out loses what they had typed.

1. Who only looks is sent to log in, and from there back.
2. A form of somebody who is not logged in any more, or is by now as somebody else, is not taken. It
   is shown again behind the log-in, with what was typed, to be sent after a look.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed
from fettle.frontends.api.bodies import limited
from fettle.frontends.api.serving import serving
from fettle.frontends.web import answers, csrf, forms, sessions, shell
from fettle.frontends.web.forms import Kept
from fettle.model.role import Role
from fettle.model.user import Session
from fettle.store import users
from fettle.store.statements import Connection

Handle = Callable[[Request, Session], Awaitable[Response]]


@dataclass(frozen=True)
class LogInPage:
    """What login.html is given."""

    csrf: str
    next: str
    name: str
    kept: Kept | None
    providers: Sequence[tuple[str, str]]
    anybody: bool
    safe: bool
    notice: str | None = None
    refused: str | None = None
    remedy: str | None = None

    @property
    def query(self) -> str:
        """What a link to a provider carries."""
        return urlencode({"next": self.next})


@dataclass(frozen=True)
class SendPage:
    """What send.html is given: a form that was not taken, to be looked at and sent again."""

    user: str
    csrf: str
    kept: Kept


async def admit(connection: Connection, request: Request) -> Session | Response:
    """Return who asks; or what they are answered instead, when nobody known does.

    What changes something is let through only with what our own forms carry. Raises WrongUsage for
    a body that is no form.
    """
    session = await sessions.of_request(connection, request)
    if request.method in csrf.SAFE:
        return session or await _to_log_in(connection, request)
    if not csrf.of_this_site(request):
        return answers.refused(
            NotAllowed("that was sent by a page of another site", remedy="send it from its page")
        )
    given = await forms.fields(request)
    if session is None:
        return await _to_log_in(connection, request, given)
    if not csrf.carried(dict(given), session.csrf):
        return _again(request, session, given)
    return session


def page(app: FastAPI, path: str, handle: Handle, *methods: str, role: Role = Role.VIEWER) -> None:
    """Add a page for those who are logged in and have a role."""

    async def handled(given: Request) -> Response:
        request = limited(given)
        try:
            await request.body()  # before a connection waits for it
            async with serving(request).pool.connection() as connection:
                admitted = await admit(connection, request)
            if isinstance(admitted, Response):
                return admitted
        except FettleError as error:
            return answers.refused(error)
        try:
            admitted.caller.must_be(role)
            return await handle(request, admitted)
        except FettleError as error:
            return await shell.failed(request, admitted, error)

    app.add_route(path, handled, methods=list(methods or ("GET", "HEAD")), include_in_schema=False)


async def log_in_page(
    connection: Connection,
    request: Request,
    next_: str = "/",
    kept: Kept | None = None,
    error: FettleError | None = None,
    name: str = "",
) -> Response:
    """Return the page to log in, with a cookie so that its form is known again."""
    shared = serving(request)
    cookie = sessions.cookie(request) or sessions.visitor()
    context = LogInPage(
        sessions.csrf_of(shared, cookie),
        next_,
        name,
        kept,
        [(one.name, one.title) for one in shared.people.providers.values()],
        await users.anybody(connection),
        sessions.may_log_in(request),
        shared.settings.server.notice,
        None if error is None else error.reason,
        None if error is None else error.remedy,
    )
    status = answers.status_of(error) if error else 403 if kept else 200
    response = answers.page("login.html", context, status, answers.later(error))
    if context.safe:
        sessions.set_cookie(request, response, cookie)
    return response


def send_page(session: Session, kept: Kept, status: int = 200) -> Response:
    """Return the page that shows a form again, and sends it."""
    return answers.page("send.html", SendPage(session.user, session.csrf, kept), status)


async def _to_log_in(
    connection: Connection, request: Request, given: forms.Fields = ()
) -> Response:
    here = forms.here(request)
    if request.method in csrf.SAFE:
        return answers.to("/login" if here == "/" else f"/login?{urlencode({'next': here})}")
    kept = forms.keep(here, given)
    return await log_in_page(connection, request, kept=kept)


def _again(request: Request, session: Session, given: forms.Fields) -> Response:
    """Show a form again that somebody made who was not logged in as they are now."""
    kept = forms.keep(forms.here(request), given)
    if kept is None:
        return answers.refused(NotAllowed("the form was too old", remedy="send it from its page"))
    return send_page(session, kept, 403)
