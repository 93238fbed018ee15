"""Logs: what their lines have in common, how often it comes, and what of it is news."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from fettle.errors import NotFound
from fettle.flow import log_news
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Cursor, Limit, next_after
from fettle.frontends.api.serving import serving
from fettle.frontends.report import log_document
from fettle.frontends.report.log_document import (
    LogsDocument,
    StateName,
    TemplateDocument,
    TemplatesDocument,
)
from fettle.model.log import LogState
from fettle.model.role import Role
from fettle.store import logs
from fettle.store.logs import Named

router = APIRouter(prefix="/api/v1/logs", route_class=ApiRoute, tags=["logs"])

TemplateId = Annotated[str, Path(max_length=20, description="the id of a template, like t42")]
Hours = Annotated[int, Query(ge=1, le=720, description="of how many hours counts are given")]
_ID = re.compile(r"t?([1-9]\d{0,17})", re.ASCII)


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act, cursor: Annotated[str | None, Query(max_length=1000)] = None, limit: Limit = 50
) -> LogsDocument:
    """List logs, by name."""
    found = await logs.sources(act.connection, cursor, limit)
    last = found[-1].source.name if len(found) == limit else None
    items = [log_document.log(one) for one in found]
    return {"schema": "fettle.log_sources/1", "items": items, "next": last}


@router.get("/templates", openapi_extra=needs(Role.VIEWER))
async def templates(
    act: Act,
    request: Request,
    source: Annotated[str | None, Query(max_length=300)] = None,
    state: StateName | None = None,
    hours: Hours = 24,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TemplatesDocument:
    """List templates, the latest first, with how often they came by the hour."""
    wanted = None if state is None else LogState(state)
    found = await logs.templates(act.connection, source, wanted, cursor, limit)
    since = log_document.since(serving(request).clock.now(), hours)
    ids = [one.template.id for one in found]
    came = await logs.counts_of(act.connection, ids, since)
    last = found[-1].template.id if len(found) == limit else None
    return {
        "schema": "fettle.log_templates/1",
        "items": [log_document.template(one, came[one.template.id]) for one in found],
        "next": next_after(last),
    }


@router.get("/templates/{template}", openapi_extra=needs(Role.VIEWER))
async def shown(
    act: Act, request: Request, template: TemplateId, hours: Hours = 168
) -> TemplateDocument:
    """Show a template, with how often it came by the hour."""
    found = await logs.template(act.connection, _number(template))
    if found is None:
        raise _unknown(template)
    return await _document(act, request, found, hours)


@router.post("/templates/{template}/mute", openapi_extra=needs(Role.RESPONDER))
async def mute(act: Act, request: Request, template: TemplateId) -> TemplateDocument:
    """Let nothing of a template be news; what is told of it is over."""
    now = serving(request).clock.now()
    found = await log_news.mute(act.connection, _number(template), act.actor, now)
    return await _document(act, request, found, 24)


@router.post("/templates/{template}/unmute", openapi_extra=needs(Role.RESPONDER))
async def unmute(act: Act, request: Request, template: TemplateId) -> TemplateDocument:
    """Let a template be news again."""
    found = await log_news.unmute(act.connection, _number(template))
    return await _document(act, request, found, 24)


async def _document(act: Act, request: Request, found: Named, hours: int) -> TemplateDocument:
    since = log_document.since(serving(request).clock.now(), hours)
    came = await logs.counts_of(act.connection, [found.template.id], since)
    item = log_document.template(found, came[found.template.id])
    return {"schema": "fettle.log_template/1", **item}


def _number(template: str) -> int:
    found = _ID.fullmatch(template)
    if found is None:
        raise _unknown(template)
    return int(found[1])


def _unknown(template: str) -> NotFound:
    return NotFound(
        f"there is no template {template}", remedy="GET /api/v1/logs/templates lists them"
    )
