"""How a language model is asked: one question at a time, in its turn, and heard once.

1. Whoever asks starts a run in the same transaction: the model is asked when the transaction was
   committed, and nobody waits for the answer.
2. One question is asked at a time, and at most `[ai] most_a_minute`; each further attempt counts. A
   question whose turn does not come within a quarter of an hour is not asked.
3. A model that does not answer is asked again, later; then there is no answer.
4. What came of it is written down once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.engine.run import Run
from fettle.errors import CannotLook, NotSupported, StepFailed
from fettle.model.ports import Advisor, Clock
from fettle.model.run import Json
from fettle.settings.triage import AiSettings
from fettle.store import advice
from fettle.store.advice import Wish
from fettle.store.pool import Pool
from fettle.store.statements import Connection

PATIENCE = timedelta(minutes=15)
_KIND, _TARGET = "advice", "the language model"
_ATTEMPTS = 3

# Puts the question to who answers, as JSON; raises CannotLook.
Put = Callable[[Advisor], Awaitable[Json]]


async def start(connection: Connection, engine: Engine, name: str, given: Json) -> None:
    """Start a run that asks, once the transaction commits."""
    await engine.start(connection, name, given, kind=_KIND, target=_TARGET)


@dataclass(frozen=True)
class Consulting:
    """What it takes to ask; `advisor` is None where no model is configured.

    After `pause`, and then twice that, a model that gave no answer is asked again.
    """

    pool: Pool
    clock: Clock
    settings: AiSettings
    advisor: Advisor | None
    pause: timedelta = timedelta(seconds=20)

    async def answered(
        self, run: Run, issue: int, latest: datetime, put: Put
    ) -> Mapping[str, Json]:
        """Return `answer`, which is null where there is none, and `why` that is."""
        answered = _silent("its turn did not come in time")
        for attempt in range(1, _ATTEMPTS + 1):
            ask_at = await run.step("reserve", self._reserve, run, attempt, issue, latest)
            if ask_at is None:
                break
            await run.sleep_until(datetime.fromisoformat(ask_at))
            answered = await self._attempt(run, latest, put)
            if not answered["again"]:
                break
        return answered

    async def once(self, run: UUID, write: Callable[[Connection], Awaitable[None]]) -> None:
        """Write down what came of a run, unless this was done before a worker died."""
        async with self.pool.connection() as connection, connection.transaction():
            if await advice.take(connection, run, self.clock.now()):
                await write(connection)

    async def _attempt(self, run: Run, latest: datetime, put: Put) -> Mapping[str, Json]:
        # more than the adviser takes by its own limit
        longest = 2 * self.settings.timeout + timedelta(seconds=30)
        try:
            return await run.step("ask", self._ask, latest, put, timeout=longest)
        except StepFailed as error:
            return _silent(error.reason)

    async def _reserve(self, run: Run, attempt: int, issue: int, latest: datetime) -> str | None:
        now = self.clock.now()
        earliest = now if attempt == 1 else now + self.pause * 2.0 ** (attempt - 2)
        wish = Wish(run.id, attempt, issue, earliest, latest)
        async with self.pool.connection() as connection, connection.transaction():
            at = await advice.reserve(connection, wish, self.settings.most_a_minute)
        return None if at is None else at.isoformat()

    async def _ask(self, latest: datetime, put: Put) -> Mapping[str, Json]:
        if self.advisor is None:
            return _silent("no language model is configured")
        if self.clock.now() > latest:
            return _silent("its turn did not come in time")
        try:
            return {"answer": await put(self.advisor), "why": None, "again": False}
        except CannotLook as error:
            return _silent(error.reason, again=not isinstance(error, NotSupported))


def _silent(why: str, *, again: bool = False) -> Mapping[str, Json]:
    return {"answer": None, "why": why, "again": again}
