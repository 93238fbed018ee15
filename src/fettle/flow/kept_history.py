"""What was measured of targets and what looks found, as tasks read it from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fettle.flow.seen_lately import once
from fettle.model.deploy import Deploy
from fettle.model.finding import Unknown
from fettle.model.ports_upkeep import Advice, Found, Kept, LatestLook
from fettle.model.report import Point
from fettle.model.severity import Severity
from fettle.store import deploys, samples
from fettle.store.pool import Pool
from fettle.store.samples import HOUR, Line, Span

_MOST_DEPLOYS = 100


@dataclass(frozen=True)
class KeptHistory:
    """Reads the store; implements model.ports_upkeep.History. `names` are the watched targets."""

    pool: Pool
    names: Sequence[str]

    async def targets(self) -> Sequence[str]:
        """Return the names of the targets that are watched."""
        return self.names

    async def figures(self, target: str) -> Sequence[Kept]:
        """Return the figures of a target."""
        async with self.pool.connection() as connection:
            stands = (await samples.stand(connection, [target])).get(target)
            if stands is None:
                return []
            found = await samples.series(connection, stands.id)
        return [Kept(one.id, target, one.metric, one.subject, one.latest_at) for one in found]

    async def hours(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[Point]]:
        """Return the mean of each hour."""
        lines = await self._lines(figures, since, until)
        return {
            id_: [(float(at), mean) for at, mean in zip(line.at, line.mean, strict=True)]
            for id_, line in lines.items()
        }

    async def extremes(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Return the least and the most of each hour."""
        lines = await self._lines(figures, since, until)
        return {id_: list(zip(line.least, line.most, strict=True)) for id_, line in lines.items()}

    async def _lines(
        self, figures: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, Line]:
        async with self.pool.connection() as connection:
            return await samples.lines(connection, figures, Span(since, until, HOUR))

    async def deploys(self, service: str, since: datetime, until: datetime) -> Sequence[Deploy]:
        """Return what of a service went live, the latest first."""
        async with self.pool.connection() as connection:
            return await deploys.around(connection, [service], since, until, _MOST_DEPLOYS)

    async def latest(self, target: str, since: datetime) -> LatestLook | None:
        """Return the latest looks at a target that saw it, one on each of its schedules."""
        async with self.pool.connection() as connection:
            saved = await samples.saved_lately(connection, target, since)
        return _looks(target, list(once([one.document for one in saved]))) if saved else None


def _looks(target: str, documents: Sequence[Mapping[str, Any]]) -> LatestLook:
    """Return looks as one; each check is in one of them."""
    found, advice = list[Found](), dict[str, Advice]()
    unseen = dict[str, Unknown]()
    for document in documents:
        for one in document["findings"]:
            severity = Severity.named(one["severity"])
            told = one["check"], severity, one["subject"], one["title"], one["description"]
            found.append(Found(*told))
        for one in document["recommendations"]:
            given = Advice(one["priority"], one["title"], tuple(one["actions"]))
            advice.setdefault(given.title, given)
        for one in document["unknown"]:
            unseen.setdefault(one["check"], Unknown(one["reason"], one["remedy"]))
    at = datetime.fromisoformat(documents[0]["started_at"])
    return LatestLook(target, at, found, list(advice.values()), list(unseen.items()))
