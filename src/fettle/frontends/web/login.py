"""Log in by name and password, and the code beside it; and log out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed, NotFound, NotIdentified
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Entry
from fettle.frontends.api.bodies import LARGEST_BODY, limited
from fettle.frontends.api.serving import serving
from fettle.frontends.web import admission, answers, csrf, forms, sessions
from fettle.frontends.web.forms import Kept
from fettle.store import log_ins

_PATIENCE = timedelta(minutes=10)  # between the password and the code
_STEP = "second factor"
_LONGEST_NAME = 200


@dataclass(frozen=True)
class CodePage:
    """What code.html is given: `step` is the log-in so far, sealed."""

    csrf: str
    step: str
    next: str
    kept: Kept | None
    refused: str | None = None
    remedy: str | None = None


def install(app: FastAPI) -> None:
    """Add the pages."""
    for path, handle in (
        ("/login", _login),
        ("/login/code", _code),
        ("/login/send", _send),
        ("/logout", _logout),
    ):
        methods = ["GET", "HEAD", "POST"] if path == "/login" else ["POST"]
        app.add_route(path, handle, methods=methods, include_in_schema=False)


async def _login(given: Request) -> Response:
    """Show the page to log in, or log in."""
    if given.method != "POST":
        return await _look(given)
    request = limited(given, 3 * LARGEST_BODY)  # it may carry a form of that size
    shared = serving(request)
    try:
        form = await _checked(request)
    except FettleError as error:
        return await _refused(request, {}, error)
    try:
        who = form.get("name", ""), form.get("password", "")
        browser, now = sessions.browser(request), shared.clock.now()
        user, proof = await log_in.by_password(shared.people, shared.pool, who, browser, now)
        if user.has_totp:
            step = {"user": user.name, "proof": proof}
            carried = shared.people.sealing.carry(_STEP, step, now, _PATIENCE)
            return _code_page(request, form, carried)
        return await enter(request, Entry(user, "password", proof), form)
    except FettleError as error:
        return await _refused(request, form, error)


async def _code(given: Request) -> Response:
    """Log in by the code beside the password."""
    request = limited(given, 3 * LARGEST_BODY)
    shared = serving(request)
    now, form = shared.clock.now(), {}
    try:
        form = await _checked(request)
        step = shared.people.sealing.carried(_STEP, form.get("step", ""), now)
        if step is None:
            raise NotIdentified("that took too long", remedy="log in anew")
    except FettleError as error:
        return await _refused(request, form, error)
    try:
        who = str(step["user"]), form.get("code", "")
        browser = sessions.browser(request)
        user = await log_in.by_code(shared.people, shared.pool, who, browser, now)
        return await enter(request, Entry(user, "password", str(step["proof"])), form)
    except FettleError as error:
        return _code_page(request, form, form["step"], error)


async def _send(given: Request) -> Response:
    """Show a form that was not taken, once its sender has logged in elsewhere."""
    request = limited(given, 3 * LARGEST_BODY)
    try:
        if not csrf.of_this_site(request):
            raise NotAllowed("that was sent by a page of another site")
        kept = forms.kept_of(await forms.typed(request))
        if kept is None:
            raise NotFound("there is nothing to send", remedy="go back to the page")
        async with serving(request).pool.connection() as connection:
            session = await sessions.of_request(connection, request)
            if session is None:
                return await admission.log_in_page(connection, request, kept=kept)
        return admission.send_page(session, kept)
    except FettleError as error:
        return answers.refused(error)


async def _logout(given: Request) -> Response:
    """End the session of the browser."""
    request = limited(given)
    try:
        async with serving(request).pool.connection() as connection:
            session = await sessions.of_request(connection, request)
            if session is not None:
                await _checked(request)
                await log_ins.end_session(connection, session.user_id, session.id)
    except FettleError as error:
        return answers.refused(error)
    response = answers.to("/login")
    sessions.forget_cookie(request, response)
    return response


async def enter(request: Request, entry: Entry, form: Mapping[str, str]) -> Response:
    """Let somebody in, and send them on; or show what they had typed when they were logged out."""
    shared = serving(request)
    now, browser = shared.clock.now(), sessions.browser(request)
    async with shared.pool.connection() as connection, connection.transaction():
        before = await sessions.of_request(connection, request, noted=False)
        cookie = await log_in.begin(shared.people, connection, entry, browser, now, before)
    kept = forms.kept_of(form)
    token = sessions.csrf_of(shared, cookie)
    if kept is None:
        response = answers.to(forms.local(form.get("next", "/")))
    else:
        context = admission.SendPage(entry.user.name, token, kept)
        response = answers.page("send.html", context)
    sessions.entered(request, response, entry.user.name, cookie)
    return response


async def _look(request: Request) -> Response:
    next_ = forms.local(request.query_params.get("next", "/"))
    async with serving(request).pool.connection() as connection:
        if await sessions.of_request(connection, request) is not None:
            return answers.to(next_)
        return await admission.log_in_page(connection, request, next_)


async def _checked(request: Request) -> dict[str, str]:
    """Return what was typed into a form of ours; raises NotAllowed for one that is not."""
    form = await forms.typed(request)
    if not sessions.may_log_in(request):
        raise NotAllowed("nobody logs in over plain http", remedy="reach Fettle over https")
    cookie = sessions.cookie(request)
    token = sessions.csrf_of(serving(request), cookie or "")
    if not csrf.of_this_site(request) or cookie is None or not csrf.carried(form, token):
        raise NotAllowed(
            "the page was too old, or your browser keeps no cookies", remedy="send it once more"
        )
    return form


async def _refused(request: Request, form: Mapping[str, str], error: FettleError) -> Response:
    next_, kept = forms.local(form.get("next", "/")), forms.kept_of(form)
    async with serving(request).pool.connection() as connection:
        name = form.get("name", "")[:_LONGEST_NAME]
        return await admission.log_in_page(connection, request, next_, kept, error, name)


def _code_page(
    request: Request, form: Mapping[str, str], step: str, error: FettleError | None = None
) -> Response:
    token = sessions.csrf_of(serving(request), sessions.cookie(request) or "")
    next_, kept = forms.local(form.get("next", "/")), forms.kept_of(form)
    reason, remedy = (None, None) if error is None else (error.reason, error.remedy)
    status = 200 if error is None else answers.status_of(error)
    context = CodePage(token, step, next_, kept, reason, remedy)
    return answers.page("code.html", context, status, answers.later(error))
