"""Moments as others write them."""

import re
from datetime import UTC, datetime

_LONGEST = 64
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?")
# Seconds since 1970 that stand for a moment after 2001; larger ones are milli- or microseconds.
_SECONDS_FROM, _MILLISECONDS_FROM, _MICROSECONDS_FROM = 10**9, 10**11, 10**14


def moment(value: object) -> datetime | None:
    """Return a moment written as ISO 8601, or as seconds, milli- or microseconds since 1970.

    What has no zone is in UTC. What cannot be read is None; so is a year before 1970, which stands
    for no moment: Go writes 0001 for none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if len(text) > _LONGEST:
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
