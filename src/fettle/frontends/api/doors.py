"""Where signals come in: `/hooks/{key}/{vendor}`, and PagerDuty's `/v2/enqueue`.

1. What is answered with 2xx is on disk. What cannot be read is answered with 400 and the place in
   it, and kept all the same: a dead letter, which can be replayed once its mapping can read it.
2. What comes from Amazon SNS is proved to before it is kept; what is forged gets 403, and is
   counted; so does what nobody signed where `[[hook]] signed` asks for it. A subscription is
   confirmed once its message is kept.
3. Over its quota a key gets 429 with Retry-After, and each such delivery is counted as dropped.
4. Whoever has no key is told so before his body is read; a routing key may be a part of the body.
5. A body may be packed (gzip, deflate, br, zstd); it is kept as it is when it is unpacked.
"""

import asyncio
import json
from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.errors import (
    BadPayload,
    FettleError,
    NotAllowed,
    NotFound,
    NotIdentified,
    TooLarge,
    TooMuch,
    TooSlow,
)
from fettle.flow.proofs import prove
from fettle.frontends.api import problems
from fettle.frontends.api.bodies import limited, whole
from fettle.frontends.api.keys import Key, Keys
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.slashes import either
from fettle.intake.errors.packed import unpacked
from fettle.intake.mapping import Mapped, Posted, kept_headers, mapping_of
from fettle.intake.quota import Quota
from fettle.intake.settled import options_of
from fettle.intake.sns_envelope import Envelope
from fettle.store.access import CredentialKind
from fettle.store.deliveries import Arrived, Counted

_PAGERDUTY = "pagerduty"
_LARGE = 256 * 1024


class Doors:
    """The doors of one process, with what they remember of their senders."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._keys = Keys(serving.pool, CredentialKind.HOOK, serving.tally)
        self._options = options_of(serving.settings)
        self._quotas: dict[UUID, Quota] = {}

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            *either("/hooks/{key}/{vendor}", self._hook, ["POST"]),
            *either("/v2/enqueue", self._enqueue, ["POST"]),
        ]

    async def _hook(self, request: Request) -> Response:
        vendor = request.path_params["vendor"].replace("_", "-")
        try:
            mapping_of(vendor)
            key = await self._admitted(request.path_params["key"], vendor)
            mapped = await self._take(
                key, vendor, await self._counted(key, vendor, request), request
            )
        except FettleError as error:
            return self._refused(vendor, error)
        self._figures.arrived.labels(vendor, "accepted").inc()
        return JSONResponse(_said(mapped), 202)

    async def _enqueue(self, request: Request) -> Response:
        """Answer as PagerDuty's Events API does, for the clients that were written for it."""
        try:
            # newer clients send their key in a header
            if secret := request.headers.get("x-routing-key"):
                key = await self._admitted(secret, _PAGERDUTY)
                body = await self._counted(key, _PAGERDUTY, request)
            else:
                body = await self._body(request)
                key = await self._admitted(_routing_key(body), _PAGERDUTY)
            mapped = await self._take(key, _PAGERDUTY, body, request)
        except (BadPayload, NotIdentified) as error:
            self._figures.arrived.labels(_PAGERDUTY, "refused").inc()
            said = {"status": "invalid event", "message": error.reason, "errors": [error.reason]}
            late = isinstance(error, TooSlow)
            status = problems.status_of(error) if late or isinstance(error, TooLarge) else 400
            return JSONResponse(said, status, {"Connection": "close"} if late else None)
        except FettleError as error:
            return self._refused(_PAGERDUTY, error)
        self._figures.arrived.labels(_PAGERDUTY, "accepted").inc()
        keys = (*(signal.key for signal in mapped.signals), *mapped.acknowledged)
        accepted = {"status": "success", "message": "Event processed"}
        return JSONResponse({**accepted, "dedup_key": next(iter(keys), None)}, 202)

    async def _admitted(self, secret: str, vendor: str) -> Key:
        """Return the key of who comes to a door, within its quota."""
        key = await self._keys.identify(secret, vendor, self._serving.clock.now())
        self._within_quota(key, vendor)
        return key

    async def _take(self, key: Key, vendor: str, body: bytes, request: Request) -> Mapped:
        """Keep a delivery, and return what it says; raises BadPayload for one that was kept."""
        now = self._serving.clock.now()
        headers = kept_headers(request.headers)
        envelope = await self._proved(key, vendor, body)
        proved = envelope is not None
        posted = Posted(key.name, body, now, headers, self._options(key.name), proved)
        try:
            mapped = await read_aside(vendor, posted)
        finally:
            arrived = Arrived(now, key.name, vendor, headers, body, key.id, proved)
            await self._serving.deliveries.keep(arrived)
        if envelope is not None and envelope.confirms:
            await self._serving.signatures.confirm(envelope.confirms)
        return mapped

    async def _proved(self, key: Key, vendor: str, body: bytes) -> Envelope | None:
        """Prove a message that its vendor signs; what is forged is counted, and raises."""
        needed = self._options(key.name).signed
        try:
            return await prove(self._serving.signatures, vendor, body, needed=needed)
        except NotAllowed:
            self._serving.tally.note(
                Counted(key.name, vendor, "refused", "not proved to be of SNS")
            )
            raise

    async def _counted(self, key: Key, vendor: str, request: Request) -> bytes:
        """Return the body that a known sender sends; one that cannot be taken is counted."""
        try:
            return await self._body(request)
        except BadPayload as error:
            too_large = isinstance(error, TooLarge)
            reason = "larger than [intake] largest_body" if too_large else error.reason
            self._serving.tally.note(Counted(key.name, vendor, "refused", reason))
            raise

    async def _body(self, request: Request) -> bytes:
        most = self._serving.settings.intake.largest_body
        remedy = "[intake] largest_body in fettle.toml"
        body = await whole(limited(request, most, remedy=remedy))
        return unpacked(body, request.headers.get("content-encoding"), most=most)

    def _within_quota(self, key: Key, vendor: str) -> None:
        intake = self._serving.settings.intake
        quota = self._quotas.setdefault(key.id, Quota(intake.rate, intake.burst))
        if (seconds := quota.take(self._serving.clock.now())) is not None:
            self._serving.tally.note(Counted(key.name, vendor, "dropped", "over its quota"))
            raise TooMuch(
                f"{key.name} sends more than {intake.rate:g} deliveries a second",
                retry_after_s=seconds,
                remedy="[intake] rate and burst in fettle.toml",
            )

    def _refused(self, vendor: str, error: FettleError) -> Response:
        door = "unknown" if isinstance(error, NotFound) else vendor
        self._figures.arrived.labels(door, "refused").inc()
        return problems.of_error(error)


async def read_aside(vendor: str, posted: Posted) -> Mapped:
    """Return what a delivery says; a large one takes a second, in which others are answered."""
    read = mapping_of(vendor)
    if len(posted.body) <= _LARGE:
        return read(posted)
    return await asyncio.to_thread(read, posted)


def _said(mapped: Mapped) -> dict[str, object]:
    said: dict[str, object] = {"status": "accepted", "signals": len(mapped.signals)}
    if mapped.rejected:
        said["rejected"] = [{"at": one.at, "reason": one.reason} for one in mapped.rejected]
    if mapped.note:
        said["note"] = mapped.note
    return said


def _routing_key(body: bytes) -> str:
    """Return the key that an event carries in its body."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    key = event.get("routing_key") if isinstance(event, Mapping) else None
    if not isinstance(key, str):
        raise BadPayload("routing_key: is missing")
    return key
