"""Where the tools that people have upload source maps: sentry-cli, and the plugins of bundlers.

They speak a part of Sentry's API below `/api/0/`, with a token of ours. The name of an organisation
is whatever they were told; a project is an application by its name. Parts of a bundle are sent
first, and then it is put together. What else they ask is answered as it is: of releases that Fettle
learns of them from errors, of everything that is not here that it is not here.

Source: https://github.com/getsentry/sentry-cli/blob/master/src/api/mod.rs
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.errors import BadPayload, FettleError, NotFound
from fettle.flow import upload_maps as flow
from fettle.flow.upload_maps import Bundle, Taken
from fettle.frontends.api import bodies, problems
from fettle.frontends.api.acting import identify
from fettle.frontends.api.multipart import Part, parts
from fettle.frontends.api.serving import Serving
from fettle.intake.errors.packed import unpacked
from fettle.model.role import Caller, Role
from fettle.store.source_maps import Build
from fettle.triage.moves import By

_CHUNK = 1024**2  # a power of two: older tools take nothing else
_CHUNKS = 2  # a request, which has to pass the proxies of deploy/, with their 4 MB
_PATIENCE_S = 15  # with a bundle that is put together; the tools ask again until it is
_AROUND = 64 * 1024  # of a form
_LARGEST_JSON = 1024**2
_MOST_CHUNKS = 10_000
_SHA1 = re.compile(r"[0-9a-f]{40}")
_ORG = "/api/0/organizations/{org}"
_SCOPES: Mapping[Role, tuple[str, ...]] = {
    Role.VIEWER: ("org:read", "project:read"),
    Role.RESPONDER: ("org:read", "project:read", "project:releases"),
    Role.ADMIN: ("org:read", "project:read", "project:releases", "project:write"),
}

Validated = TypeVar("Validated", bound=BaseModel)
Answer = Callable[[Request, Caller], Awaitable[Response]]


class Assemble(BaseModel):
    """Which bundle is to be put together, of which projects."""

    checksum: str = Field(pattern=r"^[0-9a-f]{40}$")
    chunks: list[str] = Field(max_length=_MOST_CHUNKS)
    projects: list[str] = Field(min_length=1, max_length=20)
    version: str | None = Field(None, max_length=250)
    dist: str | None = Field(None, max_length=64)

    @property
    def bundle(self) -> Bundle:
        """Return it with its checksums as bytes; raises BadPayload."""
        if not all(_SHA1.fullmatch(one) for one in self.chunks):
            raise BadPayload("chunks: each is the SHA-1 of a part, of 40 hexadecimal digits")
        whole = bytes.fromhex(self.checksum)
        return Bundle(whole, tuple(bytes.fromhex(one) for one in self.chunks))


class Release(BaseModel):
    """A release as it is told of."""

    version: str = Field(min_length=1, max_length=250)
    projects: list[str] = Field([], max_length=50)


class SentryUploads:
    """The routes."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._assembling: dict[tuple[bytes, tuple[Build, ...]], asyncio.Task[Taken]] = {}

    def routes(self) -> list[Route]:
        """Return them; the last one says of everything else that it is not here."""
        takes: list[tuple[str, str, Role, Answer]] = [
            ("/api/0", "GET", Role.VIEWER, self._who),
            (f"{_ORG}/chunk-upload", "GET", Role.RESPONDER, self._options),
            (f"{_ORG}/chunk-upload", "POST", Role.RESPONDER, self._chunks),
            (f"{_ORG}/artifactbundle/assemble", "POST", Role.RESPONDER, self._assemble),
            (f"{_ORG}/releases", "POST", Role.RESPONDER, self._release),
            ("/api/0/projects/{org}/{project}/releases", "POST", Role.RESPONDER, self._release),
            (f"{_ORG}/repos", "GET", Role.VIEWER, self._nothing),
        ]
        return [
            *(
                Route(f"{path}{slash}", self._guarded(role, answer), methods=[method])
                for path, method, role, answer in takes
                for slash in ("", "/")
            ),
            Route(
                f"{_ORG}/releases/{{version:path}}",
                self._guarded(Role.RESPONDER, self._release),
                methods=["PUT"],
            ),
            Route(
                "/api/0/{rest:path}",
                self._guarded(Role.VIEWER, self._absent),
                methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            ),
        ]

    def _guarded(self, role: Role, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return an answer to who may ask; what is refused is said as the tools show it."""

        async def guarded(request: Request) -> Response:
            try:
                async with self._serving.pool.connection() as connection:
                    caller = await identify(connection, request)
                caller.must_be(role)
                return await answer(request, caller)
            except FettleError as error:
                return _refused(error)

        return guarded

    def _by(self, caller: Caller) -> By:
        return By(caller.actor, self._serving.clock.now())

    async def _who(self, _: Request, caller: Caller) -> Response:
        """Say who asks: the tools' way to find out whether a token is good."""
        auth = {"scopes": list(_SCOPES[caller.role])}
        return JSONResponse({"version": "0", "auth": auth, "user": None})

    async def _options(self, request: Request, _: Caller) -> Response:
        return JSONResponse(
            {
                "url": _address(request, self._serving.url),
                "chunkSize": _CHUNK,
                "chunksPerRequest": _CHUNKS,
                "maxRequestSize": _CHUNK * _CHUNKS,
                "maxFileSize": self._serving.settings.errors.largest_bundle,
                "concurrency": 2,
                "hashAlgorithm": "sha1",
                "compression": ["gzip"],
                "accept": ["release_files", "artifact_bundles", "artifact_bundles_v2"],
            }
        )

    async def _chunks(self, request: Request, caller: Caller) -> Response:
        body = await bodies.whole(bodies.limited(request, _CHUNK * _CHUNKS + _AROUND))
        for part in parts(body, request.headers.get("content-type", "")):
            checksum, chunk = _chunk(part)
            async with self._serving.pool.connection() as connection:
                await flow.keep_chunk(
                    connection, self._serving.uploading, self._by(caller), checksum, chunk
                )
        return JSONResponse({})

    async def _assemble(self, request: Request, caller: Caller) -> Response:
        what = _validated(Assemble, await _json(request))
        bundle, serving = what.bundle, self._serving
        async with serving.pool.connection() as connection:
            builds = await flow.builds_of(connection, what.projects, what.version, what.dist)
            absent = await flow.missing(connection, bundle, builds)
        if absent is None:
            self._assembling = {key: one for key, one in self._assembling.items() if not one.done()}
            return _state("ok")
        if absent:
            return _state("not_found", absent)
        key = bundle.checksum, tuple(builds)
        if (task := self._assembling.get(key)) is None:
            doing = flow.assemble(serving.pool, serving.uploading, self._by(caller), bundle, builds)
            task = self._assembling[key] = asyncio.create_task(doing)
        await asyncio.wait({task}, timeout=_PATIENCE_S)
        if not task.done():
            return _state("assembling")
        self._assembling.pop(key, None)
        try:
            task.result()
        except BadPayload as error:
            return _state("error", detail=_said(error))
        return _state("ok")

    async def _release(self, request: Request, _: Caller) -> Response:
        """Answer as it is: releases are known by the errors that come of them."""
        given = await _json(request)
        named = request.path_params
        version = named.get("version", "").rstrip("/")
        what = _validated(Release, {"version": version} | _without_none(given))
        async with self._serving.pool.connection() as connection:
            projects = what.projects or [one for one in [named.get("project")] if one]
            await flow.builds_of(connection, projects, what.version, None)
        at = self._serving.clock.now().isoformat()
        said = [{"slug": one, "name": one} for one in projects]
        status = 201 if request.method == "POST" else 200
        return JSONResponse({"version": what.version, "dateCreated": at, "projects": said}, status)

    async def _nothing(self, _: Request, __: Caller) -> Response:
        return JSONResponse([])

    async def _absent(self, request: Request, _: Caller) -> Response:
        said = "Fettle takes source maps here, and nothing else of Sentry's API"
        remedy = "GET /api/openapi.json tells what there is"
        detail = f"{request.method} {request.url.path[:200]}: {said}; {remedy}"
        return JSONResponse({"detail": detail}, 404)


def _address(request: Request, url: str) -> str:
    """Return where chunks are sent: here, where this was asked.

    Tools refuse to send their token to another host than they were given. Of a proxy that says
    nothing of itself the server's own address knows whether it takes https.
    """
    here = request.url
    own = urlsplit(url)
    scheme = own.scheme if own.netloc == here.netloc else here.scheme
    return f"{scheme}://{here.netloc}{here.path.rstrip('/')}/"


def _validated(kind: type[Validated], given: Mapping[str, Any]) -> Validated:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadPayload(f"{place}: {first['msg']}"[:300]) from None


async def _json(request: Request) -> dict[str, Any]:
    body = await bodies.whole(bodies.limited(request, _LARGEST_JSON))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadPayload("the body is no object in JSON")
    return found


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _chunk(part: Part) -> tuple[bytes, bytes]:
    """Return a part's checksum and what it is, unpacked; raises BadPayload and TooLarge."""
    if not _SHA1.fullmatch(part.file):
        raise BadPayload("a chunk's name is its SHA-1, of 40 hexadecimal digits")
    match part.field:
        case "file_gzip":
            body = unpacked(part.body, "gzip", most=_CHUNK)
        case "file":
            body = part.body
        case other:
            raise BadPayload(f"chunks are sent as file or file_gzip, and not as {other[:50]!r}")
    return bytes.fromhex(part.file), body


def _state(
    state: str, absent: "list[bytes] | tuple[()]" = (), detail: str | None = None
) -> Response:
    missing = [one.hex() for one in absent]
    return JSONResponse({"state": state, "missingChunks": missing, "detail": detail})


def _said(error: FettleError) -> str:
    return f"{error.reason}; {error.remedy}" if error.remedy else error.reason


def _refused(error: FettleError) -> Response:
    """Return a refusal whose `detail` says all, which is what the tools print."""
    answer = problems.of_error(error)
    # of 404 sentry-cli says that a release is not found, whatever the answer says
    status = 400 if isinstance(error, NotFound) else answer.status_code
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name in ("retry-after", "www-authenticate", "connection")
    }
    return JSONResponse({"detail": _said(error)}, status, headers)
