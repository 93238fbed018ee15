"""Whether what came regularly has stopped coming; pure.

Regular is what came in two weeks so that no pause between the hours in which it came was longer
than twice the usual one, nor than 26 hours; at least 12 times, and over two days. It has vanished
when it did not come for one and a half times its longest pause, and two hours at least.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

HOURS = 14 * 24
_FEWEST = 12
_SHORTEST = 48  # hours from the first to the last
_LONGEST_PAUSE = 26
_TIMES = 2


def patience(hours: Sequence[int]) -> int | None:
    """Return after how many hours without it what came in these hours has vanished.

    `hours` are counted from any moment, each once, the first one first. None where it is not
    regular: whenever it stops, that says nothing.
    """
    if len(hours) < _FEWEST or hours[-1] - hours[0] < _SHORTEST:
        return None
    pauses = [after - before for before, after in pairwise(hours)]
    longest = max(pauses)
    if longest > _LONGEST_PAUSE or longest > _TIMES * median(pauses):
        return None
    return longest + max(1, (longest + 1) // 2)
