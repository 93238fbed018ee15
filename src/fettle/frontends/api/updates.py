"""Updates: what is on offer, looked for anew, and tried, applied and taken back.

Nothing is done within a request: a worker does it, and the answer (202) says where to follow it.
What is asked for are updates that are on offer, rehearsals and runs; no address, no path and no
command comes from outside.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fettle.errors import NotFound
from fettle.flow import update_asks, update_looks, update_watch
from fettle.flow.update_asks import UpdateShop
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Text
from fettle.frontends.api.paging import Cursor, Limit, Optional
from fettle.frontends.api.serving import serving
from fettle.frontends.report import (
    update_act_document,
    update_kept_document,
    update_watch_document,
)
from fettle.frontends.report.update_act_document import (
    AppliedDocument,
    OneUpdateDocument,
    QuarantinedDocument,
    RehearsalsDocument,
    RehearsedDocument,
    UpdateRunsDocument,
)
from fettle.frontends.report.update_kept_document import (
    ChecksDocument,
    LookDocument,
    UpdatesDocument,
    WeaknessesDocument,
)
from fettle.frontends.report.update_report import MEDIA, ReportForm, report
from fettle.frontends.report.update_watch_document import UpdateReleaseDocument
from fettle.model.rehearsal import Rehearsal, UpdateRun
from fettle.model.role import Role
from fettle.model.severity import Severity, SeverityName
from fettle.model.update import Ecosystem, UpdateType
from fettle.store import update_acts, update_checks, update_watches, updates
from fettle.store.statements import Connection
from fettle.store.update_checks import WantedUpdates

router = APIRouter(prefix="/api/v1/updates", route_class=ApiRoute, tags=["updates"])
_VIEWER = needs(Role.VIEWER)
_RESPONDER = needs(Role.RESPONDER)
_LOOKS = needs(Role.RESPONDER, place="/api/v1/updates/checks/{look}")
_REHEARSES = needs(Role.RESPONDER, place="/api/v1/updates/rehearsals/{id}")
_APPLIES = needs(Role.RESPONDER, place="/api/v1/updates/runs/{id}")
_MOST = 200  # rehearsals, or runs, among which those of an update are looked for

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]
UpdateId = Annotated[str, Path(min_length=1, max_length=200, description="the id of an update")]
Which = Annotated[
    str, Path(min_length=1, max_length=40, description="its number, or its id as it was answered")
]
Ids = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=200)
]


def shop_of(request: Request) -> UpdateShop:
    """Return what it takes to have updates tried and applied."""
    found = serving(request)
    return UpdateShop(found.settings, found.engine, found.clock)


ByShop = Annotated[UpdateShop, Depends(shop_of)]


# What is on offer


class AskedUpdates(BaseModel):
    """Which updates; what is not given is any."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[UpdateType | None, Optional] = None
    severity: Annotated[SeverityName | None, Optional] = Field(
        None, description="those that close something at least as bad"
    )
    ecosystem: Annotated[Ecosystem | None, Optional] = None
    project: Word = Field(None, description="those of this [[project]]")
    package: Word = Field(None, description="those of the package of this name")
    held: Annotated[bool | None, Optional] = Field(
        None, description="true: those that something holds; false: those worth taking"
    )
    gone: bool = Field(default=False, description="also those that are no more on offer")
    cursor: Word = Field(None, description="where the page before ended: its `next`")
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")

    @property
    def wanted(self) -> WantedUpdates:
        """Return which updates are meant."""
        return WantedUpdates(
            type=self.type,
            worst=None if self.severity is None else Severity.named(self.severity),
            ecosystem=self.ecosystem,
            project=self.project,
            package=self.package,
            held=self.held,
            gone=self.gone,
            cursor=self.cursor,
        )


@router.get("", openapi_extra=_VIEWER)
async def listed(act: Act, asked: Annotated[AskedUpdates, Query()]) -> UpdatesDocument:
    """List updates on offer, as they were seen last: security first."""
    found = await update_checks.updates(act.connection, asked.wanted, asked.limit)
    check = await update_checks.newest(act.connection)
    return update_kept_document.of_updates(check, found, asked.limit)


@router.get(
    "/report",
    openapi_extra=_VIEWER,
    response_class=Response,
    responses={
        200: {"content": {media: {"schema": {"type": "string"}} for media in MEDIA.values()}}
    },
)
async def as_report(act: Act, format: ReportForm = ReportForm.SARIF) -> Response:  # noqa: A002 - as it is asked for
    """Return all that is known of updates: SARIF 2.1.0, Markdown, or a bill of CycloneDX 1.6."""
    return await written(act.connection, format)


