"""Turn one's second factor on and off, and make recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed, Refused
from fettle.flow.people import log_in, second_factor
from fettle.frontends.api.serving import serving
from fettle.frontends.web import admission, answers, forms, me, sessions
from fettle.frontends.web.shell import around
from fettle.model.user import Session
from fettle.store import access, users
from fettle.store.statements import Connection

_PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class TotpPage:
    """What totp.html is given: the secret as a picture, as text, and sealed."""

    csrf: str
    picture: str
    secret: str
    sealed: str
    refused: str | None = None


@dataclass(frozen=True)
class CodesPage:
    """What codes.html is given: they are shown this once."""

    codes: Sequence[str]


def install(app: FastAPI) -> None:
    """Add what the forms of one's own page do."""
    admission.page(app, "/me/totp/begin", _begin, "POST")
    admission.page(app, "/me/totp/on", _on, "POST")
    admission.page(app, "/me/totp/off", _off, "POST")
    admission.page(app, "/me/totp/codes", _codes, "POST")


async def _begin(request: Request, session: Session) -> Response:
    """Show a new secret, to who knows the password: whoever has it could shut the user out.

    Nothing is kept of it until a code proves that a telephone has it.
    """
    try:
        await me.known(request, session)
    except FettleError as error:
        return await me.show(request, session, error)
    shared, secret = serving(request), second_factor.new_secret()
    now = shared.clock.now()
    content = {"secret": secret.hex()}
    sealed = shared.people.sealing.carry(_purpose(session), content, now, _PATIENCE)
    return await _page(request, session, secret, sealed)


async def _on(request: Request, session: Session) -> Response:
    """Turn it on, once a code is right."""
    shared, form = serving(request), await forms.typed(request)
    now, sealed = shared.clock.now(), form.get("sealed", "")
    content = shared.people.sealing.carried(_purpose(session), sealed, now)
    if content is None:
        return await me.show(request, session, NotAllowed("that took too long; begin anew"))
    secret = bytes.fromhex(content["secret"])
    step = second_factor.fitting(secret, form.get("code", ""), now)
    if step is None:
        said = "the code is not right; do the clocks of this server and your telephone agree?"
        return await _page(request, session, secret, sealed, said)
    codes, browser = second_factor.new_codes(), sessions.browser(request)
    async with shared.pool.connection() as connection, connection.transaction():
        if (await users.hold(connection, session.user)).user.has_totp:
            raise Refused("the second factor is on already", remedy="turn it off first")
        kept = shared.people.sealing.seal(log_in.totp_of(session.user_id), secret)
        hashes = [second_factor.hashed(code) for code in codes]
        await users.turn_totp_on(connection, session.user_id, kept, step, hashes)
        await _note(connection, session, request, "turn totp on")
        cookie = await log_in.renew(shared.people, connection, session, browser, now)
    renewed = replace(session, csrf=sessions.csrf_of(shared, cookie))
    shell = await around(request, renewed, "Recovery codes")
    response = answers.page("codes.html", CodesPage(codes), shell=shell)
    sessions.set_cookie(request, response, cookie)
    return response


async def _off(request: Request, session: Session) -> Response:
    """Turn it off, by a code."""
    shared = serving(request)
    try:
        await _proved(request, session)
    except FettleError as error:
        return await me.show(request, session, error)
    now, browser = shared.clock.now(), sessions.browser(request)
    async with shared.pool.connection() as connection, connection.transaction():
        await users.turn_totp_off(connection, session.user_id)
        await _note(connection, session, request, "turn totp off")
        cookie = await log_in.renew(shared.people, connection, session, browser, now)
    return me.renewed(request, "/me?done=totp-off", cookie)


async def _codes(request: Request, session: Session) -> Response:
    """Make new recovery codes, by a code; those before count no more."""
    try:
        await _proved(request, session)
    except FettleError as error:
        return await me.show(request, session, error)
    codes = second_factor.new_codes()
    async with serving(request).pool.connection() as connection, connection.transaction():
        hashes = [second_factor.hashed(code) for code in codes]
        await users.set_codes(connection, session.user_id, hashes)
        await _note(connection, session, request, "make recovery codes")
    shell = await around(request, session, "Recovery codes")
    return answers.page("codes.html", CodesPage(codes), shell=shell)


async def _proved(request: Request, session: Session) -> None:
    """Return when a code of the second factor was typed; raises NotAllowed and TooMuch."""
    shared, form = serving(request), await forms.typed(request)
    who = session.user, form.get("code", "")
    browser, now = sessions.browser(request), shared.clock.now()
    await log_in.by_code(shared.people, shared.pool, who, browser, now)


async def _page(
    request: Request, session: Session, secret: bytes, sealed: str, refused: str | None = None
) -> Response:
    site = urlsplit(serving(request).url).hostname or ""
    picture = _picture(second_factor.address(secret, session.user, site))
    context = TotpPage(session.csrf, picture, second_factor.written(secret), sealed, refused)
    shell = await around(request, session, "Second factor")
    return answers.page("totp.html", context, 200 if refused is None else 403, shell=shell)


def _picture(address: str) -> str:
    """Return a QR code as SVG; black on white, whatever the page's colours are."""
    import segno

    made = segno.make_qr(address)
    return made.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=False)


def _purpose(session: Session) -> str:
    return f"new totp:{session.user_id}"


async def _note(connection: Connection, session: Session, request: Request, act: str) -> None:
    await access.write_audit(connection, session.actor, act, session.user, request.state.id, {})
