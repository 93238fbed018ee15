"""What was measured of made-up targets, in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fettle.model.deploy import Deploy
from fettle.model.ports_upkeep import Kept, LatestLook
from fettle.model.report import Point

SUNDAY = datetime(2026, 11, 29, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
Value = Callable[[datetime], float]


@dataclass
class Remembered:
    """Implements model.ports_upkeep.History."""

    until: datetime = SUNDAY
    names: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    points: dict[int, list[Point]] = field(default_factory=dict)
    went_live: list[Deploy] = field(default_factory=list)
    looks: dict[str, LatestLook] = field(default_factory=dict)

    def measured(
        self, target: str, metric: str, value: Value, *, subject: str = "", days: int = 35
    ) -> None:
        """Let a figure be measured every hour of the last days."""
        if target not in self.names:
            self.names.append(target)
            self.looks.setdefault(target, LatestLook(target, self.until, [], []))
        id_ = len(self.kept) + 1
        hours = [self.until - number * HOUR for number in range(days * 24, 0, -1)]
        self.kept.append(Kept(id_, target, metric, subject, hours[-1]))
        self.points[id_] = [(at.timestamp(), value(at)) for at in hours]

    async def targets(self) -> Sequence[str]:
        return self.names

    async def figures(self, target: str) -> Sequence[Kept]:
        return [one for one in self.kept if one.target == target]

    async def hours(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[Point]]:
        within = since.timestamp(), until.timestamp()
        return {
            id_: [one for one in self.points[id_] if within[0] <= one[0] < within[1]]
            for id_ in figures
        }

    async def extremes(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[tuple[float, float]]]:
        found = await self.hours(figures, since, until)
        return {id_: [(value, value) for _, value in points] for id_, points in found.items()}

    async def deploys(self, service: str, since: datetime, until: datetime) -> Sequence[Deploy]:
        return [one for one in self.went_live if one.service == service and since <= one.at < until]

    async def latest(self, target: str, since: datetime) -> LatestLook | None:
        found = self.looks.get(target)
        return found if found and found.at >= since else None


def steady(level: float) -> Value:
    """Return a figure that is twice as high by day, and a little different each hour."""

    def value(at: datetime) -> float:
        odd = at.toordinal() * 24 + at.hour
        return level * (2 if 8 <= at.hour < 20 else 1) * (1 + (odd * 7919 % 101 - 50) / 1000)

    return value


def changed(level: float, since: datetime, factor: float) -> Value:
    """Return a figure that is that many times as high since a moment."""
    usual = steady(level)
    return lambda at: usual(at) * (factor if at >= since else 1)
