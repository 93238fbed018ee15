"""The shape of what was found for an issue, and of the fixes that hang on it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from fettle.diagnosis import recall
from fettle.frontends.report import fix_document
from fettle.frontends.report.check_document import CauseDocument, ChangeDocument
from fettle.frontends.report.fix_document import KeptPlanItem
from fettle.frontends.report.moments import moment, said
from fettle.model.diagnosis import Status
from fettle.model.fix import FixRun, KeptPlan
from fettle.model.investigation import Investigation, InvestigationState, Snapshot
from fettle.resolution import document
from fettle.resolution.approve import Rule
from fettle.resolution.document import RunDocument


class LookDocument(TypedDict):
    """One look at a target for an issue: the latest one, or one that it waits for."""

    target: str
    database: str
    """The same, as it was called when only databases were looked at."""
    why: str
    """Why the issue may be about it."""
    state: Literal["waiting", "done", "failed"]
    asked_by: str
    asked_at: str
    looked_at: str | None
    ended_at: str | None
    summary: str | None
    """What it came to, in a sentence."""
    status: Status | None
    change: ChangeDocument | None
    """The difference to the issue's look before; null at the first."""
    document: dict[str, Any] | None
    """`fettle.check/1`: findings, causes, recommendations, listings; ranked by the symptoms."""
    reason: str | None
    """Why it could not be made."""
    remedy: str | None


class InvestigationDocument(TypedDict):
    """What was found when the matching checks ran."""

    waiting: bool
    """Whether a look is still to be made."""
    status: Status | None
    """The worst of the latest looks; null as long as there is none."""
    cause: CauseDocument | None
    """The weightiest cause of the worst look."""
    looks: list[LookDocument]


class FixOfIssueDocument(TypedDict):
    """A fix that hangs on an issue: its plan, why it is there, and its runs."""

    plan: KeptPlanItem
    why: str
    runs: list[RunDocument]
    """Those of this very plan, the latest first."""


_ORDER: tuple[Status, ...] = ("critical", "high", "medium", "low", "unknown", "ok")


def of_investigations(found: Sequence[Investigation]) -> InvestigationDocument | None:
    """Return what was found for an issue; None when nothing was looked at, nor is to be."""
    if not found:
        return None
    done = [one for one in found if one.snapshot is not None]
    worst = min(done, key=lambda one: _ORDER.index(_status(one.snapshot)), default=None)
    causes = [] if worst is None or worst.snapshot is None else worst.snapshot.document["causes"]
    return {
        "waiting": any(one.state is InvestigationState.WAITING for one in found),
        "status": None if worst is None else _status(worst.snapshot),
        "cause": causes[0] if causes else None,
        "looks": [_look(one) for one in found],
    }


def _look(one: Investigation) -> LookDocument:
    snapshot, change = one.snapshot, one.change
    return {
        "target": one.target,
        "database": one.target,
        "why": one.why,
        "state": one.state.value,
        "asked_by": one.asked_by,
        "asked_at": said(one.asked_at),
        "looked_at": moment(snapshot.started_at if snapshot else None),
        "ended_at": moment(one.ended_at),
        "summary": _summary(one),
        "status": None if snapshot is None else _status(snapshot),
        "change": None if change is None else _change(change),
        "document": None if snapshot is None else _document(snapshot, one),
        "reason": one.reason,
        "remedy": one.remedy,
    }


def _summary(one: Investigation) -> str | None:
    if one.snapshot is None:
        return None
    return recall.said(recall.recalled(one.snapshot.document), one.change)


def _document(snapshot: Snapshot, one: Investigation) -> dict[str, Any]:
    return {
        **snapshot.document,
        "findings": recall.ranked(snapshot.document, one.matches),
        "symptoms": list(one.symptoms),
        "symptom_matches": list(one.matches),
        "change": one.change,
    }


def _status(snapshot: Snapshot | None) -> Status:
    status: Status = "unknown" if snapshot is None else snapshot.document["status"]
    return status


def _change(change: Mapping[str, Any]) -> ChangeDocument:
    return {
        "since": change["since"],
        "new": change["new"],
        "gone": change["gone"],
        "worse": change["worse"],
    }


def of_fixes(
    plans: Sequence[KeptPlan], why: Mapping[str, str], runs: Sequence[FixRun], rule: Rule
) -> list[FixOfIssueDocument]:
    """Return the fixes that hang on an issue; those that wait come first."""
    ordered = sorted(plans, key=lambda plan: not plan.state.is_open)
    return [
        {
            "plan": fix_document.of_item(plan, rule),
            "why": why.get(plan.id, ""),
            "runs": [document.of_run(run) for run in runs if run.plan == plan.id],
        }
        for plan in ordered
    ]
