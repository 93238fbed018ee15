"""Where applications' errors come in: as Sentry's SDKs send them, and as OpenTelemetry does.

`/api/{project}/envelope/` and `/store/` are Sentry's, with the key of a DSN; `/v1/logs` and
`/v1/traces` are OTLP/HTTP, in protobuf and JSON, with the key in a header.

1. A body is read, bounded and scrubbed before it is answered. What is answered with 200 is on disk;
   what cannot be read gets 400 with the reason, and is counted. It is kept nowhere: what cannot be
   read cannot be scrubbed.
2. Over its quota an application gets 429 from the first error on, with Retry-After and
   X-Sentry-Rate-Limits, and each is counted as dropped. What is no error, and what is refused,
   takes nothing of it; what a library says of errors that it let go of itself is heard over the
   quota, too. Of an export of OpenTelemetry's with more errors than may ever come at once so many
   are taken, as soon as they may, and the rest is rejected as OTLP has it: who sends it again would
   never get in.
3. What is no error (a session, a trace) is counted as ignored, and the SDK is told by
   X-Sentry-Rate-Limits to send no more of it for a while.
4. Who is refused hears why: the rest of the body is let pass, since most SDKs listen only then.
5. Browsers send from pages of other places: whatever is answered they may read, and nothing but the
   key says who sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NoReturn, Protocol, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.errors import BadPayload, FettleError, NotAllowed, StoreUnreachable, TooMuch
from fettle.frontends.api import cross_origin, otlp_answers, problems, sentry_keys
from fettle.frontends.api.arriving import Arriving
from fettle.frontends.api.bodies import Limited, heard_out, limited
from fettle.frontends.api.keys import Key, Keys
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.slashes import either
from fettle.intake.errors import otlp
from fettle.intake.errors.envelope import (
    LONGEST_HEADER,
    Envelope,
    dsn_of,
    read_envelope,
    read_store,
)
from fettle.intake.errors.otlp import Exported
from fettle.intake.quota import Quota
from fettle.intake.settled import terms_of
from fettle.model.error_event import ErrorEvent
from fettle.store.access import CredentialKind, Project
from fettle.store.deliveries import Counted
from fettle.store.errors import happened

_SENTRY, _OTLP = "sentry", "otlp"
_OVER = "over its quota"
_BESIDE = 64 * 1024  # a body of more is read beside the loop, which answers others meanwhile
_NO_MORE_S = 3600  # for so long an SDK is to send nothing of what is not taken
# What Sentry calls the kinds of items of an envelope where it limits them.
_CATEGORIES: Mapping[str, Sequence[str]] = {
    "transaction": ("transaction",),
    "span": ("span",),
    "session": ("session",),
    "sessions": ("session",),
    "attachment": ("attachment",),
    "profile": ("profile",),
    "profile_chunk": ("profile_chunk", "profile_chunk_ui"),
    "replay_event": ("replay",),
    "replay_recording": ("replay",),
    "replay_video": ("replay",),
    "check_in": ("monitor",),
    "statsd": ("metric_bucket",),
    "log": ("log_item", "log_byte"),
    "trace_metric": ("trace_metric",),
}

Read = TypeVar("Read")
DsnOf = Callable[[bytes], str | None]  # of the first line of a body; see intake.errors.envelope


class Reading(Protocol):
    """Reads the body of a request to a door of Sentry's; see intake.errors.envelope."""

    def __call__(self, body: bytes, received_at: datetime, *, events_too: bool) -> Envelope:
        """Return what it holds."""


class Exporting(Protocol):
    """Reads the body of a request to a door of OTLP; see intake.errors.otlp."""

    def __call__(
        self, body: bytes, content_type: str, received_at: datetime, *, most: int
    ) -> Exported:
        """Return what it holds, with so many errors at most."""


