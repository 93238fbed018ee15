"""A one-time link: choose how to log in from now on.

Looking at it uses nothing up: programs that follow every link in a message shut nobody out. Who
has a second factor needs it here too, unless the link was made without.
"""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed, WrongUsage
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Entry
from fettle.frontends.api.bodies import limited
from fettle.frontends.api.serving import serving
from fettle.frontends.web import answers, csrf, elsewhere, forms, sessions
from fettle.model.user import User


@dataclass(frozen=True)
class InvitedPage:
    """What invited.html is given."""

    csrf: str
    link: str
    mark: str
    name: str
    role: str
    recovers: bool
    totp: bool
    shortest: int
    providers: list[tuple[str, str]]
    safe: bool
    refused: str | None = None
    remedy: str | None = None


def install(app: FastAPI) -> None:
    """Add the page."""
    methods = ["GET", "HEAD", "POST"]
    app.add_route("/welcome/{link}", _invited, methods=methods, include_in_schema=False)


async def _invited(given: Request) -> Response:
    request = limited(given)
    link, shared = request.path_params["link"], serving(request)
    try:
        async with shared.pool.connection() as connection:
            user = await log_in.of_link(connection, link, shared.clock.now())
    except FettleError as error:
        return answers.refused(error)
    if request.method != "POST":
        return _page(request, user)
    try:
        return await _taken(request, user)
    except FettleError as error:
        return _page(request, user, error)


async def _taken(request: Request, user: User) -> Response:
    """Set a password, and log in; the link is used up by it, and by nothing before it."""
    shared, link = serving(request), request.path_params["link"]
    browser, now = sessions.browser(request), shared.clock.now()
    form = await _checked(request)
    password = form.get("password", "")
    if password != form.get("again", ""):
        raise WrongUsage("the two passwords are not the same")
    shared.people.passwords.refuse(password, user.name)
    if user.has_totp:
        who = user.name, form.get("code", "")
        await log_in.by_code(shared.people, shared.pool, who, browser, now)
    hash_ = await shared.people.passwords.hashed(password)
    async with shared.pool.connection() as connection, connection.transaction():
        taken = await log_in.by_link(connection, link, now)
        await log_in.set_password(connection, taken, hash_, browser)
        entry = Entry(taken, "link")
        before = await sessions.of_request(connection, request, noted=False)
        cookie = await log_in.begin(shared.people, connection, entry, browser, now, before)
    response = answers.to("/")
    sessions.entered(request, response, taken.name, cookie)
    return response


async def _checked(request: Request) -> dict[str, str]:
    """Return what was typed. Who has the link may use it: what is looked at is who has sent it."""
    form = await forms.typed(request)
    if not sessions.may_log_in(request):
        raise NotAllowed("nobody logs in over plain http", remedy="reach Fettle over https")
    token = sessions.csrf_of(serving(request), sessions.cookie(request) or "")
    if not csrf.of_this_site(request) or not csrf.carried(form, token):
        raise NotAllowed(
            "the page was too old, or your browser keeps no cookies", remedy="send it once more"
        )
    return form


def _page(request: Request, user: User, error: FettleError | None = None) -> Response:
    shared = serving(request)
    cookie = sessions.cookie(request) or sessions.visitor()
    context = InvitedPage(
        sessions.csrf_of(shared, cookie),
        request.path_params["link"],
        elsewhere.mark(request, cookie),
        user.name,
        str(user.role),
        user.has_password,
        user.has_totp,
        shared.people.passwords.shortest,
        [(one.name, one.title) for one in shared.people.providers.values()],
        sessions.may_log_in(request),
        None if error is None else error.reason,
        None if error is None else error.remedy,
    )
    status = 200 if error is None else answers.status_of(error)
    response = answers.page("invited.html", context, status, answers.later(error))
    if context.safe:
        sessions.set_cookie(request, response, cookie)
    return response
