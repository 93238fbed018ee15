"""A diagnosis, read back from its document: as far as it takes to compare, rank and tell it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fettle.model.diagnosis import Accepted, Cause, Diagnosis, Outcome
from fettle.model.finding import Finding, Unknown
from fettle.model.quantity import say_count, say_share
from fettle.model.severity import Severity

Json = Mapping[str, Any]

_CONNECTION = "connection"


def recalled(document: Json) -> Diagnosis:
    """Return the diagnosis of a `fettle.check/1` document: what was found, and what was not seen.

    Evidence, and what only the fixes need of it, is not in there as it was.
    """
    found = {_key(one): _finding(one) for one in document["findings"]}
    accepted = [Accepted(_finding(one), one["reason"]) for one in document["accepted"]]
    gaps = [(one["check"], Unknown(one["reason"], one["remedy"])) for one in document["unknown"]]
    unreachable = next((gap for check, gap in gaps if check == _CONNECTION), None)
    checks = dict.fromkeys(
        [
            *(one.check for one in found.values()),
            *(one.finding.check for one in accepted),
            *(check for check, _ in gaps if check != _CONNECTION),
            *document["clean"],
        ]
    )
    whole = [*found.values(), *(one.finding for one in accepted)]
    return Diagnosis(
        document["target"],
        datetime.fromisoformat(document["started_at"]),
        timedelta(seconds=document["duration_s"]),
        tuple(
            Outcome(
                check,
                tuple(one for one in whole if one.check == check),
                tuple(gap for of, gap in gaps if of == check),
            )
            for check in checks
        ),
        unreachable,
        causes=tuple(_cause(one) for one in document["causes"]),
        accepted=tuple(accepted),
    )


def ranked(document: Json, matches: Sequence[Json]) -> list[Json]:
    """Return a document's findings, the worst first; among equals those that fit symptoms."""
    fits = Counter(fit["key"] for match in matches for fit in match["findings"])
    return sorted(
        document["findings"],
        key=lambda one: (-Severity.named(one["severity"]), -fits[one["key"]]),
    )


def said(diagnosis: Diagnosis, change: Json | None) -> str:
    """Return what a diagnosis came to, in a sentence for the timeline."""
    parts = [_found(diagnosis)]
    if diagnosis.causes:
        cause = diagnosis.causes[0]
        behind = say_count(len(cause.explains), "finding")
        parts.append(
            f"root cause {cause.subject}, behind {behind} ({say_share(cause.confidence)} sure)"
        )
    if change is not None:
        parts.append(_changed(change))
    return f"{diagnosis.target}: {'; '.join(parts)}"


def _found(diagnosis: Diagnosis) -> str:
    if diagnosis.unreachable is not None:
        return f"it could not be looked at: {diagnosis.unreachable.reason}"
    findings, unseen = diagnosis.findings, len({check for check, _ in diagnosis.unknown})
    gaps = f", {say_count(unseen, 'check')} could not look" if unseen else ""
    if not findings:
        return f"nothing was found{gaps}"
    return f"{say_count(len(findings), 'finding')}, the worst {findings[0].severity}{gaps}"


def _changed(change: Json) -> str:
    counted = [(name, len(change[name])) for name in ("new", "gone", "worse")]
    told = ", ".join(f"{number} {name}" for name, number in counted if number)
    since = datetime.fromisoformat(change["since"])
    return f"since {since:%H:%M} UTC: {told or 'as it was'}"


@dataclass(frozen=True)
class Relevant:
    """A finding that matters to an issue, and why."""

    key: str
    why: str


def relevant(diagnosis: Diagnosis, own: Sequence[str], matches: Sequence[Json]) -> list[Relevant]:
    """Return the findings that matter to an issue, those that matter most first.

    `own` are those that its own signals tell of. Where there are any, what has nothing to do with
    them is another issue's, however bad it is: a fix for it would seem to mend this one.
    """
    present = {finding.key: finding for finding in diagnosis.findings}
    found: dict[str, Relevant] = {}
    for key, why in _reasons(diagnosis, own, matches):
        if key in present:
            found.setdefault(key, Relevant(key, why))
    return list(found.values())


def _reasons(
    diagnosis: Diagnosis, own: Sequence[str], matches: Sequence[Json]
) -> Iterator[tuple[str, str]]:
    yield from ((key, "it is what the issue tells of") for key in own)
    told = frozenset(own)
    for cause in diagnosis.causes:
        if not told or not told.isdisjoint(cause.explains):
            yield from ((key, f"{cause.subject} is behind it") for key in cause.explains)
    for match in matches:
        yield from ((fit["key"], fit["why"]) for fit in match["findings"])
    for finding in diagnosis.findings:
        if not told and finding.severity >= Severity.HIGH:
            yield finding.key, f"it is {finding.severity}"


def _key(raw: Json) -> str:
    return str(raw["key"])


def _finding(raw: Json) -> Finding:
    return Finding(
        raw["subject"],
        Severity.named(raw["severity"]),
        raw["description"],
        fixes=tuple(raw["fixes"]),
        check=raw["check"],
        category=raw["category"],
        title=raw["title"],
    )


def _cause(raw: Json) -> Cause:
    return Cause(
        raw["subject"],
        raw["confidence"],
        tuple(raw["explains"]),
        tuple(raw["evidence"]),
        raw.get("name"),  # earlier documents say of nobody who it is
    )
