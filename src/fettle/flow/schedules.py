"""Which databases are checked by themselves, how often, and what they are to the business."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from fettle.engine.engine import LONGEST_LABEL
from fettle.errors import BadSettings, NotFound
from fettle.model.looking import DatabaseSettings
from fettle.model.service import Tier
from fettle.model.severity import Severity
from fettle.model.watched import Place
from fettle.settings import Settings
from fettle.settings.people import ScheduleSettings

DEFAULT = "checks"


@dataclass(frozen=True)
class Planned:
    """The checks of one database on one schedule; `on` is the label of who makes them."""

    schedule: str
    place: Place
    every: timedelta
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    on: str | None = None

    @property
    def subject(self) -> str:
        """What its timer and its runs are called."""
        return f"{self.schedule}/{self.place.database}"


def planned(settings: Settings) -> list[Planned]:
    """Return what the settings plan; raises BadSettings.

    Without a schedule every database is checked every [check] every, by whichever worker.
    """
    schedules = settings.schedule
    if not schedules and settings.check.every:
        schedules = (ScheduleSettings(name=DEFAULT, every=settings.check.every),)
    return [one for schedule in schedules for one in _of_schedule(schedule, settings)]


def place_of(database: str, settings: Settings, level: Severity = Severity.MEDIUM) -> Place:
    """Return what a database is to the business, by the services that depend on it."""
    services = [one for one in settings.service if database in one.depends_on]
    critical = any(one.tier is Tier.CRITICAL for one in services)
    only = services[0].name if len(services) == 1 else None
    return Place(database, only, critical, level)


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


def label_of(database: str, settings: Settings) -> str | None:
    """Return the label of the workers that reach a database, by the schedules that look at it."""
    for schedule in settings.schedule:
        if schedule.on is not None and database in (schedule.databases or (database,)):
            return schedule.on
    return None


def _of_schedule(schedule: ScheduleSettings, settings: Settings) -> Iterator[Planned]:
    where = f"[[schedule]] {schedule.name}"
    known = [database.name for database in settings.database]
    if schedule.on is not None and not 1 <= len(schedule.on.encode()) <= LONGEST_LABEL:
        raise BadSettings(f"{where}: on: a label has 1 to {LONGEST_LABEL} bytes")
    for name in schedule.databases:
        if name not in known:
            raise BadSettings(f"{where}: databases: no [[database]] is called {name}")
    for name in dict.fromkeys(schedule.databases or known):
        place = place_of(name, settings, schedule.severity)
        yield Planned(
            schedule.name, place, schedule.every, schedule.only, schedule.skip, schedule.on
        )
