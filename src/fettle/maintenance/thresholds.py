"""Thresholds that fit what was seen of a database: suggested, never set; pure.

A threshold that is passed in one hour of a hundred of a usual month cries wolf; one that is far
from all of it says nothing until it is late. Suggested is what lies beyond the 99th percentile of
the hours' extremes by a margin, in steps that people would write.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.model.quantity import Ratio, say_share

DAYS = 30
FEWEST_HOURS = 14 * 24

# By how much of itself what was seen may grow before it is told, and where a share is full anyhow.
_MARGIN, _HIGHEST, _LOWEST = 1.25, 0.90, 0.40
# By how much a share may fall before it is told: of the blocks of a cache.
_FALL = 0.02
# Nobody changes a threshold for less.
_WORTH_IT = 0.10


@dataclass(frozen=True)
class Fitted:
    """A threshold of a check, and the figure that it is about; `low`: told where it falls below."""

    metric: str
    check: str
    limit: str
    low: bool = False


FITTED = (
    Fitted("connections_used_ratio", "connections_saturated", "high"),
    Fitted("cache_hit_ratio", "cache_hit_low", "ratio", low=True),
)


@dataclass(frozen=True)
class Suggestion:
    """What a threshold is, what was seen, and the line of the settings that would fit it.

    `line` is None where it fits, and where what was seen leaves no room for one that would.
    """

    database: str
    threshold: str
    now: Ratio
    seen: Ratio
    says: str
    line: str | None = None


def suggested(
    database: str,
    fitted: Fitted,
    limits: Mapping[str, object],
    hours: Sequence[tuple[float, float]],
) -> Suggestion | None:
    """Return what the hours of a month say of a threshold; None where they are too few."""
    now = limits.get(fitted.limit)
    if len(hours) < FEWEST_HOURS or not isinstance(now, float):
        return None
    name = f"limits.{fitted.check}.{fitted.limit}"
    if fitted.low:
        seen = _percentile([least for least, _ in hours], 0.01)
        return _lower(database, name, Ratio(now), Ratio(seen))
    seen = _percentile([most for _, most in hours], 0.99)
    return _upper(database, name, Ratio(now), Ratio(seen))


def _upper(database: str, name: str, now: Ratio, seen: Ratio) -> Suggestion:
    fits = Ratio(min(_HIGHEST, max(_LOWEST, math.ceil(seen * _MARGIN * 20 - 1e-9) / 20)))
    was = f"99 of 100 hours were at {seen} or below"
    if seen >= _HIGHEST / _MARGIN and now <= seen:
        says = f"{was}: no threshold fits that, and room has to be made"
        return Suggestion(database, name, now, seen, says)
    if now <= seen:
        return _line(database, name, (now, seen, fits), f"{was}: it is told on usual days")
    if now - fits >= _WORTH_IT:
        return _line(database, name, (now, seen, fits), f"{was}: what is unusual is told late")
    return Suggestion(database, name, now, seen, f"{was}: it fits")


def _lower(database: str, name: str, now: Ratio, seen: Ratio) -> Suggestion:
    fits = Ratio(math.floor((seen - _FALL) * 100 + 1e-9) / 100)
    was = f"99 of 100 hours were at {seen} or above"
    if now >= seen:
        if fits < 0.5:
            says = f"{was}: no threshold fits that; the cache is too small for what is read"
            return Suggestion(database, name, now, seen, says)
        return _line(database, name, (now, seen, fits), f"{was}: it is told on usual days")
    if fits - now >= _WORTH_IT / 2:
        return _line(database, name, (now, seen, fits), f"{was}: what is unusual is told late")
    return Suggestion(database, name, now, seen, f"{was}: it fits")


def _line(database: str, name: str, figures: tuple[Ratio, Ratio, Ratio], says: str) -> Suggestion:
    now, seen, fits = figures
    return Suggestion(database, name, now, seen, says, f'{name} = "{say_share(fits)}"')


def _percentile(values: Sequence[float], share: float) -> float:
    """Return the least of the values that such a share of them is not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
