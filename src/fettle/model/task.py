"""Maintenance as it is written: what a task does, when it may, and the times it is planned for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from fettle.model.remedy import Call
from fettle.model.rule import Numbers, Rule
from fettle.model.rule_text import rule_of
from fettle.model.window import Slot, Window


class Frequency(StrEnum):
    """How often a task comes, where no rule says it."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"


_RULES = {
    Frequency.DAILY: rule_of("FREQ=DAILY"),
    Frequency.WEEKLY: rule_of("FREQ=WEEKLY"),
    Frequency.MONTHLY: rule_of("FREQ=MONTHLY"),
    Frequency.QUARTERLY: rule_of("FREQ=MONTHLY"),
    Frequency.ANNUAL: rule_of("FREQ=MONTHLY"),
}
_MONTHS = {
    Frequency.QUARTERLY: frozenset({1, 4, 7, 10}),
    Frequency.ANNUAL: frozenset({1}),
}


def rule_by(
    frequency: Frequency, weekdays: Numbers | None, day_of_month: int | None
) -> tuple[Rule, Numbers | None]:
    """Return the rule of what comes so often, on the days that its window names, and its months.

    Where it names no day it is the first: Monday, the first of the month, of January, April, July
    and October, or of January. Of a month whose day of the week is named it is the first such day.
    """
    return _filled(_RULES[frequency], weekdays, day_of_month), _MONTHS.get(frequency)


def regular(window: Window, frequency: Frequency) -> Window:
    """Return a window that opens as often as that; raises ValueError for what never comes."""
    rule, months = rule_by(frequency, window.weekdays, window.day_of_month)
    return replace(window, rule=rule, months=window.months or months)


@cache
def _filled(rule: Rule, weekdays: Numbers | None, day_of_month: int | None) -> Rule:
    """Keep one rule for all tasks that come alike: what is reckoned of it is kept with it."""
    return rule.filled(weekdays, day_of_month)


class Category(StrEnum):
    """What a task is for."""

    SECURITY = "security"
    PERFORMANCE = "performance"
    BACKUP = "backup"
    MONITORING = "monitoring"
    INFRASTRUCTURE = "infrastructure"


class Automation(StrEnum):
    """How far a task goes by itself.

    A full one does; in a partial one a person approves before the steps that act; in a manual one
    a person ticks each step.
    """

    FULL = "full"
    PARTIAL = "partial"
    MANUAL = "manual"


# What a step does: one of these


@dataclass(frozen=True)
class AskCheck:
    """A check is asked of the target."""

    check: str


@dataclass(frozen=True)
class ApplyFix:
    """A fix is planned and applied to the target."""

    fix: str


@dataclass(frozen=True)
class RunCommand:
    """A program is run, without a shell; its arguments may hold secrets."""

    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class RunSql:
    """A statement is run on the target."""

    statement: str


@dataclass(frozen=True)
class AskPerson:
    """A person does what is said, and says so."""

    does: str


@dataclass(frozen=True)
class RunOwn:
    """What the task's own code does under the step's name; `acts`: whether it changes anything."""

    acts: bool = False


Act = AskCheck | ApplyFix | RunCommand | RunSql | AskPerson | RunOwn | Call


class There(StrEnum):
    """What a step is about that only some workers may reach: `on` says by which label they do."""

    BACKUPS = "backups"
    CERTIFICATES = "certificates"
    DATABASES = "databases"
    EXPOSED = "exposed"  # databases, and services with an address
    LOGS = "logs"
    PROJECTS = "projects"
    MACHINES = "machines"


@dataclass(frozen=True)
class Placed:
    """Which of a task's steps it is, and the label of those who reach what it is about."""

    step: str
    label: str | None


@dataclass(frozen=True)
class TaskStep:
    """A part of a procedure.

    `on` is the label of the workers that do it. One that is not `idempotent` is not done again
    when it was cut off. One that `needs_downtime` is done in the procedure's downtime only. One
    that is about what is `there` is done by whoever reaches that: once for each label, each
    `placed`.
    """

    name: str
    act: Act
    target: str | None = None
    timeout: timedelta = timedelta(minutes=30)
    retries: int = 0
    idempotent: bool = False
    on: str | None = None
    needs_downtime: bool = False
    there: There | None = None
    placed: Placed | None = None

    @property
    def acts(self) -> bool:
        """Whether it changes anything by itself."""
        match self.act:
            case RunOwn(acts=acts):
                return acts
            case AskCheck() | AskPerson():
                return False
            case _:
                return True


