"""When a task comes, as people say it."""

from datetime import time

from fettle.model.quantity import say_duration
from fettle.model.task import Task
from fettle.model.window import Window

NOT_RUN = "This version of Fettle plans it, and does not do it yet."

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SHORTEST = 28


def schedule(task: Task) -> str:
    """Return when a task comes: `every Sunday at 03:00 Europe/Berlin, for 2 h`."""
    window = task.window
    days = _by_rule(window) if task.frequency is None else _by_frequency(window)
    said = f"{days} at {_times(window)} {window.zone.key}, for {say_duration(window.duration)}"
    if window.cutoff:
        said += f"; nothing begins in its last {say_duration(window.cutoff)}"
    if task.excluded:
        said += f"; not on {', '.join(map(str, sorted(task.excluded)))}"
    return said


def _by_frequency(window: Window) -> str:
    rule = window.rule
    weekdays = window.weekdays or (rule.weekdays if rule else None)
    if window.day_of_month is not None:
        days = f"on day {window.day_of_month}"
        if window.day_of_month > _SHORTEST:
            days += " (of a shorter month on its last)"
        if weekdays:
            days += f", where that is a {_or(weekdays)}"
    elif weekdays and rule and rule.positions:
        days = f"on the first {_or(weekdays)}"
    elif weekdays:
        return f"every {_and(weekdays)}" + _in_months(window)
    else:
        days = {"DAILY": "every day", "WEEKLY": "every Monday"}.get(
            rule.period if rule else "", "on day 1"
        )
        return days + (_of_months(window) if days == "on day 1" else _in_months(window))
    return days + _of_months(window)


def _by_rule(window: Window) -> str:
    rule = window.rule
    said = f"by {rule.text}" if rule else "every day"
    if rule and rule.since:
        said += f" from {rule.since} on"
    if rule and any(day > _SHORTEST for day in rule.month_days) and window.day_of_month is None:
        said += " (months without that day are left out, as RFC 5545 has it)"
    if window.weekdays:
        said += f", where that is a {_or(window.weekdays)}"
    if window.day_of_month is not None:
        said += f", where that is day {window.day_of_month}"
    return said + _in_months(window)


def _times(window: Window) -> str:
    found = [time(at // 3600, at // 60 % 60, at % 60) for at in window.times]
    return ", ".join(one.isoformat("seconds" if one.second else "minutes") for one in found)


def _in_months(window: Window) -> str:
    return f" in {_names_of(window.months)}" if window.months else ""


def _of_months(window: Window) -> str:
    return f" of {_names_of(window.months)}" if window.months else " of each month"


def _names_of(months: frozenset[int]) -> str:
    return _joined([_MONTHS[month - 1] for month in sorted(months)], "and")


def _or(weekdays: frozenset[int]) -> str:
    return _joined([_DAYS[day] for day in sorted(weekdays)], "or")


def _and(weekdays: frozenset[int]) -> str:
    return _joined([_DAYS[day] for day in sorted(weekdays)], "and")


def _joined(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
