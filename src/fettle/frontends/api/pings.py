"""Where jobs say that they ran: `/ping/{id}`, with `/start`, `/fail` or an exit status after it.

A job can name its runs: `?rid=` and a UUID, the same when a run begins and when it ends.

1. What is answered with 200 is on disk. What is posted is kept as far as it is read: a job that has
   much to say, or goes away in the middle of it, has run all the same.
2. Over its quota a heartbeat gets 429 with Retry-After, and each such ping is counted as dropped.
"""

import logging
from collections import OrderedDict
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fettle.engine.ledger import AWAY
from fettle.errors import BadPayload, FettleError, StoreUnreachable, TooMuch, TooSlow
from fettle.flow import heartbeats
from fettle.frontends.api import problems
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.slashes import either
from fettle.intake.heartbeats import SOURCE
from fettle.intake.own import VENDOR
from fettle.intake.quota import Quota
from fettle.model.heartbeat import Ping, Said
from fettle.store.deliveries import Counted

_KEPT_BYTES = 10_000
_QUOTAS = 10_000
_METHODS = ("GET", "HEAD", "POST")

_log = logging.getLogger(__name__)


class Pings:
    """The doors of one process, with what they remember of who came how often."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._quotas: OrderedDict[UUID, Quota] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            *either("/ping/{id}", self._ping, _METHODS),
            *either("/ping/{id}/{said}", self._ping, _METHODS),
        ]

    async def _ping(self, request: Request) -> Response:
        now = self._serving.clock.now()
        try:
            id_ = _id(request.path_params["id"])
            said, status = _said(request.path_params.get("said"))
            self._within_quota(id_)
            run = _run(request.query_params.get("rid"))
            ping = Ping(said, now, status, await self._text(request), run)
            await self._take(id_, ping)
        except FettleError as error:
            self._figures.arrived.labels("heartbeat", "refused").inc()
            return problems.of_error(error)
        self._figures.arrived.labels("heartbeat", "accepted").inc()
        return PlainTextResponse("OK")

    async def _take(self, id_: UUID, ping: Ping) -> None:
        try:
            async with self._serving.pool.connection() as connection, connection.transaction():
                await heartbeats.ping(connection, id_, ping)
        except AWAY as error:
            _log.warning("a ping was not kept: %s", " ".join(str(error).split()))
            raise StoreUnreachable("the ping was not kept: the store does not answer") from error

    async def _text(self, request: Request) -> str:
        """Return what was posted, as far as it is kept."""
        most = self._serving.settings.intake.largest_body
        kept, size = bytearray(), 0
        try:
            async for part in request.stream():
                kept += part[: _KEPT_BYTES - len(kept)]
                size += len(part)
                if size > most:
                    break
        except (ClientDisconnect, TooSlow):
            pass
        return kept.decode("utf-8", "replace")

    def _within_quota(self, id_: UUID) -> None:
        intake = self._serving.settings.intake
        quota = self._quotas.setdefault(id_, Quota(intake.rate, intake.burst))
        self._quotas.move_to_end(id_)
        if len(self._quotas) > _QUOTAS:
            self._quotas.popitem(last=False)
        if (seconds := quota.take(self._serving.clock.now())) is not None:
            self._serving.tally.note(Counted(SOURCE, VENDOR, "dropped", "over its quota"))
            raise TooMuch(
                f"a heartbeat is pinged more than {intake.rate:g} times a second",
                retry_after_s=seconds,
                remedy="[intake] rate and burst in fettle.toml",
            )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadPayload(
            "this is no address of a heartbeat", remedy="fettle heartbeat list shows them"
        ) from None


def _run(text: str | None) -> UUID | None:
    """Return the run that a job names; raises BadPayload for a name that is none."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise BadPayload("rid: the run that a job names is a UUID") from None


def _said(text: str | None) -> tuple[Said, int | None]:
    """Return what a ping says, and its exit status where it gives one."""
    if text is None:
        return Said.DONE, None
    if text in (Said.START, Said.FAIL):
        return Said(text), None
    if text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= 255:
        return (Said.FAIL if int(text) else Said.DONE), int(text)
    raise BadPayload(f"a ping says start, fail or an exit status of 0 to 255, and not {text[:40]}")
