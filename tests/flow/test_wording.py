"""Evidence is put into words when somebody asks: once, in its turn, and nothing beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from fettle.engine.engine import Engine
from fettle.errors import CannotLook, NotSupported, Refused, Unreachable
from fettle.flow import consult, wording
from fettle.flow.consult import Consulting
from fettle.flow.evidence import Evidence
from fettle.flow.wording import Words
from fettle.model.advice import Advice, Worded, Wording
from fettle.model.issue import Entry, Status
from fettle.model.ports import Advisor
from fettle.settings.triage import AiSettings
from fettle.store import issues
from fettle.store.pool import Pool, pool_at
from fettle.targets.language_model import of_settings
from fettle.triage.case import Case
from fettle.triage.classify import classify
from tests.conftest import FreshDatabase
from tests.engine.conftest import prepared, until
from tests.engine.working import FAST, WallClock
from tests.flow.learning import POLICY, opened
from tests.flow.test_advice import SOON
from tests.triage.speaking import Speaking, speaking

SLOW = Case("The report takes 40 seconds", "since noon", service="shop")
SETTINGS = AiSettings(model="openai:claude-test", url="http://127.0.0.1:9")
EVIDENCE = Evidence(
    ("stripe may be behind it, 72 % sure", "its answer_s rose from 0.1 to 1.9"),
    ("stripe's answer_s", "shop 1.4.2"),
)
SAID = ("Stripe may be behind it.", "Redis is slow.", "Its answer_s rose to 1.9 s.")
STANDS = (SAID[0], SAID[2])


@dataclass
class Speaker:
    """Somebody who is asked for words; implements model.ports.Advisor."""

    says: Sequence[str] = SAID
    errors: list[CannotLook] = field(default_factory=list)
    asked: list[tuple[Wording, str]] = field(default_factory=list)

    async def advise(self, question: str) -> Advice:
        raise AssertionError(f"nobody asked for advice: {question}")

    async def word(self, wording: Wording, evidence: str) -> Worded:
        self.asked.append((wording, evidence))
        await asyncio.sleep(0.02)
        if self.errors:
            raise self.errors.pop(0)
        return Worded(tuple(self.says))


@dataclass(frozen=True)
class Asker:
    """An engine that asks, and the store it works on."""

    engine: Engine
    pool: Pool

    async def open(self) -> int:
        async with self.pool.connection() as connection, connection.transaction():
            return await opened(connection, SLOW, classify(SLOW, POLICY))

    async def ask(
        self,
        number: int,
        evidence: Evidence = EVIDENCE,
        what: Wording = Wording.CAUSES,
        status: Status | None = None,
    ) -> None:
        async with self.pool.connection() as connection, connection.transaction():
            issue = await issues.find(connection, number)
            issue = replace(issue, status=status or issue.status)
            now = WallClock().now()
            await wording.ask(connection, self.engine, issue, what, evidence, "user:ada", now)

    async def words(self, number: int) -> dict[Wording, Words]:
        async with self.pool.connection() as connection:
            return await wording.of_issue(connection, number)

    async def entries(self, number: int) -> list[Entry]:
        async with self.pool.connection() as connection:
            return await issues.timeline(connection, number)

    async def answered(self, number: int, what: Wording = Wording.CAUSES) -> Words:
        """Work until it is answered; return the words."""

        async def told() -> bool:
            found = (await self.words(number)).get(what)
            return found is not None and not found.asking

        async with self.engine.worker():
            await until(told)
        return (await self.words(number))[what]


Make = Callable[..., Asker]


@pytest.fixture
async def make(store_database: FreshDatabase) -> AsyncIterator[Make]:
    await prepared(store_database.url)
    async with pool_at(store_database.url) as pool:

        def asker(advisor: Advisor | None, settings: AiSettings = SETTINGS) -> Asker:
            consulting = Consulting(pool, WallClock(), settings, advisor, SOON)
            runs = wording.runs(consulting, ("shop", "stripe", "wiki"))
            return Asker(Engine(pool, WallClock(), runs=runs, pace=FAST), pool)

        yield asker


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
async def test_what_a_model_says_stands_in_the_timeline_as_its_own_words(
    make: Make, protocol: str
) -> None:
    with speaking(Speaking({"sentences": list(SAID)})) as spoken:
        url = f"{spoken.url}/v1" if protocol == "openai" else spoken.url
        settings = AiSettings(model=f"{protocol}:claude-test", url=url)
        asker = make(of_settings(settings), settings)
        number = await asker.open()
        await asker.ask(number)
        words = await asker.answered(number)

    assert (words.sentences, words.dropped, words.reason) == (STANDS, 1, None)
    assert (words.evidence, words.asked_by) == (EVIDENCE.lines, "user:ada")
    (*_, last) = await asker.entries(number)
    assert (last.event, last.actor) == ("words", "llm")
    assert last.text == (
        "Stripe may be behind it. Its answer_s rose to 1.9 s.\n\n"
        "(in a language model's words, from the evidence alone: stripe's answer_s; shop 1.4.2; "
        "1 sentence left out that named what does not stand there)"
    )
    assert len(spoken.asked) == 1


async def test_who_asks_while_one_is_at_work_gets_that_ones_answer(make: Make) -> None:
    speaker = Speaker()
    asker = make(speaker)
    number = await asker.open()
    await asyncio.gather(*(asker.ask(number) for _ in range(3)))
    assert (await asker.words(number))[Wording.CAUSES].asking
    await asker.answered(number)

    assert len(speaker.asked) == 1
    await asker.ask(number)
    await asker.answered(number)
    assert len(speaker.asked) == 2


async def test_suggestions_are_three_at_most_and_marked(make: Make) -> None:
    speaker = Speaker([f"Look at {name}." for name in ("stripe", "answer_s", "stripe", "stripe")])
    asker = make(speaker)
    number = await asker.open()
    await asker.ask(number, what=Wording.ENQUIRIES)
    words = await asker.answered(number, Wording.ENQUIRIES)

    assert words.sentences == ("Look at stripe.", "Look at answer_s.", "Look at stripe.")
    (*_, last) = await asker.entries(number)
    assert last.event == "suggestions"
    assert "suggested by a language model, no match, and done by nobody" in last.text
    assert Wording.CAUSES not in await asker.words(number)


@pytest.mark.parametrize(
    ("says", "errors", "reason"),
    [
        ([], [Unreachable(f"busy {n}") for n in range(9)], "of the language model: busy 2"),
        ([], [NotSupported("pydantic-ai is not installed")], "pydantic-ai is not installed"),
        ([], [], "it said nothing"),
        (["Redis is slow."], [], "all it said (1 sentence) named what does not stand there"),
    ],
)
async def test_where_nothing_is_left_to_show_one_sentence_says_why(
    make: Make, says: list[str], errors: list[CannotLook], reason: str
) -> None:
    asker = make(Speaker(says, errors))
    number = await asker.open()
    await asker.ask(number)
    words = await asker.answered(number)

    assert words.sentences == ()
    assert words.reason is not None
    assert reason in words.reason
    (*_, last) = await asker.entries(number)
    assert (last.event, last.actor, last.text) == ("no-words", "llm", words.reason)
    assert "Redis" not in last.text


async def test_what_is_secret_is_not_sent_nor_shown(make: Make) -> None:
    secret = Evidence(("the error says password=hunter2 at ada@example.org",), ("the error",))
    for scrub in (True, False):
        speaker = Speaker(["The error says password=hunter2."])
        asker = make(speaker, SETTINGS.model_copy(update={"scrub": scrub}))
        number = await asker.open()
        await asker.ask(number, secret)
        words = await asker.answered(number)

        assert ("hunter2" in json.dumps(speaker.asked)) is not scrub
        assert ("hunter2" in repr(words)) is not scrub


async def test_words_and_advice_have_one_budget(make: Make) -> None:
    speaker = Speaker()
    asker = make(speaker, SETTINGS.model_copy(update={"most_a_minute": 2}))
    numbers = [await asker.open() for _ in range(3)]
    for number in numbers:
        await asker.ask(number)

    async def two_are_answered() -> bool:
        found = [(await asker.words(number))[Wording.CAUSES] for number in numbers]
        return [one.asking for one in found] == [False, False, True]

    async with asker.engine.worker():
        await until(two_are_answered)

    assert len(speaker.asked) == 2


async def test_what_has_ended_or_has_no_evidence_is_not_asked_about(make: Make) -> None:
    asker = make(Speaker())
    number = await asker.open()
    with pytest.raises(Refused, match="no evidence"):
        await asker.ask(number, Evidence(("The trouble: it is slow",)))
    with pytest.raises(Refused, match="closed"):
        await asker.ask(number, status=Status.CLOSED)

    assert await asker.words(number) == {}


async def test_an_issue_changes_meanwhile_as_if_nobody_was_asked(make: Make) -> None:
    asker = make(Speaker())
    number = await asker.open()
    async with asker.pool.connection() as connection:
        before = await issues.find(connection, number)
    await asker.ask(number)
    await asker.answered(number)
    async with asker.pool.connection() as connection:
        after = await issues.find(connection, number)

    assert after == before


async def test_runs_of_others_are_no_asking(make: Make) -> None:
    asker = make(Speaker())
    number = await asker.open()
    async with asker.pool.connection() as connection, connection.transaction():
        for given in ({"issue": "seven"}, [number], None, {"issue": number}):
            await consult.start(connection, asker.engine, "other", given)

    assert await asker.words(number) == {}
