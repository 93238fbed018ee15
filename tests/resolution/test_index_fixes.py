"""Fixes of indexes: the promise is that nothing is left worse than it was."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psycopg
import pytest

from fettle.errors import Refused, StoreError
from fettle.model.fix import FixRun, RunStatus
from fettle.testing import MemoryJournal, MemoryRecords
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender
from tests.sessions import waiting

UNUSED = {"index_unused__min_window": "0s", "index_unused__min_size": "0"}

TABLE = (
    'CREATE SCHEMA "Sh.op"',
    'CREATE TABLE "Sh.op"."Or""ders" (id int PRIMARY KEY, "No te" text, customer int)',
    'INSERT INTO "Sh.op"."Or""ders" SELECT g, g::text, g % 100 FROM generate_series(1, 20000) g',
)


async def definitions(database: FreshDatabase) -> list[tuple[str, bool, str | None]]:
    """Return every index that is not a catalogue's: definition, validity, comment."""
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        cursor = await connection.execute(
            "SELECT pg_get_indexdef(indexrelid), indisvalid,"
            " obj_description(indexrelid, 'pg_class')"
            " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)"
            " ORDER BY 1"
        )
        return await cursor.fetchall()


@asynccontextmanager
async def open_transaction(database: FreshDatabase, statement: str) -> AsyncIterator[None]:
    """Hold a transaction open that has run a statement."""
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        await connection.execute(statement.encode())
        yield
        await connection.rollback()


@pytest.mark.parametrize(
    "index",
    [
        'CREATE INDEX "no te idx" ON "Sh.op"."Or""ders" ("No te" DESC NULLS LAST)',
        'CREATE INDEX "no te idx" ON "Sh.op"."Or""ders" (lower("No te")) WHERE customer > 5',
        'CREATE INDEX "no te idx" ON "Sh.op"."Or""ders" ("No te" text_pattern_ops) INCLUDE (id)',
        'CREATE INDEX "no te idx" ON "Sh.op"."Or""ders" USING brin (customer)',
        'CREATE INDEX "no te idx" ON "Sh.op"."Or""ders" ("No te" COLLATE "C") WITH (fillfactor=70)',
    ],
)
async def test_undo_brings_back_the_identical_index(database: FreshDatabase, index: str) -> None:
    database.run(*TABLE, index, 'COMMENT ON INDEX "Sh.op"."no te idx" IS $$it\'s \\ old$$')
    before = await definitions(database)
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("drop_unused_index", **UNUSED))
    between = await definitions(database)
    undone = await somebody.undo(run)

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert len(between) == len(before) - 1
    assert (undone.status, undone.verified) == (RunStatus.DONE, True)
    assert await definitions(database) == before
    assert somebody.records.runs[run.id].status is RunStatus.UNDONE


@asynccontextmanager
async def a_tablespace(database: FreshDatabase) -> AsyncIterator[str]:
    """Make a tablespace that is gone afterwards, with all that is in it."""
    name = f"{database.name}_space"
    folder = f"{database.server.folder}/{name}"
    database.run(
        f"COPY (SELECT) TO PROGRAM 'cat >/dev/null && mkdir {folder}'",
        f"CREATE TABLESPACE {name} LOCATION '{folder}'",
    )
    try:
        yield name
    finally:
        database.run('DROP SCHEMA "Sh.op" CASCADE', f"DROP TABLESPACE {name}")


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_undo_brings_it_back_to_where_it_was(
    database: FreshDatabase, elsewhere: bool
) -> None:
    """A role may make its indexes in another place than this one was in."""
    async with a_tablespace(database) as space:
        place = f"TABLESPACE {space}" if elsewhere else ""
        database.run(*TABLE, f'CREATE INDEX mine ON "Sh.op"."Or""ders" (customer) {place}')
        if not elsewhere:
            database.run(f"ALTER DATABASE {database.name} SET default_tablespace = {space}")
        somebody = mender(database.url)

        run = await somebody.apply(await somebody.plan_one("drop_unused_index", **UNUSED))
        undone = await somebody.undo(run)

        assert undone.verified
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            cursor = await connection.execute(
                "SELECT s.spcname FROM pg_class AS c LEFT JOIN pg_tablespace AS s"
                " ON s.oid = c.reltablespace WHERE c.relname = 'mine'"
            )
            assert await cursor.fetchone() == (space if elsewhere else None,)


