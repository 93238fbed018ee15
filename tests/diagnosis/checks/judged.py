"""What a check says of rows, in short."""

from collections.abc import Iterable, Sequence

from fettle.model.finding import Finding, Note, Unknown, Verdict
from fettle.model.severity import Severity


def severities(verdicts: Iterable[Verdict]) -> list[Severity]:
    """Return how bad what was found is."""
    return [one.severity for one in verdicts if isinstance(one, Finding)]


def finding(verdicts: Iterable[Verdict]) -> Finding:
    """Return the only finding."""
    (found,) = [one for one in verdicts if isinstance(one, Finding)]
    return found


def notes(verdicts: Iterable[Verdict]) -> Sequence[str]:
    """Return the notes."""
    return [one.text for one in verdicts if isinstance(one, Note)]


def gaps(verdicts: Iterable[Verdict]) -> Sequence[str]:
    """Return what could not be looked at."""
    return [one.reason for one in verdicts if isinstance(one, Unknown)]
