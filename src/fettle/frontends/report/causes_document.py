"""What may have caused an incident, as the JSON that programs read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.model.incident import Suspect


class SuspectDocument(TypedDict):
    """Who may have caused it, and why."""

    subject: str
    metric: str
    """The figure of it that says the most."""
    confidence: float
    """From 0 to 1."""
    begins: str
    """When that figure had left its level."""
    evidence: list[str]
    """Never empty: what changed, when, by how much, who needs it, and what explains it."""


class _Headed(TypedDict):
    schema: Literal["fettle.causes/1"]


class CausesDocument(_Headed):
    """What may have caused an incident, the likeliest first; empty where nothing moved with it."""

    causes: list[SuspectDocument]


def of_suspects(suspects: Sequence[Suspect]) -> CausesDocument:
    """Return suspects as a document."""
    return {
        "schema": "fettle.causes/1",
        "causes": [
            {
                "subject": one.subject,
                "metric": one.metric,
                "confidence": one.confidence,
                "begins": f"{datetime.fromtimestamp(one.begins, UTC):%Y-%m-%dT%H:%M:%SZ}",
                "evidence": list(one.evidence),
            }
            for one in suspects
        ],
    }
