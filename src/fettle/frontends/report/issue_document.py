"""The shape of an issue as the API and `fettle issue --format json` give it.

Moments are UTC to the second (`2026-11-23T10:00:00Z`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.flow.reviews import Whole
from fettle.frontends.report import (
    deploy_document,
    investigation_document,
    review_document,
    work_document,
)
from fettle.frontends.report.alert_document import (
    AlertDocument,
    NotificationDocument,
    of_alert,
    of_notification,
)
from fettle.frontends.report.deploy_document import DeployOfIssueDocument
from fettle.frontends.report.investigation_document import (
    FixOfIssueDocument,
    InvestigationDocument,
)
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.review_document import ReviewOfIssue
from fettle.frontends.report.solving_document import KnownOfIssue
from fettle.frontends.report.work_document import (
    NextStepDocument,
    RolesDocument,
    RootCauseDocument,
    RunbookDocument,
    StageDocument,
)
from fettle.model.alert import Alert
from fettle.model.clock import ClockName
from fettle.model.deploy import Deploy
from fettle.model.fix import FixRun, KeptPlan
from fettle.model.investigation import Investigation
from fettle.model.issue import Entry, Issue, Milestones
from fettle.model.review import ReviewState
from fettle.model.runbook import Copied
from fettle.model.severity import SeverityName
from fettle.resolution.approve import Rule
from fettle.store.issues import Linked, Written
from fettle.store.statements import Row
from fettle.triage import recovery, runbooks, stages
from fettle.triage.document import SlaDocument, of_sla
from fettle.triage.next_step import Standing
from fettle.triage.sla import Reading

Stands = Literal[
    "new",
    "triaged",
    "acknowledged",
    "investigating",
    "identified",
    "fixing",
    "monitoring",
    "resolved",
    "in-review",
    "closed",
    "merged",
    "declined",
]


Shows = Literal["running", "paused", "met", "breached"]


class ClockDocument(TypedDict):
    """What was promised, and how it stands."""

    due: str | None
    """Null when nothing becomes due: it is paused, or nothing was promised."""
    state: Shows
    met_at: str | None
    """When it was kept; of one that is `breached`, too late."""


class ClocksDocument(TypedDict):
    """The promises about an issue; null where there is none, or none any more: it has ended."""

    response: ClockDocument | None
    update: ClockDocument | None
    resolution: ClockDocument | None


class _Item(TypedDict):
    number: int
    title: str
    status: Stands
    on_hold: bool
    severity: SeverityName
    priority: Literal["p1", "p2", "p3", "p4"]
    category: str
    escalation: str
    services: list[str]
    team: str | None
    assignee: str | None
    acknowledged_by: str | None
    """Who has taken it; null asks for somebody."""
    signals: int
    """How many signals joined it."""
    opened_at: str
    changed_at: str
    merged_into: int | None
    clocks: ClocksDocument


# `class` is a word of the language, so that this key cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str | None})


class IssueItem(_Named, _Item):
    """An issue in a list."""


class EntryDocument(TypedDict):
    """One line of the timeline."""

    at: str
    actor: str
    event: str
    text: str
    detail: dict[str, str]


class LinkDocument(TypedDict):
    """Another issue, and how it belongs to this one."""

    kind: str
    issue: int


class MilestonesDocument(TypedDict):
    """When the trouble came to what."""

    started: str
    detected: str
    acknowledged: str | None
    mitigated: str | None
    resolved: str | None


class RecoveryDocument(TypedDict):
    """Something that shows that the trouble is over."""

    at: str
    event: str
    text: str


class _Whole(_Item):
    version: int
    """Raised by what people do, and by what it is, whose, and how it stands.

    Not by alerts that join it. Who sends it as If-Match acts on this one and on no later one.
    """
    description: str
    impact: str
    """Whom it hurts, and how."""
    sla: SlaDocument
    confidence: float
    by: Literal["source", "rule", "model", "llm", "person"]
    evidence: list[str]
    """Why it was classified so, the weightiest first."""
    group: str | None
    """What makes later signals join it."""
    held_until: str | None
    milestones: MilestonesDocument
    links: list[LinkDocument]
    timeline: list[EntryDocument]
    """What happened at last, in order; at most 200 entries."""
    timeline_next: str | None
    """The cursor of what happened before, in the issue's own timeline; null where that is all."""
    alerts: list[AlertDocument]
    """Those that fire first; at most 200."""
    notifications: list[NotificationDocument]
    """The latest, in order; at most 200."""
    diagnosis: InvestigationDocument | None
    """What was found when the matching checks ran; null when none did."""
    fixes: list[FixOfIssueDocument]
    """Those that wait for somebody first."""
    next_step: NextStepDocument | None
    """The one thing to do next; null when nothing is to be done any more."""
    stages: list[StageDocument]
    """What was done by whom, and what waits for a person, in order."""
    root_cause: RootCauseDocument | None
    runbooks: list[RunbookDocument]
    """As they were when they came to the issue."""
    roles: RolesDocument
    deploys: list[DeployOfIssueDocument]
    """Of its services and what they need, shortly before it began and since; the latest first."""
    known: KnownOfIssue | None
    """Which known error it is, and what may be done about it; null while that was not asked."""
    recovery: list[RecoveryDocument]
    """What shows that the trouble is over, as far as Fettle has seen it; the latest first."""
    review: ReviewOfIssue | None
    """Null when nobody has to look back, and nobody has."""


_Headed = TypedDict("_Headed", {"schema": Literal["fettle.issue/1"], "class": str | None})


class IssueDocument(_Headed, _Whole):
    """An issue with all that is known about it."""


