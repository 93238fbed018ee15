"""Errors as RFC 9457 problem documents."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    QueryCanceled,
    SerializationFailure,
)
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from fettle.engine.ledger import AWAY
from fettle.errors import (
    CannotLook,
    FettleError,
    NotAllowed,
    NotFound,
    NotIdentified,
    Outdated,
    Refused,
    StoreError,
    StoreUnreachable,
    TooLarge,
    TooMuch,
    TooSlow,
    WrongUsage,
)
from fettle.frontends import logs
from fettle.store.statements import storable

_log = logging.getLogger(__name__)

_LONGEST_PATH = 200
_MOST_PLACES = 50  # of a body of 2 MiB a quarter of a million could be wrong
_TITLES = {
    400: "The request cannot be understood",
    401: "Who asks is not known",
    403: "Who asks may not do this",
    404: "There is no such thing",
    405: "That cannot be done here",
    408: "The request was not here in time",
    409: "Refused; nothing was changed",
    412: "It has changed since; nothing was done",
    413: "The request is too large",
    422: "The request cannot be understood",
    429: "Too many requests",
    500: "A bug in Fettle",
    502: "What was asked about could not be looked at",
    503: "Fettle cannot answer now",
}
# A lock that was not had, or not in time: the store answers, and may do it in a moment.
_IN_THE_WAY = (DeadlockDetected, SerializationFailure, LockNotAvailable, QueryCanceled)
# The first that fits: a class stands before those that it is a kind of.
_STATUS: tuple[tuple[type[FettleError], int], ...] = (
    (NotIdentified, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (TooLarge, 413),
    (TooSlow, 408),
    (TooMuch, 429),
    (Outdated, 412),
    (WrongUsage, 400),
    (Refused, 409),
    (CannotLook, 502),
    (StoreError, 503),
)


class Place(BaseModel):
    """One thing in the request that cannot be understood."""

    at: str
    detail: str


class Problem(BaseModel):
    """A problem document; `remedy` is what can be done, ready to copy.

    `request` is the request's id, as it stands in the log and in the header X-Request-ID.
    """

    type: str
    title: str
    status: int
    detail: str
    request: str | None = None
    remedy: str | None = None
    errors: list[Place] | None = None


def problem(
    status: int,
    detail: str,
    *,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - members of the document
) -> JSONResponse:
    """Return a problem document; `remedy` says what the caller can do."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail,
    }
    if (request := logs.REQUEST.get()) is not None:
        document["request"] = request
    if remedy:
        document["remedy"] = remedy
    return JSONResponse(
        document | more, status, dict(headers or {}), media_type="application/problem+json"
    )


def status_of(error: FettleError) -> int:
    """Return the status that an error of ours is answered with."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def title_of(status: int) -> str:
    """Return what a status means, as a headline."""
    return _TITLES.get(status, "The request failed")


def of_error(error: FettleError) -> JSONResponse:
    """Return an error of ours as a problem."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMuch):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == 503:
        headers["Retry-After"] = "5"
    if status == 408:
        headers["Connection"] = "close"
    return problem(status, error.reason, remedy=error.remedy, headers=headers)


def of_bug(request: str) -> JSONResponse:
    """Return the problem that a mistake of ours is; `request` is the id of what was asked."""
    said = f"this is a bug in Fettle; its log tells more of request {request}"
    return problem(500, said, remedy="please send what the log tells")


def _of_routing(request: Request, error: HTTPException) -> JSONResponse:
    """Return the problem of what no route takes."""
    said, remedy = str(error.detail), None
    path = storable(request.url.path[:_LONGEST_PATH])
    if error.status_code == 404:
        said, remedy = f"there is nothing at {path}", "GET /api/openapi.json tells what there is"
    elif error.status_code == 405:
        takes = (error.headers or {}).get("Allow", "")
        said = f"{path} does not take {storable(request.method)}"
        remedy = f"it takes {takes}" if takes else None
    return problem(error.status_code, said, remedy=remedy, headers=error.headers)


def install(app: FastAPI) -> None:
    """Let every error of the application be answered as a problem."""

    @app.exception_handler(FettleError)
    async def ours(_: Request, error: FettleError) -> Response:
        return of_error(error)

    async def away(_: Request, error: Exception) -> Response:
        busy = isinstance(error, _IN_THE_WAY)
        why = "others stood in the way of it" if busy else "the store does not answer"
        # what the driver says names hosts and roles: that is for the log
        _log.warning("%s: %s", why, " ".join(str(error).split()))
        return of_error(StoreUnreachable(why, remedy="try again"))

    for kind in AWAY:
        app.add_exception_handler(kind, away)

    @app.exception_handler(HTTPException)
    async def theirs(request: Request, error: HTTPException) -> Response:
        return _of_routing(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        errors = [
            {
                "at": storable(".".join(map(str, one["loc"]))),
                "detail": storable(one["msg"].removeprefix("Value error, ")),
            }
            for one in error.errors()[:_MOST_PLACES]
        ]
        said = "; ".join(f"{one['at']}: {one['detail']}" for one in errors[:5])
        return problem(422, said, errors=errors)
