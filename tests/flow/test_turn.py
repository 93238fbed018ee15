"""What waits is taken in its order, and what cannot be taken keeps nothing else waiting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import psycopg
import pytest

from fettle.flow.turn import Turn
from fettle.store.statements import Connection
from tests.engine.conftest import until
from tests.flow.desk import Place

_LOCK = 847_999  # nobody else's


@dataclass(frozen=True)
class One:
    """Something that waits."""

    id: int


@dataclass
class Waiting:
    """What waits; taking the second one raises."""

    mistake: Exception
    waits: list[One] = field(default_factory=lambda: [One(1), One(2), One(3)])
    taken: list[int] = field(default_factory=list)
    buried: list[int] = field(default_factory=list)

    @property
    def turn(self) -> Turn[One]:
        return Turn(_LOCK, "things", self.group, self.take, self.bury, sign_s=0.01)

    async def group(self, _: Connection) -> Sequence[One]:
        return list(self.waits)

    async def take(self, _: Connection, group: Sequence[One]) -> None:
        if any(one.id == 2 for one in group):
            raise self.mistake
        self.taken += [one.id for one in group]

    async def bury(self, _: Connection, one: One, mistake: Exception) -> None:
        assert mistake is self.mistake
        self.buried.append(one.id)


@pytest.mark.parametrize(
    "mistake",
    [
        ValueError("of ours"),
        psycopg.errors.ProgramLimitExceeded("index row size 2,800 exceeds maximum 2,704"),
        psycopg.errors.StatementTooComplex("stack depth limit exceeded"),
    ],
)
async def test_what_the_store_can_never_take_dies_alone(place: Place, mistake: Exception) -> None:
    waiting = Waiting(mistake)

    assert await waiting.turn.run(place.pool) == 3
    assert (waiting.taken, waiting.buried) == ([1, 3], [2])


async def test_while_the_store_is_away_nothing_dies(place: Place) -> None:
    waiting = Waiting(psycopg.OperationalError("the connection is lost"))

    with pytest.raises(psycopg.OperationalError):
        await waiting.turn.run(place.pool)
    assert waiting.buried == []


async def test_who_reckons_for_long_shows_life_to_the_store_meanwhile(place: Place) -> None:
    async def take(connection: Connection, _: Sequence[One]) -> None:
        """Say nothing until the store has heard something all the same."""
        backend = connection.info.backend_pid

        async def heard() -> bool:
            rows = await place.rows(f"SELECT query FROM pg_stat_activity WHERE pid = {backend}")
            return rows == [("SELECT",)]

        await until(heard, seconds=5)

    waiting = Waiting(ValueError("none"))
    turn = replace(waiting.turn, take=take)

    assert await turn.run(place.pool) == 3
    assert waiting.buried == []
