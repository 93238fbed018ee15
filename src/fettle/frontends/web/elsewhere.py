"""Log in by an OpenID provider: go there, and come back.

What is remembered meanwhile the browser carries, sealed, for a few minutes. So a log-in that comes
back by another browser than it was begun in is not taken. One that ties somebody to who they are
there begins on a page of ours: another site could have logged them in there as somebody else.
"""

import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed, NotFound, NotIdentified
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Entry
from fettle.frontends.api.serving import Serving, serving
from fettle.frontends.web import answers, forms, sessions
from fettle.model.ports import SignOn
from fettle.model.sign_on import Begun, Identity
from fettle.model.user import Session, User
from fettle.store import users
from fettle.store.statements import Connection

_COOKIE = "fettle-oidc"
_PATIENCE = timedelta(minutes=10)
_FRESH = timedelta(minutes=5)
_BACK = "/oidc/callback"


def install(app: FastAPI) -> None:
    """Add the addresses that a browser is sent to, and comes back by."""
    app.add_route("/oidc/{provider}/start", _start, methods=["GET"], include_in_schema=False)
    app.add_route(_BACK, _callback, methods=["GET"], include_in_schema=False)


async def _start(request: Request) -> Response:
    """Send the browser to the provider."""
    shared, given = serving(request), request.query_params
    try:
        provider = _provider(shared, request.path_params["provider"])
        if not sessions.may_log_in(request):
            raise NotAllowed("nobody logs in over plain http", remedy="reach Fettle over https")
        ties = "link" in given or "tie" in given
        if ties and not hmac.compare_digest(mark(request).encode(), _given(given.get("mark"))):
            raise NotAllowed("the page was too old", remedy="go back, and load it anew")
        begun = Begun.now()
        address = await provider.begin(f"{shared.url}{_BACK}", begun)
        async with shared.pool.connection() as connection:
            session = await sessions.of_request(connection, request)
        if "tie" in given and session is not None and not is_fresh(session, shared):
            raise NotAllowed(
                "you have logged in too long ago to connect a provider",
                remedy="say your password on your page, or log out and in again",
            )
    except FettleError as error:
        return answers.refused(error)
    remembered = {
        "provider": provider.name,
        "begun": begun.document(),
        "next": forms.local(given.get("next", "/")),
        "link": given.get("link"),
        "tie": session.user if session and "tie" in given else None,
    }
    now = shared.clock.now()
    carried = shared.people.sealing.carry(_COOKIE, remembered, now, _PATIENCE)
    response = answers.to(address)
    sessions.set_cookie(request, response, carried, _COOKIE, int(_PATIENCE.total_seconds()))
    return response


async def _callback(request: Request) -> Response:
    """Log in who has come back."""
    shared = serving(request)
    try:
        remembered = _remembered(request, shared)
        provider = _provider(shared, remembered["provider"])
        who = await _identity(request, shared, provider, remembered)
        user, cookie = await _entered(request, shared, provider, who, remembered)
    except FettleError as error:
        response: Response = answers.refused(error)
    else:
        response = answers.to(forms.local(remembered["next"]))
        sessions.entered(request, response, user.name, cookie)
    sessions.forget_cookie(request, response, _COOKIE)
    return response


def _remembered(request: Request, shared: Serving) -> dict[str, Any]:
    """Return what the browser has carried; raises NotIdentified."""
    text = sessions.cookie(request, _COOKIE) or ""
    found = shared.people.sealing.carried(_COOKIE, text, shared.clock.now())
    if found is None or not sessions.may_log_in(request):
        raise NotIdentified(
            "the log-in was not begun in this browser, or took too long", remedy="log in anew"
        )
    return found


async def _identity(
    request: Request, shared: Serving, provider: SignOn, remembered: dict[str, Any]
) -> Identity:
    """Return who has come back from the provider; raises NotAllowed and CannotLook."""
    given, begun = request.query_params, Begun(**remembered["begun"])
    if not hmac.compare_digest(_given(given.get("state")), begun.state.encode()):
        raise NotAllowed("the answer is to another log-in", remedy="log in anew")
    if given.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        raise NotAllowed("the answer is another provider's", remedy="log in anew")
    if "code" not in given:
        said = unquote(given.get("error_description") or given.get("error") or "no code")[:300]
        raise NotAllowed(f"{provider.title} has refused the log-in: {said}")
    return await provider.end(f"{shared.url}{_BACK}", given["code"], begun)


async def _entered(
    request: Request,
    shared: Serving,
    provider: SignOn,
    who: Identity,
    remembered: dict[str, Any],
) -> tuple[User, str]:
    """Let somebody in; return who it is, and what their cookie holds."""
    now, browser = shared.clock.now(), sessions.browser(request)
    async with shared.pool.connection() as connection, connection.transaction():
        bound = await _bound(connection, request, shared, remembered)
        if bound is None:
            user = await log_in.by_identity(connection, who, browser.request, now)
        else:
            user = bound
            await log_in.tie(connection, user, who, browser.request, now)
        entry = Entry(user, f"oidc:{provider.name}")
        before = await sessions.of_request(connection, request, noted=False)
        return user, await log_in.begin(shared.people, connection, entry, browser, now, before)


async def _bound(
    connection: Connection, request: Request, shared: Serving, remembered: dict[str, Any]
) -> User | None:
    """Return whom the log-in is to be of: who has a link, or is logged in and asked for it."""
    if remembered["link"] is not None:
        user = await log_in.by_link(connection, remembered["link"], shared.clock.now())
        if user.has_totp:
            raise NotAllowed(
                "a link does not stand in for the second factor",
                remedy="set a password by the link, and connect the provider on your own page",
            )
        return user
    if remembered["tie"] is None:
        return None
    session = await sessions.of_request(connection, request, noted=False)
    if session is None or session.user != remembered["tie"]:
        raise NotIdentified("you were logged out meanwhile", remedy="log in, and try again")
    return await users.find(connection, session.user)


def is_fresh(session: Session, shared: Serving) -> bool:
    """Whether somebody has proved a moment ago who they are."""
    began = session.created_at
    return began is not None and shared.clock.now() - began <= _FRESH


def mark(request: Request, cookie: str | None = None) -> str:
    """Return what an address to begin at carries that ties somebody: nobody else knows it."""
    value = cookie or sessions.cookie(request) or ""
    return serving(request).people.sealing.keyed(_COOKIE, value).hex()


def _given(text: str | None) -> bytes:
    return (text or "").encode("utf-8", "replace")


def _provider(shared: Serving, name: str) -> SignOn:
    found = shared.people.providers.get(name)
    if found is None:
        raise NotFound(f"there is no provider {name}", remedy="[[oidc]] in fettle.toml names them")
    return found
