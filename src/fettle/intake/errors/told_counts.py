"""How many events of an issue were counted elsewhere, and are not counted here yet; pure.

A Sentry is asked for the latest event of an issue, not for each: of the others it tells how many
there were, altogether and in each of the last hours.
"""

from datetime import datetime, timedelta

from fettle.model.sentry import Counts

_REMEMBERED = timedelta(hours=48)  # hours that are told again are of the last day


def uncounted(counted: Counts, told: Counts, last_seen: datetime) -> Counts:
    """Return what is told and is not counted.

    Where nothing is told by the hour, what has come since belongs to the hour of the last; of what
    was there before anything was counted nobody knows the hours.
    """
    total = max(told.total - counted.total, 0)
    if not told.hours:
        known = counted.total > 1
        return Counts(total, {_hour(last_seen): total} if total and known else {})
    more = {hour: number - counted.hours.get(hour, 0) for hour, number in told.hours.items()}
    return Counts(total, {hour: number for hour, number in more.items() if number > 0})


def counted_now(counted: Counts, told: Counts, last_seen: datetime) -> Counts:
    """Return what is counted once all is that is told.

    Where less is told than was counted, as when an issue was parted there, more is counted again
    from there on.
    """
    since = last_seen - _REMEMBERED
    hours = {
        hour: max(counted.hours.get(hour, 0), told.hours.get(hour, 0))
        for hour in {*counted.hours, *told.hours}
        if hour >= since
    }
    return Counts(told.total, hours)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
