"""What is learnt, and how often triage was right, as the API and `fettle learnt show` give it.

Moments are UTC to the second (`2026-11-23T10:00:00Z`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.as_json import moment
from fettle.model.severity import SeverityName
from fettle.store.decisions import Counted
from fettle.store.trainings import Learnt, Training
from fettle.triage.confusion import Confusion


class TrainedDocument(TypedDict):
    """The model that is in use."""

    at: str
    decisions: int
    """From how many settled decisions."""
    seconds: float
    """How long it took."""
    fettle: str
    """The version that trained it."""


class RefusedDocument(TypedDict):
    """Why nothing was learnt the last time."""

    at: str
    decisions: int
    reason: str
    remedy: str | None


class CellDocument(TypedDict):
    """How often one severity was said where another one, or the same, was right."""

    said: SeverityName
    right: SeverityName
    times: int


class JudgedDocument(TypedDict):
    """How often decisions were right, of those that a person has settled; null: there are none."""

    settled: int
    corrected: int
    accuracy: float | None
    too_low: float | None
    """The part that was decided lower than it was: what hurts."""
    macro_f1: float | None
    matrix: list[CellDocument]


class TriageDocument(TypedDict):
    """What triage has learnt, and how often it was right. `by` says who or what had decided."""

    schema: Literal["fettle.triage/1"]
    since: str
    until: str
    learnt: TrainedDocument | None
    refused: RefusedDocument | None
    overall: JudgedDocument
    by: dict[Literal["source", "rule", "model", "llm"], JudgedDocument]


_DECIDERS: tuple[Literal["source", "rule", "model", "llm"], ...] = (
    "source",
    "rule",
    "model",
    "llm",
)


def of(
    learnt: Learnt, counted: Sequence[Counted], since: datetime, until: datetime
) -> TriageDocument:
    """Return the document; `counted` are the decisions that were settled in that time."""
    by = {name: [one for one in counted if one.by == name] for name in _DECIDERS}
    return {
        "schema": "fettle.triage/1",
        "since": moment(since),
        "until": moment(until),
        "learnt": None if learnt.trained is None else _trained(learnt.trained),
        "refused": None if learnt.refused is None else _refused(learnt.refused),
        "overall": _judged(counted),
        "by": {name: _judged(ones) for name, ones in by.items() if ones},
    }


def _trained(training: Training) -> TrainedDocument:
    return {
        "at": moment(training.at),
        "decisions": training.decisions,
        "seconds": round(training.seconds, 1),
        "fettle": training.version,
    }


def _refused(training: Training) -> RefusedDocument:
    return {
        "at": moment(training.at),
        "decisions": training.decisions,
        "reason": training.refused or "",
        "remedy": training.remedy,
    }


def _judged(counted: Sequence[Counted]) -> JudgedDocument:
    confusion = Confusion.added((one.said, one.settled, one.times) for one in counted)
    return {
        "settled": confusion.total,
        "corrected": sum(one.corrected for one in counted),
        "accuracy": _share(confusion.accuracy),
        "too_low": _share(confusion.too_low),
        "macro_f1": _share(confusion.macro_f1),
        "matrix": [
            {"said": said.label, "right": right.label, "times": times}
            for (said, right), times in sorted(confusion.times.items(), reverse=True)
        ],
    }


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
