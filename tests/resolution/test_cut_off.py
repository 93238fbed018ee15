"""A run that was cut off never acts again: what became of it is seen, or a person is asked."""

from dataclasses import replace

import psycopg
import pytest

from fettle.errors import ActFailed
from fettle.model.fix import CutOff, FixRun, Plan, Risk, RunStatus, Steps
from fettle.resolution import document
from fettle.resolution.mend import conclude_run
from tests.conftest import FreshDatabase
from tests.resolution.mending import Mender, mender

TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")


async def planned(database: FreshDatabase) -> tuple[Mender, Plan]:
    database.run(*TWINS)
    made = mender(database.url)
    return made, await made.plan_one("drop_duplicate_index")


async def cut_off(made: Mender, plan: Plan, steps: Steps | None = None) -> FixRun:
    """Leave a run as a process leaves it that dies once it has journalled its first statement."""
    does = steps or plan.steps
    assert does is not None
    run = FixRun("", plan.id, plan.fix, plan.target, plan.subject, "test")
    begun = await made.records.begin_run(run, document.of_steps(does), None)
    await made.records.journal(begun).write("statement", {"statement": does.statements[0]})
    return begun


async def conclude(made: Mender, run: FixRun) -> FixRun:
    cut = await made.records.cut_off(run.id)
    assert cut.steps is not None
    assert cut == CutOff(cut.steps, acted=True)
    return await conclude_run(run, cut.steps, made.target, made.means)


def indexes(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        return [name for (name,) in rows.fetchall()]


def acts(made: Mender, run: FixRun) -> list[str]:
    return [event for of, event, _ in made.records.entries if of == run.id]


async def test_what_had_worked_is_done(database: FreshDatabase) -> None:
    made, plan = await planned(database)
    run = await cut_off(made, plan)
    database.run("DROP INDEX t_b")

    ended = await conclude(made, run)

    assert (ended.status, ended.verified) == (RunStatus.DONE, True)
    assert "cut off" in str(ended.reason)
    assert acts(made, run) == ["statement", "cut off", "verified"]


async def test_what_had_not_begun_is_not_done_again(database: FreshDatabase) -> None:
    made, plan = await planned(database)
    run = await cut_off(made, plan)

    ended = await conclude(made, run)

    assert (ended.status, ended.verified) == (RunStatus.FAILED, False)
    assert indexes(database) == ["t_a", "t_b"]
    assert acts(made, run) == ["statement", "cut off", "verified"]


async def test_what_is_half_done_is_brought_to_an_end(database: FreshDatabase) -> None:
    made, plan = await planned(database)
    run = await cut_off(made, plan)
    database.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_b'::regclass")

    ended = await conclude(made, run)

    assert (ended.status, ended.verified) == (RunStatus.DONE, True)
    assert indexes(database) == ["t_a"]
    assert "recovery" in acts(made, run)


@pytest.mark.parametrize("change", [{"risk": Risk.IRREVERSIBLE}, {"settled": None, "recovery": ()}])
async def test_what_nobody_can_know_is_unsure(
    database: FreshDatabase, change: dict[str, object]
) -> None:
    made, plan = await planned(database)
    assert plan.steps is not None
    run = await cut_off(made, plan, replace(plan.steps, **change))  # type: ignore[arg-type]

    ended = await conclude(made, run)

    assert (ended.status, ended.verified) == (RunStatus.UNSURE, False)
    assert "may have acted" in str(ended.reason)
    assert ended.remedy is not None
    assert indexes(database) == ["t_a", "t_b"]


async def test_nothing_is_said_while_its_session_still_lives(database: FreshDatabase) -> None:
    made, plan = await planned(database)
    run = await cut_off(made, plan)
    async with (
        made.means.connect(made.target) as other,
        other.locked(plan.subject) as held,
    ):
        assert held
        with pytest.raises(ActFailed, match="still mending"):
            await conclude(made, run)

    assert made.records.runs[run.id].status is RunStatus.RUNNING