class IssuesDocument(TypedDict):
    """A page of a list of issues."""

    schema: Literal["fettle.issues/1"]
    items: list[IssueItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class TimelineDocument(TypedDict):
    """A page of what happened to an issue, the latest first."""

    schema: Literal["fettle.timeline/1"]
    issue: int
    items: list[EntryDocument]
    next: str | None
    """The cursor of the next page; null at the end."""


Readings = Mapping[ClockName, Reading]


@dataclass(frozen=True)
class Fixes:
    """The plans that hang on an issue, why each does, their runs, and who may apply them."""

    plans: Sequence[KeptPlan] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[FixRun] = ()
    rule: Rule = field(default_factory=Rule)


@dataclass(frozen=True)
class Surroundings:
    """What is kept beside an issue.

    `timeline` is the end of it, and `earlier` the cursor of what happened before; `work` is all of
    it that says how the issue is worked on.
    """

    timeline: Sequence[Entry] = ()
    earlier: str | None = None
    links: Sequence[Linked] = ()
    alerts: Sequence[Alert] = ()
    notifications: Sequence[Row] = ()
    investigations: Sequence[Investigation] = ()
    fixes: Fixes = Fixes()
    review: Whole | None = None
    runbooks: Sequence[Copied] = ()
    deploys: Sequence[Deploy] = ()
    work: Sequence[Entry] = ()
    known: KnownOfIssue | None = None


def of_item(issue: Issue, readings: Readings) -> IssueItem:
    """Return an issue as it stands in a list."""
    return {"class": issue.classification.class_, **_item(issue, readings)}


def of_issue(
    issue: Issue, readings: Readings, beside: Surroundings, now: datetime
) -> IssueDocument:
    """Return an issue with all that is known about it."""
    made = issue.classification
    standing = _standing(issue, beside)
    return {
        "schema": "fettle.issue/1",
        "class": made.class_,
        **_item(issue, readings),
        "version": issue.version,
        "description": issue.description,
        "impact": made.impact,
        "sla": of_sla(made.sla),
        "confidence": made.confidence,
        "by": made.by.value,
        "evidence": list(made.evidence),
        "group": issue.group,
        "held_until": moment(issue.held_until),
        "milestones": _milestones(issue.milestones),
        "links": [{"kind": one.kind, "issue": one.issue} for one in beside.links],
        "timeline": [_entry(entry) for entry in beside.timeline],
        "timeline_next": beside.earlier,
        "alerts": [of_alert(alert) for alert in beside.alerts],
        "notifications": [of_notification(row) for row in beside.notifications],
        "diagnosis": investigation_document.of_investigations(beside.investigations),
        "fixes": investigation_document.of_fixes(
            beside.fixes.plans, beside.fixes.why, beside.fixes.runs, beside.fixes.rule
        ),
        "next_step": work_document.of_next(issue, standing),
        "stages": work_document.of_stages(standing.checklist),
        "root_cause": work_document.of_cause(beside.work),
        "runbooks": work_document.of_runbooks(beside.runbooks, beside.work),
        "roles": work_document.of_roles(beside.work),
        "deploys": [
            deploy_document.of_issue(one, issue.milestones.started) for one in beside.deploys
        ],
        "known": beside.known,
        "recovery": [
            {"at": said(entry.at), "event": entry.event, "text": entry.text}
            for entry in recovery.shown(beside.timeline)
        ],
        "review": None if beside.review is None else review_document.of_issue(beside.review, now),
    }


def _standing(issue: Issue, beside: Surroundings) -> Standing:
    review = beside.review
    plans = [plan.id for plan in beside.fixes.plans if plan.state.is_open]
    return Standing(
        stages.checklist(issue, beside.work, plans),
        runbooks.steps(beside.runbooks, beside.work),
        recovery.shown(beside.timeline),
        any(alert.firing for alert in beside.alerts),
        review is not None and review.review.state is ReviewState.REVIEWED,
    )


def of_timeline(number: int, found: Sequence[Written], after: str | None) -> TimelineDocument:
    """Return a page of what happened to an issue."""
    return {
        "schema": "fettle.timeline/1",
        "issue": number,
        "items": [_entry(one.entry) for one in found],
        "next": after,
    }


def _item(issue: Issue, readings: Readings) -> _Item:
    made = issue.classification
    return {
        "number": issue.number,
        "title": issue.title,
        "status": issue.status.value,
        "on_hold": issue.on_hold,
        "severity": made.severity.label,
        "priority": made.priority.value,
        "category": made.category,
        "escalation": made.escalation.value,
        "services": list(made.services),
        "team": issue.team,
        "assignee": issue.assignee,
        "acknowledged_by": issue.acknowledged_by,
        "signals": issue.signals,
        "opened_at": said(issue.opened_at),
        "changed_at": said(issue.changed_at),
        "merged_into": issue.merged_into,
        "clocks": {
            "response": _clock(readings.get(ClockName.RESPONSE)),
            "update": _clock(readings.get(ClockName.UPDATE)),
            "resolution": _clock(readings.get(ClockName.RESOLUTION)),
        },
    }


def _clock(reading: Reading | None) -> ClockDocument | None:
    if reading is None or (reading.target is None and reading.due is None):
        return None
    state: Shows | Literal["stopped"] = reading.state.value
    if state == "stopped":
        return None
    return {"due": moment(reading.due), "state": state, "met_at": moment(reading.met_at)}


def _milestones(one: Milestones) -> MilestonesDocument:
    return {
        "started": said(one.started),
        "detected": said(one.detected),
        "acknowledged": moment(one.acknowledged),
        "mitigated": moment(one.mitigated),
        "resolved": moment(one.resolved),
    }


def _entry(entry: Entry) -> EntryDocument:
    return {
        "at": said(entry.at),
        "actor": entry.actor,
        "event": entry.event,
        "text": entry.text,
        "detail": dict(entry.detail),
    }
