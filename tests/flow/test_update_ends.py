"""How a run of updates ended is told as it was, also where the store was away just then."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from fettle.flow.update_taking import TakingByClock
from fettle.flow.update_work import UpdateWork
from fettle.model.rehearsal import Came, Proof, RunState, Swept
from fettle.model.update_act import ActKind, ActState, UpdateAct
from fettle.settings import Settings
from fettle.store import access, deploys, update_acts, update_watches, updates
from tests.flow.filing import Filing
from tests.flow.machine import Machine
from tests.flow.test_update_taking import PROJECT, looked, nobody, update

DONE = Came(RunState.DONE, True, "it works", Proof(), Proof({"uv.lock": "1"}, {}, "raised"))
BLAMED = Came(RunState.RETURNED, True, "it is down; everything is as it was", blamed=True)


@dataclass
class Cut(Machine):
    """A machine that loses its store once what it does is done."""

    address: str = ""

    async def in_place(self, commit: str, updates: object, why: str, worse: object) -> Came:
        came = await super().in_place(commit, updates, why, worse)
        with psycopg.connect(self.address, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return came


@dataclass
class Asked:
    """Something that was asked for, on a machine that loses its store at the end of it."""

    filing: Filing
    machine: Cut
    work: UpdateWork
    act: UUID

    async def cut_off(self) -> None:
        """Do it, and lose the store at its end; come back when that is there again."""
        with pytest.raises(psycopg.OperationalError):
            await self.work.done(self.act)
        well = 0
        while well < 10:  # each connection of the pool was used once more
            with suppress(psycopg.OperationalError):
                async with self.filing.pool.connection() as connection:
                    await connection.execute("SELECT 1")
                    well += 1

    async def found(self) -> tuple[UpdateAct, Any]:
        async with self.filing.pool.connection() as connection:
            act = await update_acts.find(connection, self.act)
            (run,) = await updates.runs(connection)
        assert act is not None
        return act, run


@pytest.fixture
async def asked(filing: Filing) -> Asked:
    machine = Cut(address=filing.address)
    here: Any = machine
    settings = Settings.model_validate({"project": [PROJECT]})
    by = TakingByClock(filing.pool, filing.clock, settings, lambda _say: here, machine.look)
    await looked(filing, by, update("alpha"))
    tried = await by.rehearse("shop", nobody)
    rehearsal = UUID(str(tried.rehearsal))
    now = filing.clock.now()
    act = UpdateAct(uuid4(), ActKind.APPLY, "shop", ("alpha-2",), "ada", now, rehearsal=rehearsal)
    async with filing.pool.connection() as connection:
        await update_acts.ask(connection, act)
    work = UpdateWork(filing.pool, filing.clock, settings, lambda _say: here, machine.look)
    return Asked(filing, machine, work, act.id)


async def test_what_is_in_use_is_told_as_that_once_the_store_is_back(asked: Asked) -> None:
    await asked.cut_off()
    asked.machine.left = [Swept(str(asked.act), "apply", DONE)]
    await asked.work.told(asked.act, "the store was away")
    act, run = await asked.found()
    async with asked.filing.pool.connection() as connection:
        went_live = await deploys.listed(connection, None, None, 5)

    assert (act.state, act.says) == (ActState.DONE, None)
    assert (run.state, run.verified, run.says) == (RunState.DONE, True, "it works")
    assert run.after == DONE.after
    assert [one.version for one in went_live] == ["update run 1"]


async def test_whoever_goes_on_with_it_tells_the_same(asked: Asked) -> None:
    await asked.cut_off()
    asked.machine.left = [Swept(str(asked.act), "apply", DONE)]
    await asked.work.done(asked.act)
    act, run = await asked.found()

    assert (act.state, run.state) == (ActState.DONE, RunState.DONE)
    assert asked.machine.applied == ["raised"], "it is not begun a second time"


async def test_what_was_brought_back_holds_its_versions_then_too(asked: Asked) -> None:
    await asked.cut_off()
    asked.machine.left = [Swept(str(asked.act), "apply", BLAMED)]
    await asked.work.told(asked.act, "the store was away")
    act, run = await asked.found()
    async with asked.filing.pool.connection() as connection:
        held = await update_watches.quarantined(connection)

    assert act.state is ActState.FAILED
    assert (run.state, run.says) == (RunState.RETURNED, BLAMED.says)
    assert [one.package.name for one in held] == ["alpha"]


async def test_whoever_applies_and_takes_back_stands_in_the_audit_log(asked: Asked) -> None:
    here: Any = Machine()
    work = replace(asked.work, rehearsing=lambda _say: here)
    await work.done(asked.act)
    async with asked.filing.pool.connection() as connection:
        (run,) = await updates.runs(connection)
        undo = UpdateAct(
            uuid4(), ActKind.UNDO, "shop", ("alpha-2",), "bea", run.started_at, undoes=UUID(run.id)
        )
        await update_acts.ask(connection, undo)
    await work.done(undo.id)
    async with asked.filing.pool.connection() as connection:
        told = await access.read_audit(connection, None, 10)

    assert [(row["actor"], row["act"], row["subject"]) for row in reversed(told)] == [
        ("ada", "apply updates", "shop"),
        ("bea", "take updates back", "shop"),
    ]
    assert told[1]["detail"] == {"run": run.id, "updates": ["alpha-2"]}
