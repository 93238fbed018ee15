"""Why targets are in trouble, by what looks at them and at what hangs together with them measured.

It is told on a target's page, and of the services that an issue is about.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from fettle.diagnosis import sampled
from fettle.diagnosis.calls import Calls
from fettle.flow.catalogued import Known
from fettle.model.incident import Suspect
from fettle.model.service import Service
from fettle.store import deploys, samples
from fettle.store.samples import FIVE_MINUTES, Span
from fettle.store.statements import Connection

# What is nearest comes first: of more, whoever reads it would wait.
_MOST_TARGETS, _MOST_FIGURES = 8, 8
_READ = 64  # figures of a target, of which those are taken that trouble shows in first
_MOST_DEPLOYS = 50
_MOST_TOLD = 3
_LEAST_SURE = 0.1  # below it anything may be
# What people feel, then what runs out; of an interval its end.
_FELT = ("answer_s", "p95_s", "p95_at_most_s", "mean_s", "error_rate_ratio", "_up")


async def suspects(
    connection: Connection,
    targets: Mapping[str, Known],
    about: Sequence[str],
    began: datetime,
    until: datetime,
) -> Sequence[Suspect]:
    """Return what may have caused trouble of targets that began at a moment and went on until.

    None where nothing was measured that says anything.
    """
    services = [Service(one.name, depends_on=one.needs) for one in targets.values() if one.needs]
    near = _near(about, targets)
    normal, incident = sampled.spans(began, until)
    since = datetime.fromtimestamp(normal.start, began.tzinfo)
    figures = _chosen(await samples.tied(connection, near, since, _READ))
    span = Span(since, datetime.fromtimestamp(incident.end, began.tzinfo), FIVE_MINUTES)
    lines = await samples.lines(connection, list(figures), span)
    told: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for id_, (target, metric) in figures.items():
        if (line := lines.get(id_)) is not None:
            told.setdefault(target, {})[metric] = list(zip(line.at, line.mean, strict=True))
    went_live = await deploys.around(connection, near, since, span.until, _MOST_DEPLOYS)
    # it takes a tenth of a second, in which others are served
    return await asyncio.to_thread(sampled.causes, about, began, until, told, services, went_live)


def likely(found: Sequence[Suspect], targets: Mapping[str, Known]) -> Sequence[Suspect]:
    """Return those that are worth telling somebody who works on the trouble."""
    return [
        one
        for one in found[:_MOST_TOLD]
        if one.subject in targets and one.confidence >= _LEAST_SURE
    ]


def _chosen(figures: Mapping[int, tuple[str, str]]) -> Mapping[int, tuple[str, str]]:
    """Return some figures of each target: those first that trouble shows in."""
    taken: Counter[str] = Counter()
    found = {}
    for id_, (target, metric) in sorted(figures.items(), key=lambda one: _rank(one[1][1])):
        if taken[target] < _MOST_FIGURES:
            taken[target] += 1
            found[id_] = target, metric
    return found


def _rank(metric: str) -> tuple[int, str]:
    felt = metric.endswith(_FELT)
    return 0 if felt else 1 if metric.endswith("_ratio") else 2, metric


def _near(about: Sequence[str], targets: Mapping[str, Known]) -> Sequence[str]:
    """Return targets and what hangs together with them: what they need first, the nearest first."""
    calls = Calls((one.name, other) for one in targets.values() for other in one.needs)
    paths = [calls.paths(name) for name in about]
    far = {other: len(path) for found in reversed(paths) for other, path in found.items()}
    needed = sorted(far, key=lambda other: far[other])
    others = sorted({other for name in about for other in calls.tied(name)} - set(needed))
    return list(dict.fromkeys((*about, *needed, *others)))[:_MOST_TARGETS]
