"""Source maps: uploaded in a ZIP, listed, and deleted; Sentry's tools have `sentry_uploads`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from fettle.errors import BadPayload, NotFound
from fettle.flow import upload_maps as flow
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import by
from fettle.frontends.api.paging import Cursor, Id, Limit, Optional, next_after
from fettle.frontends.api.serving import AtDesk, serving
from fettle.frontends.report import map_document
from fettle.frontends.report.map_document import (
    MapsDocument,
    MapsGoneDocument,
    MapsTakenDocument,
)
from fettle.model.role import Role
from fettle.store import access, source_maps

below = APIRouter(route_class=ApiRoute)  # the router of errors

LARGEST_UPLOAD = 64 * 1024**2
_ZIP = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

Word = Annotated[Annotated[str, Field(max_length=250)] | None, Optional, Query()]
Project = Annotated[str, Path(min_length=1, max_length=200, description="an application's name")]
MapId = Annotated[Id | None, Optional, Query(alias="id", description="this one alone")]


@below.get("/maps", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act,
    project: Word = None,
    release: Word = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MapsDocument:
    """List source maps, those uploaded last first."""
    found = await source_maps.listed(act.connection, project, release, cursor, limit)
    last = found[-1].id if len(found) == limit else None
    sums = await source_maps.sums(act.connection)
    return map_document.of_maps(found, sums, next_after(last))


@below.post(
    "/{project}/maps",
    status_code=201,
    openapi_extra={**needs(Role.RESPONDER, largest=LARGEST_UPLOAD), "requestBody": _ZIP},
)
async def upload(
    act: Act,
    desk: AtDesk,
    request: Request,
    project: Project,
    release: Word = None,
    dist: Word = None,
) -> MapsTakenDocument:
    """Take the source maps of a folder, or a bundle, in a ZIP.

    A map with a debug id needs no release; another one is known by its release and its name.
    """
    if not (body := await request.body()):
        raise BadPayload("the body is empty", remedy="send a ZIP that holds source maps")
    (build,) = await flow.builds_of(act.connection, [project], release, dist)
    uploading = serving(request).uploading
    taken = await flow.take(act.connection, uploading, by(act, desk), body, build)
    return {
        "schema": "fettle.maps_taken/1",
        "project": project,
        "maps": taken.maps,
        "new": taken.new,
    }


@below.delete("/{project}/maps", openapi_extra=needs(Role.ADMIN))
async def delete(
    act: Act, project: Project, release: Word = None, map_id: MapId = None
) -> MapsGoneDocument:
    """Delete source maps of an application: all, those of one release alone, or one."""
    found = await source_maps.find_project(act.connection, project)
    if found is None:
        raise NotFound(f"no application called {project!r} sends errors here")
    number = await source_maps.delete(act.connection, found.id, release=release, id_=map_id)
    which = {"release": release, "id": map_id, "maps": number}
    await access.write_audit(act.connection, act.actor, "delete maps", project, act.request, which)
    return {"schema": "fettle.maps_gone/1", "project": project, "maps": number}
