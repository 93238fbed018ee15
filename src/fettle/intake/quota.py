"""How much one sender may send: so many at once, and so many a second on average."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil


@dataclass
class Quota:
    """A bucket of `burst` tokens that fills by `rate` a second; each delivery takes one.

    Of several that come together all are taken, or none: what is refused takes nothing, as in
    Sentry's own relay.
    """

    rate: float
    burst: int
    left: float = 0.0
    filled_at: datetime | None = None

    def take(self, now: datetime, many: int = 1) -> int | None:
        """Take tokens: None, or after how many whole seconds there will be so many."""
        if (seconds := self.wait(now, many)) is None:
            self.left -= many
        return seconds

    def give_back(self, many: int) -> None:
        """Take back that tokens were taken."""
        self.left = min(self.burst, self.left + many)

    def wait(self, now: datetime, many: int = 1) -> int | None:
        """Return after how many whole seconds there will be so many tokens; None when there are.

        More than a burst there never are: then, until it is full. A clock that goes back fills
        nothing, and takes nothing away.
        """
        if self.filled_at is None:
            self.left, self.filled_at = float(self.burst), now
        passed = max(0.0, (now - self.filled_at).total_seconds())
        self.left, self.filled_at = min(self.burst, self.left + passed * self.rate), now
        missing = min(many, self.burst) - self.left
        return None if self.left >= many else max(1, ceil(missing / self.rate))
