"""Heartbeats: jobs that say that they ran."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from fettle.flow import heartbeats
from fettle.flow.heartbeats import Wanted
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.serving import serving
from fettle.frontends.report.heartbeat_document import (
    HeartbeatDocument,
    HeartbeatsDocument,
    document,
    item,
)
from fettle.model.looking import Duration
from fettle.model.role import Role
from fettle.model.severity import Severity, SeverityName
from fettle.store import heartbeats as table

router = APIRouter(prefix="/api/v1/heartbeats", route_class=ApiRoute, tags=["heartbeats"])


class NewHeartbeat(BaseModel):
    """What is waited for; durations like `1h 30m` or `PT1H30M`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    every: Duration
    grace: Duration = timedelta(minutes=5)
    severity: SeverityName = "high"
    service: Annotated[str | None, Field(max_length=200)] = None


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act,
    request: Request,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HeartbeatsDocument:
    """List heartbeats, by name; a viewer is not told the addresses to ping."""
    found = await table.listed(act.connection, cursor, limit)
    base = serving(request).url if act.caller.role >= Role.RESPONDER else None
    last = found[-1].name if len(found) == limit else None
    items = [item(one, base) for one in found]
    return {"schema": "fettle.heartbeats/1", "items": items, "next": last}


@router.post("", status_code=201, openapi_extra=needs(Role.RESPONDER))
async def create(act: Act, request: Request, new: NewHeartbeat) -> HeartbeatDocument:
    """Make a heartbeat; its `url` is what the job is to ping. It is late from its first ping on."""
    severity = Severity.named(new.severity)
    wanted = Wanted(new.name, new.every, new.grace, severity, new.service)
    made = await heartbeats.create(act.connection, wanted, act.actor)
    return document(made, serving(request).url)


@router.delete("/{id}", openapi_extra=needs(Role.RESPONDER))
async def remove(act: Act, request: Request, id: UUID) -> HeartbeatDocument:  # noqa: A002 - its name in the address
    """Remove a heartbeat; trouble that it was in ends."""
    shared = serving(request)
    removed = await heartbeats.remove(act.connection, id, shared.clock.now())
    return document(removed, shared.url)
