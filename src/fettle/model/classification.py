"""What triage says of a piece of trouble, and on what grounds."""

from dataclasses import dataclass, field
from enum import StrEnum

from fettle.model.calendar import Span
from fettle.model.severity import Severity


class Priority(StrEnum):
    """How soon it is worked on; p1 is the most urgent."""

    P1 = "p1"
    P2 = "p2"
    P3 = "p3"
    P4 = "p4"


class Escalation(StrEnum):
    """How soon somebody is told, and told again."""

    IMMEDIATE = "immediate"
    WITHIN_1H = "within-1h"
    BUSINESS_HOURS = "within-business-hours"
    NEXT_SPRINT = "next-sprint"


class Hours(StrEnum):
    """The time that a promise counts."""

    AROUND_THE_CLOCK = "24x7"
    BUSINESS = "business"


class By(StrEnum):
    """Who or what decided."""

    SOURCE = "source"
    RULE = "rule"
    MODEL = "model"
    LLM = "llm"
    PERSON = "person"


@dataclass(frozen=True)
class Sla:
    """What is promised: the first response, the resolution, and news in between.

    `update` None promises news only when something changes.
    """

    response: Span
    resolution: Span
    update: Span | None
    hours: Hours


@dataclass(frozen=True)
class Classification:
    """One decision of triage, with its evidence.

    `class_` is the guide's or the team's own class, None when none fits. `confidence` is from 0
    to 1. `impact` says whom it hurts, and how many where that is known. `evidence` are sentences
    for people, the weightiest first.
    """

    severity: Severity
    priority: Priority
    category: str
    escalation: Escalation
    sla: Sla
    confidence: float
    by: By
    class_: str | None = None
    services: tuple[str, ...] = ()
    impact: str = ""
    evidence: tuple[str, ...] = field(default=())