class ErrorDoors:
    """The doors of one process, with what they remember of their senders."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._terms = terms_of(serving.settings)
        self._keys = Keys(serving.pool, CredentialKind.ERRORS, serving.tally)
        self._quotas: dict[UUID, Quota] = {}

    def routes(self) -> list[Route]:
        """Return the routes."""
        doors: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
            "/api/{project}/envelope": self._envelope,
            "/api/{project}/store": self._store,
            "/v1/logs": self._logs,
            "/v1/traces": self._traces,
        }
        return [
            route
            for path, door in doors.items()
            for route in (
                *either(path, door, ["POST"]),
                *either(path, cross_origin.asked_before, ["OPTIONS"]),
            )
        ]

    async def _envelope(self, request: Request) -> Response:
        return await self._sentry(request, read_envelope, dsn_of)

    async def _store(self, request: Request) -> Response:
        def read(body: bytes, received_at: datetime, *, events_too: bool) -> Envelope:
            if not events_too:
                return Envelope(unread=1)
            return Envelope((read_store(body, received_at),))

        return await self._sentry(request, read, lambda _: None)

    async def _sentry(self, given: Request, read: Reading, dsn: DsnOf) -> Response:
        """Take what one of Sentry's SDKs sends, and answer as it is used to."""
        request = self._limited(given)
        try:
            async with heard_out(request):
                envelope = await self._taken(request, read, dsn)
        except FettleError as error:
            self._figures.arrived.labels(_SENTRY, "refused").inc()
            return cross_origin.readable(_refused(error))
        self._figures.arrived.labels(_SENTRY, "accepted").inc()
        said = {"id": envelope.events[0].id.hex} if envelope.events else {}
        return cross_origin.readable(JSONResponse(said, headers=_no_more_of(envelope)))

    async def _taken(self, request: Limited, read: Reading, dsn: DsnOf) -> Envelope:
        number, now = _number(request), self._serving.clock.now()
        body = self._arriving(request)
        secret = sentry_keys.in_request(request)
        if secret is None:  # nothing but the line that may hold it is read before it is known
            secret = sentry_keys.in_dsn(dsn(await body.first_line(LONGEST_HEADER + 1)))
        key, project = await self._identified(secret, _SENTRY, number)
        within = self._quota(key).wait(now) is None
        reading = partial(read, received_at=now, events_too=within)
        envelope = await self._read(key, _SENTRY, body, reading)
        for reason, many in envelope.discarded.items():
            self._count(key, _SENTRY, "discarded", reason, many)
        for kind, many in envelope.ignored.items():
            self._count(key, _SENTRY, "ignored", f"{kind}: no error", many)
        if envelope.unread:
            self._drop(key, _SENTRY, envelope.unread)
        await self._keep(key, project, _SENTRY, envelope.events, now)
        return envelope

    async def _logs(self, request: Request) -> Response:
        return await self._otlp(request, otlp.read_logs, otlp.answer_logs)

    async def _traces(self, request: Request) -> Response:
        return await self._otlp(request, otlp.read_traces, otlp.answer_traces)

    async def _otlp(
        self,
        given: Request,
        read: Exporting,
        answer: Callable[[Exported, str], bytes],
    ) -> Response:
        """Take what an OpenTelemetry exporter sends, and answer as it is used to."""
        request = self._limited(given)
        kind = request.headers.get("content-type", "")
        try:
            async with heard_out(request):
                exported = await self._exported(request, read, kind)
        except FettleError as error:
            self._figures.arrived.labels(_OTLP, "refused").inc()
            return cross_origin.readable(otlp_answers.refused(request, error))
        self._figures.arrived.labels(_OTLP, "accepted").inc()
        return cross_origin.readable(otlp_answers.taken(request, answer(exported, kind)))

    async def _exported(self, request: Limited, read: Exporting, kind: str) -> Exported:
        now = self._serving.clock.now()
        key, project = await self._identified(sentry_keys.in_headers(request), _OTLP, None)
        within = self._quota(key).wait(now) is None
        most = self._terms(key.name).burst if within else 0
        reading = partial(read, content_type=kind, received_at=now, most=most)
        exported = await self._read(key, _OTLP, self._arriving(request), reading)
        if exported.beyond and not exported.events:
            self._drop(key, _OTLP, exported.beyond)
        if exported.others:
            self._count(key, _OTLP, "ignored", "no error", exported.others)
        if exported.rejected:
            self._count(key, _OTLP, "refused", exported.reason, exported.rejected)
        await self._keep(key, project, _OTLP, exported.events, now, exported.beyond)
        if exported.beyond:
            self._count(key, _OTLP, "dropped", _OVER, exported.beyond)
        return exported

    async def _identified(
        self, secret: str, vendor: str, number: int | None
    ) -> tuple[Key, Project]:
        """Return the key of who comes, and whose errors it sends."""
        key = await self._keys.identify(secret, vendor, self._serving.clock.now())
        if key.project is None:
            raise AssertionError("each key of this kind has a project")
        if number not in (None, key.project.number):
            self._count(key, vendor, "refused", "the key is of another project")
            raise NotAllowed(
                f"the key is of project {key.project.number}, and not of {number}",
                remedy="use the DSN as fettle key create prints it",
            )
        return key, key.project

    async def _read(
        self, key: Key, vendor: str, arriving: Arriving, read: Callable[[bytes], Read]
    ) -> Read:
        """Read a body; what is too large or cannot be read is counted, and raises."""
        try:
            body = await arriving.whole()
            if len(body) < _BESIDE:
                return read(body)
            return await asyncio.to_thread(read, body)
        except BadPayload as error:
            self._count(key, vendor, "refused", error.reason)
            raise

    def _limited(self, request: Request) -> Limited:
        largest = self._serving.settings.errors.largest_body
        return limited(request, largest, remedy="[errors] largest_body in fettle.toml")

    def _arriving(self, request: Limited) -> Arriving:
        return Arriving(request, self._serving.settings.errors.largest_unpacked)

    async def _keep(
        self,
        key: Key,
        project: Project,
        vendor: str,
        events: Sequence[ErrorEvent],
        now: datetime,
        beyond: int = 0,
    ) -> None:
        """Keep errors, scrubbed; return when they are on disk. Over its quota none is kept.

        `beyond` is how many more came with them.
        """
        if not events:
            return
        quota = self._quota(key)
        if quota.take(now, len(events)) is not None:
            self._drop(key, vendor, len(events) + beyond)
        scrubbing = self._terms(key.name).scrubbing
        scrubbed = [scrubbing.event(event) for event in events]
        try:
            await self._serving.errors.keep([happened(project.id, now, one) for one in scrubbed])
        except StoreUnreachable:  # who sends them again is not over its quota by that
            quota.give_back(len(events))
            raise

    def _drop(self, key: Key, vendor: str, number: int) -> NoReturn:
        """Count errors over the quota, and refuse them."""
        self._count(key, vendor, "dropped", _OVER, number)
        terms = self._terms(key.name)
        much = f"more than {terms.rate:g} errors a second"
        if number > terms.burst:
            much = f"{number} errors at once, and may send {terms.burst}"
        raise TooMuch(
            f"{key.name} sends {much}",
            retry_after_s=self._quota(key).wait(self._serving.clock.now(), number) or 1,
            remedy="rate and burst of [errors], or of its [[errors.project]], in fettle.toml",
        )

    def _quota(self, key: Key) -> Quota:
        if key.id not in self._quotas:
            self._quotas[key.id] = self._terms(key.name).quota()
        return self._quotas[key.id]

    def _count(self, key: Key, vendor: str, outcome: str, reason: str, number: int = 1) -> None:
        self._serving.tally.note(Counted(key.name, vendor, outcome, reason), number)


