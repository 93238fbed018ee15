"""What is promised about trouble of each kind: the five fixed classes, and a table for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from fettle.model.calendar import Span
from fettle.model.classification import Escalation, Hours, Priority, Sla
from fettle.model.service import Tier
from fettle.model.severity import Severity


class Level(IntEnum):
    """How much trouble hurts (impact), or how soon it does (urgency)."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True)
class Promise:
    """Who is told how soon, and what they are promised."""

    escalation: Escalation
    sla: Sla


@dataclass(frozen=True)
class IssueClass:
    """A kind of trouble whose answer is agreed beforehand.

    `match` are the words and phrases that a team recognises its own class by; the five fixed
    classes are recognised by `triage.kinds`.
    """

    name: str
    severity: Severity
    priority: Priority
    category: str
    promise: Promise
    match: tuple[str, ...] = ()


SYSTEM_OUTAGE = "system-outage"
PAYMENT_FAILURE = "payment-processing-failure"
DATABASE_SLOW = "database-performance-degradation"
UI_RENDERING = "ui-rendering-issues"
DOCUMENTATION = "documentation-updates"

AROUND_THE_CLOCK = frozenset({Priority.P1, Priority.P2})


def sla(priority: Priority, response: str, resolution: str, update: str | None) -> Sla:
    """Return a promise in spans like `4h`; p1 and p2 count around the clock, the rest does not."""
    hours = Hours.AROUND_THE_CLOCK if priority in AROUND_THE_CLOCK else Hours.BUSINESS
    news = None if update is None else Span.parse(update)
    return Sla(Span.parse(response), Span.parse(resolution), news, hours)


def _class(
    name: str,
    severity: Severity,
    priority: Priority,
    category: str,
    escalation: Escalation,
    promised: tuple[str, str, str],
) -> IssueClass:
    promise = Promise(escalation, sla(priority, *promised))
    return IssueClass(name, severity, priority, category, promise)


# The guide's issue classification matrix: response, resolution, news in between.
FIXED: Mapping[str, IssueClass] = {
    one.name: one
    for one in (
        _class(
            SYSTEM_OUTAGE,
            Severity.CRITICAL,
            Priority.P1,
            "infrastructure",
            Escalation.IMMEDIATE,
            ("15m", "1h", "15m"),
        ),
        _class(
            PAYMENT_FAILURE,
            Severity.CRITICAL,
            Priority.P1,
            "business-critical",
            Escalation.IMMEDIATE,
            ("10m", "30m", "10m"),
        ),
        _class(
            DATABASE_SLOW,
            Severity.HIGH,
            Priority.P2,
            "performance",
            Escalation.WITHIN_1H,
            ("1h", "4h", "30m"),
        ),
        _class(
            UI_RENDERING,
            Severity.MEDIUM,
            Priority.P3,
            "user-experience",
            Escalation.BUSINESS_HOURS,
            ("4h", "24h", "4h"),
        ),
        _class(
            DOCUMENTATION,
            Severity.LOW,
            Priority.P4,
            "maintenance",
            Escalation.NEXT_SPRINT,
            ("1d", "1w", "1d"),
        ),
    )
}

# Everything else, by priority: acknowledged, resolved, news. p4 gives news when something changes.
BY_PRIORITY: Mapping[Priority, Promise] = {
    Priority.P1: Promise(Escalation.IMMEDIATE, sla(Priority.P1, "15m", "4h", "30m")),
    Priority.P2: Promise(Escalation.WITHIN_1H, sla(Priority.P2, "30m", "8h", "1h")),
    Priority.P3: Promise(Escalation.BUSINESS_HOURS, sla(Priority.P3, "4h", "3d", "1d")),
    Priority.P4: Promise(Escalation.NEXT_SPRINT, sla(Priority.P4, "1d", "10d", None)),
}

# Impact × urgency, the table that ITIL's practice knows: HH p1; HM, MH p2; HL, MM, LH p3; the rest.
_SUM_TO_PRIORITY = {6: Priority.P1, 5: Priority.P2, 4: Priority.P3, 3: Priority.P4, 2: Priority.P4}

SAID = {level: level.name.lower() for level in Level}

_IMPACT = {
    Severity.CRITICAL: Level.HIGH,
    Severity.HIGH: Level.HIGH,
    Severity.MEDIUM: Level.MEDIUM,
    Severity.LOW: Level.LOW,
    Severity.INFO: Level.LOW,
}
_URGENCY = {Tier.CRITICAL: Level.HIGH, Tier.IMPORTANT: Level.MEDIUM, Tier.INTERNAL: Level.LOW}


def priority_of(impact: Level, urgency: Level) -> Priority:
    """Return the priority of an impact and an urgency."""
    return _SUM_TO_PRIORITY[impact + urgency]


def impact_of(severity: Severity) -> Level:
    """Return how much trouble of a severity hurts."""
    return _IMPACT[severity]


def urgency_of(severity: Severity, tier: Tier | None) -> Level:
    """Return how soon it hurts: by the service's tier, medium where no service is known.

    What is critical does not wait for business hours anywhere, and what is low hurries nobody on
    account of the tier alone.
    """
    urgency = Level.MEDIUM if tier is None else _URGENCY[tier]
    if severity is Severity.CRITICAL:
        return Level.HIGH if tier is not Tier.INTERNAL else Level.MEDIUM
    return min(urgency, Level.MEDIUM) if severity <= Severity.LOW else urgency


def promise_of(priority: Priority, kind: IssueClass | None) -> Promise:
    """Return what is promised: the class's own where its priority stands, else the priority's."""
    if kind is not None and kind.priority is priority:
        return kind.promise
    return BY_PRIORITY[priority]
