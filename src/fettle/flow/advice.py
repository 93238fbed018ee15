"""A language model's advice about an issue: asked beside the issue's life, never in its way.

1. Whoever opens an issue asks for advice in the same transaction, which only starts a run: the
   model is asked when the transaction was committed, and nobody waits for the answer.
2. One is asked about at a time, and at most `[ai] most_a_minute`; each further attempt counts. An
   issue whose turn does not come within a quarter of an hour is not asked about: people know more
   by then. So a burst of a thousand issues costs 150 calls, not a thousand.
3. A model that does not answer is asked again, later; then there is no advice.
4. What came of it is handed to `heard` once, in a transaction of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, cast

from pydantic import TypeAdapter

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import CannotLook, NotSupported, StepFailed
from fettle.model.advice import Advice
from fettle.model.classification import By, Classification
from fettle.model.ports import Advisor, Clock
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.settings.triage import AiSettings
from fettle.store import advice
from fettle.store.advice import Wish
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.triage import told
from fettle.triage.advise import noted, question, taken
from fettle.triage.case import Case, Policy

RUN = "advise"
PATIENCE = timedelta(minutes=15)
_TARGET = "the language model"
_ATTEMPTS = 3
_ADVICE = TypeAdapter(Advice)


@dataclass(frozen=True)
class Answer:
    """What came of asking: advice, or why there is none."""

    advice: Advice | None
    why: str | None = None


class Heard(Protocol):
    """Writes to an issue what came of asking; the transaction is the caller's."""

    async def __call__(
        self, connection: Connection, number: int, case: Case, answer: Answer
    ) -> None:
        """Write it; what it raises is tried again a few times."""


@dataclass(frozen=True)
class Asking:
    """What it takes to ask; `advisor` is None where no model is configured.

    After `pause`, and then twice that, a model that gave no answer is asked again.
    """

    pool: Pool
    clock: Clock
    policy: Policy
    settings: AiSettings
    advisor: Advisor | None
    heard: Heard
    pause: timedelta = timedelta(seconds=20)


def worth_asking(made: Classification) -> bool:
    """Whether advice could change anything: it makes worse, and names a class where none is."""
    return made.by is not By.PERSON and not (
        made.severity is Severity.CRITICAL and made.class_ is not None
    )


async def ask_about(
    connection: Connection,
    engine: Engine,
    settings: AiSettings,
    cases: Sequence[tuple[int, Case]],
    now: datetime,
) -> list[int]:
    """Let the model be asked about issues; return the numbers of those for which it has time.

    The caller leaves out what is not worth asking, and calls this with all that a transaction has
    opened, the worst first. Without a configured model nothing is asked.
    """
    if settings.model is None or not cases:
        return []
    most = settings.most_a_minute * (PATIENCE // timedelta(minutes=1))
    room = max(0, most - await advice.waiting(connection))
    latest = (now + PATIENCE).isoformat()
    for number, case in cases[:room]:
        given: Json = {"issue": number, "told": told.written(case), "latest": latest}
        await engine.start(connection, RUN, given, kind="advice", target=_TARGET)
    return [number for number, _ in cases[:room]]


def weighed(case: Case, made: Classification, policy: Policy, answer: Answer) -> Classification:
    """Return an issue's classification with the answer in it: made worse by it, or only noted."""
    if answer.advice is None:
        return noted(made, f"there is no advice of the language model: {answer.why}")
    return taken(case, made, policy, answer.advice)


def runs(asking: Asking) -> Mapping[str, Function]:
    """Return the run that asks, to be registered in the engine."""
    return {RUN: _Advise(asking)}


@dataclass(frozen=True)
class _Advise:
    asking: Asking

    async def __call__(self, run: Run, given: Json) -> Json:
        """Ask about an issue, again where there is no answer, and hand on what came of it."""
        issue = cast("Mapping[str, Json]", given)
        number, case = cast("int", issue["issue"]), told.read(issue["told"])
        latest = datetime.fromisoformat(cast("str", issue["latest"]))
        answered = _silent("its turn did not come in time")
        for attempt in range(1, _ATTEMPTS + 1):
            ask_at = await run.step("reserve", self._reserve, run, attempt, number, latest)
            if ask_at is None:
                break
            await run.sleep_until(datetime.fromisoformat(ask_at))
            answered = await self._answered(run, case, latest)
            if not answered["again"]:
                break
        await run.step("hand on", self._hand_on, run, number, case, answered, retries=5)
        return answered

    async def _answered(self, run: Run, case: Case, latest: datetime) -> Mapping[str, Json]:
        try:
            return await run.step("ask", self._ask, case, latest, timeout=self._longest)
        except StepFailed as error:
            return _silent(error.reason)

    @property
    def _longest(self) -> timedelta:
        """More than the adviser takes by its own limit."""
        return 2 * self.asking.settings.timeout + timedelta(seconds=30)

    async def _reserve(self, run: Run, attempt: int, number: int, latest: datetime) -> str | None:
        now = self.asking.clock.now()
        earliest = now if attempt == 1 else now + self.asking.pause * 2.0 ** (attempt - 2)
        wish = Wish(run.id, attempt, number, earliest, latest)
        async with self.asking.pool.connection() as connection, connection.transaction():
            at = await advice.reserve(connection, wish, self.asking.settings.most_a_minute)
        return None if at is None else at.isoformat()

    async def _ask(self, case: Case, latest: datetime) -> Mapping[str, Json]:
        if self.asking.advisor is None:
            return _silent("no language model is configured")
        if self.asking.clock.now() > latest:
            return _silent("its turn did not come in time")
        asked = question(case, self.asking.policy, scrub=self.asking.settings.scrub)
        try:
            given = await self.asking.advisor.advise(asked)
        except CannotLook as error:
            return _silent(error.reason, again=not isinstance(error, NotSupported))
        return {"advice": _ADVICE.dump_python(given, mode="json"), "why": None, "again": False}

    async def _hand_on(
        self, run: Run, number: int, case: Case, answered: Mapping[str, Json]
    ) -> None:
        """Hand on what came of it, unless this was done before a worker died."""
        given = answered["advice"]
        advised = None if given is None else _ADVICE.validate_python(given)
        why = cast("str | None", answered["why"])
        async with self.asking.pool.connection() as connection, connection.transaction():
            if await advice.take(connection, run.id, self.asking.clock.now()):
                await self.asking.heard(connection, number, case, Answer(advised, why))


def _silent(why: str, *, again: bool = False) -> Mapping[str, Json]:
    return {"advice": None, "why": why, "again": again}
