"""The API as commands call it: over the network, or in this process over the opened store.

Both ways run the same routes. Who calls in this process is who runs the command, as an admin; over
the network it is whoever the token is of. What is refused rises as the error that it is.
"""

import ssl
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fettle.errors import (
    ActFailed,
    CannotLook,
    FettleError,
    NotAllowed,
    NotFound,
    NotIdentified,
    NotSupported,
    Outdated,
    Refused,
    TooLarge,
    TooMuch,
    Unreachable,
    WrongUsage,
)
from fettle.frontends.cli import address, options
from fettle.model.role import Caller, Role

if TYPE_CHECKING:
    import httpx

    from fettle.frontends.application import Application
    from fettle.settings import Settings

_PATIENCE_S = 30
_REFUSED: Mapping[int, type[FettleError]] = {
    400: WrongUsage,
    401: NotIdentified,
    403: NotAllowed,
    404: NotFound,
    409: Refused,
    412: Outdated,
    413: TooLarge,
    422: WrongUsage,
    502: CannotLook,
    503: Unreachable,
}


@dataclass(frozen=True)
class Reach:
    """Where the API is asked: a server with a token, or the store of these settings."""

    server: str | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    config: Path | None = None
    data: Path | None = None
    database_url: str | None = field(default=None, repr=False)

    def settings(self, application: "Application") -> "Settings":
        """Return the settings of a store in reach of this process."""
        return options.with_store(application.settings(self.config), self.data, self.database_url)

    @property
    def secret(self) -> str:
        """The token; raises WrongUsage."""
        token = self.token
        if self.token_file is not None:
            try:
                token = self.token_file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise WrongUsage(f"{self.token_file} cannot be read: {error}") from None
        if token is None or not token.strip():
            raise WrongUsage(
                "a server wants a token", remedy="--token, --token-file, or FETTLE_TOKEN"
            )
        if not (token.strip().isascii() and token.strip().isprintable()):
            raise WrongUsage("the token holds what no token does", remedy="copy it anew")
        return token.strip()

    @property
    def address(self) -> str:
        """The server's address; raises WrongUsage."""
        server = self.server or ""
        try:
            parts = urlsplit(server)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            valid = False
        if not valid or parts.username or parts.query or parts.fragment:
            raise WrongUsage(
                "--server is no address of a server", remedy="write it as https://ops.example"
            )
        if self.data is not None or self.database_url is not None:
            raise WrongUsage("either --server, or the store by --data or --database-url")
        return server


class Api:
    """The API within reach; each call returns the document that it is answered with."""

    def __init__(self, client: "httpx.AsyncClient", where: str) -> None:
        self._client = client
        self._where = where

    async def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Ask for something; what is None in the query is left out."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return await self._ask(self._client.build_request("GET", path, params=_params(given)))

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
        """Let something be done, once."""
        return await self._act("POST", path, body)

    async def send(self, path: str, query: Mapping[str, object], body: bytes) -> Any:  # noqa: ANN401
        """Send a file, once; what is None in the query is left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return await self._once("POST", path, {"content": body, "params": _params(given)})

    async def put(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Let something be as it is given, once."""
        return await self._act("PUT", path, body)

    async def patch(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Let a part of something be otherwise, once."""
        return await self._act("PATCH", path, body)

    async def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Let something be ended, once."""
        return await self._act("DELETE", path, None)

    async def _act(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401
        return await self._once(method, path, {"json": body})

    async def _once(self, method: str, path: str, what: Mapping[str, Any]) -> Any:  # noqa: ANN401
        key = {"Idempotency-Key": str(uuid.uuid4())}
        request = self._client.build_request(method, path, headers=key, **what)
        try:
            return await self._ask(request)
        except _Lost:  # whether it was done is not known; under its key it is done once
            again = self._client.build_request(method, path, headers=key, **what)
            return await self._ask(again)

    async def _ask(self, request: "httpx.Request") -> Any:  # noqa: ANN401 - JSON
        import httpx

        try:
            answer = await self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise Unreachable(
                f"{self._where} does not answer: {_said(error)}",
                remedy="is it up, and is --server its address?",
            ) from None
        except httpx.TransportError as error:
            raise _Lost(
                f"{self._where} went away in the middle: {_said(error)}",
                remedy="look whether it was done, and try again",
            ) from None
        return self._read(answer)

    def _read(self, answer: "httpx.Response") -> Any:  # noqa: ANN401 - JSON
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.is_success and kind == "application/json":
            return answer.json()
        if answer.is_redirect:
            raise NotSupported(
                f"{self._where} sends on to {answer.headers.get('location')}",
                remedy="name that address by --server",
            )
        if kind != "application/problem+json":
            if answer.status_code in (502, 503, 504):
                raise Unreachable(f"what stands before {self._where} cannot reach Fettle")
            raise NotSupported(
                f"what answers at {self._where} is no Fettle that knows this (status "
                f"{answer.status_code})",
                remedy="is --server its address, and is it as new as this one?",
            )
        raise _error(answer)


class _Lost(Unreachable):
    """The server went away in the middle of a request."""


def _error(answer: "httpx.Response") -> FettleError:
    problem = answer.json()
    reason, remedy = str(problem.get("detail", "")), problem.get("remedy")
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        return TooMuch(reason, retry_after_s=int(wait) if wait.isdecimal() else 1, remedy=remedy)
    kind = _REFUSED.get(answer.status_code)
    if kind is None:
        request = answer.headers.get("x-request-id", "unknown")
        return ActFailed(
            f"the server has failed: {reason}", remedy=f"its log tells more of request {request}"
        )
    return kind(reason, remedy=remedy)


def _said(error: "httpx.TransportError") -> str:
    return str(error) or type(error).__name__


def _params(given: Mapping[str, object]) -> "httpx.QueryParams":
    import httpx

    parts = [
        (name, str(one))
        for name, value in given.items()
        for one in (value if isinstance(value, list | tuple) else [value])
    ]
    return httpx.QueryParams(tuple(parts))


@asynccontextmanager
async def reached(application: "Application", reach: Reach) -> AsyncIterator[Api]:
    """Reach the API; raises WrongUsage, BadSettings, StoreError."""
    import httpx

    if reach.server is None:
        async with _in_process(application, reach) as client:
            yield Api(client, "the store")
        return
    headers = {"Authorization": f"Bearer {reach.secret}"}
    where = reach.address
    async with httpx.AsyncClient(
        base_url=where, headers=headers, timeout=_PATIENCE_S, verify=_believed(where)
    ) as client:
        yield Api(client, where)


def _believed(where: str) -> bool | ssl.SSLContext:
    """Return by what a server is believed: the authorities there are; over plain http by none.

    To read them takes as long as a tenth of the command.
    """
    plain = where.lower().startswith("http://")
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


@asynccontextmanager
async def _in_process(
    application: "Application", reach: Reach
) -> "AsyncIterator[httpx.AsyncClient]":
    import httpx

    from fettle.frontends.api.acting import InProcess
    from fettle.frontends.api.composed import AsAsked

    settings = reach.settings(application)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(application.store(settings))
        url = await address.of_server(settings, store.connection)
        serving = await stack.enter_async_context(application.serving(settings, store, url))
        caller = Caller(application.actor, Role.ADMIN)
        transport = httpx.ASGITransport(InProcess(AsAsked(serving), caller))
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://fettle",
            timeout=None,  # noqa: S113 - in process
        ) as client:
            yield client
