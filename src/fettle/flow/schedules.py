"""Which targets are looked at by themselves, how often, and what they are to the business.

A database is looked at on each schedule that names it or no database at all. What is no database is
looked at as often as it says itself, or on the schedules that name it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fettle.engine.engine import LONGEST_LABEL
from fettle.errors import BadSettings, NotFound
from fettle.model.looking import DatabaseSettings
from fettle.model.service import Tier
from fettle.model.severity import Severity
from fettle.model.target import Kind, Target
from fettle.model.watched import Damping, Place
from fettle.settings import Settings, catalogue
from fettle.settings.people import ScheduleSettings
from fettle.settings.reach import databases_of

DEFAULT = "checks"


@dataclass(frozen=True)
class Planned:
    """The checks of one target on one schedule; `on` is the label of who makes them."""

    schedule: str
    place: Place
    every: timedelta
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    on: str | None = None

    @property
    def subject(self) -> str:
        """What its timer and its runs are called."""
        return f"{self.schedule}/{self.place.target}"

    @property
    def where(self) -> str:
        """What of the settings plans it."""
        if self.schedule == DEFAULT:
            return f"[[{self.place.kind}]] {self.place.target}"
        return f"[[schedule]] {self.schedule}"


def planned(settings: Settings) -> list[Planned]:
    """Return what the settings plan; raises BadSettings.

    Without a schedule every database is checked every [check] every, by whichever worker.
    """
    schedules = settings.schedule
    outside = {one.name: one for one in settings.outside if one.watchpoints}
    if not schedules and settings.check.every:
        schedules = (ScheduleSettings(name=DEFAULT, every=settings.check.every),)
    plans = [one for schedule in schedules for one in _of_schedule(schedule, outside, settings)]
    named = {one.place.target for one in plans}
    return plans + [
        one
        for target in outside.values()
        if target.name not in named
        for one in _of_itself(target, settings)
    ]


def place_of(
    name: str,
    settings: Settings,
    level: Severity = Severity.MEDIUM,
    kind: Kind = Kind.DATABASE,
    on: str | None = None,
) -> Place:
    """Return what a target is to the business: as a service, or by those that depend on it."""
    own = [one for one in settings.service if one.name == name]
    services = own or [one for one in settings.service if name in catalogue.direct(settings, one)]
    critical = any(one.tier is Tier.CRITICAL for one in services) or any(
        one.critical for one in settings.dependency if one.name == name
    )
    only = services[0].name if len(services) == 1 else None
    given = settings.check
    damping = Damping(given.raise_after, given.clear_after)
    if kind is Kind.DATABASE:
        damping = Damping()  # its checks say how it is, and look over some time themselves
    return Place(name, only, critical, level, kind, damping, on)


def configured(settings: Settings, name: str) -> DatabaseSettings:
    """Return the database of that name, `-` and `_` being equal; raises NotFound."""
    plain = name.replace("-", "_")
    for database in settings.database:
        if database.name.replace("-", "_") == plain:
            return database
    known = ", ".join(database.name for database in settings.database)
    raise NotFound(
        f"no [[database]] is called {name}",
        remedy=f"one of {known}" if known else "name it as a [[database]] in fettle.toml",
    )


def _of_schedule(
    schedule: ScheduleSettings, outside: Mapping[str, Target], settings: Settings
) -> Iterator[Planned]:
    where = f"[[schedule]] {schedule.name}"
    known = [database.name for database in settings.database]
    refuse_label(where, schedule.on)
    for name in schedule.databases:
        if name not in known:
            raise BadSettings(f"{where}: databases: no [[database]] is called {name}")
    for name in schedule.targets:
        if name not in outside and name not in known:
            raise BadSettings(f"{where}: targets: {_why_not(name, settings)}")
    every = (*databases_of(schedule, known), *schedule.targets)
    for name in dict.fromkeys(every):
        target = outside.get(name)
        kind, own = (Kind.DATABASE, ()) if target is None else (target.kind, target.skip)
        place = place_of(name, settings, schedule.severity, kind, schedule.on)
        skip = schedule.skip if schedule.only else (*schedule.skip, *own)
        yield Planned(schedule.name, place, schedule.every, schedule.only, skip, schedule.on)


def _of_itself(target: Target, settings: Settings) -> Iterator[Planned]:
    """Yield how a target is looked at that no schedule names."""
    refuse_label(f"[[{target.kind}]] {target.name}", target.on)
    every = settings.check.outside_every if target.every is None else target.every
    if every:
        place = place_of(target.name, settings, kind=target.kind, on=target.on)
        yield Planned(DEFAULT, place, every, skip=target.skip, on=target.on)


def refuse_label(where: str, label: str | None) -> None:
    """Refuse a label that no worker can carry; raises BadSettings."""
    if label is not None and not 1 <= len(label.encode()) <= LONGEST_LABEL:
        raise BadSettings(f"{where}: on: a label has 1 to {LONGEST_LABEL} bytes")


def _why_not(name: str, settings: Settings) -> str:
    if any(one.name == name for one in settings.outside):
        return f"nothing says where {name} is watched: give it a url, or another place to look"
    return f"nothing is called {name}"
