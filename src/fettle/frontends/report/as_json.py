"""`fettle.check/1`: a Diagnosis as the JSON document that other programs read."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import fettle
from fettle.frontends.report.check_document import (
    AcceptedDocument,
    CauseDocument,
    ChangeDocument,
    CheckDocument,
    FailedDocument,
    FindingDocument,
    ListingDocument,
    Plain,
    RecommendationDocument,
    SymptomDocument,
)
from fettle.model.diagnosis import (
    Accepted,
    Cause,
    Change,
    Diagnosis,
    Listing,
    Recommendation,
    SymptomMatch,
)
from fettle.model.finding import Finding, Scalar, Unknown
from fettle.model.quantity import iso_duration

EVIDENCE_ROWS = 5

Json = Mapping[str, object]

# JSON may hold these as they are, but some readers take them for the end of a line: one document
# must be one line to everybody. Halves of surrogate pairs are no text at all.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:
    """Return one document a line, a line for each target."""
    documents = (document(diagnosis, verbose=verbose) for diagnosis in diagnoses)
    return "".join(dumped(entry) + "\n" for entry in documents)


def dumped(entry: Json, indent: int | None = None) -> str:
    """Return JSON that every reader takes: no NaN, no half characters, no other line ends."""
    text = json.dumps(entry, ensure_ascii=False, allow_nan=False, indent=indent)
    return _UNSAFE.sub(lambda match: _unsafe(match[0]), text)


def _unsafe(letter: str) -> str:
    return "\ufffd" if "\ud800" <= letter <= "\udfff" else f"\\u{ord(letter):04x}"


def document(diagnosis: Diagnosis, *, verbose: bool) -> CheckDocument:
    """Return the document as a mapping; at most five rows of evidence a finding unless verbose."""
    rows = None if verbose else EVIDENCE_ROWS
    return {
        "schema": "fettle.check/1",
        "fettle": fettle.__version__,
        "target": diagnosis.target,
        "started_at": moment(diagnosis.started_at),
        "duration_s": round(diagnosis.duration.total_seconds(), 3),
        "status": diagnosis.status,
        "server": _row(diagnosis.server),
        "findings": [finding(found, rows) for found in diagnosis.findings],
        "accepted": [_accepted(entry, rows) for entry in diagnosis.accepted],
        "unknown": [
            {"check": check, "reason": gap.reason, "remedy": gap.remedy}
            for check, gap in diagnosis.unknown
        ],
        "clean": [outcome.check for outcome in diagnosis.outcomes if outcome.clean],
        "notes": [
            {"check": outcome.check, "note": note.text}
            for outcome in diagnosis.outcomes
            for note in outcome.notes
        ],
        "recommendations": [_recommendation(advice) for advice in diagnosis.recommendations],
        "causes": [_cause(cause) for cause in diagnosis.causes],
        "symptoms": list(diagnosis.symptoms),
        "symptom_matches": [_symptom(match) for match in diagnosis.symptom_matches],
        "current_metrics": {
            figure.shown: _plain(figure.value)
            for outcome in diagnosis.outcomes
            for figure in outcome.measurements
        },
        "queries": [_listing(listing) for listing in diagnosis.listings],
        "change": _change(diagnosis.change),
    }


def failed(why: Unknown) -> FailedDocument:
    """Return why nothing could be looked at."""
    return {"reason": why.reason, "remedy": why.remedy}


def finding(found: Finding, rows: int | None) -> FindingDocument:
    """Return one finding, with at most `rows` rows of evidence."""
    return {
        "key": found.key,
        "check": found.check,
        "category": found.category,
        "severity": found.severity.label,
        "subject": found.subject,
        "title": found.title,
        "description": found.description,
        "impact": found.impact,
        "recommendations": list(found.recommendations),
        "metrics": _row(found.metrics),
        "evidence": [_row(row) for row in found.evidence[:rows]],
        "fixes": list(found.fixes),
    }


def _accepted(entry: Accepted, rows: int | None) -> AcceptedDocument:
    until = entry.until.isoformat() if entry.until else None
    return {**finding(entry.finding, rows), "reason": entry.reason, "until": until}


def _change(change: Change | None) -> ChangeDocument | None:
    if change is None:
        return None
    return {
        "since": moment(change.since),
        "new": list(change.new),
        "gone": list(change.gone),
        "worse": list(change.worse),
    }


def moment(at: datetime) -> str:
    """Return a moment as the documents carry it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(row: Mapping[str, Scalar]) -> dict[str, Plain]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> Plain:
    """Return a value as JSON has it: seconds for a duration, null for what is no number."""
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 3)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _recommendation(advice: Recommendation) -> RecommendationDocument:
    least, most = advice.estimated_time
    return {
        "priority": advice.priority,
        "category": advice.category,
        "title": advice.title,
        "description": advice.description,
        "actions": list(advice.actions),
        "estimated_time": {"min": iso_duration(least), "max": iso_duration(most)},
        "risk_if_not_done": advice.risk_if_not_done,
        "findings": list(advice.findings),
    }


def _symptom(match: SymptomMatch) -> SymptomDocument:
    return {
        "symptom": match.symptom,
        "kinds": list(match.kinds),
        "explanation": match.explanation,
        "findings": [{"key": key, "why": why} for key, why in match.fits.items()],
    }


def _cause(cause: Cause) -> CauseDocument:
    return {
        "subject": cause.subject,
        "name": cause.name,
        "confidence": cause.confidence,
        "explains": list(cause.explains),
        "evidence": list(cause.evidence),
    }


def _listing(listing: Listing) -> ListingDocument:
    return {
        "name": listing.name,
        "description": listing.description,
        "sql": listing.sql,
        "rows": list(_named(listing.columns, listing.rows)),
        "note": listing.note,
    }


def _named(
    columns: tuple[str, ...], rows: Iterable[tuple[Scalar, ...]]
) -> Iterable[dict[str, Plain]]:
    for row in rows:
        yield {name: _plain(value) for name, value in zip(columns, row, strict=True)}
