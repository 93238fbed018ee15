"""Time as a team promises it: spans of clock time or of business time."""

import re
from dataclasses import dataclass
from datetime import timedelta

_SPAN = re.compile(
    r"(?:(?P<weeks>\d+)\s*(?:w|weeks?))?\s*(?:(?P<days>\d+)\s*(?:d|days?))?\s*"
    r"(?:(?P<hours>\d+)\s*(?:h|hours?))?\s*(?:(?P<minutes>\d+)\s*(?:m|min|minutes?))?"
)


@dataclass(frozen=True)
class Span:
    """An amount of time as it is promised: `1w`, `3d`, `4h 30m`.

    Around the clock a day is 24 hours and a week seven days; on business time they are business
    days and weeks of them, and `time` counts business hours. So the parts are kept apart.
    """

    weeks: int = 0
    days: int = 0
    time: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read `15m`, `4h`, `1d`, `1w` or `1d 4h`; ValueError otherwise."""
        match = _SPAN.fullmatch(text.strip().lower())
        parts = (
            {unit: int(amount) for unit, amount in match.groupdict("0").items()} if match else {}
        )
        if not any(parts.values()):
            raise ValueError(f"{text!r} is no span of time; write it like 15m, 4h, 3d or 1w")
        time = timedelta(hours=parts["hours"], minutes=parts["minutes"])
        return cls(parts["weeks"], parts["days"], time)

    def __str__(self) -> str:
        minutes = round(self.time.total_seconds() / 60)
        parts = ((self.weeks, "w"), (self.days, "d"), (minutes // 60, "h"), (minutes % 60, "m"))
        return " ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"

    @property
    def iso(self) -> str:
        """The span in ISO 8601: `PT15M`, `P1D`, `P1W`; beside others weeks are written as days."""
        hours, minutes = divmod(round(self.time.total_seconds() / 60), 60)
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if self.weeks and not self.days and not time:
            return f"P{self.weeks}W"
        days = 7 * self.weeks + self.days
        date = f"{days}D" if days else ""
        return f"P{date}T{time or '0M'}" if time or not date else f"P{date}"
