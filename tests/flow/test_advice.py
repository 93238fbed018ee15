"""A language model is asked beside an issue's life: one at a time, not too often, heard once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from fettle.engine.engine import Engine
from fettle.errors import ActFailed, CannotLook, NotSupported, Unreachable
from fettle.flow import advice as asking
from fettle.flow.advice import Answer, Asking, ask_about, weighed, worth_asking
from fettle.model.advice import Advice, Worded, Wording
from fettle.model.classification import By
from fettle.model.ports import Advisor
from fettle.model.severity import Severity
from fettle.settings.triage import AiSettings
from fettle.store import advice
from fettle.store.advice import Wish
from fettle.store.pool import Pool, pool_at
from fettle.store.statements import Connection
from fettle.targets.language_model import of_settings
from fettle.triage.case import Case
from fettle.triage.classify import classify
from tests.conftest import FreshDatabase
from tests.engine.conftest import prepared, until
from tests.engine.working import FAST, WallClock
from tests.flow.learning import NOW, POLICY, by_person, opened
from tests.triage.speaking import Speaking, speaking

SLOW = Case("The report takes 40 seconds", "since noon", service="shop")
MADE = classify(SLOW, POLICY)
ADVICE = Advice(Severity.CRITICAL, "system-outage", ("nobody can work",), 0.9)
SETTINGS = AiSettings(model="openai:claude-test", url="http://127.0.0.1:9")
SOON = timedelta(milliseconds=50)


@dataclass
class Oracle:
    """Somebody who is asked; implements model.ports.Advisor. Fails as often as it has errors."""

    errors: list[CannotLook] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def advise(self, question: str) -> Advice:
        self.asked.append(question)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.02)
        self.at_once -= 1
        if self.errors:
            raise self.errors.pop(0)
        return ADVICE

    async def word(self, wording: Wording, evidence: str) -> Worded:
        raise AssertionError(f"nobody asked for words: {wording}, {evidence}")


@dataclass
class Ear:
    """Hears what came of asking, after as many failures as it is told."""

    failures: int = 0
    heard: list[tuple[int, Case, Answer]] = field(default_factory=list)

    async def __call__(
        self, connection: Connection, number: int, case: Case, answer: Answer
    ) -> None:
        await connection.execute("SELECT 1")
        if self.failures:
            self.failures -= 1
            raise ActFailed("somebody else has just changed the issue")
        self.heard.append((number, case, answer))


@dataclass(frozen=True)
class Asker:
    """An engine that asks, the store it works on, and what it hears."""

    engine: Engine
    pool: Pool
    ear: Ear
    settings: AiSettings

    async def ask(self, *cases: Case, now: datetime | None = None) -> list[int]:
        """Open issues, and let the model be asked about them."""
        async with self.pool.connection() as connection, connection.transaction():
            numbered = [(await opened(connection, case, MADE), case) for case in cases]
            return await ask_about(
                connection, self.engine, self.settings, numbered, now or WallClock().now()
            )

    async def states(self) -> list[str]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT state FROM fettle.run ORDER BY state")
            return [row[0] for row in await cursor.fetchall()]


Make = Callable[..., Asker]


@pytest.fixture
async def make(store_database: FreshDatabase) -> AsyncIterator[Make]:
    await prepared(store_database.url)
    async with pool_at(store_database.url) as pool:

        def asker(
            advisor: Advisor | None, ear: Ear | None = None, settings: AiSettings = SETTINGS
        ) -> Asker:
            heard = ear or Ear()
            means = Asking(pool, WallClock(), POLICY, settings, advisor, heard, SOON)
            engine = Engine(pool, WallClock(), runs=asking.runs(means), pace=FAST)
            return Asker(engine, pool, heard, settings)

        yield asker


@asynccontextmanager
async def heard(asker: Asker, many: int = 1) -> AsyncIterator[None]:
    """Work until so much was heard."""

    async def enough() -> bool:
        return len(asker.ear.heard) >= many

    async with asker.engine.worker():
        await until(enough)
        yield


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
async def test_a_model_is_asked_and_heard(make: Make, protocol: str) -> None:
    answer = {
        "severity": "critical",
        "issue_class": "system-outage",
        "reasons": ["nobody can work"],
        "confidence": 0.9,
    }
    with speaking(Speaking(answer)) as spoken:
        url = f"{spoken.url}/v1" if protocol == "openai" else spoken.url
        settings = AiSettings(model=f"{protocol}:claude-test", url=url)
        asker = make(of_settings(settings), settings=settings)
        (number,) = await asker.ask(SLOW)
        async with heard(asker):
            pass

    assert asker.ear.heard == [(number, SLOW, Answer(ADVICE))]
    assert len(spoken.asked) == 1


async def test_one_is_asked_about_at_a_time(make: Make) -> None:
    oracle = Oracle()
    asker = make(oracle)
    numbers = await asker.ask(*(replace(SLOW, title=f"slow {n}") for n in range(6)))
    async with heard(asker, 6):
        pass

    assert sorted(number for number, _, _ in asker.ear.heard) == numbers
    assert oracle.most_at_once == 1


async def test_no_more_are_asked_about_than_a_minute_allows(make: Make) -> None:
    oracle = Oracle()
    asker = make(oracle, settings=SETTINGS.model_copy(update={"most_a_minute": 2}))
    await asker.ask(*(replace(SLOW, title=f"slow {n}") for n in range(5)))

    async def rest_waits() -> bool:
        return await asker.states() == ["done", "done", "waiting", "waiting", "waiting"]

    async with asker.engine.worker():
        await until(rest_waits)

    assert len(oracle.asked) == 2


async def test_a_burst_costs_no_more_than_a_quarter_of_an_hour_of_calls(make: Make) -> None:
    asker = make(Oracle())

    first = await asker.ask(*[SLOW] * 100)
    second = await asker.ask(*[SLOW] * 900)
    third = await asker.ask(SLOW)

    assert (len(first), len(second), len(third)) == (100, 50, 0)
    assert (await asker.states()).count("queued") == 150


async def test_without_a_model_nobody_is_asked(make: Make) -> None:
    asker = make(None, settings=AiSettings())

    assert await asker.ask(SLOW) == []
    assert await asker.states() == []


async def test_what_comes_too_late_is_not_asked(make: Make) -> None:
    oracle = Oracle()
    asker = make(oracle)
    await asker.ask(SLOW, now=WallClock().now() - timedelta(hours=1))
    async with heard(asker):
        pass

    ((_, _, answer),) = asker.ear.heard
    assert answer == Answer(None, "its turn did not come in time")
    assert oracle.asked == []


async def test_who_gives_no_answer_is_asked_again(make: Make) -> None:
    oracle = Oracle([Unreachable("busy"), Unreachable("still busy")])
    asker = make(oracle)
    await asker.ask(SLOW)
    async with heard(asker):
        pass

    ((_, _, answer),) = asker.ear.heard
    assert answer == Answer(ADVICE)
    assert len(oracle.asked) == 3


async def test_there_is_an_end_to_asking(make: Make) -> None:
    oracle = Oracle([Unreachable(f"busy {n}") for n in range(9)])
    asker = make(oracle)
    await asker.ask(SLOW)
    async with heard(asker):
        pass

    ((_, _, answer),) = asker.ear.heard
    assert answer == Answer(None, "busy 2")
    assert len(oracle.asked) == 3


async def test_who_cannot_answer_is_not_asked_again(make: Make) -> None:
    oracle = Oracle([NotSupported("pydantic-ai is not installed")])
    asker = make(oracle)
    await asker.ask(SLOW)
    async with heard(asker):
        pass

    ((_, _, answer),) = asker.ear.heard
    assert answer == Answer(None, "pydantic-ai is not installed")
    assert len(oracle.asked) == 1


async def test_what_fails_to_be_written_down_is_written_down_later_once(make: Make) -> None:
    oracle = Oracle()
    asker = make(oracle, Ear(failures=1))
    await asker.ask(SLOW)
    async with heard(asker):
        pass

    assert len(asker.ear.heard) == len(oracle.asked) == 1


# Moments, as the store reserves them


@pytest.fixture
async def connection(store_database: FreshDatabase) -> AsyncIterator[Connection]:
    await prepared(store_database.url)
    async with pool_at(store_database.url) as pool, pool.connection() as connection:
        yield connection


async def test_in_no_minute_are_there_more_than_the_most(connection: Connection) -> None:
    number = await opened(connection, SLOW, MADE)
    begins = [0, 0, 1, 50, 61, 62, 63, 64, 300, 300, 300, 300]
    found: list[datetime] = []
    for seconds in begins:
        earliest = NOW + timedelta(seconds=seconds)
        wish = Wish(uuid4(), 1, number, earliest, earliest + timedelta(hours=1))
        async with connection.transaction():
            moment = await advice.reserve(connection, wish, 3)
        assert moment is not None
        assert moment >= earliest
        found.append(moment)

    minute = timedelta(minutes=1)
    assert all(sum(one <= other < one + minute for other in found) <= 3 for one in found)
    assert found[:2] == [NOW, NOW]


async def test_a_wish_is_answered_the_same_again(connection: Connection) -> None:
    number = await opened(connection, SLOW, MADE)
    wish = Wish(uuid4(), 1, number, NOW, NOW + timedelta(minutes=1))
    later = replace(wish, earliest=NOW + timedelta(seconds=30))

    async with connection.transaction():
        moments = [await advice.reserve(connection, one, 3) for one in (wish, later)]

    assert moments == [NOW, NOW]


async def test_what_came_of_it_is_taken_once_and_forgotten_in_time(
    connection: Connection,
) -> None:
    number = await opened(connection, SLOW, MADE)
    wish = Wish(uuid4(), 1, number, NOW, NOW)
    async with connection.transaction():
        await advice.reserve(connection, wish, 3)

    assert await advice.take(connection, wish.run, NOW)
    assert not await advice.take(connection, wish.run, NOW)
    await advice.take(connection, uuid4(), NOW + timedelta(days=2))
    assert await (await connection.execute("SELECT count(*) FROM fettle.advice")).fetchone() == (0,)


# What it does to a classification


def test_advice_makes_worse_and_says_so() -> None:
    made = weighed(SLOW, MADE, POLICY, Answer(ADVICE))

    assert (made.severity, made.by) == (Severity.CRITICAL, By.LLM)
    assert "the language model says critical" in made.evidence[0]


def test_what_a_person_has_decided_stays() -> None:
    decided = by_person(MADE, Severity.LOW)

    made = weighed(SLOW, decided, POLICY, Answer(ADVICE))

    assert replace(made, evidence=()) == replace(decided, evidence=())
    assert made.evidence[-2:] == (
        "the language model would say critical (90 % sure); a person has decided",
        "the language model: nobody can work",
    )


def test_no_advice_is_noted() -> None:
    made = weighed(SLOW, MADE, POLICY, Answer(None, "busy"))

    assert made == replace(
        MADE, evidence=(*MADE.evidence, "there is no advice of the language model: busy")
    )


def test_nobody_is_asked_where_nothing_can_change() -> None:
    outage = classify(Case("The site is down for everyone"), POLICY)

    assert worth_asking(MADE)
    assert not worth_asking(outage)
    assert not worth_asking(by_person(MADE, Severity.LOW))
