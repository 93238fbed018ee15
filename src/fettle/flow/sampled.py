"""What of a look is kept as samples: its figures, as many as are kept of a target."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Measurement
from fettle.store.samples import Sample, Series, Took
from fettle.store.statements import storable

# What was not measured for so long makes room for what is new.
_LIVING = timedelta(days=7)
_LONGEST_SUBJECT = 300  # characters; an entry of the index has room for some 2,700 bytes


@dataclass(frozen=True)
class Chosen:
    """The figures that are kept, and how many are not."""

    kept: Sequence[Sample]
    cut: int = 0


def chosen(diagnosis: Diagnosis, known: Sequence[Series], now: datetime, most: int) -> Chosen:
    """Return what of a look is kept: what is kept already first, then what is of all the target.

    What is no number (the end of an open interval) cannot be drawn, and is no sample. Of several
    with the same name the last one counts.
    """
    given = {
        (one.name, _subject(one, diagnosis.target)): float(one.value)
        for outcome in diagnosis.outcomes
        for one in outcome.measurements
        if math.isfinite(one.value)
    }
    living = {(one.metric, one.subject) for one in known if now - one.latest_at <= _LIVING}
    fresh = sorted((key for key in given if key not in living), key=lambda key: bool(key[1]))
    room = max(0, most - len(living))
    taken = [*(key for key in given if key in living), *fresh[:room]]
    kept = [Sample(*key, given[key]) for key in taken]
    return Chosen(kept, len(given) - len(kept))


def _subject(measured: Measurement, target: str) -> str:
    """Return of what of its target a figure is: the target's own name says nothing."""
    subject = storable(measured.subject or "")
    if subject == target:
        return ""
    return _short(subject.removeprefix(f"{target} "))


def _short(subject: str) -> str:
    """Return a subject as an index can hold it; two that are long stay two."""
    if len(subject) <= _LONGEST_SUBJECT:
        return subject
    mark = hashlib.sha256(subject.encode()).hexdigest()[:12]
    return f"{subject[:_LONGEST_SUBJECT]}… {mark}"


def took(target: int, schedule: str, diagnosis: Diagnosis) -> Took:
    """Return how a look went."""
    return Took(
        target,
        diagnosis.started_at,
        schedule,
        diagnosis.status,
        len(diagnosis.findings),
        len(diagnosis.unknown),
        diagnosis.duration.total_seconds(),
        _worst(diagnosis),
    )


def _worst(diagnosis: Diagnosis) -> str | None:
    for finding in diagnosis.findings:
        return f"{finding.title}: {finding.description}"
    for check, gap in diagnosis.unknown:
        return f"{check}: {gap.reason}"
    return None