async def written(connection: Connection, form: ReportForm) -> Response:
    """Return all that is known of updates in a form; raises NotFound before the first look."""
    kept = await update_checks.known(connection)
    if kept is None:
        raise NotFound("nobody has looked for updates yet", remedy="look: POST …/updates/checks")
    told = await update_checks.in_use(connection, kept.check.id, kept.as_told)
    return Response(report(told, form, kept.check.id), media_type=MEDIA[form.value])


@router.get("/weaknesses", openapi_extra=_VIEWER)
async def weaknesses(act: Act) -> WeaknessesDocument:
    """List weaknesses of what is in use that nothing on offer closes."""
    check = await update_checks.newest(act.connection)
    found = await update_checks.weaknesses(act.connection)
    return update_kept_document.of_weaknesses(check, found)


@router.get("/checks", openapi_extra=_VIEWER)
async def checks(act: Act, cursor: Cursor = None, limit: Limit = 50) -> ChecksDocument:
    """List looks for updates, the latest first."""
    found = await update_checks.checks(act.connection, before=cursor, limit=limit)
    return update_kept_document.of_checks(found, limit)


@router.post("/checks", status_code=202, openapi_extra=_LOOKS)
async def look(act: Act, shop: ByShop) -> LookDocument:
    """Have updates looked for now; nothing is changed by it."""
    return await _look(
        act.connection, shop, await update_asks.look(act.connection, shop, act.caller)
    )


@router.get("/checks/{check}", openapi_extra=_VIEWER)
async def one_check(act: Act, shop: ByShop, check: UUID) -> LookDocument:
    """Show a look: how far it is, and how each source's went."""
    return await _look(act.connection, shop, check)


async def _look(connection: Connection, shop: UpdateShop, id_: UUID) -> LookDocument:
    run = await shop.engine.find(connection, id_)
    found = await update_checks.checks(connection, id_=id_)
    if not found and (run is None or run.name != update_looks.LOOK):
        raise NotFound(f"there is no look {id_} for updates", remedy="look again")
    return update_kept_document.of_look(str(id_), run, found[0] if found else None)


# Rehearsals


class ToRehearse(Body):
    """The ids of updates of one project, that are tried together."""

    updates: Ids


@router.post("/rehearsals", status_code=202, openapi_extra=_REHEARSES)
async def rehearse(act: Act, shop: ByShop, what: ToRehearse) -> RehearsedDocument:
    """Have updates tried on their project's own tests, where it can hurt nobody."""
    asked = await update_asks.rehearse(act.connection, shop, what.updates, act.caller)
    return update_act_document.of_rehearsed(str(asked.id), asked, None)


@router.get("/rehearsals", openapi_extra=_VIEWER)
async def rehearsals(act: Act, project: Word = None, limit: Limit = 50) -> RehearsalsDocument:
    """List rehearsals, the latest first."""
    found = await updates.rehearsals(act.connection, project=project, limit=limit)
    return update_act_document.of_rehearsals(found)


@router.get("/rehearsals/{rehearsal}", openapi_extra=_VIEWER)
async def one_rehearsal(act: Act, rehearsal: Which) -> RehearsedDocument:
    """Show a rehearsal: how far it is, and what it came to."""
    return await rehearsed(act.connection, rehearsal)


async def rehearsed(connection: Connection, given: str) -> RehearsedDocument:
    """Return a rehearsal as it stands, also one that waits for a worker; raises NotFound."""
    id_ = _uuid(given)
    asked = None if id_ is None else await update_acts.find(connection, id_)
    try:
        found: Rehearsal | None = await update_asks.find_rehearsal(connection, given)
    except NotFound:
        if asked is None:
            raise
        found = None
    whole = UUID(found.id) if found else id_
    if asked is None and whole is not None:
        asked = await update_acts.find(connection, whole)
    log = [] if whole is None else await update_acts.said(connection, whole)
    return update_act_document.of_rehearsed(str(whole), asked, found, log)


# Runs


