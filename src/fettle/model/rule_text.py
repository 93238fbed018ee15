"""How rules of RFC 5545 are written, and what is wrong with those that are none.

What comes more than once an hour is refused, and so is what names no beginning and counts from it.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from fettle.model.rule import Numbers, Period, Rule

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_MOST_COUNTED = 10_000
_YEARS = range(1900, 2401)


@dataclass
class _Parts:
    """The parts of a rule as they are written; each is taken once."""

    given: dict[str, str] = field(default_factory=dict)

    def number(self, name: str, least: int, most: int) -> int | None:
        text = self.given.pop(name, None)
        return None if text is None else _number(name, text, least, most)

    def numbers(self, name: str, most: int, *, signed: bool = True, zero: bool = False) -> Numbers:
        text = self.given.pop(name, None)
        if text is None:
            return frozenset()
        found = frozenset(_number(name, one, -most, most) for one in text.split(","))
        if (not signed and min(found) < 0) or (not zero and 0 in found):
            raise ValueError(f"{name}={text}: it holds numbers from {0 if zero else 1} to {most}")
        return found


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,5}", text) or not least <= int(text) <= most:
        raise ValueError(f"{name}={text}: it is a number from {least} to {most}")
    return int(text)


def rule_of(text: str) -> Rule:
    """Read `FREQ=MONTHLY;BYDAY=2TU`, with `RRULE:` and a `DTSTART:` before it or without.

    Raises ValueError with what would be right.
    """
    since, written = _beginning(text)
    parts = _Parts(_split(written))
    given, interval = parts.given.pop("FREQ", ""), parts.number("INTERVAL", 1, 9999) or 1
    every_hours = _hours_of(given, interval)
    if every_hours is not None:
        given, interval = "DAILY", 1
    if given not in tuple(Period):
        often = "HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY"
        raise ValueError(f"FREQ={given} is nothing that a task comes by; it is {often}")
    weekdays, nth = _weekdays(parts.given.pop("BYDAY", None))
    rule = Rule(
        text=written,
        period=Period(given),
        interval=interval,
        since=since,
        until=_until(parts.given.pop("UNTIL", None)),
        count=parts.number("COUNT", 1, _MOST_COUNTED),
        months=parts.numbers("BYMONTH", 12, signed=False),
        month_days=parts.numbers("BYMONTHDAY", 31),
        year_days=parts.numbers("BYYEARDAY", 366),
        weeks=parts.numbers("BYWEEKNO", 53),
        weekdays=weekdays,
        nth=nth,
        positions=parts.numbers("BYSETPOS", 366),
        week_start=_week_start(parts.given.pop("WKST", "MO")),
        hours=tuple(sorted(parts.numbers("BYHOUR", 23, signed=False, zero=True))),
        minutes=tuple(sorted(parts.numbers("BYMINUTE", 59, signed=False, zero=True))),
        every_hours=every_hours,
    )
    if parts.given:
        name, value = next(iter(parts.given.items()))
        raise ValueError(f"{name}={value} is nothing that a task's rule may say")
    _refuse_what_has_no_meaning(rule)
    return rule


def _beginning(text: str) -> tuple[date | None, str]:
    """Return the day of a DTSTART, and the rule itself."""
    since = None
    rules = []
    for word in text.split():
        name, colon, value = word.partition(":")
        if not colon:
            rules.append(word)
        elif name.upper() == "RRULE":
            rules.append(value)
        elif name.upper() == "DTSTART" and since is None:
            since = _day_of(value)
        else:
            raise ValueError(
                f"{word[:60]!r} cannot stand in it; write it like RRULE:FREQ=WEEKLY;BYDAY=TU,TH, "
                "with DTSTART:20260105 before it where it counts weeks"
            )
    if len(rules) != 1:
        raise ValueError(f"{text[:60]!r} is no rule; write it like RRULE:FREQ=WEEKLY;BYDAY=TU,TH")
    return since, rules[0].upper()


def _day_of(text: str) -> date:
    moment = _moment("DTSTART", text)
    if moment.tzinfo is not None or moment.time() != time():
        raise ValueError(
            f"DTSTART:{text} is a day, like DTSTART:20260105; the window says the time and the zone"
        )
    return moment.date()


def _split(written: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in written.strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise ValueError(f"{part[:60]!r} is no part of a rule; write it like BYDAY=TU,TH")
        if name in parts:
            raise ValueError(f"{name} stands in it twice")
        parts[name] = value
    return parts


def _hours_of(freq: str, interval: int) -> int | None:
    """Return how many hours lie between, of a rule that comes by the hour."""
    if freq in ("SECONDLY", "MINUTELY"):
        often = "second" if freq == "SECONDLY" else "minute"
        raise ValueError(
            f"FREQ={freq}: it would come every {often}; HOURLY is the most often that a task comes"
        )
    if freq != "HOURLY":
        return None
    if 24 % interval:
        raise ValueError(
            f"FREQ=HOURLY;INTERVAL={interval}: a day has no whole number of them; "
            "write FREQ=DAILY;BYHOUR=0,5,10,15,20"
        )
    return interval


def _weekdays(text: str | None) -> tuple[Numbers, frozenset[tuple[int, int]]]:
    plain, nth = set(), set()
    for word in text.split(",") if text else ():
        match = _WEEKDAY.fullmatch(word)
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
            raise ValueError(f"BYDAY={text}: write it like BYDAY=TU,TH, or BYDAY=2TU or -1FR")
        weekday = _NAMES.index(match[2])
        if match[1]:
            nth.add((weekday, int(match[1])))
        else:
            plain.add(weekday)
    return frozenset(plain), frozenset(nth)


def _until(text: str | None) -> datetime | None:
    """Return the last moment; of a day its end. It is local, unless it is written with a Z."""
    if text is None:
        return None
    moment = _moment("UNTIL", text)
    return moment.replace(hour=23, minute=59, second=59) if "T" not in text else moment


def _moment(name: str, text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    written = f"{match[1]}T{match[2] or '000000'}" if match else ""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{name}={text}: write it like 20261231 or 20261231T220000") from None
    if read.year not in _YEARS:
        raise ValueError(f"{name}={text}: it lies between {_YEARS[0]} and {_YEARS[-1]}")
    return read.replace(tzinfo=UTC) if match and match[3] else read


def _week_start(text: str) -> int:
    if text not in _NAMES:
        raise ValueError(f"WKST={text}: it is one of {', '.join(_NAMES)}")
    return _NAMES.index(text)


def _refuse_what_has_no_meaning(rule: Rule) -> None:
    if rule.since is None and (rule.interval > 1 or rule.count is not None):
        counted = "INTERVAL" if rule.interval > 1 else "COUNT"
        raise ValueError(
            f"{counted} counts from a day that it does not name; write DTSTART:20260105 before it"
        )
    if rule.count is not None and rule.until is not None:
        raise ValueError("COUNT and UNTIL both say when it ends; write one of them")
    _refuse_days_of_another_period(rule)
    if rule.positions and not rule.names_days:
        raise ValueError("BYSETPOS chooses among days; write among which, like BYDAY=MO,TU")
    if rule.positions and len(rule.hours) * len(rule.minutes or (0,)) > 1:
        raise ValueError("BYSETPOS chooses days; beside several BYHOUR it would choose hours")


def _refuse_days_of_another_period(rule: Rule) -> None:
    if rule.nth and (rule.period not in (Period.MONTH, Period.YEAR) or rule.weeks):
        raise ValueError("a numbered day, like 2TU, is one of a month or a year")
    if rule.period is not Period.YEAR and (rule.year_days or rule.weeks):
        raise ValueError("BYYEARDAY and BYWEEKNO choose days of a year: write FREQ=YEARLY")
    if rule.weeks and rule.week_start:
        raise ValueError("BYWEEKNO counts weeks that begin on Monday: leave out WKST")
    if rule.weeks and not (rule.weekdays or rule.month_days or rule.year_days):
        raise ValueError("BYWEEKNO names weeks; write the days of them, like BYDAY=MO")
    if rule.period is Period.WEEK and rule.month_days:
        raise ValueError("BYMONTHDAY chooses days of a month: write FREQ=MONTHLY")
