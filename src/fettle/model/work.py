"""What a step of a task is given to work with, and what it says it came to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fettle.model.backup import Backups
from fettle.model.certificates import Certificates
from fettle.model.ports_upkeep import CheckRunner, History
from fettle.model.report import Report
from fettle.model.rotation import Rotations
from fettle.model.run import Json
from fettle.model.security import Security
from fettle.model.taking import Taking


class Outcome(StrEnum):
    """What a step, and with it a run, came to; what could not be looked at is never passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wish:
    """A fix that a step wants to be made: on a database, about one subject or all that is found."""

    target: str
    fix: str
    subject: str | None = None


@dataclass(frozen=True)
class Told:
    """What a step came to: in a sentence, and what would help where it did not pass.

    `detail` is kept, and given to the steps after it. `report` is what is remembered of the run.
    `fixes` are made before the step is over, each planned, journalled and verified, unless it has
    failed: it has passed when it did itself, and they have. What came of them is added to `detail`.
    """

    outcome: Outcome
    says: str
    remedy: str | None = None
    detail: Json = None
    report: Report | None = None
    fixes: tuple[Wish, ...] = ()


def passed(says: str, detail: Json = None, report: Report | None = None) -> Told:
    """Say that all was looked at, or done, and is right."""
    return Told(Outcome.PASSED, says, detail=detail, report=report)


def failed(says: str, remedy: str | None = None, detail: Json = None) -> Told:
    """Say what is wrong, or was not done."""
    return Told(Outcome.FAILED, says, remedy, detail)


def unknown(says: str, remedy: str | None = None, detail: Json = None) -> Told:
    """Say what could not be looked at, and what would let it be."""
    return Told(Outcome.UNKNOWN, says, remedy, detail)


@dataclass(frozen=True)
class Tools:
    """What tasks that come along work with: each a port (model.ports)."""

    certificates: Certificates
    rotations: Rotations
    security: Security
    backups: Backups
    history: History
    checks: CheckRunner
    taking: Taking


class Work(Protocol):
    """One step of a run, at work."""

    @property
    def run(self) -> str:
        """The run's id: the same for all its steps, and for a step that is done again."""

    @property
    def began(self) -> datetime:
        """When the run began."""

    @property
    def tools(self) -> Tools:
        """What it works with."""

    def now(self) -> datetime:
        """Return this moment."""

    def earlier(self, step: str) -> Json:
        """Return the detail of an earlier step, by its name; None where it left none."""

    def everywhere(self, step: str) -> Sequence[Json]:
        """Return the details of an earlier step, of each place where it was done."""

    @property
    def label(self) -> str | None:
        """The label of those who reach what it is about; None where it is not parted by them."""

    def reaches(self, label: str | None) -> bool:
        """Whether it is this step that is about what has that label, which workers reach it by."""

    async def say(self, line: str) -> None:
        """Write a line into the log of the step, which people see as it is written."""


# What a step of a task that comes along does.
Doing = Callable[[Work], Awaitable[Told]]
