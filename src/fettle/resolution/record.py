"""How often something has helped, and how sure that is; pure.

What is proven is the lower end of the Wilson interval (E. B. Wilson, Probable inference, 1927): of
few attempts it is low, however well they went. What was so elsewhere is a prior of little weight:
it says where to begin, it is shown as what it is, and it proves nothing.
"""

import math

from fettle.model.quantity import Ratio
from fettle.model.remedy import Rate, Record

_Z = 1.959964  # of 95 %
_PRIOR_WEIGHT = 4.0  # attempts that what was so elsewhere counts for


def wilson(record: Record, z: float = _Z) -> tuple[float, float]:
    """Return the ends of the interval in which the true rate lies; all of it without an attempt."""
    trials = record.attempts
    if trials == 0:
        return 0.0, 1.0
    share, square = record.resolved / trials, z * z
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    reach = (
        z
        * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
        / (1 + square / trials)
    )
    return max(0.0, middle - reach), min(1.0, middle + reach)


def rate(record: Record, prior: Ratio | None = None) -> Rate:
    """Return how often something helps."""
    low, high = wilson(record)
    known = record.attempts > 0
    return Rate(
        record,
        Ratio(low) if known else None,
        Ratio(high) if known else None,
        _likely(record, prior),
        prior,
    )


def is_proven(record: Record, least: float) -> bool:
    """Whether something has helped often enough to be done without asking."""
    return record.attempts > 0 and wilson(record)[0] >= least


def _likely(record: Record, prior: Ratio | None) -> Ratio | None:
    weight = 0.0 if prior is None else _PRIOR_WEIGHT
    if record.attempts + weight == 0:
        return None
    return Ratio((record.resolved + weight * (prior or 0.0)) / (record.attempts + weight))
