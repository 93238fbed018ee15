"""The shapes in which the API gives plans that wait, and runs that are followed.

Moments are UTC to the second (`2026-11-23T10:00:00Z`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.fix import FixRun, JournalEntry, KeptPlan
from fettle.model.run import RunRecord, RunState
from fettle.resolution import approve, document
from fettle.resolution.approve import Rule
from fettle.resolution.document import FixesDocument, PlanDocument, RunDocument
from fettle.resolution.plan import troubles
from fettle.unit import AnyFix

PlanStands = Literal["waiting", "approved", "declined", "taken", "lapsed"]


class _Kept(TypedDict):
    plan: PlanDocument
    state: PlanStands
    """`taken`: it was applied, or is to be. `lapsed`: it has waited too long; plan again."""
    waits_for: Literal["responder", "admin"] | None
    """Who may take the next step; null when none is to be taken."""
    created_at: str
    """When it was planned last."""
    created_by: str
    decided_by: str | None
    """Who approved or declined it."""
    decided_at: str | None
    reason: str | None
    """Why it was declined."""
    run: str | None
    """The latest run of it."""
    issues: list[int]
    """The issues that it was made for."""


class KeptPlanItem(_Kept):
    """A plan, and where it stands."""


class KeptPlanDocument(_Kept):
    """A plan that is kept, and where it stands."""

    schema: Literal["fettle.kept_plan/1"]


class KeptPlansDocument(TypedDict):
    """A page of a list of plans, those planned last first."""

    schema: Literal["fettle.kept_plans/1"]
    items: list[KeptPlanItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class PlanningDocument(TypedDict):
    """What planning on a server came to, or that a worker is still at it."""

    schema: Literal["fettle.planning/1"]
    planning: str
    """Its id, to follow it."""
    state: Literal["queued", "running", "done", "failed"]
    target: str
    fix: str
    """The fix, or the trouble, as it was asked for."""
    subject: str | None
    plans: list[PlanDocument]
    """What would be done; refused ones say why nothing would be."""
    reason: str | None
    """Why nothing could be planned."""
    remedy: str | None


class JournalDocument(TypedDict):
    """One thing that a run did or learnt."""

    at: str
    event: str
    detail: dict[str, Any]


class FixRunDocument(TypedDict):
    """A run with its journal."""

    schema: Literal["fettle.fix_run/1"]
    run: RunDocument
    ended: bool
    """Whether nothing more happens by itself."""
    undoable: bool
    """Whether what it did can be taken back."""
    journal: list[JournalDocument]
    """What it did, the oldest first; each statement was written before it ran."""


class FixRunsDocument(TypedDict):
    """A page of a list of runs, the latest first."""

    schema: Literal["fettle.fix_runs/1"]
    items: list[RunDocument]
    next: str | None
    """The cursor of the next page; null at the end."""


def of_kept(plan: KeptPlan, rule: Rule) -> KeptPlanDocument:
    """Return a plan and where it stands."""
    return {"schema": "fettle.kept_plan/1", **_kept(plan, rule)}


def of_item(plan: KeptPlan, rule: Rule) -> KeptPlanItem:
    """Return a plan as it stands in a list."""
    return {**_kept(plan, rule)}


def _kept(plan: KeptPlan, rule: Rule) -> _Kept:
    return {
        "plan": cast("PlanDocument", plan.document),
        "state": plan.state.value,
        "waits_for": approve.waits_for(plan, rule),
        "created_at": said(plan.created_at),
        "created_by": plan.created_by,
        "decided_by": plan.decided_by,
        "decided_at": moment(plan.decided_at),
        "reason": plan.reason,
        "run": plan.run,
        "issues": list(plan.issues),
    }


def of_planning(run: RunRecord) -> PlanningDocument:
    """Return what planning came to, from the engine's run of it."""
    asked = cast("Mapping[str, Any]", run.input)
    found = cast("Mapping[str, Any]", run.result or {})
    reason = found.get("reason") or run.error
    return {
        "schema": "fettle.planning/1",
        "planning": str(run.id),
        "state": _planning(run.state, reason),
        "target": asked["target"],
        "fix": asked["fix"],
        "subject": asked["subject"],
        "plans": list(found.get("plans", ())),
        "reason": reason,
        "remedy": found.get("remedy"),
    }


def _planning(
    state: RunState, reason: str | None
) -> Literal["queued", "running", "done", "failed"]:
    if state is RunState.DONE and reason is None:
        return "done"
    if state.ended or state is RunState.UNSURE:
        return "failed"
    return "queued" if state is RunState.QUEUED else "running"


def of_followed(run: FixRun, undoable: bool, journal: Sequence[JournalEntry]) -> FixRunDocument:
    """Return a run with its journal."""
    return {
        "schema": "fettle.fix_run/1",
        "run": document.of_run(run),
        "ended": run.status.ended,
        "undoable": undoable,
        "journal": [
            {"at": said(entry.at), "event": entry.event, "detail": dict(entry.detail)}
            for entry in journal
        ],
    }


def of_fixes(
    fixes: Mapping[str, AnyFix], plans: Sequence[KeptPlan], runs: Sequence[FixRun]
) -> FixesDocument:
    """Return the fixes there are, and the latest plans and runs."""
    return {
        "schema": "fettle.fixes/1",
        "fixes": [
            {"fix": fix.id, "title": fix.page.title, "cures": list(fix.cures)}
            for fix in fixes.values()
        ],
        "troubles": troubles(fixes),
        "plans": [cast("PlanDocument", plan.document) for plan in plans],
        "runs": [document.of_run(run) for run in runs],
    }
