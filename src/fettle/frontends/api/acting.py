"""The way of every documented request: who asks, may they, and what was answered before.

A route says by `needs(role)` who may call it; one that does not is not served. A request that
changes something runs in one transaction with its entry in the audit log, and with its answer
where it carries an Idempotency-Key: it is done once, however often it is sent.
"""

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.routing import APIRoute
from psycopg.errors import DeadlockDetected, SerializationFailure
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fettle.errors import (
    NotIdentified,
    Refused,
    WrongUsage,
)
from fettle.frontends.api.bodies import LARGEST_BODY, limited, whole
from fettle.frontends.api.serving import serving
from fettle.model.role import Caller, Role
from fettle.store import access, statements
from fettle.store.access import CredentialKind
from fettle.store.pool import thinking
from fettle.store.statements import Connection

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_KEY = 200
_TRIES = 3
_CALLER = "fettle.caller"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Acting:
    """One request that is allowed: over which connection, on whose behalf."""

    connection: Connection
    caller: Caller
    request: str

    @property
    def actor(self) -> str:
        """Who acts, for timelines and the audit log."""
        return self.caller.actor


def _acting(request: Request) -> Acting:
    acting: Acting = request.state.acting
    return acting


Act = Annotated[Acting, Depends(_acting)]


def needs(
    role: Role,
    *,
    shown_once: bool = False,
    place: str | None = None,
    largest: int = LARGEST_BODY,
) -> dict[str, Any]:
    """Return what a route gives as `openapi_extra` to say who may call it.

    An answer that is shown once holds a secret: it is not kept to be given again. `place` is where
    what it made is found, by fields of its answer: the answer's Location, also when it is repeated.
    `largest` is how many bytes a request has at most.
    """
    said: dict[str, Any] = {"x-role": str(role), "security": [{"token": []}]}
    if shown_once:
        said["x-shown-once"] = True
    if largest != LARGEST_BODY:
        said["x-largest"] = largest
    return said if place is None else {**said, "x-place": place}


class ApiRoute(APIRoute):
    """A documented route."""

    @property
    def role(self) -> Role:
        """Who may call it."""
        return Role.named((self.openapi_extra or {})["x-role"])

    @property
    def shown_once(self) -> bool:
        """Whether its answer is not kept."""
        return bool((self.openapi_extra or {}).get("x-shown-once"))

    @property
    def place(self) -> str | None:
        """Where what it makes is found, by fields of its answer."""
        return (self.openapi_extra or {}).get("x-place")

    @property
    def largest(self) -> int:
        """How many bytes a request has at most."""
        return int((self.openapi_extra or {}).get("x-largest", LARGEST_BODY))

    def get_route_handler(self) -> Handler:
        """Wrap the route's own handler."""
        handle, role, path = super().get_route_handler(), self.role, self.path
        shown_once, place, largest = self.shown_once, self.place, self.largest

        async def guarded(given: Request) -> Response:
            request = limited(given, largest)
            pool = serving(request).pool
            if request.method not in _SAFE:
                async with pool.connection() as connection:
                    await _allowed(connection, request, role)
                await whole(request)
            async with pool.connection() as connection:
                caller = await _allowed(connection, request, role)
                request.state.acting = Acting(connection, caller, request.state.id)
                request.state.shown_once = shown_once
                if request.method in _SAFE:
                    return await handle(request)
                return _placed(await _done(request, handle, f"{request.method} {path}"), place)

        return guarded


def _placed(response: Response, place: str | None) -> Response:
    """Let an answer say where what was made is found."""
    if place is not None:
        fields = json.loads(bytes(response.body))
        named = {name: quote(str(value), safe="") for name, value in fields.items()}
        response.headers["Location"] = place.format_map(named)
    return response


async def _allowed(connection: Connection, request: Request, role: Role) -> Caller:
    """Return who asks; raises NotIdentified, and NotAllowed for who has a lesser role."""
    caller = await identify(connection, request)
    caller.must_be(role)
    return caller


async def _done(request: Request, handle: Handler, act: str) -> Response:
    """Do what is asked in one transaction; when it stands in another's way, once more."""
    for more in reversed(range(_TRIES)):
        try:
            connection = _acting(request).connection
            async with connection.transaction(), thinking(connection):
                return await _once(request, handle, act)
        except (DeadlockDetected, SerializationFailure):
            if not more:
                raise
    raise AssertionError("the last try returns or raises")


async def identify(connection: Connection, request: Request) -> Caller:
    """Return who asks, by the bearer token; raises NotIdentified.

    Who runs the application in their own process is known by that: see `InProcess`.
    """
    known: Caller | None = request.scope["state"].get(_CALLER)
    if known is not None:
        return known
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotIdentified(
            "the request carries no token",
            remedy="send Authorization: Bearer …; fettle token create makes one",
        )
    found = await access.find_credential(connection, secret.strip())
    if found is None or found.kind is not CredentialKind.TOKEN or found.role is None:
        raise NotIdentified("the token is unknown, or was revoked", remedy="fettle token list")
    if found.shut_out:
        raise NotIdentified(
            f"the token {found.name} is {found.owner}'s, who is disabled",
            remedy=f"make another one, or: fettle user enable {found.owner}",
        )
    return Caller(f"token:{found.name}", found.role)


class InProcess:
    """The application, called by the process that made it, on somebody's behalf.

    Nothing that arrives over the network can say so: a server writes the state of a scope itself.
    """

    def __init__(self, app: ASGIApp, caller: Caller) -> None:
        self._app = app
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        scope.setdefault("state", {})[_CALLER] = self._caller
        await self._app(scope, receive, send)


async def _once(request: Request, handle: Handler, act: str) -> Response:
    """Do what is asked, unless it was asked and answered before under the same key."""
    acting = _acting(request)
    key = request.headers.get("idempotency-key")
    if key is None:
        return await _audited(request, handle, act)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise WrongUsage(f"Idempotency-Key must be of 1 to {_LONGEST_KEY} characters")
    asked = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body())
    named = {"actor": acting.actor, "key": statements.storable(key)}
    begun = await statements.run(
        acting.connection, "access/begin_answer", **named, request=asked.digest()
    )
    if not begun:
        return await _answered(request, named, asked.digest())
    response = await _audited(request, handle, act)
    kept = response.body and not request.state.shown_once
    body = json.loads(bytes(response.body)) if kept else None
    await statements.run(
        acting.connection,
        "access/end_answer",
        **named,
        status=response.status_code,
        body=None if body is None else statements.json(body),
    )
    return response


async def _answered(request: Request, named: dict[str, str], asked: bytes) -> Response:
    connection = _acting(request).connection
    (known,) = await statements.run(connection, "access/find_answer", **named)
    if known["request"] != asked:
        raise WrongUsage(
            "this Idempotency-Key was used for another request", remedy="use a new key"
        )
    if request.state.shown_once:
        raise Refused(
            "it was done, and its answer is shown once", remedy="ask for another, with a new key"
        )
    headers = {"Idempotent-Replayed": "true"}
    if known["body"] is None:
        return Response(status_code=known["status"], headers=headers)
    return JSONResponse(known["body"], known["status"], headers)


async def _audited(request: Request, handle: Handler, act: str) -> Response:
    response = await handle(request)
    acting = _acting(request)
    await access.write_audit(
        acting.connection, acting.actor, act, request.url.path, acting.request, {}
    )
    return response
