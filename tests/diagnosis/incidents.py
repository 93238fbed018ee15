"""Small incidents whose cause is known, for tests: a graph, noise, and one fault that spreads."""

import random
from collections.abc import Iterable, Mapping, Sequence

from fettle.model.incident import Change, Incident, Points, Span

BEGIN = 1_789_999_980
MINUTE = 60
NORMAL, QUIET, BAD = 120, 6, 9  # minutes of each
SHOP = (("web", "api"), ("api", "db"), ("api", "cache"), ("web", "search"), ("jobs", "db"))
FROM = BEGIN + NORMAL * MINUTE


def incident(
    levels: Mapping[str, float],
    faults: Mapping[str, float],
    *,
    calls: Iterable[tuple[str, str]] = SHOP,
    reported: str = "web",
    metric: str = "latency_p95",
    normal: bool = True,
    quiet: int = QUIET,
    changes: Sequence[Change] = (),
) -> Incident:
    """Return an incident in which each subject's figure moves from its level by its fault.

    `quiet` minutes of the incident's span are before the fault.
    """
    ends = FROM + (quiet + BAD) * MINUTE
    series = {
        subject: {metric: noisy(subject, level, faults.get(subject, 0.0), quiet)}
        for subject, level in levels.items()
    }
    usual = Span(BEGIN, FROM - MINUTE) if normal else None
    span = Span(FROM, ends)
    return Incident(tuple(calls), series, span, reported, usual, None, changes)


def noisy(subject: str, level: float, fault: float, quiet: int = QUIET) -> Points:
    """Return a figure a minute: a level with 3 % noise, that moves by a fault that comes and goes.

    The same subject has the same noise.
    """
    chance = random.Random(subject)
    shape = [0.0] * (NORMAL + quiet) + [0.7, 0.9, 1.0, 0.8, 1.0, 0.95, 1.0, 0.85, 0.9, 1.0]
    return [
        (BEGIN + minute * MINUTE, level * chance.gauss(1, 0.03) + fault * share)
        for minute, share in enumerate(shape)
    ]


LEVELS = {"web": 0.3, "api": 0.2, "db": 0.05, "cache": 0.002, "search": 0.1, "jobs": 2.0}
