"""What of many values is told."""

import statistics
from collections.abc import Sequence


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that this part of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def milliseconds(seconds: Sequence[float]) -> str:
    """Return a median with its range: `12 ms (10–15)`."""
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    return f"{1000 * middle:.0f} ms ({1000 * least:.0f}–{1000 * most:.0f})"
