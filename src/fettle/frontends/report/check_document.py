"""The shape of `fettle.check/1`; docs/schemas is made from these types.

Moments are UTC to the second (`2026-11-23T10:00:00Z`), durations ISO 8601 (`PT1H`), dates ISO 8601.
"""

from typing import Literal

from typing_extensions import TypedDict

from fettle.model.diagnosis import Priority, Status
from fettle.model.severity import SeverityName

Plain = str | int | float | bool | None


class FindingDocument(TypedDict):
    """One thing that is wrong."""

    key: str
    """The check's id and the subject's lasting name, joined by a colon: the same in every run."""
    check: str
    category: str
    severity: SeverityName
    subject: str
    title: str
    description: str
    impact: str
    """Why it matters."""
    recommendations: list[str]
    """Statements to copy, or what to do, in order."""
    metrics: dict[str, Plain]
    """What was measured; the unit stands in the name."""
    evidence: list[dict[str, Plain]]
    """Rows that show it; at most five unless --verbose."""
    fixes: list[str]
    """The fixes that cure it: `fettle fix plan TARGET FIX`."""


class AcceptedDocument(FindingDocument):
    """A finding that somebody has accepted."""

    reason: str
    """Why it is accepted."""
    until: str | None
    """The last day on which it is accepted."""


class FailedDocument(TypedDict):
    """Why nothing could be looked at, and what would let it."""

    reason: str
    remedy: str | None


class UnknownDocument(TypedDict):
    """What could not be looked at, and would be after a grant, an extension or a connection."""

    check: str
    reason: str
    remedy: str | None


class NoteDocument(TypedDict):
    """What a check had too little of to judge by."""

    check: str
    note: str


class DurationsDocument(TypedDict):
    """The least and the most that something is estimated to take."""

    min: str
    max: str


class RecommendationDocument(TypedDict):
    """What to do about several findings together."""

    priority: Priority
    category: str
    title: str
    description: str
    actions: list[str]
    estimated_time: DurationsDocument
    risk_if_not_done: str
    findings: list[str]
    """The keys of the findings that it is for."""


class CauseDocument(TypedDict):
    """One thing that explains several findings."""

    subject: str
    name: str | None
    """Who that is, where the subject does not say it: whose session a process id is."""
    confidence: float
    """From 0 to 1."""
    explains: list[str]
    """The keys of the findings that it explains."""
    evidence: list[str]


class FitDocument(TypedDict):
    """A finding that would show as a symptom."""

    key: str
    why: str


class SymptomDocument(TypedDict):
    """A symptom, and the findings that would show in that way."""

    symptom: str
    kinds: list[str]
    """The ways of showing that were recognised in it."""
    explanation: str
    findings: list[FitDocument]
    """The likeliest first."""


class ListingDocument(TypedDict):
    """A listing that every report has, healthy or not."""

    name: str
    description: str
    sql: str
    """The statement that was asked."""
    rows: list[dict[str, Plain]]
    note: str | None
    """Why it is empty or cut."""


class ChangeDocument(TypedDict):
    """The difference to the last saved run, by the findings' keys."""

    since: str
    new: list[str]
    gone: list[str]
    worse: list[str]


class CheckDocument(TypedDict):
    """One target's diagnosis, as `fettle check --format json` prints it: one a line.

    Fields may be added under the same number.
    """

    schema: Literal["fettle.check/1"]
    fettle: str
    """The version of Fettle."""
    target: str
    """What was looked at: its name, or its address without the password."""
    started_at: str
    duration_s: float
    status: Status
    """The worst severity; unknown when something could not be looked at and nothing was found."""
    server: dict[str, Plain]
    """What the server says of itself."""
    findings: list[FindingDocument]
    """The worst first; among equals those that fit the symptoms."""
    accepted: list[AcceptedDocument]
    unknown: list[UnknownDocument]
    clean: list[str]
    """Checks that saw everything and found nothing."""
    notes: list[NoteDocument]
    recommendations: list[RecommendationDocument]
    """The most urgent first."""
    causes: list[CauseDocument]
    """The weightiest first."""
    symptoms: list[str]
    """What people noticed, as it was given."""
    symptom_matches: list[SymptomDocument]
    current_metrics: dict[str, Plain]
    """What was measured; the unit stands in the name."""
    queries: list[ListingDocument]
    change: ChangeDocument | None
    """With --since-last, the difference to the last saved run."""
