"""Filters of the issues' page: kept under a name, shared, renamed, deleted."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field, StringConstraints, ValidationError, model_validator

from fettle.errors import NotAllowed, NotFound, WrongUsage
from fettle.frontends.api.acting import Act, Acting, ApiRoute, needs
from fettle.frontends.api.given import Body
from fettle.frontends.api.issues import Asked
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import filter_document
from fettle.frontends.report.filter_document import FilterDocument, FiltersDocument
from fettle.model.role import Role
from fettle.store import filters
from fettle.store.filters import Filter

router = APIRouter(prefix="/api/v1/filters", route_class=ApiRoute, tags=["issues"])

PAGE = "/issues"
_SEVERAL = ("status", "severity")
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Query = Annotated[
    str, Field(max_length=2000, description="like `live=1&severity=critical,high`; empty: all")
]


class FilterBody(Body):
    """What is sought, and under which name."""

    name: Name
    query: Query
    shared: bool = False


class ChangeBody(Body):
    """What changes of a filter."""

    name: Name | None = None
    query: Query | None = None
    shared: bool | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "ChangeBody":
        if self.name is None and self.query is None and self.shared is None:
            raise ValueError("give a name, a query, or whether it is shared")
        return self


def sought(given: dict[str, str]) -> Asked:
    """Return what a query of the issues' page asks for; raises WrongUsage."""
    several = {name: given[name].split(",") for name in _SEVERAL if name in given}
    try:
        return Asked.model_validate({**given, **several})
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        raise WrongUsage(f"{place}: {wrong['msg']}", remedy="begin again at Issues") from None


def plain(query: str) -> str:
    """Return a query without what is empty, and from its first page on; raises WrongUsage."""
    try:
        pairs = parse_qsl(query, max_num_fields=20, errors="strict")
    except ValueError:
        raise WrongUsage("the query cannot be read", remedy="take it from an address") from None
    given = {name: value for name, value in pairs if name not in ("cursor", "limit")}
    sought(given)
    return urlencode(given, safe=",")


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(act: Act) -> FiltersDocument:
    """List your own filters, and those that are shared."""
    return filter_document.of_filters(await filters.listed(act.connection, act.actor, PAGE))


@router.post("", status_code=201, openapi_extra=needs(Role.VIEWER))
async def create(act: Act, desk: AtDesk, what: FilterBody) -> FilterDocument:
    """Keep a filter; to share it takes a responder."""
    if what.shared:
        _refuse_sharing(act)
    query, now = plain(what.query), desk.clock.now()
    given = Filter(uuid4(), act.actor, PAGE, what.name, query, what.shared, now)
    return filter_document.of_filter(await filters.keep(act.connection, given))


@router.patch("/{filter_id}", openapi_extra=needs(Role.VIEWER))
async def change(act: Act, filter_id: UUID, what: ChangeBody) -> FilterDocument:
    """Rename a filter, let it stand for something else, share it or not."""
    kept = await _own(act, filter_id)
    if what.shared and not kept.shared:
        _refuse_sharing(act)
    changed = replace(
        kept,
        name=kept.name if what.name is None else what.name,
        query=kept.query if what.query is None else plain(what.query),
        shared=kept.shared if what.shared is None else what.shared,
    )
    return filter_document.of_filter(await filters.change(act.connection, changed))


@router.delete("/{filter_id}", openapi_extra=needs(Role.VIEWER))
async def delete(act: Act, filter_id: UUID) -> FilterDocument:
    """Delete a filter; answers with what it was."""
    kept = await _own(act, filter_id)
    await filters.forget(act.connection, kept.id)
    return filter_document.of_filter(kept)


async def _own(act: Acting, filter_id: UUID) -> Filter:
    """Return a filter that the caller may change: their own, or as an admin one that is shared.

    What others keep for themselves is not there for anybody else.
    """
    kept = await filters.locked(act.connection, filter_id)
    if kept.owner == act.actor or (kept.shared and act.caller.role >= Role.ADMIN):
        return kept
    if not kept.shared:
        raise NotFound("there is no such filter", remedy="somebody may have deleted it")
    raise NotAllowed(f"{kept.name} is kept by {kept.owner}", remedy="keep one of your own")


def _refuse_sharing(act: Acting) -> None:
    if act.caller.role < Role.RESPONDER:
        raise NotAllowed(
            f"{act.actor} is a {act.caller.role}, and sharing needs a responder",
            remedy="keep it for yourself",
        )
