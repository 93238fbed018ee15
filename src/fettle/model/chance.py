"""How likely a difference between two measurements is by chance; pure.

Between identical pages medians of five visits differed by up to 7 %; p < .05 came in one of ten
pairs, p < .01 in none.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from math import comb, erfc, sqrt

SURE = 0.01
ENOUGH = 0.10
_EXACT = 12  # values on each side up to which every way to deal them out is counted


def chance(before: Sequence[float], after: Sequence[float]) -> float:
    """Return how likely so great a difference is by chance: Mann-Whitney, two-sided.

    All ways to deal the values out are counted, ties as half: of five against five there are 252,
    and the least there is to be had is .008. Of many values it is reckoned by the normal law.
    """
    ranks = _doubled_ranks([*before, *after])
    own, many = sum(ranks[: len(before)]), len(before)
    middle = sum(ranks) * many / len(ranks)
    if max(many, len(after)) > _EXACT:
        return _by_normal_law(ranks, many, abs(own - middle))
    dealt = _deals(ranks, many)
    far = sum(ways for total, ways in dealt.items() if abs(total - middle) >= abs(own - middle))
    return far / comb(len(ranks), many)


def changed(before: Sequence[float], after: Sequence[float], least: float = 0.0) -> bool:
    """Whether a figure is surely another: not by chance, by a tenth, and by what is noticed."""
    was, now = statistics.median(before), statistics.median(after)
    far = abs(now - was) > max(ENOUGH * max(was, now), least)
    return far and chance(before, after) < SURE


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Return each value's rank, twice, so that those of ties are whole numbers."""
    places = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(places)))}
    same = Counter(places)
    return [2 * first[value] + same[value] + 1 for value in values]


def _deals(ranks: Sequence[int], many: int) -> Counter[int]:
    """Return in how many ways so many of the ranks come to each sum."""
    ways: list[Counter[int]] = [Counter({0: 1}), *(Counter() for _ in range(many))]
    for rank in ranks:
        for size in range(many, 0, -1):
            for total, number in ways[size - 1].items():
                ways[size][total + rank] += number
    return ways[many]


def _by_normal_law(ranks: Sequence[int], many: int, off: float) -> float:
    others = len(ranks) - many
    spread = statistics.pvariance(ranks) * many * others / (len(ranks) - 1)
    return erfc(off / sqrt(2 * spread)) if spread else 1.0
