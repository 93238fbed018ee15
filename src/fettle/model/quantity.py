"""Quantities that carry their unit, and how they are read from settings and shown to people."""

import re
from datetime import timedelta
from functools import lru_cache

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_BYTES = {
    **{unit.lower(): 1024**power for power, unit in enumerate(_BINARY)},
    # PostgreSQL, and people, write kB and mean 1024 bytes.
    **{unit: 1024**power for power, unit in enumerate(("b", "kb", "mb", "gb", "tb", "pb"))},
}
_SECONDS = {
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400),
}
_LONGEST_S = 1e13  # longer than anything lasts
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]+)", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)


class Ratio(float):
    """A share of a whole; 0.8 is shown as 80 %."""

    __slots__ = ()

    def __str__(self) -> str:
        percent = float(self) * 100
        return say_share(self, 1 if percent < 10 or 99 < percent < 100 else 0)

    @classmethod
    def parse(cls, text: str) -> "Ratio":
        """Read `80 %`, `80%` or `0.8`; ValueError otherwise."""
        number = text.strip()
        try:
            return cls(float(number[:-1]) / 100) if number.endswith("%") else cls(number)
        except ValueError:
            raise ValueError(f"{text!r} is no share; write it like 80 %") from None


class Bytes(int):
    """An amount of storage, in bytes; shown in binary units."""

    __slots__ = ()

    def __str__(self) -> str:
        amount = float(self)
        for unit in _BINARY:
            if round(abs(amount)) < 1024 or unit == _BINARY[-1]:
                break
            amount /= 1024
        whole = unit == "B" or abs(amount) >= 9.95
        return f"{amount:.0f} {unit}" if whole else f"{amount:.1f} {unit}"

    @classmethod
    def parse(cls, text: str) -> "Bytes":
        """Read `50 MiB`, `50MB` or plain bytes; ValueError otherwise."""
        if text.strip().isdigit():
            return cls(text)
        match = _PART.fullmatch(text.strip())
        unit = match and _BYTES.get(match[2].lower())
        if not match or not unit:
            raise ValueError(f"{text!r} is no amount of storage; write it like 50 MiB")
        try:
            return cls(float(match[1]) * unit)
        except OverflowError:
            raise ValueError(f"{text!r} is more than any storage holds") from None


@lru_cache  # files of many tasks write the same few
def parse_duration(text: str) -> timedelta:
    """Read `90s`, `1h 30m`, `30 days` or ISO 8601's `PT1H30M`; ValueError otherwise."""
    seconds = _seconds(text.strip())
    if seconds is None:
        raise ValueError(f"{text!r} is no duration; write it like 90s, 1h 30m or 30 days")
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than anything lasts") from None


def _seconds(text: str) -> float | None:
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        lengths = (7 * 86400, 86400, 3600, 60, 1)
        parts = zip(iso.groups(), lengths, strict=True)
        return sum(float(amount or 0) * length for amount, length in parts)
    total, position = 0.0, 0
    while match := _PART.match(text, position):
        unit = _SECONDS.get(match[2].lower())
        if unit is None:
            return None
        total, position = total + float(match[1]) * unit, match.end()
    return total if text and position == len(text) else None


def say_duration(duration: timedelta) -> str:
    """Return a duration as people say it, to two units at most: `2 h 5 min`, `340 ms`."""
    seconds = duration.total_seconds()
    if seconds < 0:
        return f"-{say_duration(-duration)}"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    first = next(index for index, (_, length) in enumerate(units) if whole >= length)
    parts = []
    for unit, length in units[first : first + 2]:
        amount, whole = divmod(whole, length)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts)


def say_share(share: float, decimals: int = 0) -> str:
    """Return a share of a whole as people read it: `80 %`."""
    return f"{share * 100:.{decimals}f} %"


def say_growth(share: float) -> str:
    """Return how much more or less there is of something, as a share of it: `+25 %`."""
    return f"{share * 100:+.0f} %"


def say_count(number: int, one: str, many: str | None = None) -> str:
    """Return a number of things: `1 index`, `3 indexes`; `many` where an s does not make it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def iso_duration(duration: timedelta) -> str:
    """Return a duration in ISO 8601, as the JSON documents carry it: `PT1H30M`.

    Two clocks that differ can make one negative; it is none then.
    """
    lasted = max(duration, timedelta())
    minutes, seconds = divmod(lasted.days * 86400 + lasted.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if lasted.microseconds:
        return text + f"{seconds}.{lasted.microseconds:06}".rstrip("0") + "S"
    return text + f"{seconds}S" if seconds or text == "PT" else text


def say_figure(value: float, unit: str) -> str:
    """Return a figure as people read it; `s`, `bytes`, `ratio`, or what is counted."""
    if unit == "s" and abs(value) < _LONGEST_S:
        return say_duration(timedelta(seconds=value))
    if unit == "bytes":
        return str(Bytes(value))
    if unit == "ratio":
        return str(Ratio(value))
    whole = abs(value) >= 100 or value == int(value)
    number = f"{value:,.0f}" if whole else f"{value:,.3g}"
    return f"{number} {unit}" if unit else number
