"""What arrived: the counts, the deliveries, the dead letters, and replaying them."""

from datetime import UTC, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from fettle.errors import NotFound
from fettle.flow import proofs
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Cursor, Id, Limit, next_after
from fettle.frontends.api.serving import serving
from fettle.frontends.report import intake_document
from fettle.frontends.report.intake_document import (
    DeliveriesDocument,
    DeliveryDocument,
    DeliveryState,
    IntakeDocument,
    ReplayedDocument,
)
from fettle.model.role import Role
from fettle.store import deliveries

router = APIRouter(prefix="/api/v1/intake", route_class=ApiRoute, tags=["intake"])


@router.get("", openapi_extra=needs(Role.VIEWER))
async def counts(
    act: Act, request: Request, days: Annotated[int, Query(ge=1, le=3660)] = 7
) -> IntakeDocument:
    """Count what was accepted, suppressed, dropped over quota and dead-lettered, by source."""
    today = serving(request).clock.now().astimezone(UTC).date()
    rows = await deliveries.counts(act.connection, today - timedelta(days=days - 1))
    return {"schema": "fettle.intake/1", "days": days, "items": intake_document.counted(rows)}


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


class Replay(BaseModel):
    """Deliveries by their ids, or every dead one of a hook."""

    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(default=[], max_length=1000)
    hook: str | None = None


@router.post("/replay", openapi_extra=needs(Role.ADMIN))
async def replay(act: Act, request: Request, what: Replay) -> ReplayedDocument:
    """Take deliveries again, as after a mapping was changed; a thousand at once at most.

    What its vendor signs, and nobody has proved yet, is proved first.
    """
    signatures = serving(request).signatures
    found = await proofs.replay(act.connection, signatures, what.ids, what.hook)
    if not found.ids and not found.refused:
        raise NotFound("nothing of that can be replayed: it is unknown, or waits already")
    return {
        "schema": "fettle.replayed/1",
        "replayed": list(found.ids),
        "refused": [{"id": one.id, "reason": one.reason} for one in found.refused],
    }
