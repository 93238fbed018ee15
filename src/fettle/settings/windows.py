"""Settings of times that come again: windows of maintenance, and those that mute alerts."""

from datetime import time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field

from fettle.model.looking import Duration
from fettle.model.rule import Numbers, Rule
from fettle.model.window import Window
from fettle.settings.section import Section

DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[DayName, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; write it like Europe/Berlin") from None


def _local_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    hours, _, minutes = ("00:00" if value == "24:00" else value).partition(":")
    if not (len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()):
        raise ValueError(f"{value!r} is no time of day; write it like 09:00")
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError(f"{value!r} is no time of day; write it like 09:00") from None


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    opens, dash, closes = value.partition("-")
    if not dash:
        raise ValueError(f"{value!r} are no hours; write them like 09:00-17:00")
    return _local_time(opens.strip()), _local_time(closes.strip())


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
LocalTime = Annotated[time, BeforeValidator(_local_time)]
OpenHours = Annotated[tuple[time, time], BeforeValidator(_hours)]


class OpeningSettings(Section, arbitrary_types_allowed=True):
    """When something is open, time and again."""

    start: LocalTime = Field(description="the local time at which it opens")
    timezone: Zone = Field(ZoneInfo("UTC"), description="the zone of that time")
    duration: Duration = Field(description="how long it is open")
    cutoff: Duration = Field(timedelta(0), description="nothing begins so long before its end")
    day_of_week: DayName | tuple[DayName, ...] | None = Field(None, description="on which days")
    day_of_month: int | None = Field(
        None, ge=1, le=31, description="on which day of the month; of a shorter one on its last"
    )
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(
        (), description="in which months; all when empty"
    )

    @property
    def weekdays(self) -> frozenset[int] | None:
        """The days of the week it names, 0 is Monday; None where it names none."""
        days = self.day_of_week
        names = () if days is None else (days,) if isinstance(days, str) else days
        return frozenset(map(WEEKDAYS.index, names)) or None

    def window(self, rule: Rule | None = None, months: Numbers | None = None) -> Window:
        """Return the window, in those months where it names none; raises ValueError."""
        return Window(
            self.start,
            self.timezone,
            self.duration,
            self.cutoff,
            self.weekdays,
            self.day_of_month,
            frozenset(self.months) or months,
            rule,
        )


class WindowSettings(OpeningSettings):
    """A time that comes again, in which alerts open no issues."""

    name: str = Field(min_length=1, description="what it is called")
    services: tuple[str, ...] = Field((), description="the services it is about; all when empty")
