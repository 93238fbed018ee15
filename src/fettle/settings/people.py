"""Settings of who works on issues, when, and how they are called."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fettle.model.classification import Escalation
from fettle.model.looking import Duration
from fettle.model.severity import Severity
from fettle.settings.section import Section, SeverityByName
from fettle.settings.windows import WEEKDAYS, DayName, LocalTime, OpenHours, Zone


class HoursSettings(Section, arbitrary_types_allowed=True):
    """The hours that promises in business time count."""

    timezone: Zone = Field(ZoneInfo("UTC"), description="an IANA time zone, like Europe/Berlin")
    days: dict[DayName, OpenHours] = Field(
        default_factory=lambda: dict.fromkeys(WEEKDAYS[:5], (time(9), time(17))),
        description="the hours of each day that counts, like 09:00-17:00",
    )
    holidays: str | None = Field(
        None, description="whose public holidays are off: a country, or one of its parts, as DE-BE"
    )
    off: tuple[date, ...] = Field((), description="further days that are off")
    on: tuple[date, ...] = Field((), description="holidays that count all the same")


class OverrideSettings(Section, populate_by_name=True):
    """Somebody else's turn."""

    start: datetime = Field(alias="from", description="from when on")
    end: datetime = Field(alias="to", description="until before when")
    member: str = Field(description="whose turn it is instead")


class RotationSettings(Section, arbitrary_types_allowed=True):
    """Who of a team is on call, in turns."""

    members: tuple[str, ...] = Field(min_length=1, description="who takes turns, in this order")
    since: date = Field(description="the day on which the first one's turn begins")
    handover: LocalTime = Field(time(9), description="when turns are handed over")
    timezone: Zone = Field(ZoneInfo("UTC"), description="the zone of that time")
    days: int = Field(7, ge=1, description="how many days a turn lasts")
    override: tuple[OverrideSettings, ...] = Field((), description="turns of somebody else")


class MemberSettings(Section):
    """One of a team."""

    name: str = Field(min_length=1, description="what they are called")
    receivers: tuple[str, ...] = Field((), description="names of [[receiver]]s that reach them")


class TeamSettings(Section):
    """People who work on issues together."""

    name: str = Field(min_length=1, description="what the team is called")
    categories: tuple[str, ...] = Field(
        (), description="categories of issues that it takes where no service has an owner"
    )
    receivers: tuple[str, ...] = Field((), description="what reaches the team as a whole")
    member: tuple[MemberSettings, ...] = Field((), description="its people")
    rotation: RotationSettings | None = Field(None, description="who of them is on call when")
    hours: HoursSettings | None = Field(None, description="its hours; else [business_hours]")

    @model_validator(mode="after")
    def _knows_its_members(self) -> "TeamSettings":
        names = [member.name for member in self.member]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two members are called {', '.join(twice)}")
        if self.rotation is not None:
            turns = [*self.rotation.members, *(one.member for one in self.rotation.override)]
            if strange := [name for name in turns if name not in names]:
                raise ValueError(f"its rotation names {strange[0]}, who is no member")
        return self


class EscalationSettings(Section):
    """Who is called, when an issue asks for somebody."""

    level: Escalation = Field(
        description="immediate, within-1h, within-business-hours or next-sprint"
    )
    steps: tuple[tuple[str, ...], ...] = Field(
        min_length=1, description="who is called at each step: on-call, team, everybody, or a name"
    )
    every: Duration = Field(
        timedelta(minutes=5),
        gt=timedelta(0),
        le=timedelta(days=31),
        description="the pause after each step",
    )
    rounds: int = Field(1, ge=1, le=100, description="how often all steps come")
    business_hours: bool = Field(False, description="whether only the team's hours count")
    quiet: bool = Field(False, description="whether it is told in a digest")
    acknowledged_for: Duration | None = Field(
        None,
        gt=timedelta(0),
        description="after how long without news an acknowledged issue asks again",
    )


class ScheduleSettings(Section):
    """Checks that Fettle makes by itself; what they find becomes issues."""

    name: str = Field(min_length=1, description="what it is called")
    databases: tuple[str, ...] = Field(
        (), description="names of databases; all when it names no other target either"
    )
    targets: tuple[str, ...] = Field(
        (),
        description="names of services, dependencies and all else that can be looked at, which "
        "are looked at on schedules that name them only",
    )
    every: Duration = Field(timedelta(minutes=5), description="how often")
    only: tuple[str, ...] = Field((), description="ids of checks; all when empty")
    skip: tuple[str, ...] = Field((), description="ids of checks that are left out")
    severity: SeverityByName = Field(
        Severity.MEDIUM, description="what is at least so bad becomes an issue"
    )
    on: str | None = Field(
        None, max_length=32, description="the label of the workers that make them"
    )

    @model_validator(mode="after")
    def _takes_its_time(self) -> "ScheduleSettings":
        if self.every < timedelta(seconds=10):
            raise ValueError("every: checks are made every ten seconds at most")
        return self
