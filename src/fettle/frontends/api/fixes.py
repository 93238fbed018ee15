"""Fixes: planned, decided about, applied and taken back; followed by whoever asked.

Nothing is done within a request: a worker does it, and the answer (202) says where to follow it.
What is asked for are names, of a database of the settings, of a fix, of what a finding is about;
no statement and no address comes from outside.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from fettle import unit
from fettle.errors import NotFound
from fettle.flow import fixes as flow
from fettle.flow.fixes import Wish, Workshop
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, Text
from fettle.frontends.api.paging import Id, Optional, Several
from fettle.frontends.api.serving import serving
from fettle.frontends.report import fix_document
from fettle.frontends.report.fix_document import (
    FixRunDocument,
    FixRunsDocument,
    KeptPlanDocument,
    KeptPlansDocument,
    PlanningDocument,
)
from fettle.model.fix import FixRun, PlanState, RunStatus
from fettle.model.role import Role
from fettle.model.run import RunState
from fettle.resolution import document
from fettle.resolution.document import FixesDocument, RunDocument
from fettle.store import fixes
from fettle.store.fixes import WantedPlans, WantedRuns
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["fixes"])
_VIEWER = needs(Role.VIEWER)
_RESPONDER = needs(Role.RESPONDER)
_PLANS = needs(Role.RESPONDER, place="/api/v1/plannings/{planning}")
_RUNS = needs(Role.RESPONDER, place="/api/v1/fix-runs/{run}")
_LATEST = 50

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]
PlanId = Annotated[
    str, Path(min_length=1, max_length=100, description="the id of a plan, or the beginning of it")
]
RunId = Annotated[
    str, Path(min_length=1, max_length=100, description="the id of a run, or the beginning of it")
]


def _workshop(request: Request) -> Workshop:
    found = serving(request)
    return Workshop(found.settings, found.engine, found.desk)


AtWork = Annotated[Workshop, Depends(_workshop)]


@router.get("/fixes", openapi_extra=_VIEWER)
async def known(act: Act) -> FixesDocument:
    """List the fixes there are, and the latest plans and runs."""
    plans = await fixes.plans(act.connection, WantedPlans(fixes.EVER), _LATEST)
    runs = await fixes.runs(act.connection, WantedRuns(), _LATEST)
    return fix_document.of_fixes(unit.fixes(), plans, runs)


# Plans


class Wanted(Body):
    """A fix, or a trouble that several fixes belong to, on a database of the settings.

    Without a `subject` all that is found is planned for. The plans hang on the `issue` they are
    made for.
    """

    target: Name
    fix: Name
    subject: Name | None = None
    issue: Id | None = None


@router.post("/plans", status_code=202, openapi_extra=_PLANS)
async def plan(act: Act, shop: AtWork, what: Wanted) -> PlanningDocument:
    """Let a worker say what fixes would do; nothing is changed on the database."""
    wish = Wish(what.target, what.fix, what.subject, what.issue)
    id_ = await flow.plan(act.connection, shop, wish, act.actor)
    return await planning_of(act.connection, shop, id_)


@router.get("/plannings/{planning}", openapi_extra=_VIEWER)
async def planning(act: Act, shop: AtWork, planning: UUID) -> PlanningDocument:
    """Say what planning came to, or that a worker is still at it."""
    return await planning_of(act.connection, shop, planning)


async def planning_of(connection: Connection, shop: Workshop, id_: UUID) -> PlanningDocument:
    """Return what planning came to, or that a worker is still at it; raises NotFound."""
    run = await shop.engine.find(connection, id_)
    if run is None or run.kind != flow.PLAN:
        raise NotFound(f"there is no planning {id_}", remedy="plan again")
    return fix_document.of_planning(run)


class AskedPlans(BaseModel):
    """Which plans; several states are any of them."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[list[PlanState], Several] = Field(
        [], max_length=20, description="those that wait, when none is named"
    )
    target: Word = None
    fix: Word = None
    issue: Annotated[Id | None, Optional] = Field(None, description="those made for this issue")
    cursor: Word = Field(None, description="where the page before ended: its `next`")
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("/plans", openapi_extra=_VIEWER)
async def plans(act: Act, shop: AtWork, asked: Annotated[AskedPlans, Query()]) -> KeptPlansDocument:
    """List plans, those planned last first; those that wait, unless states are named."""
    states = tuple(asked.state) or (PlanState.WAITING, PlanState.APPROVED)
    wanted = WantedPlans(shop.since, states, asked.target, asked.fix, asked.issue, asked.cursor)
    found = await fixes.plans(act.connection, wanted, asked.limit)
    return {
        "schema": "fettle.kept_plans/1",
        "items": [fix_document.of_item(one, shop.rule) for one in found],
        "next": found[-1].id if len(found) == asked.limit else None,
    }


