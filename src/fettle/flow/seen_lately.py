"""What was seen lately of what is watched: by the latest look of each of its schedules.

A look at a service asks nothing of what it needs: that is looked at on its own schedules, from its
own place, and once for all that need it. What is not watched, or was looked at too long ago, is not
known, and explains nothing. What is too long ago depends on the schedule: what an hourly look found
is believed until some more of them would have been made. Where several ask the same, the latest
look's word counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fettle.diagnosis.recall import recalled
from fettle.flow.catalogued import Known
from fettle.flow.look_at import Seen
from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Finding, Unknown
from fettle.model.target import Kind, Target
from fettle.store import samples
from fettle.store.statements import Connection

Json = Mapping[str, Any]

_AWAY = Unknown("its own latest look got no answer")


async def seen(
    connection: Connection, needs: Sequence[tuple[Target, Known]], now: datetime
) -> Sequence[Seen]:
    """Return what was found of each; of what is not known nothing."""
    stands = await samples.stand(connection, [target.name for target, _ in needs])
    found = []
    for target, known in needs:
        one = stands.get(target.name)
        if one is None or not known.schedules:
            continue
        if target.kind is Kind.DATABASE and one.away_at is not None:
            if not known.is_stale(one.looked_at, now):
                found.append(Seen(target, (), _AWAY))
        elif not one.missed:
            documents = await believed(connection, known, now)
            told = list(_findings(map(recalled, documents), target.kind))
            if told or len(documents) == len(known.schedules):  # else half of it was not seen
                found.append(Seen(target, told))
    return found


async def believed(connection: Connection, known: Known, now: datetime) -> Sequence[Json]:
    """Return what the latest looks at a target came to, the latest first."""
    saved = await samples.saved_lately(connection, known.name, now - known.longest)
    lately = [one for one in saved if known.believes(one.schedule, one.started_at, now)]
    return list(once([one.document for one in lately]))


def once(documents: Iterable[Json]) -> Iterator[Json]:
    """Yield `fettle.check/1` documents, each without the checks that one before it has asked."""
    asked = frozenset[str]()
    for document in documents:
        told = {
            part: [one for one in document[part] if one["check"] not in asked]
            for part in ("findings", "accepted", "unknown")
        }
        clean = [check for check in document["clean"] if check not in asked]
        keys = {one["key"] for one in told["findings"]}
        behind = {
            "causes": [one for one in document["causes"] if not keys.isdisjoint(one["explains"])],
            "recommendations": [
                one for one in document["recommendations"] if not keys.isdisjoint(one["findings"])
            ],
        }
        yield {**document, **told, **behind, "clean": clean}
        asked |= {*clean, *(one["check"] for part in told.values() for one in part)}


def _findings(told: Iterable[Diagnosis], kind: Kind) -> Iterator[Finding]:
    """Yield what diagnoses found."""
    for diagnosis in told:
        for finding in diagnosis.findings:
            yield _blaming(finding, diagnosis) if kind is Kind.DATABASE else finding


def _blaming(finding: Finding, diagnosis: Diagnosis) -> Finding:
    """Return what was found in a database, with what is behind it there."""
    behind = [cause for cause in diagnosis.causes if finding.key in cause.explains]
    return replace(
        finding,
        blames=tuple(cause.subject for cause in behind),
        names={cause.subject: cause.name for cause in behind if cause.name is not None},
    )
