"""Known errors: listed, shown, and those that people write: kept, changed, retired, brought back.

What is written is words. What acts stands in fettle.toml, and may name the id of what is written.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from fettle.errors import NotFound
from fettle.flow import solution, trial, writing
from fettle.flow.knowing import Knowing
from fettle.flow.solving import Solver
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import by
from fettle.frontends.api.serving import AtDesk, ByKnowing, BySolver
from fettle.frontends.report import known_error_document
from fettle.frontends.report.known_error_document import (
    KnownErrorDocument,
    KnownErrorsDocument,
    Page,
    TrialDocument,
)
from fettle.model.known_error import KnownError
from fettle.model.remedy import Rate, Record
from fettle.model.role import Role
from fettle.resolution.catalogue import OwnErrorFile
from fettle.resolution.record import rate
from fettle.store import known_errors as kept
from fettle.store import remedies
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1/known-errors", route_class=ApiRoute, tags=["known errors"])
_VIEWER = needs(Role.VIEWER)
_RESPONDER = needs(Role.RESPONDER)
_MOST_VERSIONS = 100

ErrorId = Annotated[
    str, Path(alias="id", min_length=1, max_length=100, description="the id of a known error")
]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class New(OwnErrorFile):
    """A known error, as a file holds it; without an id it gets one that is made of its title."""

    id: Annotated[str, Field(max_length=100)] | None = None
    broad: bool = Field(False, description="keep it although it would match half of everything")


class Changed(OwnErrorFile):
    """A known error, as a file holds it, over the `version` that was read before.

    When somebody has changed it since, nothing is lost: it is refused with 412.
    """

    version: Version
    broad: bool = Field(False, description="keep it although it would match half of everything")


@router.get("", openapi_extra=_VIEWER)
async def listed(
    act: Act,
    solver: BySolver,
    documents: Annotated[bool, Query(description="a team's own as they are written, too")] = False,
) -> KnownErrorsDocument:
    """List the known errors, also retired ones, and how often anything helped against each."""
    return await every(act.connection, solver, documents=documents)


async def every(
    connection: Connection, solver: Solver, *, documents: bool = False
) -> KnownErrorsDocument:
    """Return the known errors, and how often anything helped against each."""
    recorded = await remedies.records(connection)
    pages = await kept.listed(connection)
    shown = dict(solver.cures.known)
    for id_, one in pages.items():
        if id_ not in shown or shown[id_].origin is one.known.origin:
            shown[id_] = one.known
    return {
        "schema": "fettle.known_errors/1",
        "items": [
            known_error_document.of_item(
                one,
                solution.rate_of(one.id, one, recorded),
                retired=one.origin == "page" and pages[one.id].retired,
                in_full=documents and one.origin != "fettle",
            )
            for one in shown.values()
        ],
    }


@router.get("/{id}", openapi_extra=_VIEWER)
async def one(
    act: Act,
    solver: BySolver,
    id_: ErrorId,
    version: Annotated[Version | None, Query()] = None,
) -> KnownErrorDocument:
    """Show a known error, and how often which remedy helped; as it is, or was in a version."""
    return await whole(act.connection, solver, id_, version)


async def whole(
    connection: Connection, solver: Solver, given: str, version: int | None = None
) -> KnownErrorDocument:
    """Return a known error, and how often which remedy helped against it; raises NotFound."""
    id_ = given.replace("-", "_")
    page = await _page(connection, solver, id_)
    known = solver.cures.known.get(id_)
    if page is not None and not page.replaced:
        known = page.written.known
    if version is not None:
        known = (await kept.version(connection, id_, version)).known
    if known is None:
        raise NotFound(
            f"no known error is called {given[:60]}", remedy="fettle error known lists them"
        )
    recorded = await remedies.records(connection, id_)
    tried = {(one.remedy, one.target): one.record for one in recorded}
    for remedy in solver.cures.remedies:
        if id_ in remedy.known:
            tried.setdefault((remedy.name, remedy.target), Record())
    return known_error_document.of_known_error(
        known, solution.rate_of(id_, known, recorded), _rates(tried), page
    )


def _rates(tried: dict[tuple[str, str], Record]) -> list[tuple[str, str, Rate]]:
    return [(remedy, target, rate(record)) for (remedy, target), record in sorted(tried.items())]


async def _page(connection: Connection, solver: Solver, id_: str) -> Page | None:
    """Return what people wrote of a known error; None where nobody did."""
    found = (await kept.listed(connection, [id_])).get(id_)
    if found is None:
        return None
    matched = solver.cures.known.get(id_)
    replaced = matched is not None and matched.origin == "file"
    return Page(found, await kept.versions(connection, id_, _MOST_VERSIONS), replaced)


@router.post("/trial", openapi_extra=_RESPONDER)
async def tried(act: Act, solver: BySolver, knowing: ByKnowing, what: New) -> TrialDocument:
    """Say what a known error would match of the latest errors and issues; nothing is kept.

    Where the id is given of one that people wrote, it is tried in its place.
    """
    known = writing.of_page(what.id, what)
    found = await trial.of(act.connection, solver, knowing, known)
    return known_error_document.of_trial(found)


@router.post(
    "", status_code=201, openapi_extra=needs(Role.RESPONDER, place="/api/v1/known-errors/{class}")
)
async def create(
    act: Act, desk: AtDesk, solver: BySolver, knowing: ByKnowing, what: New
) -> KnownErrorDocument:
    """Keep a new known error; what it would match too much of is refused."""
    known = writing.of_page(what.id, what)
    if not what.broad:
        await _refuse_broad(act.connection, solver, knowing, known)
    await writing.write(act.connection, solver, knowing, known, by(act, desk))
    return await whole(act.connection, solver, known.id)


@router.put("/{id}", openapi_extra=_RESPONDER)
async def change(
    act: Act, desk: AtDesk, solver: BySolver, knowing: ByKnowing, id_: ErrorId, what: Changed
) -> KnownErrorDocument:
    """Keep another version of a known error that people wrote."""
    known = writing.of_page(id_, what)
    if not what.broad:
        await writing.seen_latest(act.connection, known.id, what.version)
        await _refuse_broad(act.connection, solver, knowing, known)
    # last, since who opens an issue waits from here on
    await writing.change(act.connection, solver, known, what.version, by(act, desk))
    return await whole(act.connection, solver, known.id)


async def _refuse_broad(
    connection: Connection, solver: Solver, knowing: Knowing, known: KnownError
) -> None:
    trial.refuse_broad(await trial.of(connection, solver, knowing, known))


@router.post("/{id}/retire", openapi_extra=_RESPONDER)
async def retire(act: Act, desk: AtDesk, solver: BySolver, id_: ErrorId) -> KnownErrorDocument:
    """Let a known error that people wrote be matched no more; it is kept, with all its records."""
    name = id_.replace("-", "_")
    await writing.retire(act.connection, solver, name, by(act, desk))
    return await whole(act.connection, solver, name)


@router.post("/{id}/restore", openapi_extra=_RESPONDER)
async def restore(act: Act, desk: AtDesk, solver: BySolver, id_: ErrorId) -> KnownErrorDocument:
    """Let a known error that was retired be matched again."""
    name = id_.replace("-", "_")
    await writing.restore(act.connection, solver, name, by(act, desk))
    return await whole(act.connection, solver, name)
