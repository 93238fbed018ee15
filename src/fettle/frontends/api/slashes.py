"""A slash at the end of an address: it says nothing where people write addresses down by hand."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Endpoint = Callable[[Request], Awaitable[Response]]


def either(path: str, endpoint: Endpoint, methods: Sequence[str]) -> list[Route]:
    """Return routes for an address with a slash at its end, and without.

    A redirection would lose what is sent: a job's `curl` follows none, and takes it for success.
    """
    return [Route(one, endpoint, methods=list(methods)) for one in (path, f"{path}/")]
