"""Moments as pages say them.

`static/moments.js` says them the same way as time goes on: what a page was written with needs no
change when its scripts begin, and nothing moves.
"""

from datetime import UTC, datetime, timedelta

_NEAR = timedelta(days=2)  # from there on the calendar says more than a number of hours


def moment(moment: str, now: datetime) -> str:
    """Return how long ago a moment of a document was, or how soon it is; far ones by date."""
    at = datetime.fromisoformat(moment)
    apart = abs(now - at)
    if apart >= _NEAR:
        return _by_date(at, now)
    minutes = apart // timedelta(minutes=1)
    if not minutes:
        return "just now" if at <= now else "now"
    said = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
    return f"{said} ago" if at <= now else f"in {said}"


def calendar(moment: str, now: datetime) -> str:
    """Return a moment by date and time, in UTC: `24 Nov, 13:15`."""
    return _by_date(datetime.fromisoformat(moment), now)


def _by_date(at: datetime, now: datetime) -> str:
    utc = at.astimezone(UTC)
    year = "" if utc.year == now.astimezone(UTC).year else f" {utc.year}"
    return f"{utc.day} {utc:%b}{year}, {utc:%H:%M}"
