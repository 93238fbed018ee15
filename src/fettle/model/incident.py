"""An incident as series of figures tell it: who calls whom, what was measured, when it was bad."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Moments are seconds since 1970; what is no finite value is left out.
Points = Sequence[tuple[float, float]]
# No figure of anything; sums of such values would be infinite.
_SENSELESS = 1e100


@dataclass(frozen=True)
class Span:
    """From one moment to another, both within it; seconds since 1970."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """How long it is, in seconds."""
        return self.end - self.start

    def __contains__(self, moment: float) -> bool:
        return self.start <= moment <= self.end


@dataclass(frozen=True)
class Change:
    """Something that was done to a subject: a deploy, a release, a setting."""

    subject: str
    at: float
    what: str


@dataclass(frozen=True)
class Incident:
    """What is known of one incident.

    `calls` are pairs of which the first needs the second. `series` are subject → metric → points,
    in any order, with gaps, on clocks of their own; what is not finite is left out. `normal` is
    when all was well, None where nobody says so. `reported` is whose trouble was noticed, and
    `metric` the figure that showed it, None where nobody says which.
    """

    calls: Sequence[tuple[str, str]]
    series: Mapping[str, Mapping[str, Points]]
    incident: Span
    reported: str
    normal: Span | None = None
    metric: str | None = None
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Suspect:
    """What may have caused an incident: how sure that is from 0 to 1, and why; never without why.

    `begins` is when its `metric` left its level, in seconds since 1970.
    """

    subject: str
    metric: str
    confidence: float
    evidence: tuple[str, ...]
    begins: float


def finite(points: Points) -> list[tuple[float, float]]:
    """Return the points that say something, in order of time."""
    return sorted(pair for pair in points if math.isfinite(pair[0]) and abs(pair[1]) < _SENSELESS)
