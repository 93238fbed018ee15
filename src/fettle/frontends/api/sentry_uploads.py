"""Where the tools that people have upload source maps: sentry-cli, and the plugins of bundlers.

They speak a part of Sentry's API below `/api/0/`, with a token of ours. The name of an organisation
is whatever they were told; a project is an application by its name. Parts of a bundle are sent
first, and then it is put together. What they tell of releases is taken by `sentry_releases`; of
everything else that is not here it is said that it is not here.

Source: https://github.com/getsentry/sentry-cli/blob/master/src/api/mod.rs
"""

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.errors import BadPayload
from fettle.flow import upload_maps as flow
from fettle.flow.upload_maps import Bundle, Taken
from fettle.frontends.api import bodies
from fettle.frontends.api.multipart import Part, parts
from fettle.frontends.api.sentry_tools import ORG, Answer, guarded, json_of, said, validated
from fettle.frontends.api.serving import Serving
from fettle.intake.errors.packed import unpacked
from fettle.model.role import Caller, Role
from fettle.store.source_maps import Build
from fettle.triage.moves import By

_CHUNK = 1024**2  # a power of two: older tools take nothing else
_CHUNKS = 2  # a request, which has to pass the proxies of deploy/, with their 4 MB
_PATIENCE_S = 15  # with a bundle that is put together; the tools ask again until it is
_AROUND = 64 * 1024  # of a form
_MOST_CHUNKS = 10_000
_SHA1 = re.compile(r"[0-9a-f]{40}")
_SCOPES: Mapping[Role, tuple[str, ...]] = {
    Role.VIEWER: ("org:read", "project:read"),
    Role.RESPONDER: ("org:read", "project:read", "project:releases"),
    Role.ADMIN: ("org:read", "project:read", "project:releases", "project:write"),
}


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


class SentryUploads:
    """The routes."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._assembling: dict[tuple[bytes, tuple[Build, ...]], asyncio.Task[Taken]] = {}

    def routes(self) -> list[Route]:
        """Return them; the last one says of everything else that it is not here."""
        takes: list[tuple[str, str, Role, Answer]] = [
            ("/api/0", "GET", Role.VIEWER, self._who),
            (f"{ORG}/chunk-upload", "GET", Role.RESPONDER, self._options),
            (f"{ORG}/chunk-upload", "POST", Role.RESPONDER, self._chunks),
            (f"{ORG}/artifactbundle/assemble", "POST", Role.RESPONDER, self._assemble),
        ]
        return [
            *(
                Route(f"{path}{slash}", guarded(self._serving, role, answer), methods=[method])
                for path, method, role, answer in takes
                for slash in ("", "/")
            ),
            Route(
                "/api/0/{rest:path}",
                guarded(self._serving, Role.VIEWER, self._absent),
                methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            ),
        ]

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
        what = validated(Assemble, await json_of(request))
        bundle, serving = what.bundle, self._serving
        async with serving.pool.connection() as connection:
            builds = await flow.builds_of(connection, what.projects, what.version, what.dist)
            key = bundle.checksum, tuple(builds)
            self._forget_done()  # what they have kept may be gone again: that is asked now
            absent = await flow.missing(connection, bundle, builds)
        if absent is None:
            return _state("ok")
        if absent:
            return _state("not_found", absent)
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
            return _state("error", detail=said(error))
        return _state("ok")

    def _forget_done(self) -> None:
        """Let go of what has come to its end; a failure is kept until it was told."""
        over = [key for key, one in self._assembling.items() if one.done() and not _failed(one)]
        for key in over:
            del self._assembling[key]

    async def _absent(self, request: Request, _: Caller) -> Response:
        what = (
            "Fettle takes source maps, releases and deploys here, and nothing else of Sentry's API"
        )
        remedy = "GET /api/openapi.json tells what there is"
        detail = f"{request.method} {request.url.path[:200]}: {what}; {remedy}"
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


def _failed(task: "asyncio.Task[Taken]") -> bool:
    return not task.cancelled() and task.exception() is not None


def _state(
    state: str, absent: "list[bytes] | tuple[()]" = (), detail: str | None = None
) -> Response:
    missing = [one.hex() for one in absent]
    return JSONResponse({"state": state, "missingChunks": missing, "detail": detail})
