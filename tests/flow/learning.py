"""A team whose words nobody else knows, and the issues that it settles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fettle.engine.engine import Engine
from fettle.flow import learn
from fettle.flow.learn import Settled, confirmed, corrected
from fettle.model.classification import By, Classification
from fettle.model.issue import Issue, Milestones, Moved, Status
from fettle.model.severity import Severity
from fettle.store import issues
from fettle.store.pool import Pool, pool_at
from fettle.store.statements import Connection
from fettle.triage.case import Case, Policy
from fettle.triage.classify import classify
from tests.engine.conftest import prepared
from tests.engine.working import FAST, WallClock

NOW = datetime(2020, 1, 1, 12, tzinfo=UTC)
POLICY = Policy()
PAUSE = timedelta(milliseconds=200)
FORKLIFT = Case("forklift 4711 stands in the hall")
LIVES = (
    ("nightly export {} did not run", Severity.LOW),
    ("forklift {} stands in the hall", Severity.CRITICAL),
    ("label printer {} wants paper", Severity.MEDIUM),
)


@dataclass(frozen=True)
class Team:
    """A store, and an engine on it that learns."""

    address: str
    pool: Pool
    engine: Engine
    clock: WallClock

    async def opened(self, case: Case, made: Classification) -> int:
        """Open an issue; return its number."""
        async with self.pool.connection() as connection:
            return await opened(connection, case, made)

    async def correct(
        self,
        case: Case,
        right: Severity,
        *,
        said: Classification | None = None,
        issue: int | None = None,
        at: datetime | None = None,
        pause: timedelta = PAUSE,
    ) -> int:
        """Open an issue, unless it is there, and say that it was of another severity."""
        made = said or classify(case, POLICY)
        number = issue or await self.opened(case, made)
        settled = Settled(number, case, made, "token:ada", at or self.clock.now())
        async with self.pool.connection() as connection, connection.transaction():
            await corrected(connection, self.engine, settled, by_person(made, right), pause=pause)
        return number

    async def confirm(
        self,
        case: Case,
        said: Classification | None = None,
        *,
        issue: int | None = None,
        at: datetime | None = None,
    ) -> int:
        """Open an issue, unless it is there, and close it as it was classified."""
        made = said or classify(case, POLICY)
        number = issue or await self.opened(case, made)
        settled = Settled(number, case, made, "token:ada", at or self.clock.now())
        async with self.pool.connection() as connection, connection.transaction():
            await confirmed(connection, self.engine, settled, pause=PAUSE)
        return number

    async def settle_many(self, many: int, pause: timedelta = timedelta(days=1)) -> None:
        """Correct issues of each life in turn, from the oldest on."""
        for number in range(many):
            text, right = LIVES[number % len(LIVES)]
            at = NOW + timedelta(minutes=number)
            await self.correct(Case(text.format(number)), right, at=at, pause=pause)

    async def ask(self, question: str) -> list[tuple[object, ...]]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(question.encode())).fetchall()


@asynccontextmanager
async def team_at(address: str) -> AsyncIterator[Team]:
    """Have a team on an empty database."""
    await prepared(address)
    async with pool_at(address) as pool:
        clock = WallClock()
        engine = Engine(pool, clock, runs=learn.runs(pool, clock), pace=FAST)
        yield Team(address, pool, engine, clock)


async def opened(connection: Connection, case: Case, made: Classification) -> int:
    """Open an issue; return its number."""
    issue = Issue(
        0, case.title, case.text, Status.TRIAGED, made, Milestones(NOW, NOW), NOW, NOW, NOW
    )
    (kept,) = await issues.insert(connection, [Moved(issue)])
    return kept.number


def by_person(made: Classification, severity: Severity) -> Classification:
    """Return what a person makes of a decision."""
    return replace(made, severity=severity, class_=None, by=By.PERSON, confidence=1.0)
