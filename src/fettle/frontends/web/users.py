"""The users, for those who administer: made, let in, given a role, shut out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import NotFound
from fettle.frontends.api.inside import Answer, call
from fettle.frontends.report.user_document import UserItem, UserLinkDocument
from fettle.frontends.web import admission, answers, forms
from fettle.frontends.web.shell import around
from fettle.model.role import Role
from fettle.model.user import Session

_PATH = "/api/v1/users"
_PAGE = 200


@dataclass(frozen=True)
class UsersPage:
    """What users.html is given: `link` is the one-time address that was made just now."""

    csrf: str
    me: str
    users: Sequence[UserItem]
    roles: Sequence[str]
    next: str | None
    link: UserLinkDocument | None = None
    refused: str | None = None
    remedy: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


def install(app: FastAPI) -> None:
    """Add the page, and what its forms do."""
    admission.page(app, "/users", _look, role=Role.ADMIN)
    admission.page(app, "/users", _create, "POST", role=Role.ADMIN)
    admission.page(app, "/users/{name}/{act}", _act, "POST", role=Role.ADMIN)


async def _look(request: Request, session: Session) -> Response:
    return await _show(request, session)


async def _create(request: Request, session: Session) -> Response:
    """Make a user, and show their link."""
    form = await forms.typed(request)
    body = {"name": form.get("name", ""), "role": form.get("role", "")}
    return await _done(request, session, "", body, form)


async def _act(request: Request, session: Session) -> Response:
    """Do something with a user."""
    name, act = request.path_params["name"], request.path_params["act"]
    if act not in _BODIES:
        raise NotFound(f"nothing is called {act} here", remedy="go back to the users")
    form = await forms.typed(request)
    return await _done(request, session, f"/{quote(name, safe='')}/{act}", _BODIES[act](form), {})


async def _done(
    request: Request,
    session: Session,
    path: str,
    body: Mapping[str, Any] | None,
    typed: Mapping[str, str],
) -> Response:
    """Call the API on the viewer's behalf, and show what came of it."""
    content = b"" if body is None else json.dumps(body).encode()
    answer = await _ask(request, session, "POST", f"{_PATH}{path}", content)
    if not answer.ok:
        return await _show(request, session, refused=answer, typed=typed)
    if "url" in answer.document:
        return await _show(request, session, link=answer.document)
    return answers.to("/users")


async def _show(
    request: Request,
    session: Session,
    *,
    link: UserLinkDocument | None = None,
    refused: Answer | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    asked = {"limit": str(_PAGE), "cursor": request.query_params.get("cursor", "")}
    found = await _ask(request, session, "GET", f"{_PATH}?{urlencode(asked)}")
    context = UsersPage(
        session.csrf,
        session.user,
        found.document["items"] if found.ok else (),
        [str(role) for role in Role],
        found.document["next"] if found.ok else None,
        link,
        None if refused is None else refused.reason,
        None if refused is None else refused.remedy,
        typed or {},
    )
    status, shell = (
        200 if refused is None else refused.status,
        await around(request, session, "Users"),
    )
    return answers.page("users.html", context, status, shell=shell)


async def _ask(
    request: Request, session: Session, method: str, path: str, body: bytes = b""
) -> Answer:
    """Ask the API on the viewer's behalf."""
    headers = {"x-request-id": request.state.id}
    return await call(request.app, session.caller, method, path, body, headers)


_BODIES: Mapping[str, Callable[[Mapping[str, str]], dict[str, Any] | None]] = {
    "link": lambda form: {
        "reset_totp": form.get("reset_totp") == "yes",
        "end_ties": form.get("end_ties") == "yes",
    },
    "role": lambda form: {"role": form.get("role", "")},
    "disable": lambda _: None,
    "enable": lambda _: None,
    "untie": lambda _: {},
    "logout": lambda _: None,
}
