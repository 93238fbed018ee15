"""Web roots that were made faster: what each run did, earned and left to people; taken back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from fettle.flow import put_back
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Id, Optional, Several
from fettle.frontends.api.serving import ByServing
from fettle.frontends.report import optimised_document
from fettle.frontends.report.optimised_document import OptimisationRecord, OptimisationsDocument
from fettle.model.role import Role
from fettle.store import optimisations
from fettle.store.optimisations import Kept, Wanted
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["optimisations"])

_VIEWER = needs(Role.VIEWER)
_UNDONE = needs(Role.RESPONDER, place="/api/v1/optimisations/{run}")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
KEPT_LONG = {"Cache-Control": "private, max-age=86400, immutable"}

StatusName = Literal["running", "done", "refused", "failed", "undone"]
Word = Annotated[Annotated[str, Field(max_length=4096)] | None, Optional]
RunId = Annotated[
    str, Path(min_length=1, max_length=100, description="the id of a run, or the beginning of it")
]
PictureId = Annotated[Id, Path(description="the id of a picture of the run")]


class AskedOptimisations(BaseModel):
    """Which runs; several statuses are any of them."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[list[StatusName], Several] = Field([], max_length=10)
    root: Word = Field(None, description="those of this folder")
    cursor: Word = Field(None, description="where the page before ended: its `next`")
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("/optimisations", openapi_extra=_VIEWER)
async def listed(act: Act, asked: Annotated[AskedOptimisations, Query()]) -> OptimisationsDocument:
    """List runs that were to make web roots faster, the latest first."""
    wanted = Wanted(tuple(asked.status), asked.root, asked.cursor)
    found = await optimisations.past(act.connection, wanted, asked.limit)
    return optimised_document.of_past(found, asked.limit)


@router.get("/optimisations/{run}", openapi_extra=_VIEWER)
async def one(act: Act, run: RunId) -> OptimisationRecord:
    """Show a run: its steps, its figures and waterfalls before and after, its pictures."""
    return await _record(act.connection, await optimisations.found(act.connection, run))


@router.get(
    "/optimisations/{run}/pictures/{picture}",
    openapi_extra=_VIEWER,
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": _BINARY, "image/png": _BINARY, "image/webp": _BINARY}}
    },
)
async def picture(act: Act, run: RunId, picture: PictureId) -> Response:
    """Give a picture of a page of a run."""
    found = await optimisations.found(act.connection, run)
    media, content = await optimisations.shot(act.connection, found.id, picture)
    return Response(content, media_type=media, headers=KEPT_LONG)


@router.post("/optimisations/{run}/undo", status_code=202, openapi_extra=_UNDONE)
async def undo(act: Act, shared: ByServing, run: RunId) -> OptimisationRecord:
    """Let a worker of the root's machine put back what the root was before a run, byte for byte.

    It is refused where the root has changed since: that would lose what was deployed to it.
    """
    kept = await put_back.ask(act.connection, shared.engine, shared.clock, run, act.actor)
    return await _record(act.connection, kept)


async def _record(connection: Connection, kept: Kept) -> OptimisationRecord:
    return optimised_document.of_kept(kept, await optimisations.seen(connection, kept.id))
