"""What tasks that come along ask of what Fettle itself has kept, and of its checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fettle.model.deploy import Deploy
from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Unknown
from fettle.model.report import Point
from fettle.model.severity import Severity


@dataclass(frozen=True)
class Kept:
    """A figure of a target whose samples are kept; `subject` is empty for one of all of it."""

    id: int
    target: str
    metric: str
    subject: str
    latest_at: datetime


@dataclass(frozen=True)
class Found:
    """A finding of the latest looks at a target."""

    check: str
    severity: Severity
    subject: str
    title: str
    says: str


@dataclass(frozen=True)
class Advice:
    """What a look at a target recommends."""

    priority: str
    title: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class LatestLook:
    """What the latest look at a target on each of its schedules came to.

    `unseen` are the checks that could not look, and why.
    """

    target: str
    at: datetime
    findings: Sequence[Found]
    advice: Sequence[Advice]
    unseen: Sequence[tuple[str, Unknown]] = ()


class History(Protocol):
    """What was measured of the targets of the settings, and what went live."""

    async def targets(self) -> Sequence[str]:
        """Return the names of the targets that are watched."""

    async def figures(self, target: str) -> Sequence[Kept]:
        """Return the figures of a target; none where nobody has looked at it."""

    async def hours(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[Point]]:
        """Return the mean of each hour; hours and figures without a sample are left out."""

    async def extremes(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Return the least and the most of each hour, in the order of time."""

    async def deploys(self, service: str, since: datetime, until: datetime) -> Sequence[Deploy]:
        """Return what of a service went live, the latest first."""

    async def latest(self, target: str, since: datetime) -> LatestLook | None:
        """Return the latest looks at a target that saw it; None where none did since a moment."""


@dataclass(frozen=True)
class Upkept:
    """A database of the settings; `mendable` is whether Fettle may act on it (its `fix_url`).

    `on` is the label of the workers that reach it.
    """

    name: str
    mendable: bool
    on: str | None = None


class CheckRunner(Protocol):
    """What asks checks of databases, as `fettle check` does."""

    @property
    def databases(self) -> Sequence[Upkept]:
        """The databases of the settings."""

    async def ask(self, database: str, checks: Sequence[str]) -> Diagnosis:
        """Ask these checks of a database; what could not be seen is unknown.

        What is accepted by the settings is no finding.
        """

    def limits(self, database: str, check: str) -> Mapping[str, object]:
        """Return the limits of a check as they hold for a database, by their names."""
