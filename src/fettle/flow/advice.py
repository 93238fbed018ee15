"""A language model's advice about an issue: asked beside the issue's life, never in its way.

Whoever opens an issue asks for advice in the same transaction; flow.consult says how the model is
asked. An issue whose turn does not come within a quarter of an hour is not asked about: people know
more by then. So a burst of a thousand issues costs 150 calls, not a thousand. What came of it is
handed to `heard` once, in a transaction of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, cast

from pydantic import TypeAdapter

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.flow import consult
from fettle.flow.consult import PATIENCE, Consulting
from fettle.model.advice import Advice
from fettle.model.classification import By, Classification
from fettle.model.ports import Advisor, Clock
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.settings.triage import AiSettings
from fettle.store import advice
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.triage import told
from fettle.triage.advise import noted, question, taken
from fettle.triage.case import Case, Policy

RUN = "advise"
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

    @property
    def consulting(self) -> Consulting:
        """How it is asked."""
        return Consulting(self.pool, self.clock, self.settings, self.advisor, self.pause)


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
        await consult.start(connection, engine, RUN, given)
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
        """Ask about an issue, and hand on what came of it."""
        issue = cast("Mapping[str, Json]", given)
        number, case = cast("int", issue["issue"]), told.read(issue["told"])
        latest = datetime.fromisoformat(cast("str", issue["latest"]))
        put = partial(self._put, case)
        answered = await self.asking.consulting.answered(run, number, latest, put)
        await run.step("hand on", self._hand_on, run, number, case, answered, retries=5)
        return answered

    async def _put(self, case: Case, advisor: Advisor) -> Json:
        asked = question(case, self.asking.policy, scrub=self.asking.settings.scrub)
        return cast("Json", _ADVICE.dump_python(await advisor.advise(asked), mode="json"))

    async def _hand_on(
        self, run: Run, number: int, case: Case, answered: Mapping[str, Json]
    ) -> None:
        given = answered["answer"]
        advised = None if given is None else _ADVICE.validate_python(given)
        answer = Answer(advised, cast("str | None", answered["why"]))
        await self.asking.consulting.once(
            run.id, lambda connection: self.asking.heard(connection, number, case, answer)
        )
