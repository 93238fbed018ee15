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

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fettle.errors import NotAllowed, NotIdentified, WrongUsage
from fettle.frontends.api.serving import serving
from fettle.model.role import Caller, Role
from fettle.store import access, statements
from fettle.store.access import CredentialKind
from fettle.store.statements import Connection

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_KEY = 200

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


def needs(role: Role) -> dict[str, Any]:
    """Return what a route gives as `openapi_extra` to say who may call it."""
    return {"x-role": str(role), "security": [{"token": []}]}


class ApiRoute(APIRoute):
    """A documented route."""

    @property
    def role(self) -> Role:
        """Who may call it."""
        return Role.named((self.openapi_extra or {})["x-role"])

    def get_route_handler(self) -> Handler:
        """Wrap the route's own handler."""
        handle, role, path = super().get_route_handler(), self.role, self.path

        async def guarded(request: Request) -> Response:
            async with serving(request).pool.connection() as connection:
                caller = await identify(connection, request)
                if caller.role < role:
                    raise NotAllowed(f"{caller.actor} is a {caller.role}, and this needs a {role}")
                request.state.acting = Acting(connection, caller, request.state.id)
                if request.method in _SAFE:
                    return await handle(request)
                async with connection.transaction():
                    return await _once(request, handle, f"{request.method} {path}")

        return guarded


async def identify(connection: Connection, request: Request) -> Caller:
    """Return who asks, by the bearer token; raises NotIdentified."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotIdentified(
            "the request carries no token",
            remedy="send Authorization: Bearer …; fettle token create makes one",
        )
    found = await access.find_credential(connection, secret.strip())
    if found is None or found.kind is not CredentialKind.TOKEN or found.role is None:
        raise NotIdentified("the token is unknown, or was revoked", remedy="fettle token list")
    return Caller(f"token:{found.name}", found.role)


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
        return await _answered(acting.connection, named, asked.digest())
    response = await _audited(request, handle, act)
    body = json.loads(bytes(response.body)) if response.body else None
    await statements.run(
        acting.connection,
        "access/end_answer",
        **named,
        status=response.status_code,
        body=None if body is None else statements.json(body),
    )
    return response


async def _answered(connection: Connection, named: dict[str, str], asked: bytes) -> Response:
    (known,) = await statements.run(connection, "access/find_answer", **named)
    if known["request"] != asked:
        raise WrongUsage(
            "this Idempotency-Key was used for another request", remedy="use a new key"
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
