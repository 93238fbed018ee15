"""What of figures is told to people: of too few issues a figure misleads, and is not told.

The data hold it all the same, beside how many issues it is of.
"""

from typing import TYPE_CHECKING

from fettle.review.figures import MEDIAN_FROM, P90_FROM, SHARE_FROM

if TYPE_CHECKING:
    from fettle.frontends.report.figures_document import TimesDocument


def median(times: "TimesDocument") -> float | None:
    """Return a median in seconds; None where it is of too few."""
    return times["median_s"] if times["number"] >= MEDIAN_FROM else None


def p90(times: "TimesDocument") -> float | None:
    """Return a p90 in seconds; None where it is of too few."""
    return times["p90_s"] if times["number"] >= P90_FROM else None


def share(value: float | None, issues: int) -> float | None:
    """Return a share of so many issues; None where they are too few."""
    return value if issues >= SHARE_FROM else None
