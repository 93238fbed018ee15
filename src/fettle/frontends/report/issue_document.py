"""The shape of an issue as the API and `fettle issue --format json` give it.

Moments are UTC to the second (`2026-11-23T10:00:00Z`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from typing_extensions import TypedDict

from fettle.frontends.report import deploy_document, investigation_document, work_document
from fettle.frontends.report.deploy_document import DeployOfIssueDocument
from fettle.frontends.report.investigation_document import (
    FixOfIssueDocument,
    InvestigationDocument,
)
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.work_document import (
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
from fettle.model.runbook import Copied
from fettle.model.severity import SeverityName
from fettle.resolution.approve import Rule
from fettle.store.issues import Linked
from fettle.store.statements import Row
from fettle.triage import recovery
from fettle.triage.document import SlaDocument, of_sla
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


class ClockDocument(TypedDict):
    """What was promised, and how it stands."""

    due: str | None
    """Null when nothing becomes due: it is paused, or nothing was promised."""
    state: Literal["running", "paused", "met", "breached", "stopped"]


class ClocksDocument(TypedDict):
    """The promises about an issue; null where there is none."""

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


class AlertDocument(TypedDict):
    """An alert of the issue, and how it stands."""

    id: int
    source: str
    key: str
    """The source's own name for it."""
    title: str
    severity: SeverityName | None
    """The source's own, null where it names none."""
    service: str | None
    firing: bool
    flapping: bool
    times: int
    """How often it was told of."""
    since: str
    """When it last began."""
    ended_at: str | None
    seen_at: str


class NotificationDocument(TypedDict):
    """What somebody was told of the issue, or is about to be."""

    receiver: str
    event: str
    state: Literal["waiting", "sent", "failed", "merged"]
    """`merged` ones were told in a digest."""
    created_at: str
    sent_at: str | None
    attempts: int
    error: str | None


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
    alerts: list[AlertDocument]
    """Those that fire first; at most 200."""
    notifications: list[NotificationDocument]
    diagnosis: InvestigationDocument | None
    """What was found when the matching checks ran; null when none did."""
    fixes: list[FixOfIssueDocument]
    """Those that wait for somebody first."""
    stages: list[StageDocument]
    """What was done by whom, and what waits for a person, in order."""
    root_cause: RootCauseDocument | None
    runbooks: list[RunbookDocument]
    """As they were when they came to the issue."""
    roles: RolesDocument
    deploys: list[DeployOfIssueDocument]
    """Of its services and what they need, shortly before it began and since; the latest first."""
    recovery: list[RecoveryDocument]
    """What shows that the trouble is over, as far as Fettle has seen it; the latest first."""
    review: dict[str, Any] | None


_Headed = TypedDict("_Headed", {"schema": Literal["fettle.issue/1"], "class": str | None})


class IssueDocument(_Headed, _Whole):
    """An issue with all that is known about it."""


class IssuesDocument(TypedDict):
    """A page of a list of issues."""

    schema: Literal["fettle.issues/1"]
    items: list[IssueItem]
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
    """What is kept beside an issue."""

    timeline: Sequence[Entry] = ()
    links: Sequence[Linked] = ()
    alerts: Sequence[Alert] = ()
    notifications: Sequence[Row] = ()
    investigations: Sequence[Investigation] = ()
    fixes: Fixes = Fixes()
    runbooks: Sequence[Copied] = ()
    deploys: Sequence[Deploy] = ()


def of_item(issue: Issue, readings: Readings) -> IssueItem:
    """Return an issue as it stands in a list."""
    return {"class": issue.classification.class_, **_item(issue, readings)}


def of_issue(issue: Issue, readings: Readings, beside: Surroundings) -> IssueDocument:
    """Return an issue with all that is known about it."""
    made = issue.classification
    return {
        "schema": "fettle.issue/1",
        "class": made.class_,
        **_item(issue, readings),
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
        "alerts": [_alert(alert) for alert in beside.alerts],
        "notifications": [_notification(row) for row in beside.notifications],
        "diagnosis": investigation_document.of_investigations(beside.investigations),
        "fixes": investigation_document.of_fixes(
            beside.fixes.plans, beside.fixes.why, beside.fixes.runs, beside.fixes.rule
        ),
        "stages": work_document.of_stages(issue, beside.timeline),
        "root_cause": work_document.of_cause(beside.timeline),
        "runbooks": work_document.of_runbooks(beside.runbooks, beside.timeline),
        "roles": work_document.of_roles(beside.timeline),
        "deploys": [
            deploy_document.of_issue(one, issue.milestones.started) for one in beside.deploys
        ],
        "recovery": [
            {"at": said(entry.at), "event": entry.event, "text": entry.text}
            for entry in recovery.shown(beside.timeline)
        ],
        "review": None,
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
    return {"due": moment(reading.due), "state": reading.state.value}


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


def _alert(alert: Alert) -> AlertDocument:
    return {
        "id": alert.id,
        "source": alert.source,
        "key": alert.key,
        "title": alert.title,
        "severity": None if alert.severity is None else alert.severity.label,
        "service": alert.service,
        "firing": alert.firing,
        "flapping": alert.flapping,
        "times": alert.times,
        "since": said(alert.started_at),
        "ended_at": moment(alert.ended_at),
        "seen_at": said(alert.seen_at),
    }


def _notification(row: Row) -> NotificationDocument:
    return {
        "receiver": row["receiver"],
        "event": row["event"],
        "state": row["state"],
        "created_at": said(row["created_at"]),
        "sent_at": moment(row["sent_at"]),
        "attempts": row["attempts"],
        "error": row["error"],
    }
