"""What people settle is kept, and learnt in the background; every server soon says the same."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.flow.learn import Settled, corrected, learn_now
from fettle.flow.learnt import Learnt, kept_in
from fettle.model.classification import By
from fettle.model.severity import Severity
from fettle.store import decisions, trainings
from fettle.triage.case import Case
from fettle.triage.classify import classify
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.flow.learning import FORKLIFT, NOW, POLICY, Team, by_person, team_at


@pytest.fixture
async def team(store_database: FreshDatabase) -> AsyncIterator[Team]:
    async with team_at(store_database.url) as team:
        yield team


async def learnt_of(team: Team) -> trainings.Learnt:
    async with team.pool.connection() as connection:
        return await trainings.newest(connection)


async def runs_of(team: Team) -> list[tuple[object, ...]]:
    return await team.ask("SELECT state, result->>'refused' FROM fettle.run WHERE name = 'learn'")


# From a correction to what is said


async def test_a_correction_changes_what_is_said_of_a_similar_case_later(team: Team) -> None:
    learnt = Learnt(team.pool, team.clock)
    before = classify(FORKLIFT, POLICY, learnt.history())
    await team.settle_many(60, pause=timedelta(milliseconds=200))

    async def is_learnt() -> bool:
        await learnt.look()
        return learnt.history() is not None

    async with team.engine.worker():
        await until(is_learnt)
    after = classify(FORKLIFT, POLICY, learnt.history())

    assert (before.severity, before.by) == (Severity.MEDIUM, By.RULE)
    assert (after.severity, after.by) == (Severity.CRITICAL, By.MODEL)
    assert "the team's 60 decisions say critical" in after.evidence[0]


async def test_many_corrections_are_one_training(team: Team) -> None:
    day = timedelta(days=1)
    for number in range(30):
        at = NOW + timedelta(minutes=number)
        await team.correct(Case(f"export {number}"), Severity.LOW, at=at, pause=day)

    assert len(await runs_of(team)) == 1


async def test_a_correction_that_is_rolled_back_was_never_made(team: Team) -> None:
    made = classify(FORKLIFT, POLICY)
    settled = Settled(await team.opened(FORKLIFT, made), FORKLIFT, made, "token:ada", NOW)

    async def fail() -> None:
        async with team.pool.connection() as connection, connection.transaction():
            await corrected(connection, team.engine, settled, by_person(made, Severity.LOW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await kept(team) == []
    assert await runs_of(team) == []


async def test_of_an_unsettled_kind_it_abstains(team: Team) -> None:
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)
    learnt = Learnt(team.pool, team.clock)
    await learnt.look()

    heard = classify(Case("Zebra quartz vexing"), POLICY, learnt.history())

    assert heard.by is By.RULE
    assert any("is not heard below 50 %" in sentence for sentence in heard.evidence)


# What is kept


async def kept(team: Team) -> list[tuple[object, ...]]:
    return await team.ask(
        "SELECT said_by, said_severity, settled_severity, corrected, settled->>'by'"
        " FROM fettle.decision ORDER BY id"
    )


async def test_a_case_is_kept_with_all_that_was_told(team: Team) -> None:
    case = Case(
        "Pay\0ments \ud800 fail",
        "since noon",
        ("slow", "errors"),
        Severity.HIGH,
        "shop",
        {"region": "eu"},
    )
    await team.correct(case, Severity.CRITICAL, said=classify(FORKLIFT, POLICY))

    async with team.pool.connection() as connection:
        (lesson,) = await decisions.lessons(connection, 10)

    told = json.loads(lesson.told)
    assert told["title"] == "Pay\ufffdments \ufffd fail"
    assert {key: told[key] for key in ("text", "symptoms", "severity", "service", "labels")} == {
        "text": "since noon",
        "symptoms": ["slow", "errors"],
        "severity": 3,
        "service": "shop",
        "labels": {"region": "eu"},
    }


async def test_who_changes_their_mind_leaves_what_triage_said(team: Team) -> None:
    made = classify(FORKLIFT, POLICY)
    number = await team.correct(FORKLIFT, Severity.CRITICAL)
    await team.correct(
        FORKLIFT, Severity.HIGH, said=by_person(made, Severity.CRITICAL), issue=number
    )
    await team.confirm(FORKLIFT, by_person(made, Severity.HIGH), issue=number)

    assert await kept(team) == [("rule", 2, 3, True, "person")]


async def test_what_a_person_closes_as_it_was_is_right(team: Team) -> None:
    await team.confirm(FORKLIFT)

    assert await kept(team) == [("rule", 2, 2, False, "rule")]


async def test_triage_that_decided_anew_is_judged_anew(team: Team) -> None:
    number = await team.correct(FORKLIFT, Severity.LOW)
    worse = replace(classify(FORKLIFT, POLICY), severity=Severity.HIGH, by=By.SOURCE)
    await team.confirm(FORKLIFT, worse, issue=number)

    assert await kept(team) == [("source", 3, 3, False, "source")]


async def test_what_is_learnt_outlives_its_issue(team: Team) -> None:
    number = await team.correct(FORKLIFT, Severity.LOW)
    async with team.pool.connection() as connection:
        await connection.execute("DELETE FROM fettle.issue WHERE number = %s", (number,))

    assert await kept(team) == [("rule", 2, 1, True, "person")]


async def test_the_newest_are_learnt_the_oldest_of_them_first(team: Team) -> None:
    for number in (3, 1, 2, 5, 4):
        at = NOW + timedelta(minutes=number)
        await team.correct(Case(f"export {number}"), Severity.LOW, at=at)

    async with team.pool.connection() as connection:
        lessons = await decisions.lessons(connection, 3)

    assert [json.loads(one.told)["title"] for one in lessons] == [
        "export 3",
        "export 4",
        "export 5",
    ]


async def test_more_than_a_page_is_read(team: Team) -> None:
    await team.correct(FORKLIFT, Severity.LOW)
    await team.ask(
        "INSERT INTO fettle.decision (at, actor, told, said, said_by, said_severity, settled,"
        " settled_severity, corrected) SELECT at, actor, told, said, said_by, said_severity,"
        " settled, settled_severity, corrected FROM fettle.decision, generate_series(1, 2500)"
        " RETURNING id"
    )

    async with team.pool.connection() as connection:
        assert len(await decisions.lessons(connection, 10_000)) == 2501
        assert len(await decisions.lessons(connection, 1500)) == 1500


# Counting


async def test_what_was_said_is_counted_against_what_was_right(team: Team) -> None:
    rule = classify(FORKLIFT, POLICY)
    model = replace(rule, severity=Severity.LOW, by=By.MODEL)
    for number in range(3):
        await team.correct(Case(str(number)), Severity.HIGH, said=rule, at=NOW)
    await team.confirm(Case("fine"), model, at=NOW)
    await team.correct(Case("a person's"), Severity.LOW, said=by_person(rule, Severity.HIGH))
    await team.confirm(Case("long ago"), model, at=NOW - timedelta(days=40))

    async with team.pool.connection() as connection:
        found = await decisions.counted(connection, NOW - timedelta(days=30), NOW.max)

    assert [(one.by, one.said, one.settled, one.times, one.corrected) for one in found] == [
        (By.MODEL, Severity.LOW, Severity.LOW, 1, 0),
        (By.RULE, Severity.MEDIUM, Severity.HIGH, 3, 3),
    ]


# Refusals


async def test_too_few_are_refused_and_it_says_so(team: Team) -> None:
    await team.correct(FORKLIFT, Severity.CRITICAL)
    async with team.engine.worker():
        await until(lambda: ended(team, 1))

    learnt = await learnt_of(team)

    assert learnt.trained is None
    assert learnt.refused is not None
    assert learnt.refused.refused == "1 decision to learn from: too few"
    assert await runs_of(team) == [("done", learnt.refused.refused)]


async def ended(team: Team, many: int) -> bool:
    return [state for state, _ in await runs_of(team)].count("done") >= many


async def test_a_refusal_is_not_tried_again_before_something_is_new(team: Team) -> None:
    await team.correct(FORKLIFT, Severity.CRITICAL)
    first = await learn_now(team.pool, team.clock)
    again = await learn_now(team.pool, team.clock)
    asked = await learn_now(team.pool, team.clock, anew=True)
    await team.correct(Case("another"), Severity.CRITICAL)
    new = await learn_now(team.pool, team.clock)

    assert first == again
    assert asked.at > first.at
    assert (first.decisions, new.decisions) == (1, 2)
    assert await team.ask("SELECT count(*) FROM fettle.training") == [(1,)]


async def test_what_was_learnt_stays_when_the_next_time_is_refused(team: Team) -> None:
    await team.settle_many(60)
    await learn_now(team.pool, team.clock)
    await team.ask("DELETE FROM fettle.decision WHERE id > 5 RETURNING id")
    refused = await learn_now(team.pool, team.clock)

    learnt = await learnt_of(team)
    async with team.pool.connection() as connection:
        model = await kept_in(connection)

    assert refused.refused is not None
    assert learnt.refused == refused
    assert learnt.trained is not None
    assert learnt.trained.decisions == model.kept.trained_on == 60


async def test_without_scikit_learn_it_says_what_to_install(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sklearn.py").write_text("raise ModuleNotFoundError('sklearn')")
    monkeypatch.syspath_prepend(str(tmp_path))  # the process that learns looks along it
    await team.settle_many(45)

    refused = await learn_now(team.pool, team.clock)

    assert refused.refused == "learning needs scikit-learn, which is not installed"
    assert refused.remedy == "pip install 'fettle-ops[learn]'"
