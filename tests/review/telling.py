"""An issue to look back at, for the tests of this folder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fettle.model.classification import By, Classification, Priority
from fettle.model.issue import Issue, Milestones, Status
from fettle.model.severity import Severity
from fettle.triage import policy

START = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def an_issue(priority: Priority = Priority.P2, **changes: object) -> Issue:
    promise = policy.BY_PRIORITY[priority]
    made = Classification(
        Severity.HIGH,
        priority,
        "performance",
        promise.escalation,
        promise.sla,
        0.7,
        By.RULE,
        services=("shop",),
        impact="whoever pays",
    )
    issue = Issue(
        number=7,
        title="The shop is slow",
        description="",
        status=Status.RESOLVED,
        classification=made,
        milestones=Milestones(START, at(5), at(15), at(60), at(90)),
        opened_at=at(5),
        changed_at=at(90),
        calls_since=at(5),
        signals=3,
    )
    return replace(issue, **changes)  # type: ignore[arg-type] # fields, by name