async def test_of_two_that_may_stand_in_for_each_other_one_stays(
    database: FreshDatabase,
) -> None:
    """Both plans were right when they were made; together they would leave a key uncovered."""
    database.run(
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE t (a int REFERENCES p, b int)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE INDEX t_a_b ON t (a, b)",
    )
    somebody = mender(database.url)
    unused = await somebody.plan_one("drop_unused_index", "public.t_a_b", **UNUSED)
    shorter = await somebody.plan_one("drop_redundant_index", "public.t_a")

    run = await somebody.apply(shorter)
    with pytest.raises(Refused, match="has changed since"):
        await somebody.apply(unused)

    assert run.verified
    assert await somebody.plan("drop_unused_index", "public.t_a_b", **UNUSED) == []
    assert ["t_a_b" in create for create, *_ in await definitions(database)] == [True, False]


async def test_twins_that_nobody_reads_may_both_go(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_1 ON t (a)", "CREATE INDEX t_2 ON t (a)")
    somebody = mender(database.url)
    plans = await somebody.plan("drop_unused_index", **UNUSED)

    runs = [await somebody.apply(plan) for plan in plans]

    assert [run.verified for run in runs] == [True, True]


async def test_an_old_transaction_forbids_what_would_wait_for_it(
    pg18_database: FreshDatabase,
) -> None:
    pg18_database.run(
        "CREATE TABLE p (id int PRIMARY KEY)",
        "INSERT INTO p SELECT generate_series(1, 100)",
        "CREATE TABLE t (a int REFERENCES p, b int, c int)",
        "INSERT INTO t SELECT g, g, g FROM generate_series(1, 100) g",
        "CREATE INDEX t_b ON t (b)",
        "CREATE INDEX t_b_twin ON t (b)",
        "CREATE INDEX t_b_c ON t (b, c)",
        "CREATE INDEX t_c ON t (c)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_c'::regclass",
    )
    before = await definitions(pg18_database)
    somebody = mender(pg18_database.url)
    plans = [
        plan
        for fix in (
            "drop_unused_index",
            "drop_duplicate_index",
            "drop_redundant_index",
            "repair_invalid_index",
            "create_foreign_key_index",
        )
        for plan in await somebody.plan(fix, **UNUSED)
    ]

    async with open_transaction(pg18_database, "SELECT count(*) FROM t"):
        await asyncio.sleep(10.2)  # the age from which on a transaction counts as old
        for plan in plans:
            with pytest.raises(Refused, match="a transaction has been open for more than 10 s"):
                await somebody.apply(plan)

    assert {plan.fix for plan in plans} >= {"drop_unused_index", "create_foreign_key_index"}
    assert len({plan.fix for plan in plans}) == 5
    assert await definitions(pg18_database) == before


async def test_a_drop_that_meets_a_transaction_half_way_is_brought_to_its_end(
    database: FreshDatabase,
) -> None:
    """The transaction begins after the prechecks, and outlasts the lock time-out."""
    database.run(*TABLE, 'CREATE INDEX mine ON "Sh.op"."Or""ders" (customer)')
    somebody = mender(database.url)
    plan = await somebody.plan_one("drop_unused_index", **UNUSED)

    async with open_transaction(database, 'SELECT FROM "Sh.op"."Or""ders"'):
        applying = asyncio.create_task(somebody.apply(plan))
        await asyncio.sleep(6)  # the lock time-out is 5 s
    run = await applying

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert not any("mine" in definition for definition, _, _ in await definitions(database))


async def test_a_plan_that_was_overtaken_does_nothing(database: FreshDatabase) -> None:
    database.run(*TABLE, 'CREATE INDEX mine ON "Sh.op"."Or""ders" (customer)')
    somebody = mender(database.url)
    plan = await somebody.plan_one("drop_unused_index", **UNUSED)
    database.run(
        'DROP INDEX "Sh.op".mine',
        'CREATE INDEX mine ON "Sh.op"."Or""ders" ("No te")',
    )

    with pytest.raises(Refused, match="the plan no longer fits"):
        await somebody.apply(plan)

    assert any('("No te")' in definition for definition, _, _ in await definitions(database))


async def test_of_two_people_with_the_same_plan_one_acts(database: FreshDatabase) -> None:
    database.run(*TABLE, 'CREATE INDEX mine ON "Sh.op"."Or""ders" (customer)')
    one, other = mender(database.url), mender(database.url)
    plan = await one.plan_one("drop_unused_index", **UNUSED)

    results = await asyncio.gather(one.apply(plan), other.apply(plan), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["FixRun", "Refused"]


async def test_the_index_of_a_foreign_key_is_made_and_taken_back(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent SELECT generate_series(1, 10)",
        'CREATE TABLE child ("Par ent" int REFERENCES parent)',
        "INSERT INTO child SELECT 1 + g % 10 FROM generate_series(1, 1000) g",
    )
    before = await definitions(database)
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("create_foreign_key_index"))
    made = await definitions(database)
    await somebody.undo(run)

    assert (
        'CREATE INDEX "child_Par ent_idx" ON public.child USING btree ("Par ent")',
        True,
        None,
    ) in made
    assert await definitions(database) == before


async def test_the_debris_of_a_failed_build_is_dropped(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.run("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("repair_invalid_index"))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert await definitions(database) == []


async def test_what_writes_still_maintain_is_rebuilt_or_left_as_it_was(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1), (1)",
        "CREATE INDEX broken ON t (a)",
        # as a DROP INDEX CONCURRENTLY leaves it that timed out; unique, so that it cannot be built
        "UPDATE pg_index SET indisvalid = false, indisunique = true"
        " WHERE indexrelid = 'broken'::regclass",
    )
    somebody = mender(database.url)

    failed = await somebody.apply(await somebody.plan_one("repair_invalid_index"))
    left = await definitions(database)
    database.run("DELETE FROM t WHERE ctid = '(0,1)'")
    done = await somebody.apply(await somebody.plan_one("repair_invalid_index"))

    assert (failed.status, failed.verified) == (RunStatus.FAILED, False)
    assert [valid for _, valid, _ in left] == [False]  # and no half-built copy beside it
    assert (done.status, done.verified) == (RunStatus.DONE, True)
    assert [valid for _, valid, _ in await definitions(database)] == [True]


async def test_whoever_interrupts_an_act_is_told_what_is_left_of_it(
    pg18_database: FreshDatabase,
) -> None:
    """A build waits for a writer; so does whatever would take away what it has begun."""
    pg18_database.run("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (a int REFERENCES p)")
    pg18_database.run("INSERT INTO p VALUES (1)", "INSERT INTO t VALUES (1)")
    somebody = mender(pg18_database.url)
    plan = await somebody.plan_one("create_foreign_key_index")

    async with open_transaction(pg18_database, "INSERT INTO t VALUES (1)"):
        applying = asyncio.create_task(somebody.apply(plan))
        await waiting(pg18_database, 1)
        applying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await applying

    (run,) = somebody.records.runs.values()
    assert run.status is RunStatus.UNSURE
    assert 't_a_idx" is left invalid' in str(run.reason)
    assert somebody.told[0] == "it was interrupted; bringing it to an end …"
    assert 't_a_idx" is left invalid' in somebody.told[-1]
    cure = await somebody.plan_one("repair_invalid_index")
    assert (await somebody.apply(cure)).verified
    assert all(valid for _, valid, _ in await definitions(pg18_database))


class FullRecords(MemoryRecords):
    """Records on a disk that is full from the first act on."""

    def journal(self, run: FixRun) -> MemoryJournal:
        return FullJournal(self, run.id)

    async def end_run(self, run: FixRun) -> None:
        raise StoreError(f"there is no room for {run.id}")


class FullJournal(MemoryJournal):
    """Their journal."""

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        if event != "statement":
            raise StoreError("the store is full")
        await super().write(event, detail)


async def test_what_was_begun_is_ended_although_nothing_can_be_kept_of_it(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE t (a int, b int)",
        "INSERT INTO t VALUES (1, 1), (1, 2)",
        "CREATE INDEX broken ON t (a)",
        "UPDATE pg_index SET indisvalid = false, indisunique = true"
        " WHERE indexrelid = 'broken'::regclass",
        "CREATE INDEX t_b ON t (b)",
    )
    somebody = mender(database.url)
    somebody.records = FullRecords(somebody.clock)
    fails = await somebody.plan_one("repair_invalid_index")
    works = await somebody.plan_one("drop_unused_index", "public.t_b", **UNUSED)

    with pytest.raises(StoreError, match=r"is failed .*could not be kept: there is no room"):
        await somebody.apply(fails)
    with pytest.raises(StoreError, match=r"on public.t_b is done and verified, but that could not"):
        await somebody.apply(works)

    assert [valid for _, valid, _ in await definitions(database)] == [False]  # and nothing beside


async def test_the_copy_that_a_rebuild_left_is_dropped(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE INDEX t_a_ccnew ON t (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a_ccnew'::regclass",
    )
    somebody = mender(database.url)

    run = await somebody.apply(await somebody.plan_one("repair_invalid_index"))

    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert [("t_a ON" in create, valid) for create, valid, _ in await definitions(database)] == [
        (True, True)
    ]


async def test_an_index_under_a_constraint_is_never_dropped(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a int UNIQUE, b int, EXCLUDE USING btree (b WITH =))",
        "INSERT INTO t SELECT g, g FROM generate_series(1, 100) g",
        "CREATE INDEX twin ON t (a)",
    )
    somebody = mender(database.url)

    plan = await somebody.plan_one("drop_duplicate_index")

    assert plan.subject == "public.twin"
    assert await somebody.plan("drop_unused_index", "public.t_a_key", **UNUSED) == []