@dataclass(frozen=True)
class Downtime:
    """When what is looked after may be down: local times of the window's zone, perhaps past 0:00.

    None where it may be in all of the window.
    """

    start: time
    end: time


@dataclass(frozen=True)
class Procedure:
    """What a task does, step by step, and how long that takes as people reckon."""

    steps: tuple[TaskStep, ...] = ()
    estimated_duration: timedelta = timedelta(0)
    requires_downtime: bool = False
    downtime: Downtime | None = None
    continue_on_error: bool = False


@dataclass(frozen=True)
class Task:
    """A maintenance procedure, and when it may run.

    `frequency` is None where the window has a rule of its own. On the days in `excluded`, local to
    the window, it is skipped. It waits for those in `depends_on`. One that is not `enabled` is
    known, and not planned. `shipped` is one that Fettle brings along. `on` is the label of those
    who do the steps that name none. `written` is its procedure as it stands in a file: with
    references where secrets are. `works_on` are targets beside those that its steps name. `idle` is
    why there is nothing for it to do.
    """

    id: str
    name: str
    window: Window
    procedure: Procedure = Procedure()
    description: str = ""
    category: Category = Category.INFRASTRUCTURE
    automation: Automation = Automation.PARTIAL
    frequency: Frequency | None = None
    excluded: frozenset[date] = frozenset()
    depends_on: tuple[str, ...] = ()
    enabled: bool = True
    shipped: bool = False
    on: str | None = None
    written: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    works_on: tuple[str, ...] = ()
    idle: str | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """What its steps work on, each once."""
        named = (step.target for step in self.procedure.steps if step.target)
        return tuple(dict.fromkeys((*self.works_on, *named)))


# Why nothing came of a planned time that nobody left out.
MISSED = "missed: nothing took it while it could begin"
MADE_UP = "missed: the one after it does for both"


class OccurrenceState(StrEnum):
    """What is to become of an occurrence."""

    PLANNED = "planned"
    SKIPPED = "skipped"


class Occurrence(NamedTuple):
    """One planned time of a task; `reason` is why it is skipped.

    A plan of a year has millions: so it holds what cannot be reckoned, and is a tuple.
    """

    task: Task
    slot: Slot
    reason: str | None = None

    @property
    def state(self) -> OccurrenceState:
        """Whether it is to run."""
        return OccurrenceState.PLANNED if self.reason is None else OccurrenceState.SKIPPED

    @property
    def key(self) -> tuple[str, datetime]:
        """What there is only one of: a task, and the local time without an offset."""
        return self.task.id, self.local

    @property
    def local(self) -> datetime:
        """Its start as it was planned, local to the window and without a zone."""
        return self.task.window.opening(self.slot).local

    @property
    def start(self) -> datetime:
        """From when on it may begin."""
        return self.task.window.opening(self.slot).start

    @property
    def cutoff(self) -> datetime:
        """From when on it begins no more."""
        return self.task.window.opening(self.slot).cutoff

    @property
    def end(self) -> datetime:
        """When its window closes."""
        return self.task.window.opening(self.slot).end


@dataclass(frozen=True)
class Freeze:
    """A stretch of time in which no maintenance is done, and what it is about: all when empty."""

    name: str
    start: datetime
    end: datetime
    tasks: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    targets: frozenset[str] = frozenset()

    def about(self, task: Task) -> bool:
        """Whether it is about a task; one that names no target is about any."""
        return self.holds(task.id, task.category, task.targets)

    def holds(self, task: str, category: str, targets: Collection[str]) -> bool:
        """Whether it is about a task of that id and category which works on these."""
        return (
            (not self.tasks or task in self.tasks)
            and (not self.categories or category in self.categories)
            and (not self.targets or not targets or not self.targets.isdisjoint(targets))
        )


@dataclass(frozen=True)
class Blackout:
    """What stands now and lets nothing begin: a p1 issue, another run. None: on any target."""

    reason: str
    targets: frozenset[str] | None = None

    def about(self, targets: Collection[str]) -> bool:
        """Whether it is about who works on these; who names none works on any."""
        return self.targets is None or not targets or not self.targets.isdisjoint(targets)
