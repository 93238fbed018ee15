"""What is known and accepted: listed as accepted, never hidden, and no reason to fail."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fettle.diagnosis import recommend
from fettle.model.diagnosis import Accepted, Change, Diagnosis, Earlier
from fettle.model.finding import Finding


@dataclass(frozen=True)
class Ignore:
    """An entry of the settings that accepts findings: the reason, and what it covers."""

    covers: Callable[[str, str], bool]
    reason: str
    until: date | None = None


def accept(diagnosis: Diagnosis, ignores: Sequence[Ignore], baseline: Collection[str]) -> Diagnosis:
    """Return the diagnosis with every finding marked that an entry or the baseline covers."""
    accepted = tuple(
        entry
        for outcome in diagnosis.outcomes
        for finding in outcome.findings
        if (entry := _accepted(finding, ignores, baseline)) is not None
    )
    if not accepted:
        return diagnosis
    # What is accepted asks for no work any more.
    rest = replace(diagnosis, accepted=accepted)
    advice = recommend.recommend(rest.findings, rest.causes, rest.target)
    return replace(rest, recommendations=tuple(advice))


def _accepted(
    finding: Finding, ignores: Sequence[Ignore], baseline: Collection[str]
) -> Accepted | None:
    for ignore in ignores:
        if ignore.covers(finding.check, finding.subject):
            return Accepted(finding, ignore.reason, ignore.until)
    return Accepted(finding, "in the baseline") if finding.key in baseline else None


def changed(diagnosis: Diagnosis, before: Earlier) -> Change:
    """Return what is new, gone and worse since an earlier diagnosis of the same target.

    A finding whose check could not look this time, or was not asked, is not gone: nobody knows. Nor
    is one new whose check was not asked the last time.
    """
    asked = {outcome.check for outcome in diagnosis.outcomes}
    now = {finding.key: finding.severity for finding in diagnosis.findings}
    accepted = {entry.finding.key for entry in diagnosis.accepted}
    blind = {check for check, _ in diagnosis.unknown}
    absent = (key for key in before.severities if key not in now and key not in accepted)
    return Change(
        before.started_at,
        new=tuple(
            key for key in now if key not in before.severities and _check(key) in before.asked
        ),
        gone=tuple(key for key in absent if _check(key) in asked - blind),
        worse=tuple(
            key
            for key, severity in now.items()
            if key in before.severities and severity > before.severities[key]
        ),
    )


def _check(key: str) -> str:
    return key.partition(":")[0]
