"""How much one sender may send: so many at once, and so many a second on average."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil


@dataclass
class Quota:
    """A bucket of `burst` tokens that fills by `rate` a second; each delivery takes one."""

    rate: float
    burst: int
    left: float = 0.0
    filled_at: datetime | None = None

    def take(self, now: datetime) -> int | None:
        """Take a token: None, or after how many whole seconds there will be one."""
        if (seconds := self.wait(now)) is None:
            self.left -= 1
        return seconds

    def wait(self, now: datetime) -> int | None:
        """Return after how many whole seconds there will be a token; None when there is one.

        A clock that goes back fills nothing, and takes nothing away.
        """
        if self.filled_at is None:
            self.left, self.filled_at = float(self.burst), now
        passed = max(0.0, (now - self.filled_at).total_seconds())
        self.left, self.filled_at = min(self.burst, self.left + passed * self.rate), now
        return None if self.left >= 1 else max(1, ceil((1 - self.left) / self.rate))
