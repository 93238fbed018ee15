"""One's own page: how one logs in, and where one is logged in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotAllowed, NotFound, NotIdentified, Refused, WrongUsage
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Entry
from fettle.frontends.api.serving import Serving, serving
from fettle.frontends.report.moments import said
from fettle.frontends.web import admission, answers, elsewhere, forms, sessions
from fettle.frontends.web.shell import around
from fettle.model.user import Session, Tie, User
from fettle.store import access, log_ins, users
from fettle.store.statements import Connection, storable

_NOTHING: Mapping[str, str] = MappingProxyType({})
_DONE = {
    "password": "Your password is changed, and every other browser is logged out.",
    "totp-off": "The second factor is off.",
    "proved": "Go on within five minutes: connect the provider below.",
    "untied": "That log-in is ended, and every other browser is logged out.",
    "ended": "That browser is logged out.",
    "others": "Every other browser is logged out.",
}


@dataclass(frozen=True)
class Seen:
    """A browser that is logged in."""

    id: str
    agent: str
    client: str
    how: str
    seen_at: str | None
    this: bool


@dataclass(frozen=True)
class Tied:
    """Who one is at a provider, and since when."""

    title: str
    issuer: str
    subject: str
    since: str
    seen_at: str | None


@dataclass(frozen=True)
class MePage:
    """What me.html is given."""

    csrf: str
    mark: str
    name: str
    role: str
    has_password: bool
    has_totp: bool
    codes_left: int
    shortest: int
    tied: Sequence[Tied]
    connectable: Sequence[tuple[str, str]]
    fresh: bool
    sessions: Sequence[Seen]
    done: str | None
    refused: str | None = None
    remedy: str | None = None


def install(app: FastAPI) -> None:
    """Add the page, and what its forms do."""
    admission.page(app, "/me", _look)
    admission.page(app, "/me/password", _password, "POST")
    admission.page(app, "/me/connect", _connect, "POST")
    admission.page(app, "/me/untie", _untie, "POST")
    admission.page(app, "/me/sessions/end", _end, "POST")
    admission.page(app, "/me/sessions/end-others", _end_others, "POST")


async def _look(request: Request, session: Session) -> Response:
    return await show(request, session)


async def show(request: Request, session: Session, error: FettleError | None = None) -> Response:
    """Show the page, with what was refused."""
    shared = serving(request)
    now, idle = shared.clock.now(), shared.settings.log_in.idle
    async with shared.pool.connection() as connection:
        user = await users.find(connection, session.user)
        left = await users.codes_left(connection, user.id)
        ties = await users.ties(connection, user.id)
        found = await log_ins.sessions_of(connection, user.id, now, idle)
    providers = shared.people.providers.values()
    titles = {one.issuer: one.title for one in providers}
    context = MePage(
        session.csrf,
        elsewhere.mark(request),
        user.name,
        str(user.role),
        user.has_password,
        user.has_totp,
        left,
        shared.people.passwords.shortest,
        [_tied(one, titles.get(one.issuer, one.issuer)) for one in ties],
        [(one.name, one.title) for one in providers if one.issuer not in user.providers],
        elsewhere.is_fresh(session, shared),
        [_seen(one, session) for one in found],
        _DONE.get(request.query_params.get("done", "")),
        None if error is None else error.reason,
        None if error is None else error.remedy,
    )
    status = 200 if error is None else answers.status_of(error)
    shell = await around(request, session, "Your account")
    return answers.page("me.html", context, status, answers.later(error), shell)


async def _password(request: Request, session: Session) -> Response:
    """Change the password: who knows the old one may."""
    shared, form = serving(request), await forms.typed(request)
    browser, now = sessions.browser(request), shared.clock.now()
    try:
        password = form.get("password", "")
        if password != form.get("again", ""):
            raise WrongUsage("the two passwords are not the same")
        shared.people.passwords.refuse(password, session.user)
        user = await known(request, session)
        hash_ = await shared.people.passwords.hashed(password)
    except FettleError as error:
        return await show(request, session, error)
    async with shared.pool.connection() as connection, connection.transaction():
        await log_in.set_password(connection, user, hash_, browser)
        cookie = await log_in.renew(shared.people, connection, session, browser, now)
    return renewed(request, "/me?done=password", cookie)


async def _connect(request: Request, session: Session) -> Response:
    """Let who knows the password connect a provider: a page of ours leads there, and no form."""
    shared = serving(request)
    browser, now = sessions.browser(request), shared.clock.now()
    try:
        user = await _proved(request, session)
    except FettleError as error:
        return await show(request, session, error)
    async with shared.pool.connection() as connection, connection.transaction():
        entry = Entry(user, "password")
        cookie = await log_in.begin(shared.people, connection, entry, browser, now, session)
    return renewed(request, "/me?done=proved", cookie)


async def _untie(request: Request, session: Session) -> Response:
    """End a log-in by a provider, and every other session: who is known there may be in one."""
    shared, form = serving(request), await forms.typed(request)
    browser, now = sessions.browser(request), shared.clock.now()
    try:
        if not elsewhere.is_fresh(session, shared):
            await _proved(request, session)
        async with shared.pool.connection() as connection, connection.transaction():
            user = (await users.hold(connection, session.user)).user
            given = form.get("issuer", ""), form.get("subject", "")
            if not user.has_password:
                _refuse_last(await users.ties(connection, user.id), given, shared)
            if not await users.untie(connection, user.id, *map(storable, given)):
                raise NotFound("you are not known so there", remedy="look at your page anew")
            await _note(connection, session, request, "untie", {"issuer": given[0]})
            cookie = await log_in.renew(shared.people, connection, session, browser, now)
    except FettleError as error:
        return await show(request, session, error)
    return renewed(request, "/me?done=untied", cookie)


def _refuse_last(ties: Sequence[Tie], given: tuple[str, str], shared: Serving) -> None:
    """Raise Refused where that tie alone lets somebody in: one to a provider of the settings."""
    issuers = {one.issuer for one in shared.people.providers.values()}
    if [(one.issuer, one.subject) for one in ties if one.issuer in issuers] == [given]:
        raise Refused(
            "nothing else lets you in",
            remedy="ask an admin for a one-time address, which sets a password",
        )


async def _proved(request: Request, session: Session) -> User:
    """Return who is logged in, when they have said all that lets them in; as `known` raises."""
    shared, form = serving(request), await forms.typed(request)
    browser, now = sessions.browser(request), shared.clock.now()
    async with shared.pool.connection() as connection:
        has_password = (await users.find(connection, session.user)).has_password
    if not has_password:
        raise NotAllowed("you have logged in too long ago for that", remedy="log out, and in again")
    user = await known(request, session)
    if user.has_totp:
        who = session.user, form.get("code", "")
        await log_in.by_code(shared.people, shared.pool, who, browser, now)
    return user


async def known(request: Request, session: Session) -> User:
    """Return who is logged in, when they have typed their password; raises NotAllowed, TooMuch."""
    shared, form = serving(request), await forms.typed(request)
    who = session.user, form.get("current", "")
    browser, now = sessions.browser(request), shared.clock.now()
    try:
        user, _ = await log_in.by_password(shared.people, shared.pool, who, browser, now)
    except NotIdentified:
        raise NotAllowed("the password you have now is another one") from None
    return user


async def _end(request: Request, session: Session) -> Response:
    """Log one's other browser out."""
    form, shared = await forms.typed(request), serving(request)
    try:
        which = UUID(form.get("session", ""))
    except ValueError:
        raise NotFound("there is no such session", remedy="look at your page anew") from None
    async with shared.pool.connection() as connection, connection.transaction():
        await log_ins.end_session(connection, session.user_id, which)
        await _note(connection, session, request, "end session")
    return answers.to("/me?done=ended")


async def _end_others(request: Request, session: Session) -> Response:
    """Log all of one's other browsers out."""
    async with serving(request).pool.connection() as connection, connection.transaction():
        await log_ins.end_sessions(connection, session.user_id, but=session.id)
        await _note(connection, session, request, "end sessions")
    return answers.to("/me?done=others")


def renewed(request: Request, path: str, cookie: str) -> Response:
    """Send the browser on, with the cookie that stands for it from now on."""
    response = answers.to(path)
    sessions.set_cookie(request, response, cookie)
    return response


async def _note(
    connection: Connection,
    session: Session,
    request: Request,
    act: str,
    detail: Mapping[str, str] = _NOTHING,
) -> None:
    actor, user, id_ = session.actor, session.user, request.state.id
    await access.write_audit(connection, actor, act, user, id_, detail)


def _tied(one: Tie, title: str) -> Tied:
    seen = None if one.seen_at is None else said(one.seen_at)
    return Tied(title, one.issuer, one.subject, said(one.created_at), seen)


def _seen(one: Session, session: Session) -> Seen:
    at = None if one.seen_at is None else said(one.seen_at)
    return Seen(str(one.id), one.agent or "unknown", one.client, one.how, at, one.id == session.id)