def _number(request: Request) -> int:
    """Return the project that an address names; raises BadPayload."""
    text = request.path_params["project"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise BadPayload(
            "a project is a number", remedy="use the DSN as fettle key create prints it"
        )
    return int(text)


def _refused(error: FettleError) -> Response:
    """Return the answer to what is refused; SDKs log the header, and obey the limit."""
    response = problems.of_error(error)
    response.headers["X-Sentry-Error"] = _one_line(error.reason)
    if isinstance(error, TooMuch):
        limit = f"{error.retry_after_s}:error;default;security:key:over_quota"
        response.headers["X-Sentry-Rate-Limits"] = f"{limit},{_no_more(_CATEGORIES)}"
    return response


def _one_line(text: str) -> str:
    """Return a text as a header can hold it."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:300])


def _no_more_of(envelope: Envelope) -> dict[str, str]:
    """Return the header that asks an SDK to send no more of what is not taken."""
    if known := [kind for kind in envelope.ignored if kind in _CATEGORIES]:
        return {"X-Sentry-Rate-Limits": _no_more(known)}
    return {}


def _no_more(kinds: Iterable[str]) -> str:
    """Return the limit of kinds of items that are not taken."""
    categories = dict.fromkeys(one for kind in kinds for one in _CATEGORIES[kind])
    return f"{_NO_MORE_S}:{';'.join(categories)}:key:not_taken"
