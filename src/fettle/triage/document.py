"""A classification as the JSON that programs read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from fettle.model.classification import Classification, Sla
from fettle.model.severity import SeverityName, said_severity
from fettle.model.signal import Facts
from fettle.triage.case import Case


class SlaDocument(TypedDict):
    """What is promised, as spans of ISO 8601."""

    response: str
    resolution: str
    update: str | None
    """News in between; null: when something changes."""


class _Decision(TypedDict):
    severity: SeverityName
    priority: Literal["p1", "p2", "p3", "p4"]
    category: str
    escalation: Literal["immediate", "within-1h", "within-business-hours", "next-sprint"]
    sla: SlaDocument
    services: list[str]
    """The services that are affected."""
    impact: str
    """Whom it hurts, and how."""
    confidence: float
    """From 0 to 1."""
    by: Literal["source", "rule", "model", "llm", "person"]
    """Who or what decided."""
    evidence: list[str]
    """Why, the weightiest first."""


# `class` is a word of the language, so that the first keys cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str | None})
_Headed = TypedDict("_Headed", {"schema": Literal["fettle.classification/1"], "class": str | None})


class DecisionDocument(_Named, _Decision):
    """One decision, as a line of a batch."""


class ClassificationDocument(_Headed, _Decision):
    """What triage says of a piece of trouble, and why. `class` is null where none fits."""


def of_decision(made: Classification) -> DecisionDocument:
    """Return a decision as a line of a batch."""
    return {
        "class": made.class_,
        "severity": made.severity.label,
        "priority": made.priority.value,
        "category": made.category,
        "escalation": made.escalation.value,
        "sla": of_sla(made.sla),
        "services": list(made.services),
        "impact": made.impact,
        "confidence": made.confidence,
        "by": made.by.value,
        "evidence": list(made.evidence),
    }


def of_classification(made: Classification) -> ClassificationDocument:
    """Return a decision as a document that names its schema."""
    return {"schema": "fettle.classification/1", **of_decision(made)}


def of_sla(sla: Sla) -> SlaDocument:
    """Return what is promised."""
    return {
        "response": sla.response.iso,
        "resolution": sla.resolution.iso,
        "update": sla.update.iso if sla.update else None,
    }


class FactsLine(BaseModel):
    """Facts beside a text; see `model.signal.Facts`."""

    users_affected: int | None = Field(None, ge=0)
    data_lost: bool = False
    data_exposed: bool = False
    money_stuck: bool = False

    @property
    def facts(self) -> Facts:
        """Return them as triage takes them."""
        return Facts(self.users_affected, self.data_lost, self.data_exposed, self.money_stuck)


class CaseLine(BaseModel):
    """A line of a batch: what is to be classified. Keys it does not know are left alone.

    `severity` is the source's own word; the label of that name stands in for it.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    text: str
    symptoms: tuple[str, ...] | None = None
    service: str | None = None
    labels: dict[str, str] | None = None
    severity: str | None = None
    facts: FactsLine = FactsLine()

    @property
    def case(self) -> Case:
        """Return it as triage takes it."""
        labels = self.labels or {}
        said = self.severity or labels.get("severity")
        return Case(
            self.text,
            symptoms=self.symptoms or (),
            severity=None if said is None else said_severity(said),
            service=self.service,
            labels=labels,
            facts=self.facts.facts,
        )
