"""Where lines of logs come in: `POST /hooks/{key}/logs`, a line each, packed or not.

They are text, or objects of JSON, as shippers of logs send them; `?source=` tells several logs of
one key apart.

1. What is answered with 2xx is on disk: counted by its kinds, with one line of each, scrubbed, and
   as errors where it holds traces. The lines themselves are not kept, but for those of a trace that
   the next ones may go on with.
2. Any bytes are lines: what is no UTF-8 is read as far as it goes, a line that is too long by how
   it begins. Only what cannot be unpacked, or is no text by what it says of itself, is refused.
3. Lines are read one body at a time, in a thread: who knocks at another door does not wait.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.engine.ledger import AWAY
from fettle.errors import BadPayload, FettleError, StoreUnreachable, TooLarge, TooMuch
from fettle.flow import log_errors
from fettle.frontends.api import problems
from fettle.frontends.api.bodies import limited, whole
from fettle.frontends.api.keys import Key, Keys
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.slashes import either
from fettle.intake.errors.packed import unpacked
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.errors.terms import Terms
from fettle.intake.logs.digest import Digester, sent
from fettle.intake.logs.errors import Happened, Raising
from fettle.intake.logs.news import VENDOR
from fettle.intake.quota import Quota
from fettle.intake.settled import terms_of
from fettle.model.log import Digest
from fettle.store import logs, open_lines
from fettle.store.access import CredentialKind
from fettle.store.deliveries import Counted
from fettle.store.open_lines import Open

_TEXTS = (
    *("text/plain", "application/x-ndjson", "application/ndjson", "application/jsonl"),
    *("application/json", "application/stream+json", "application/octet-stream"),
    "application/x-www-form-urlencoded",  # what curl --data-binary says of anything
)
MOST_LINES = 200_000  # some seconds of reading
_REMEDY = "[logs] largest_body in fettle.toml"
_NOT_KEPT = "the lines were not kept: the store does not answer"
_SOURCE = re.compile(r"[\w.-]{1,80}")


@dataclass(frozen=True)
class _Sent:
    """What somebody sent, to be lines of a log."""

    key: Key
    source: str
    body: bytes
    encoding: str | None


@dataclass(frozen=True)
class _Read:
    """What a body comes to: behind the lines `before`, and with those left that may go on."""

    digests: Sequence[Digest]
    happened: Happened
    before: Open | None
    open_: Open | None


class LogDoors:
    """The doors of one process, with what they remember of their senders."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._keys = Keys(serving.pool, CredentialKind.HOOK, serving.tally)
        self._quotas: dict[UUID, Quota] = {}
        self._terms = terms_of(serving.settings)
        self._digesters: dict[Scrubbing, Digester] = {}
        self._raising: dict[tuple[UUID, Terms], Raising] = {}
        self._reading = asyncio.Lock()
        self._services = {hook.name: hook.service for hook in serving.settings.hook}

    def routes(self) -> list[Route]:
        """Return the routes; they come before those of `/hooks/{key}/{vendor}`."""
        return either("/hooks/{key}/logs", self._lines, ["POST"])

    async def _lines(self, request: Request) -> Response:
        try:
            now = self._serving.clock.now()
            key = await self._keys.identify(request.path_params["key"], VENDOR, now)
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
            sent_ = _Sent(key, source, body, request.headers.get("content-encoding"))
            read = await self._read(sent_, await self._open(source))
            if not await self._keep(source, self._services.get(key.name), read):
                read = await self._read(sent_, None)
                await self._keep(source, self._services.get(key.name), read)
        except BadPayload as error:
            too_large = isinstance(error, TooLarge)
            reason = "too large" if too_large else error.reason
            self._serving.tally.note(Counted(source, VENDOR, "refused", reason))
            raise
        return sum(one.lines for one in read.digests)

    async def _open(self, source: str) -> Open | None:
        """Return the lines of a trace that these ones may go on with."""
        try:
            async with self._serving.pool.connection() as connection:
                return await open_lines.open_of(connection, source)
        except AWAY as error:
            raise StoreUnreachable(_NOT_KEPT) from error

    async def _keep(self, source: str, service: str | None, read: "_Read") -> bool:
        """Keep what lines come to; False where another one has gone on with the open lines."""
        settings, now = self._serving.settings.logs, self._serving.clock.now()
        try:
            async with self._serving.pool.connection() as connection, connection.transaction():
                if read.before is not None and not await open_lines.close(
                    connection, read.before.id
                ):
                    return False
                id_ = await logs.enter(connection, source, service, now, settings.most_sources)
                await logs.keep(connection, id_, read.digests, now, late=False)
                await log_errors.keep(connection, source, read.happened, now)
                if read.open_ is not None:
                    await open_lines.keep_open(connection, id_, read.open_)
        except AWAY as error:
            raise StoreUnreachable(_NOT_KEPT) from error
        return True

    async def _body(self, request: Request) -> bytes:
        said = request.headers.get("content-type", _TEXTS[0]).partition(";")[0].strip().lower()
        if said not in _TEXTS:
            raise BadPayload(
                f"Content-Type: {said[:80]!r} is not read",
                remedy="send lines of text as text/plain, or objects as application/x-ndjson",
            )
        most = self._serving.settings.logs.largest_body
        return await whole(limited(request, most, remedy=_REMEDY))

    async def _read(self, sent: "_Sent", before: Open | None) -> "_Read":
        """Read lines behind those that are open, beside the loop; one is read at a time."""
        async with self._reading:
            now = self._serving.clock.now()
            reading = asyncio.ensure_future(asyncio.to_thread(self._digests, sent, before, now))
            try:
                return await asyncio.shield(reading)
            except asyncio.CancelledError:
                await asyncio.wait([reading])  # a thread cannot be cancelled, and has what we share
                raise

    def _digests(self, given: "_Sent", before: Open | None, now: datetime) -> "_Read":
        most = self._serving.settings.logs.largest_body
        text = unpacked(given.body, given.encoding, most=most)
        if text.count(b"\n") > MOST_LINES:
            raise TooLarge(f"at most {MOST_LINES:,} lines are taken at once", remedy="send parts")
        lines = text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        open_ = before.lines.split("\n") if before is not None else []
        terms = self._terms(given.source, given.key.name)
        scrubbing = terms.scrubbing
        if scrubbing not in self._digesters:
            self._digesters[scrubbing] = Digester(scrubbing.text)
        found, rest = sent(self._digesters[scrubbing], open_, lines, scrubbing.text)
        happened = self._raises(given.key, terms).errors(found, now)
        # what waits longer than it may is known by when its first lines came
        since = before.at if before is not None and rest[: len(open_)] == open_ else now
        goes_on = Open(uuid4(), "\n".join(rest), since) if rest else None
        return _Read(found, happened, before, goes_on)

    def _raises(self, key: Key, terms: Terms) -> Raising:
        if (key.id, terms) not in self._raising:
            self._raising[key.id, terms] = Raising(terms.scrubbing, terms.quota())
        return self._raising[key.id, terms]

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
