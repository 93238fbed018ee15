"""Deploys: marked by whoever deploys, a pipeline mostly, and listed."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from pydantic import Field, field_validator

from fettle.flow import deploys as flow
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Name
from fettle.frontends.api.paging import Cursor, Limit, Moment, Optional, next_after
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import deploy_document
from fettle.frontends.report.deploy_document import DeployDocument, DeploysDocument
from fettle.model.deploy import Deploy
from fettle.model.role import Role
from fettle.store import deploys

router = APIRouter(prefix="/api/v1/deploys", route_class=ApiRoute, tags=["deploys"])

Word = Annotated[Annotated[str, Field(max_length=200)] | None, Optional, Query()]
_SCHEMES: tuple[Literal["http", "https"], ...] = ("http", "https")


class Mark(Body):
    """A version of a service that has gone live: now, unless a moment is given."""

    service: Name
    version: Name
    at: Moment | None = None
    note: Annotated[str, Field(max_length=2000)] = ""
    url: Annotated[str, Field(max_length=2000)] | None = None

    @field_validator("url")
    @classmethod
    def _leads_somewhere(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in _SCHEMES:
            raise ValueError("it is no http:// or https:// address")
        return url


@router.post("", status_code=201, openapi_extra=needs(Role.RESPONDER))
async def mark(act: Act, desk: AtDesk, what: Mark) -> DeployDocument:
    """Say that a version of a service has gone live."""
    at = what.at or desk.clock.now()
    deploy = Deploy(what.service, what.version, at, act.actor, what.note, what.url)
    return deploy_document.of_deploy(await flow.mark(act.connection, desk, deploy))


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act, service: Word = None, cursor: Cursor = None, limit: Limit = 50
) -> DeploysDocument:
    """List deploys, those marked last first."""
    found = await deploys.listed(act.connection, service, cursor, limit)
    last = found[-1].id if len(found) == limit else None
    return deploy_document.of_deploys(found, next_after(last))