class ToApply(Body):
    """What is to be applied: what passed a rehearsal, or just these updates, that passed together.

    `without_rehearsal` is the reason why updates are applied that nobody has tried: an admin's to
    give, kept, and shown in the history. `now` is why packages of the machine are not to wait for
    their window: an admin's, too.
    """

    rehearsal: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    updates: Ids | None = None
    without_rehearsal: Annotated[Text, Field(min_length=1)] | None = None
    now: Annotated[Text, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_what(self) -> "ToApply":
        if (self.rehearsal is None) == (self.updates is None):
            raise ValueError("name a rehearsal, or updates")
        if self.rehearsal is not None and self.without_rehearsal is not None:
            raise ValueError("without_rehearsal: a rehearsal is named")
        return self


@router.post("/runs", status_code=202, openapi_extra=_APPLIES)
async def apply(act: Act, shop: ByShop, what: ToApply) -> AppliedDocument:
    """Have applied what passed; what does not work then is taken back to the byte."""
    connection, caller, ids = act.connection, act.caller, what.updates or []
    if what.rehearsal is not None:
        asked = await update_asks.apply(connection, shop, what.rehearsal, caller, what.now)
    elif (reason := what.without_rehearsal) is not None:
        asked = await update_asks.apply_untested(connection, shop, ids, caller, reason, what.now)
    else:
        asked = await update_asks.apply_these(connection, shop, ids, caller, what.now)
    return update_act_document.of_applied(str(asked.id), update_act_document.Told(asked), None)


@router.get("/runs", openapi_extra=_VIEWER)
async def runs(act: Act, project: Word = None, limit: Limit = 50) -> UpdateRunsDocument:
    """List runs that applied updates, or took them back, the latest first."""
    found = await updates.runs(act.connection, project=project, limit=limit)
    watches = await update_watches.of_runs(act.connection, found)
    return update_act_document.of_runs(found, watches)


@router.get("/runs/{run}", openapi_extra=_VIEWER)
async def one_run(act: Act, run: Which) -> AppliedDocument:
    """Show a run: how far it is, what it came to, and the rehearsal it is of."""
    return await applied(act.connection, run)


@router.post("/runs/{run}/undo", status_code=202, openapi_extra=_APPLIES)
async def undo(act: Act, shop: ByShop, run: Which) -> AppliedDocument:
    """Have taken back what a run did; another run does so."""
    asked = await update_asks.undo(act.connection, shop, run, act.caller)
    return update_act_document.of_applied(str(asked.id), update_act_document.Told(asked), None)


async def applied(connection: Connection, given: str) -> AppliedDocument:
    """Return a run as it stands, also one that waits for a worker; raises NotFound."""
    id_ = _uuid(given)
    asked = None if id_ is None else await update_acts.find(connection, id_)
    try:
        run: UpdateRun | None = await updates.find_run(connection, given)
    except NotFound:
        if asked is None:
            raise
        run = None
    whole = UUID(run.id) if run else id_
    if asked is None and whole is not None:
        asked = await update_acts.find(connection, whole)
    of = run.rehearsal if run else asked and asked.rehearsal and str(asked.rehearsal)
    rehearsal = await update_asks.find_rehearsal(connection, of) if of else None
    log = [] if whole is None else await update_acts.said(connection, whole)
    watches = await update_watches.of_runs(connection, [run] if run else [])
    watch = watches.get(run.id) if run else None
    told = update_act_document.Told(asked, log)
    return update_act_document.of_applied(str(whole), told, run, watch, rehearsal)


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


# Versions that are held


class Because(Body):
    """Why."""

    reason: Annotated[Text, Field(min_length=1)]


@router.get("/quarantined", openapi_extra=_VIEWER)
async def quarantined(act: Act, project: Word = None) -> QuarantinedDocument:
    """List versions that are held since a project was worse with them."""
    found = await update_watches.quarantined(act.connection, project)
    return update_act_document.of_quarantined(found)


@router.post("/quarantined/{number}/release", openapi_extra=_RESPONDER)
async def release(
    act: Act,
    shop: ByShop,
    number: Annotated[int, Path(ge=1, lt=2**63, description="the number of what is held")],
    why: Because,
) -> UpdateReleaseDocument:
    """Let go of a version that is held, once somebody has looked at it."""
    released = await update_watch.let_go(
        act.connection, str(number), act.actor, why.reason, shop.now
    )
    return update_watch_document.of_released(released)


# One update: last, since its path is anything


@router.get("/{update}", openapi_extra=_VIEWER)
async def one_update(act: Act, update: UpdateId) -> OneUpdateDocument:
    """Show an update, the rehearsals that tried it, and the runs that applied it."""
    return await about(act.connection, update)


async def about(connection: Connection, update: str) -> OneUpdateDocument:
    """Return an update with what was done about it; raises NotFound."""
    kept = await update_checks.find_update(connection, update)
    tried = [] if kept.project is None else await _tried(connection, kept.project, update)
    done = [] if kept.project is None else await _done(connection, kept.project, update)
    watches = await update_watches.of_runs(connection, done)
    return update_act_document.of_one(kept, tried, done, watches)


async def _tried(connection: Connection, project: str, update: str) -> list[Rehearsal]:
    found = await updates.rehearsals(connection, project=project, limit=_MOST)
    return [one for one in found if any(each.id == update for each in one.wanted)]


async def _done(connection: Connection, project: str, update: str) -> list[UpdateRun]:
    found = await updates.runs(connection, project=project, limit=_MOST)
    return [one for one in found if any(each.id == update for each in one.updates)]
