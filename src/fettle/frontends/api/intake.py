"""What arrived: the counts, the deliveries, the dead letters, and replaying them."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from fettle.errors import NotFound
from fettle.flow import proofs
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Cursor, Limit
from fettle.frontends.api.serving import serving
from fettle.model.role import Role
from fettle.store import deliveries
from fettle.store.statements import Row

router = APIRouter(prefix="/api/v1/intake", route_class=ApiRoute, tags=["intake"])


class Counts(BaseModel):
    """What came of what one source sent: outcome → number, and why, for what is not plain."""

    hook: str
    vendor: str
    outcomes: dict[str, int]
    reasons: dict[str, dict[str, int]]


class Intake(BaseModel):
    """What arrived since a moment."""

    days: int
    items: list[Counts]


@router.get("", openapi_extra=needs(Role.VIEWER))
async def counts(
    act: Act, request: Request, days: Annotated[int, Query(ge=1, le=3660)] = 7
) -> Intake:
    """Count what was accepted, suppressed, dropped over quota and dead-lettered, by source."""
    today = serving(request).clock.now().astimezone(UTC).date()
    rows = await deliveries.counts(act.connection, today - timedelta(days=days - 1))
    return Intake(days=days, items=counted(rows))


def counted(rows: Sequence[Row]) -> list[Counts]:
    """Return counts as they are kept by what they are of."""
    found: dict[tuple[str, str], Counts] = {}
    for row in rows:
        place = row["hook"], row["vendor"]
        one = found.setdefault(
            place, Counts(hook=place[0], vendor=place[1], outcomes={}, reasons={})
        )
        outcome = row["outcome"]
        one.outcomes[outcome] = one.outcomes.get(outcome, 0) + row["number"]
        if row["reason"]:
            one.reasons.setdefault(outcome, {})[row["reason"]] = row["number"]
    return list(found.values())


@router.get("/deliveries", openapi_extra=needs(Role.RESPONDER))
async def listed(
    act: Act,
    state: Literal["waiting", "taken", "dead"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """List deliveries, the latest first; those that are `dead` can be replayed."""
    rows = await deliveries.listed(act.connection, state, cursor, limit)
    last = rows[-1]["id"] if len(rows) == limit else None
    return {"items": rows, "next": None if last is None else str(last)}


class Replay(BaseModel):
    """Deliveries by their ids, or every dead one of a hook."""

    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(default=[], max_length=1000)
    hook: str | None = None


class NotReplayed(BaseModel):
    """A delivery that is not taken again: nobody could prove who sent it."""

    id: int
    reason: str


class Replayed(BaseModel):
    """The ids of those that wait now, and those that stay as they are."""

    replayed: list[int]
    refused: list[NotReplayed] = []


@router.post("/replay", openapi_extra=needs(Role.ADMIN))
async def replay(act: Act, request: Request, what: Replay) -> Replayed:
    """Take deliveries again, as after a mapping was changed; a thousand at once at most.

    What its vendor signs, and nobody has proved yet, is proved first.
    """
    signatures = serving(request).signatures
    found = await proofs.replay(act.connection, signatures, what.ids, what.hook)
    if not found.ids and not found.refused:
        raise NotFound("nothing of that can be replayed: it is unknown, or waits already")
    refused = [NotReplayed(id=one.id, reason=one.reason) for one in found.refused]
    return Replayed(replayed=list(found.ids), refused=refused)
