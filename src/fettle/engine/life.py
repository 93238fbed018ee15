"""Whether a worker may say of others that they are dead."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Life:
    """A worker's own signs of life, by the clock of the store, as those of others are.

    When the store was away, or its clock was set, everybody's last sign of life is old; and who was
    frozen finds the same. So only a worker that itself has shown life for as long as others must
    have shown none may take their runs, and only while its own last sign is not old.
    """

    stale: timedelta
    last: datetime | None = None
    since: datetime | None = None

    def shown(self, at: datetime) -> None:
        """Take down a sign of life, given at that moment."""
        if self.last is None or not self.last <= at <= self.last + self.stale / 2:
            self.since = at
        self.last = at

    @property
    def judges_until(self) -> datetime | None:
        """Until when others may be taken for dead; None: life was shown for too short a time."""
        if self.last is None or self.since is None or self.last - self.since < self.stale:
            return None
        return self.last + self.stale / 2
