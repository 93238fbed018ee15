"""What arrived: the counts, the deliveries, the dead letters, and replaying them."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from fettle.errors import NotFound
from fettle.flow import proofs
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import (
    Cursor,
    Id,
    Limit,
    Optional,
    in_cursor,
    next_after,
    of_cursor,
)
from fettle.frontends.api.serving import serving
from fettle.frontends.report import intake_document
from fettle.frontends.report.intake_document import (
    DeadLetterDocument,
    DeadLettersDocument,
    DeliveriesDocument,
    DeliveryDocument,
    DeliveryState,
    IntakeDocument,
    ReplayedDocument,
)
from fettle.model.role import Role
from fettle.store import dead_letters, deliveries
from fettle.store.dead_letters import Before, LetterKind
from fettle.store.deliveries import Which
from fettle.store.statements import Row

# When the last one of a page was received, in microseconds, what it is, and its id.
After = Annotated[
    Annotated[str, Field(pattern=r"^[0-9]{1,16}~(delivery|error|lines)~[0-9]{1,18}$")] | None,
    Optional,
    Query(description="where the page before ended: its `next`"),
]

router = APIRouter(prefix="/api/v1/intake", route_class=ApiRoute, tags=["intake"])


@router.get("", openapi_extra=needs(Role.VIEWER))
async def counts(
    act: Act, request: Request, days: Annotated[int, Query(ge=1, le=3660)] = 7
) -> IntakeDocument:
    """Count what was accepted, suppressed, dropped over quota and dead-lettered, by source."""
    shared = serving(request)
    today = shared.clock.now().astimezone(UTC).date()
    rows = await deliveries.counts(act.connection, today - timedelta(days=days - 1))
    return {
        "schema": "fettle.intake/1",
        "days": days,
        "items": intake_document.counted(rows),
        "quotas": intake_document.quotas(shared.settings),
    }


@router.get("/deliveries", openapi_extra=needs(Role.RESPONDER))
async def listed(
    act: Act, state: DeliveryState | None = None, cursor: Cursor = None, limit: Limit = 50
) -> DeliveriesDocument:
    """List deliveries, the latest first; those that are `dead` can be replayed."""
    rows = await deliveries.listed(act.connection, state, cursor, limit)
    last = rows[-1]["id"] if len(rows) == limit else None
    return intake_document.of_deliveries(rows, next_after(last))


@router.get("/deliveries/{delivery}", openapi_extra=needs(Role.RESPONDER))
async def shown(act: Act, delivery: Annotated[Id, Path()]) -> DeliveryDocument:
    """Show a delivery as it came, and what came of it."""
    row = await deliveries.find(act.connection, delivery)
    if row is None:
        raise NotFound(
            f"there is no delivery {delivery}",
            remedy="deliveries that opened no issue are kept for [intake] keep",
        )
    return intake_document.of_delivery(row)


@router.get("/dead", openapi_extra=needs(Role.RESPONDER))
async def dead(act: Act, cursor: After = None, limit: Limit = 50) -> DeadLettersDocument:
    """List what was accepted and could not be taken, the latest first: all of it can be replayed.

    Deliveries that could not be read, errors that could not be digested, lines of logs that could
    not be learnt.
    """
    rows = await dead_letters.listed(act.connection, _place(cursor), limit)
    return intake_document.of_dead(rows, _cursor(rows[-1]) if len(rows) == limit else None)


@router.get("/dead/{kind}/{letter}", openapi_extra=needs(Role.RESPONDER))
async def dead_letter(
    act: Act, kind: Literal["error", "lines"], letter: Annotated[Id, Path()]
) -> DeadLetterDocument:
    """Show an error or lines that are dead, as they were kept: scrubbed."""
    row = await dead_letters.find(act.connection, LetterKind(kind), letter)
    if row is None:
        raise NotFound(
            f"no {kind} of the number {letter} are dead",
            remedy="GET /api/v1/intake/dead lists them",
        )
    return intake_document.of_dead_letter(row)


def _place(cursor: str | None) -> Before | None:
    if cursor is None:
        return None
    moment, kind, id_ = cursor.split("~")
    return Before(of_cursor(moment), LetterKind(kind), int(id_))


def _cursor(last: Row) -> str:
    return f"{in_cursor(last['received_at'])}~{last['kind']}~{last['id']}"


Ids = Annotated[
    list[Annotated[int, Field(ge=1, lt=2**63)]], Field(default_factory=list, max_length=1000)
]


class Replay(BaseModel):
    """Dead letters by their numbers, every one that came by a key of a name, or all."""

    ids: Ids = Field(description="deliveries, which need not be dead")
    errors: Ids
    lines: Ids
    hook: str | None = Field(None, description="what the key is called, or the log")
    all: bool = False

    def of(self, ids: Sequence[int]) -> Which:
        """Return which of one kind are meant, some of them by these ids."""
        return Which(ids, self.hook, self.all)


@router.post("/replay", openapi_extra=needs(Role.ADMIN))
async def replay(act: Act, request: Request, what: Replay) -> ReplayedDocument:
    """Take dead letters again, as after a mapping was changed; a thousand of each at once at most.

    What its vendor signs, and nobody has proved yet, is proved first.
    """
    signatures = serving(request).signatures
    found = await proofs.replay(act.connection, signatures, what.of(what.ids))
    events = await dead_letters.replay_errors(act.connection, what.of(what.errors))
    lines = await dead_letters.replay_lines(act.connection, what.of(what.lines))
    if not (found.ids or found.refused or events or lines):
        raise NotFound("nothing of that can be replayed: it is unknown, or waits already")
    return {
        "schema": "fettle.replayed/1",
        "replayed": list(found.ids),
        "errors": events,
        "lines": lines,
        "refused": [{"id": one.id, "reason": one.reason} for one in found.refused],
    }
