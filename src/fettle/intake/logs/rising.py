"""Whether an hour brought far more of a template than is usual for it; pure.

A week says what is usual: its third-largest hour, so that two hours of trouble in it hide nothing,
and a job that runs every night is usual; and, beside it, the same hour of a week and of two weeks
ago, give or take an hour, so that a weekly job is usual too. Far more is four times that, and more
than chance would make of it; and never less than twenty lines. With less than a day of history
nobody knows what is usual.
"""

from dataclasses import dataclass
from math import sqrt

from fettle.model.log import Past

DAY, WEEK = 24, 7 * 24  # hours
REMEMBERED = 2 * WEEK + 2
_FEWEST_LINES = 20
_TIMES = 4
_SPREADS = 6
_CALM_TIMES = 2
_PLACE = 3  # the largest hour that counts, of a week


@dataclass(frozen=True)
class Rise:
    """How many lines an hour has brought, and how many are the most that is usual."""

    lines: int
    usual: int

    @property
    def grounds(self) -> str:
        """Why it is one, in a sentence."""
        usual = f"{self.usual:,}" if self.usual else "none"
        return (
            f"{self.lines:,} lines in this hour, where {usual} in an hour is the most that is usual"
        )


def usual(past: Past) -> int | None:
    """Return the most lines that are usual in the hour after these; None when nobody knows."""
    if len(past) < DAY:
        return None
    week = sorted(past[-WEEK:], reverse=True)
    largest = week[min(_PLACE, max(1, len(week) // DAY)) - 1]
    alike = [
        past[place]
        for weeks in (1, 2)
        for place in range(len(past) - weeks * WEEK - 1, len(past) - weeks * WEEK + 2)
        if 0 <= place < len(past)
    ]
    return max([largest, *alike])


def rise(lines: int, usual_: int | None) -> Rise | None:
    """Return the rise that an hour with so many lines is; None where it is none."""
    if usual_ is None or lines < _FEWEST_LINES:
        return None
    if lines < _TIMES * usual_ or lines < usual_ + _SPREADS * sqrt(usual_):
        return None
    return Rise(lines, usual_)


def is_calm(lines: int, usual_: int) -> bool:
    """Whether a whole hour with so many lines ends a rise above what was usual."""
    return lines <= max(_FEWEST_LINES // 2, _CALM_TIMES * usual_)
