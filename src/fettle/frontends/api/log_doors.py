"""Where lines of logs come in: `POST /hooks/{key}/logs`, a line each, packed or not.

They are text, or objects of JSON, as shippers of logs send them; `?source=` tells several logs of
one key apart.

1. What is answered with 2xx is on disk: counted by its kinds, with one line of each, scrubbed. The
   lines themselves are not kept.
2. Any bytes are lines: what is no UTF-8 is read as far as it goes, a line that is too long by how
   it begins. Only what cannot be unpacked, or is no text by what it says of itself, is refused.
3. Lines are read one body at a time, in a thread: who knocks at another door does not wait.
"""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.engine.ledger import AWAY
from fettle.errors import BadPayload, FettleError, StoreUnreachable, TooLarge, TooMuch
from fettle.frontends.api import problems
from fettle.frontends.api.bodies import limited, whole
from fettle.frontends.api.keys import Key, Keys
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.slashes import either
from fettle.intake.errors.packed import unpacked
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.logs.digest import Digester, digests
from fettle.intake.logs.news import VENDOR
from fettle.intake.quota import Quota
from fettle.model.log import Digest
from fettle.store import logs
from fettle.store.access import CredentialKind
from fettle.store.deliveries import Counted

_TEXTS = (
    *("text/plain", "application/x-ndjson", "application/ndjson", "application/jsonl"),
    *("application/json", "application/stream+json", "application/octet-stream"),
    "application/x-www-form-urlencoded",  # what curl --data-binary says of anything
)
MOST_LINES = 200_000  # some seconds of reading
_REMEDY = "[logs] largest_body in fettle.toml"
_SOURCE = re.compile(r"[\w.-]{1,80}")


class LogDoors:
    """The doors of one process, with what they remember of their senders."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._keys = Keys(serving.pool, CredentialKind.HOOK)
        self._quotas: dict[UUID, Quota] = {}
        errors = serving.settings.errors
        self._digester = Digester(Scrubbing(errors.scrub, errors.scrub_names).text)
        self._reading = asyncio.Lock()
        self._services = {hook.name: hook.service for hook in serving.settings.hook}

    def routes(self) -> list[Route]:
        """Return the routes; they come before those of `/hooks/{key}/{vendor}`."""
        return either("/hooks/{key}/logs", self._lines, ["POST"])

    async def _lines(self, request: Request) -> Response:
        try:
            now = self._serving.clock.now()
            key = await self._keys.identify(request.path_params["key"], now)
            self._within_quota(key)
            lines = await self._take(key, request)
        except FettleError as error:
            self._figures.arrived.labels(VENDOR, "refused").inc()
            return problems.of_error(error)
        self._figures.arrived.labels(VENDOR, "accepted").inc()
        return JSONResponse({"status": "accepted", "lines": lines}, 202)

    async def _take(self, key: Key, request: Request) -> int:
        """Keep what lines come to; return how many they were."""
        source = key.name
        if (named := request.query_params.get("source")) is not None:
            if not _SOURCE.fullmatch(named):
                raise BadPayload(
                    "source: a log's name has 1 to 80 letters, digits, points, - and _"
                )
            source = f"{key.name}/{named}"
        try:
            body = await self._body(request)
            async with self._reading:
                found = await asyncio.to_thread(self._digests, body, request.headers)
        except BadPayload as error:
            too_large = isinstance(error, TooLarge)
            reason = "too large" if too_large else error.reason
            self._serving.tally.note(Counted(source, VENDOR, "refused", reason))
            raise
        await self._keep(source, self._services.get(key.name), found)
        return sum(one.lines for one in found)

    async def _keep(self, source: str, service: str | None, found: Sequence[Digest]) -> None:
        settings, now = self._serving.settings.logs, self._serving.clock.now()
        try:
            async with self._serving.pool.connection() as connection, connection.transaction():
                id_ = await logs.enter(connection, source, service, now, settings.most_sources)
                await logs.keep(connection, id_, found, now, late=False)
        except AWAY as error:
            raise StoreUnreachable("the lines were not kept: the store does not answer") from error

    async def _body(self, request: Request) -> bytes:
        said = request.headers.get("content-type", _TEXTS[0]).partition(";")[0].strip().lower()
        if said not in _TEXTS:
            raise BadPayload(
                f"Content-Type: {said[:80]!r} is not read",
                remedy="send lines of text as text/plain, or objects as application/x-ndjson",
            )
        most = self._serving.settings.logs.largest_body
        return await whole(limited(request, most, remedy=_REMEDY))

    def _digests(self, body: bytes, headers: Headers) -> list[Digest]:
        most = self._serving.settings.logs.largest_body
        text = unpacked(body, headers.get("content-encoding"), most=most)
        if text.count(b"\n") > MOST_LINES:
            raise TooLarge(f"at most {MOST_LINES:,} lines are taken at once", remedy="send parts")
        lines = text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return list(digests(self._digester, lines))

    def _within_quota(self, key: Key) -> None:
        intake = self._serving.settings.intake
        quota = self._quotas.setdefault(key.id, Quota(intake.rate, intake.burst))
        if (seconds := quota.take(self._serving.clock.now())) is not None:
            self._serving.tally.note(Counted(key.name, VENDOR, "dropped", "over its quota"))
            raise TooMuch(
                f"{key.name} sends more than {intake.rate:g} times a second",
                retry_after_s=seconds,
                remedy="[intake] rate and burst in fettle.toml",
            )
