"""What a watched service needs, as its own looks saw it lately.

A look at a service asks nothing of what it needs: that is looked at on its own schedule, from its
own place, and once for all that need it. What is not watched, or was looked at too long ago, is not
known, and explains nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from fettle.diagnosis.recall import recalled
from fettle.flow.catalogued import Known
from fettle.flow.look_at import Seen
from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Finding, Unknown
from fettle.model.target import Kind, Target
from fettle.store import samples
from fettle.store.statements import Connection

_AWAY = Unknown("its own latest look got no answer")


async def seen(
    connection: Connection, needs: Sequence[tuple[Target, Known]], now: datetime
) -> Sequence[Seen]:
    """Return what was found of each by the latest look of each of its schedules."""
    stands = await samples.stand(connection, [target.name for target, _ in needs])
    found = []
    for target, known in needs:
        one = stands.get(target.name)
        if one is None or known.is_stale(one.looked_at, now):
            continue
        if target.kind is Kind.DATABASE and one.away_at is not None:
            found.append(Seen(target, (), _AWAY))
        elif not one.missed:
            since = now - known.believed
            documents = await samples.saved_lately(connection, target.name, since)
            told = [recalled(document) for document in reversed(documents)]
            found.append(Seen(target, _findings(told, target.kind)))
    return found


def _findings(told: Iterable[Diagnosis], kind: Kind) -> Sequence[Finding]:
    """Return what diagnoses found, each once: as the latest has it."""
    found: dict[str, Finding] = {}
    for diagnosis in told:
        for finding in diagnosis.findings:
            whole = _blaming(finding, diagnosis) if kind is Kind.DATABASE else finding
            found[finding.key] = whole
    return list(found.values())


def _blaming(finding: Finding, diagnosis: Diagnosis) -> Finding:
    """Return what was found in a database, with what is behind it there."""
    behind = [cause for cause in diagnosis.causes if finding.key in cause.explains]
    return replace(
        finding,
        blames=tuple(cause.subject for cause in behind),
        names={cause.subject: cause.name for cause in behind if cause.name is not None},
    )
