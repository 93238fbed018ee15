"""When something happened, where an application's clock may be off by years.

An envelope says when it was sent, by the same clock that its events have: how far that is from
when it arrived is how far the clock is off.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# What is on its way for less than this is no clock that is off.
_DRIFT = timedelta(minutes=1)
_FUTURE, _PAST = timedelta(minutes=1), timedelta(days=30)


@dataclass(frozen=True)
class Clock:
    """The clocks of who received something, and of who sent it."""

    received_at: datetime
    sent_at: datetime | None = None

    def right(self, said: datetime) -> datetime:
        """Return when it happened, after all that is known; as it was received if that is off."""
        try:
            at = said + self._drift
        except OverflowError:
            return self.received_at
        if self.received_at - _PAST <= at <= self.received_at + _FUTURE:
            return min(at, self.received_at) if self._drift else at
        return self.received_at

    @property
    def _drift(self) -> timedelta:
        if self.sent_at is None:
            return timedelta(0)
        drift = self.received_at - self.sent_at
        return drift if abs(drift) > _DRIFT else timedelta(0)