@router.get("/plans/{plan}", openapi_extra=_VIEWER)
async def one_plan(act: Act, shop: AtWork, plan: PlanId) -> KeptPlanDocument:
    """Show a plan, and where it stands."""
    found = await fixes.find_plan(act.connection, plan, shop.since)
    return fix_document.of_kept(found, shop.rule)


@router.post("/plans/{plan}/approve", openapi_extra=needs(Role.ADMIN))
async def approve(act: Act, shop: AtWork, plan: PlanId) -> KeptPlanDocument:
    """Let a plan be applied by whoever works on issues."""
    found = await flow.approve(act.connection, shop, plan, act.caller)
    return fix_document.of_kept(found, shop.rule)


class Decline(Body):
    """Why it is not to be applied."""

    reason: Text


@router.post("/plans/{plan}/decline", openapi_extra=_RESPONDER)
async def decline(act: Act, shop: AtWork, plan: PlanId, what: Decline) -> KeptPlanDocument:
    """Say that a plan is not to be applied."""
    found = await flow.decline(act.connection, shop, plan, act.caller, what.reason)
    return fix_document.of_kept(found, shop.rule)


@router.post("/plans/{plan}/apply", status_code=202, openapi_extra=_RUNS)
async def apply(act: Act, shop: AtWork, plan: PlanId) -> RunDocument:
    """Let a worker do what a plan says; it is made again first, and must be the same.

    What cannot be taken back needs an admin, who approves the plan or applies it.
    """
    return document.of_run(await flow.apply(act.connection, shop, plan, act.caller))


# Runs


class AskedRuns(BaseModel):
    """Which runs; several statuses are any of them."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[list[RunStatus], Several] = Field([], max_length=20)
    target: Word = None
    plan: Word = Field(None, description="those of this plan, by its whole id")
    cursor: Annotated[UUID | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("/fix-runs", openapi_extra=_VIEWER)
async def runs(act: Act, asked: Annotated[AskedRuns, Query()]) -> FixRunsDocument:
    """List runs, the latest first."""
    after = None if asked.cursor is None else str(asked.cursor)
    wanted = WantedRuns(tuple(asked.status), asked.target, asked.plan, after)
    found = await fixes.runs(act.connection, wanted, asked.limit)
    return {
        "schema": "fettle.fix_runs/1",
        "items": [document.of_run(one) for one in found],
        "next": found[-1].id if len(found) == asked.limit else None,
    }


@router.get("/fix-runs/{run}", openapi_extra=_VIEWER)
async def one_run(act: Act, shop: AtWork, run: RunId) -> FixRunDocument:
    """Show a run with its journal."""
    found, undo = await fixes.find_run(act.connection, run)
    journal = await fixes.read_journal(act.connection, found.id)
    undoable = undo is not None and found.status in (RunStatus.DONE, RunStatus.UNSURE)
    return fix_document.of_followed(await as_it_is(act.connection, shop, found), undoable, journal)


@router.post("/fix-runs/{run}/undo", status_code=202, openapi_extra=_RUNS)
async def undo(act: Act, shop: AtWork, run: RunId) -> RunDocument:
    """Let a worker take back what a run did."""
    return document.of_run(await flow.undo(act.connection, shop, run, act.caller))


async def as_it_is(connection: Connection, shop: Workshop, run: FixRun) -> FixRun:
    """Return a run; as unsure where no worker goes on with it, since each has died of it."""
    if run.status.ended:
        return run
    engines = await shop.engine.find(connection, UUID(run.id))
    if engines is None or engines.state not in (RunState.FAILED, RunState.UNSURE):
        return run
    return run.ended(RunStatus.UNSURE, engines.error, shop.clock.now(), verified=False)
