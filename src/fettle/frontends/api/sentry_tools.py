"""How the tools that people have for Sentry are answered: who asks, what is read, and refused."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fettle.errors import BadPayload, FettleError, NotFound
from fettle.frontends.api import bodies, problems
from fettle.frontends.api.acting import identify
from fettle.frontends.api.serving import Serving
from fettle.model.role import Caller, Role

ORG = "/api/0/organizations/{org}"
_LARGEST_JSON = 2 * 1024**2

Validated = TypeVar("Validated", bound=BaseModel)
Answer = Callable[[Request, Caller], Awaitable[Response]]


def guarded(
    serving: Serving, role: Role, answer: Answer
) -> Callable[[Request], Awaitable[Response]]:
    """Return an answer to who may ask; what is refused is said as the tools show it."""

    async def asked(request: Request) -> Response:
        try:
            async with serving.pool.connection() as connection:
                caller = await identify(connection, request)
            caller.must_be(role)
            return await answer(request, caller)
        except FettleError as error:
            return refused(error)

    return asked


def validated(kind: type[Validated], given: Mapping[str, Any]) -> Validated:
    """Return what was given as it is read; raises BadPayload."""
    try:
        return kind.model_validate({key: one for key, one in given.items() if one is not None})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadPayload(f"{place}: {first['msg']}"[:300]) from None


async def json_of(request: Request) -> dict[str, Any]:
    """Return the object that a request carries; raises BadPayload and TooLarge."""
    body = await bodies.whole(bodies.limited(request, _LARGEST_JSON))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadPayload("the body is no object in JSON")
    return found


def said(error: FettleError) -> str:
    """Return all that an error says."""
    return f"{error.reason}; {error.remedy}" if error.remedy else error.reason


def refused(error: FettleError) -> Response:
    """Return a refusal whose `detail` says all, which is what the tools print."""
    answer = problems.of_error(error)
    # of 404 sentry-cli says that a release is not found, whatever the answer says
    status = 400 if isinstance(error, NotFound) else answer.status_code
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name in ("retry-after", "www-authenticate", "connection")
    }
    return JSONResponse({"detail": said(error)}, status, headers)
