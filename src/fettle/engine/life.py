"""Whether a worker may say of others that they are dead."""

from dataclasses import dataclass


@dataclass
class Life:
    """A worker's own signs of life, in seconds of a clock that only goes forward.

    When the store was away, everybody's last sign of life is old; and who was frozen finds the
    same. So only a worker that itself has shown life for as long as others must have shown none
    may take their runs.
    """

    stale: float
    last: float | None = None
    since: float = 0.0

    def shown(self, at: float) -> None:
        """Take down a sign of life, given at that moment."""
        if self.last is None or at - self.last > self.stale / 2:
            self.since = at
        self.last = at

    @property
    def may_judge(self) -> bool:
        """Whether life was shown without a gap for as long as makes others dead."""
        return self.last is not None and self.last - self.since >= self.stale
