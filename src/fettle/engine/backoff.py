"""How long to wait before the next attempt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

Chance = Callable[[], float]


@dataclass(frozen=True)
class Backoff:
    """Pauses that double from `first` up to `longest`, each shortened by a chance up to `jitter`.

    `jitter` is a share, 0 to 1: many that failed together do not come back together.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    jitter: float = 0.2

    def pause(self, attempt: int, chance: Chance) -> timedelta:
        """Return the pause after the given attempt, 1 being the first; `chance` is in [0, 1)."""
        doublings = min(attempt - 1, 30)  # beyond that it is the longest in any case
        whole = min(self.first * (1 << doublings), self.longest)
        return whole * (1 - self.jitter * chance())
