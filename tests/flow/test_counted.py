"""Whatever is done to issues, figures are those that come of counting them one by one."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from fettle.errors import FettleError
from fettle.flow import regroup
from fettle.flow.regroup import Part as Moving
from fettle.model.issue import Declined, Issue, Moved
from fettle.model.severity import Severity
from fettle.review.figures import Every, Part, stretches
from fettle.store import happened, retention
from fettle.store.happened import Asked
from fettle.store.statements import Connection
from fettle.testing import START
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import Place, end, fire
from tests.review.counting import cells
from tests.store.recounting import compare
from tests.store.test_happened import by_place, same

ACTS = 120
ACTORS = ("cli:ada", "user:bob", "token:ci", "token:ci/hook", "link:chat", "fettle")
SERVICES = ("shop", "blog", "main-db", "elsewhere")
Act = Callable[[], Awaitable[object]]


@dataclass
class Chance:
    """Somebody who does anything to any issue: what they do is told by dice."""

    place: Place
    dice: random.Random

    async def act(self) -> str:
        """Do something, or be refused; return what it was."""
        name, act = self.dice.choice(self._acts())
        try:
            await act()
        except FettleError as error:
            return f"{name}: {error}"
        return name

    def _acts(self) -> list[tuple[str, Act]]:
        acts = (
            *(2 * (self._fire, self._end, self._wait)),
            *(3 * (self._come_back, self._forget)),
            *(self._merge, self._split, self._link),
        )
        named = [(act.__name__, act) for act in acts]
        return [*named, *((move.__name__, self._moving(move)) for move in self._moves())]

    # What arrives, and what time brings

    async def _fire(self) -> None:
        key = self.dice.randrange(5)
        service = self.dice.choice([*SERVICES, None])
        severity = self.dice.choice([Severity.CRITICAL, Severity.HIGH, Severity.LOW])
        await self.place.arrive(
            fire(f"k{key}", f"Trouble {key}", service=service, severity=severity)
        )

    async def _end(self) -> None:
        key = self.dice.randrange(5)
        await self.place.arrive(end(f"k{key}", f"Trouble {key}"))

    async def _come_back(self) -> None:
        """Let trouble be worked on, end, and begin again days later."""
        key = f"b{self.dice.randrange(3)}"
        await self.place.arrive(fire(key, key))
        ((number,),) = await self.place.rows(f"SELECT issue FROM alert WHERE key = '{key}'")
        try:
            await self.place.move(number, self._acknowledge)
        finally:
            await self.place.arrive(end(key, key))
            await self.place.pass_time(days=2)
            await self.place.arrive(fire(key, key))

    async def _wait(self) -> None:
        await self.place.pass_time(hours=self.dice.choice([0.2, 3, 30]))

    async def _forget(self) -> None:
        """Let go of a little of what is over, as retention does."""
        async with self.place.pool.connection() as connection, connection.transaction():
            over = await retention.over(connection, self.place.clock.now(), 2)
            await retention.forget_issues(connection, over, self.dice.choice([2, 1000]))

    # What is done to one issue

    def _moves(self) -> tuple[Callable[[Issue], Moved], ...]:
        return (
            self._acknowledge,
            self._assign,
            self._stage,
            self._note,
            self._hold,
            self._resume,
            self._resolve,
            self._review,
            self._close,
            self._decline,
            self._reopen,
            self._reclassify,
            self._amend,
        )

    def _moving(self, decide: Callable[[Issue], Moved]) -> Act:
        async def act() -> None:
            await self.place.move(await self._any(), decide)

        return act

    def _acknowledge(self, issue: Issue) -> Moved:
        return moves.acknowledge(issue, self._by())

    def _assign(self, issue: Issue) -> Moved:
        return moves.assign(issue, self._by(), self.dice.choice(["web", "data", None]))

    def _stage(self, issue: Issue) -> Moved:
        return moves.stage(issue, self._by(), self.dice.choice(moves.STAGES))

    def _note(self, issue: Issue) -> Moved:
        return moves.note(issue, self._by(), "seen")

    def _hold(self, issue: Issue) -> Moved:
        return moves.hold(issue, self._by(), "a part is on its way")

    def _resume(self, issue: Issue) -> Moved:
        return moves.resume(issue, self._by())

    def _resolve(self, issue: Issue) -> Moved:
        return moves.resolve(issue, self._by(), "it looks well")

    def _review(self, issue: Issue) -> Moved:
        return moves.review(issue, self._by())

    def _close(self, issue: Issue) -> Moved:
        return moves.close(issue, self._by(), "nothing more to say")

    def _decline(self, issue: Issue) -> Moved:
        return moves.decline(issue, self._by(), self.dice.choice(list(Declined)), "it is none")

    def _reopen(self, issue: Issue) -> Moved:
        return moves.reopen(issue, self._by(), "it is back")

    def _reclassify(self, issue: Issue) -> Moved:
        made = replace(
            issue.classification,
            class_=self.dice.choice(["slow", "down", None]),
            services=tuple(self.dice.choices(SERVICES, k=self.dice.randrange(4))),
        )
        return moves.reclassify(issue, self._by(), made, "it is otherwise")

    def _amend(self, issue: Issue) -> Moved:
        seen = issue.milestones
        earlier = timedelta(microseconds=self.dice.randrange(10**10))
        acknowledged = self.dice.choice([None, seen.acknowledged, seen.detected])
        milestones = replace(seen, started=seen.started - earlier, acknowledged=acknowledged)
        return moves.amend(issue, self._by(), milestones, "it began earlier")

    # What is done to several

    async def _merge(self) -> None:
        async with self.place.pool.connection() as connection, connection.transaction():
            number, into = await self._any(), await self._any()
            await regroup.merge(connection, self.place.taking.desk, number, into, self._by())

    async def _split(self) -> None:
        number = await self._any()
        alerts = await self.place.rows(f"SELECT id FROM alert WHERE issue = {number} LIMIT 1")
        part = Moving(tuple(row[0] for row in alerts))
        async with self.place.pool.connection() as connection, connection.transaction():
            await regroup.split(connection, self.place.taking.desk, number, self._by(), part)

    async def _link(self) -> None:
        kind = self.dice.choice(["related", "caused_by"])
        async with self.place.pool.connection() as connection, connection.transaction():
            await regroup.link(connection, await self._any(), await self._any(), kind, self._by())

    def _by(self) -> By:
        return By(self.dice.choice(ACTORS), self.place.clock.now())

    async def _any(self) -> int:
        found = await self.place.rows("SELECT number FROM issue ORDER BY number DESC LIMIT 12")
        if not found:
            raise FettleError("there is no issue yet")
        return int(self.dice.choice(found)[0])


async def compare_figures(connection: Connection, place: Place) -> None:
    """Compare all figures, by everything."""
    counted = list((await compare(connection)).values())
    bounds = list(stretches(START - timedelta(days=1), place.clock.now(), Every.WEEK))
    for by in (None, *Part):
        found = by_place(await happened.figures(connection, Asked(bounds), by, 1000))
        wanted = by_place(list(cells(counted, bounds, by)))
        assert found.keys() == wanted.keys()
        for cell, figures in found.items():
            assert same(figures, wanted[cell]), cell


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_done_what_is_counted_is_true(place: Place, seed: int) -> None:
    chance = Chance(place, random.Random(seed))
    done: list[str] = []
    async with place.pool.connection() as connection:
        for _ in range(ACTS):
            done.append(await chance.act())
            assert await compare(connection) is not None, done
        await compare_figures(connection, place)
