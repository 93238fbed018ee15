"""When something happened, where an application's clock may be off by years.

An envelope says when it was sent, by the same clock that its events have: how far that is from
when it arrived is how far the clock is off.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# What is on its way for less than this is no clock that is off.
_DRIFT = timedelta(minutes=1)
_FUTURE, _PAST = timedelta(minutes=1), timedelta(days=30)
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?")
# Seconds since 1970 that stand for a moment after 2001; larger ones are milli- or microseconds.
_SECONDS_FROM, _MILLISECONDS_FROM, _MICROSECONDS_FROM = 10**9, 10**11, 10**14


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


def moment(value: object) -> datetime | None:
    """Return a moment written as RFC 3339, or as seconds, milli- or microseconds since 1970.

    What has no zone is in UTC. What cannot be read, and what is before 1970, is None.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if len(text) > 64:
        return None
    try:
        if isinstance(value, int | float) or _NUMBER.fullmatch(text):
            return _counted(float(text))
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year >= 1970 else None


def _counted(number: float) -> datetime:
    if number >= _MICROSECONDS_FROM:
        number /= 1_000_000
    elif number >= _MILLISECONDS_FROM:
        number /= 1000
    if number < _SECONDS_FROM:
        raise ValueError("no moment since 2001")
    return datetime.fromtimestamp(number, UTC)
