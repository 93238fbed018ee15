"""Waits, targets, labels, timers and graceful ends, in one process on a real store."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest

from fettle.engine import queue
from fettle.engine.engine import Engine
from fettle.engine.means import NotNow
from fettle.engine.run import Run
from fettle.errors import StoreTooNew, WrongUsage
from fettle.model.run import Json, RunState, Timer
from fettle.store.store import Connection
from tests.engine.conftest import Place, until
from tests.engine.working import FAST


def in_s(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


# Waiting


async def test_nothing_is_in_flight_while_a_run_waits(place: Place) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return await run.wait_for("approval")

    engine = place.engine({"waits": waits})
    async with engine.worker():
        run = await place.start(engine, "waits", target="db")
        found = await place.reaches(engine, run, RunState.WAITING)

        async def no_job() -> bool:
            return await place.ask("SELECT count(*) FROM procrastinate_jobs") == [(0,)]

        await until(no_job)
        assert found.owner is None
        assert [t.get_name() for t in asyncio.all_tasks() if str(run) in t.get_name()] == []
        assert await place.ask("SELECT id FROM run WHERE holds_target") == []
        await place.signal(engine, run, "another")
        await place.signal(engine, run, "approval", {"by": "ada"})
        assert (await place.reaches(engine, run)).result == {"by": "ada"}


async def test_an_event_that_comes_before_it_is_waited_for_is_kept(place: Place) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return [await run.wait_for("e"), await run.wait_for("e"), await run.wait_for("f")]

    engine = place.engine({"waits": waits})
    run = await place.start(engine, "waits")
    for event, payload in (("e", 1), ("f", 2), ("e", 3)):
        await place.signal(engine, run, event, payload)
    async with engine.worker():
        assert (await place.reaches(engine, run)).result == [1, 3, 2]


async def test_no_event_is_lost_between_looking_and_waiting(place: Place) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return [await run.wait_for("e") for _ in range(5)]

    engine = place.engine({"waits": waits})
    async with engine.worker(concurrency=4):
        runs = [await place.start(engine, "waits") for _ in range(20)]

        async def tell(run: UUID) -> None:
            for number in range(5):
                await asyncio.sleep(random.Random(f"{run} {number}").random() * 0.05)
                await place.signal(engine, run, "e", number)

        await asyncio.gather(*map(tell, runs))
        for run in runs:
            assert (await place.reaches(engine, run)).result == [0, 1, 2, 3, 4]


async def test_an_event_told_in_a_transaction_that_is_rolled_back_was_not_told(
    place: Place,
) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return await run.wait_for("e")

    engine = place.engine({"waits": waits})
    async with engine.worker():
        run = await place.start(engine, "waits")
        await place.reaches(engine, run, RunState.WAITING)
        async with place.pool.connection() as connection:
            async with connection.transaction(force_rollback=True):
                await engine.signal(connection, run, "e", "never")
            await engine.signal(connection, run, "e", "told")
        assert (await place.reaches(engine, run)).result == "told"


async def test_a_wait_ends_at_its_moment(place: Place) -> None:
    moments: list[datetime] = []

    async def waits(run: Run, given: Json) -> Json:
        moments.append(in_s(0.2))  # the first go says which
        await run.sleep_until(moments[-1])
        slept = datetime.now(UTC) >= moments[0]
        await run.sleep_until(datetime(2000, 1, 1, tzinfo=UTC), "long past")
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await run.wait_for("never", until=in_s(0.1))
        return slept

    engine = place.engine({"waits": waits})
    async with engine.worker():
        run = await place.start(engine, "waits")
        await place.reaches(engine, run, RunState.WAITING)
        await place.signal(engine, run, "something else")  # wakes it, and it sleeps on
        assert (await place.reaches(engine, run)).result is True
    assert len(moments) >= 4


# Targets


async def test_one_run_of_a_target_at_a_time_and_the_oldest_next(place: Place) -> None:
    busy: set[str] = set()
    order: list[int] = []

    async def act(target: str) -> None:
        assert target not in busy
        busy.add(target)
        await asyncio.sleep(0.005)
        busy.remove(target)

    async def acts(run: Run, given: Json) -> Json:
        if run.target == "t0":
            order.append(cast("int", given))
        await run.step("act", act, str(run.target))
        await run.step("again", act, str(run.target))
        return None

    engine = place.engine({"acts": acts})
    runs = [await place.start(engine, "acts", n, target=f"t{n % 3}") for n in range(30)]
    async with engine.worker(concurrency=8), engine.worker(concurrency=8):
        for run in runs:
            assert (await place.reaches(engine, run)).state is RunState.DONE
    assert sorted(order) == order


async def test_a_target_whose_oldest_run_was_told_of_last_goes_on(place: Place) -> None:
    async def nothing(run: Run, given: Json) -> Json:
        return None

    engine = place.engine({"nothing": nothing})
    runs = [await place.start(engine, "nothing", target="db") for _ in range(9)]
    async with place.pool.connection() as connection:
        await connection.execute("TRUNCATE fettle_engine.procrastinate_jobs CASCADE")
        await connection.execute(
            "UPDATE run SET woken_at = woken_at - interval '1 minute' WHERE id <> %s", (runs[0],)
        )
    async with engine.worker(concurrency=2):
        for run in runs:
            assert (await place.reaches(engine, run)).state is RunState.DONE


async def test_a_run_that_waits_lets_others_at_its_target(place: Place) -> None:
    async def waits(run: Run, given: Json) -> Json:
        return await run.wait_for("e")

    engine = place.engine({"waits": waits})
    async with engine.worker():
        runs = [await place.start(engine, "waits", target="db") for _ in range(3)]
        for run in runs:
            await place.reaches(engine, run, RunState.WAITING)
        for run in runs:
            await place.signal(engine, run, "e")
            await place.reaches(engine, run, RunState.DONE)


# Labels, and what a worker does not know


async def test_a_run_with_a_label_waits_for_a_worker_that_carries_it(place: Place) -> None:
    engine, label = place.engine(), "db-höst " + "x" * 23  # 32 bytes
    async with engine.worker(), engine.worker(labels=("other",)):
        labelled = await place.start(engine, "three", label=label)
        plain = await place.start(engine, "three")
        await place.reaches(engine, plain)
        await asyncio.sleep(2 * FAST.again.total_seconds())
        assert (await place.find(engine, labelled)).state is RunState.QUEUED
        async with engine.worker(labels=("third", label)):
            assert (await place.reaches(engine, labelled)).state is RunState.DONE
    for wrong in ("", "x" * 33):
        with pytest.raises(WrongUsage, match="1 to 32 bytes"):
            await place.start(engine, "three", label=wrong)


async def test_what_a_process_does_not_know_it_leaves_to_another(place: Place) -> None:
    async def new(run: Run, given: Json) -> Json:
        return "known"

    older, newer = place.engine({}, timers={}), place.engine({"new": new}, timers={})
    async with older.worker():
        run = await place.start(newer, "new")
        await asyncio.sleep(FAST.again.total_seconds())
        assert (await place.find(newer, run)).state is RunState.QUEUED
        async with newer.worker():
            assert (await place.reaches(newer, run)).result == "known"


# Timers


async def rung(place: Place) -> list[str]:
    return [subject for (subject,) in await place.ask("SELECT subject FROM public.rung")]


async def schedule(place: Place, engine: Engine, subject: str, due: datetime) -> bool:
    async with place.pool.connection() as connection:
        return await engine.schedule(connection, "ring", subject, due)


async def test_timers_are_handled_when_they_are_due_and_once(place: Place) -> None:
    engine = place.engine()
    async with engine.worker(), engine.worker(), engine.worker():
        for number in range(50):
            await schedule(place, engine, f"s{number}", in_s(0.01 * number))
        await schedule(place, engine, "later", in_s(3600))

        async def all_rung() -> bool:
            return len(await rung(place)) >= 50

        await until(all_rung)
        await asyncio.sleep(0.2)
    assert sorted(await rung(place)) == sorted(f"s{number}" for number in range(50))
    early = "SELECT 1 FROM timer WHERE done_at < due_at"
    assert await place.ask(early) == []
    async with place.pool.connection() as connection:
        assert [timer.subject for timer in await engine.timers(connection)] == ["later"]
        assert await engine.timers(connection, "s1") == []


async def test_a_timer_moves_is_taken_back_and_is_not_set_twice(place: Place) -> None:
    engine, due = place.engine(), in_s(-1)
    async with place.pool.connection() as connection:
        assert await engine.schedule(connection, "ring", "moved", due, 1)
        assert await engine.schedule(connection, "ring", "moved", in_s(3600), 2)
        assert await engine.schedule(connection, "ring", "gone", due)
        assert await engine.unschedule(connection, "ring", "gone")
        assert not await engine.unschedule(connection, "ring", "gone")
        assert await engine.schedule(connection, "ring", "kept", due)
        async with connection.transaction(force_rollback=True):
            await engine.schedule(connection, "ring", "never", due)
        assert [t.detail for t in await engine.timers(connection, "moved")] == [2]
    async with engine.worker():

        async def it_rang() -> bool:
            return "kept" in await rung(place)

        await until(it_rang)
        assert not await schedule(place, engine, "kept", due)  # for this moment it was handled
        assert await schedule(place, engine, "kept", in_s(-0.5))

        async def it_rang_again() -> bool:
            return (await rung(place)).count("kept") == 2

        await until(it_rang_again)
    assert sorted(await rung(place)) == ["kept", "kept"]


async def test_a_handler_that_fails_has_done_nothing_and_is_tried_again(place: Place) -> None:
    fails = 2

    async def shaky(connection: Connection, timer: Timer) -> None:
        await connection.execute("INSERT INTO public.rung (subject) VALUES (%s)", (timer.subject,))
        if timer.subject == "shaky" and timer.attempts < fails:
            if timer.attempts == 0:
                await connection.execute("SELECT 1 / 0")
            raise KeyError(timer.subject)

    engine = place.engine(timers={"ring": shaky})
    async with engine.worker():
        await schedule(place, engine, "shaky", in_s(-10))
        await schedule(place, engine, "sound", in_s(-5))  # is not held up by it

        async def both() -> bool:
            return len(await rung(place)) == 2

        await until(both)
    assert await rung(place) == ["sound", "shaky"]
    assert await place.ask("SELECT attempts, error FROM timer ORDER BY id") == [
        (2, None),
        (0, None),
    ]


async def test_a_handler_can_set_its_own_timer_anew(place: Place) -> None:
    moments = [in_s(-1), in_s(-0.9), in_s(-0.8)]

    async def thrice(connection: Connection, timer: Timer) -> None:
        await connection.execute("INSERT INTO public.rung (subject) VALUES (%s)", (timer.subject,))
        following = [moment for moment in moments if moment > timer.due_at]
        if following:
            await engine.schedule(connection, "ring", timer.subject, following[0])

    engine = place.engine(timers={"ring": thrice})
    async with engine.worker():
        await schedule(place, engine, "again", moments[0])

        async def nothing_pending() -> bool:
            return await place.ask("SELECT 1 FROM timer WHERE done_at IS NULL") == []

        await until(nothing_pending)
    assert await rung(place) == ["again", "again", "again"]


async def test_a_handler_whose_subject_is_busy_is_called_again(place: Place) -> None:
    calls: list[int] = []

    async def waits(connection: Connection, timer: Timer) -> None:
        await connection.execute("INSERT INTO public.rung (subject) VALUES ('too soon')")
        calls.append(timer.attempts)
        if len(calls) == 1:
            raise NotNow
        await connection.execute("UPDATE public.rung SET subject = 'in time'")

    engine = place.engine(timers={"ring": waits})
    async with engine.worker():
        await schedule(place, engine, "busy", in_s(0))

        async def in_time() -> bool:
            return await rung(place) == ["in time"]

        await until(in_time)
    assert calls == [0, 0]


async def test_a_handler_that_hangs_is_ended(place: Place) -> None:
    hung: list[int] = []

    async def hangs(connection: Connection, timer: Timer) -> None:
        if not hung:
            hung.append(1)
            await asyncio.sleep(3600)
        await connection.execute("INSERT INTO public.rung (subject) VALUES ('hung')")

    engine = place.engine(timers={"ring": hangs})
    async with engine.worker():
        await schedule(place, engine, "hangs", in_s(0))

        async def done() -> bool:
            return await rung(place) == ["hung"]

        await until(done)


# Ending gracefully


async def stopped_in(place: Place, name: str, *, gate_opens: bool) -> tuple[Engine, UUID]:
    engine = place.engine(
        pace=type(FAST)(**{**vars(FAST), "grace": timedelta(seconds=30 if gate_opens else 0.2)})
    )
    gate = place.folder / "gate"
    async with engine.worker():
        run = await place.start(engine, name, str(gate))
        await place.begun("gate")
        if gate_opens:
            asyncio.get_running_loop().call_later(0.2, gate.touch)
    gate.touch()
    return engine, run


@pytest.mark.parametrize("name", ["gated", "once"])
async def test_a_step_comes_to_its_end_and_the_run_goes_back(place: Place, name: str) -> None:
    engine, run = await stopped_in(place, name, gate_opens=True)
    found = await place.find(engine, run)
    assert (found.state, found.owner) == (RunState.QUEUED, None)
    assert place.traces.read("after") == []
    async with engine.worker():
        assert (await place.reaches(engine, run)).result == "gate under 1"
    assert len(place.traces.read("gate", "begun")) == 1


@pytest.mark.parametrize(("name", "state"), [("gated", RunState.QUEUED), ("once", RunState.UNSURE)])
async def test_a_step_beyond_the_grace_time_is_cut_off(
    place: Place, name: str, state: RunState
) -> None:
    engine, run = await stopped_in(place, name, gate_opens=False)
    assert (await place.find(engine, run)).state is state
    if state is RunState.QUEUED:
        async with engine.worker():
            assert (await place.reaches(engine, run)).result == "gate under 2"


# The queue


async def test_the_queue_can_be_made_anew_and_no_run_is_lost(place: Place) -> None:
    engine = place.engine()
    runs = [await place.start(engine, "three") for _ in range(3)]
    await place.ask("DROP SCHEMA fettle_engine CASCADE")
    await asyncio.gather(*(engine.prepare() for _ in range(3)))
    async with engine.worker():
        for run in runs:
            assert (await place.reaches(engine, run)).state is RunState.DONE


async def test_a_mistake_in_looking_after_what_stands_still_ends_no_worker(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    engine = place.engine()

    async def mistaken() -> bool:
        return "goes on after a mistake" in caplog.text

    async with engine.worker():
        await place.ask("ALTER TABLE timer RENAME TO elsewhere")
        await until(mistaken)
        await place.ask("ALTER TABLE elsewhere RENAME TO timer")
        run = await place.start(engine, "three")
        assert (await place.reaches(engine, run)).state is RunState.DONE


async def described(place: Place, schema: str) -> list[tuple[object, ...]]:
    rows = await place.ask(
        "SELECT 'column', table_name || '.' || column_name, data_type::text"
        " FROM information_schema.columns WHERE table_schema = %s"
        " UNION ALL SELECT 'function', proname::text, pg_get_function_arguments(oid)"
        " FROM pg_proc WHERE pronamespace = %s::regnamespace"
        " UNION ALL SELECT 'value', typname::text, enumlabel::text FROM pg_enum"
        " INNER JOIN pg_type AS t ON t.oid = enumtypid WHERE typnamespace = %s::regnamespace"
        " ORDER BY 1, 2, 3",
        schema,
        schema,
        schema,
    )
    return [tuple(str(part).replace(f"{schema}.", "") for part in row) for row in rows]


async def test_an_older_queue_is_brought_up_to_the_installed_package(place: Place) -> None:
    files = queue._migrations()
    older = [file for file in files if file.name < "03.02"]
    async with place.pool.connection() as connection:
        async with connection.transaction():
            await connection.execute("CREATE SCHEMA older")
            await connection.execute("SET LOCAL search_path = older")
            await connection.execute(
                "CREATE TABLE applied (name text PRIMARY KEY, sha256 text NOT NULL,"
                " at timestamptz NOT NULL DEFAULT now())"
            )
        for file in older:
            async with connection.transaction():
                await connection.execute("SET LOCAL search_path = older")
                await connection.execute(file.read_bytes())
                await queue._record(connection, [file])
        await queue.prepare(connection, "older")
        await queue.prepare(connection, "older")
        applied = await place.ask("SELECT name FROM older.applied ORDER BY name")
        assert [name for (name,) in applied] == [file.name for file in files]
        assert await described(place, "older") == await described(place, "fettle_engine")
        await connection.execute("INSERT INTO older.applied (name, sha256) VALUES ('99', '')")
        with pytest.raises(StoreTooNew, match="has 99"):
            await queue.prepare(connection, "older")


# What takes long


async def test_what_takes_long_holds_up_nothing_else(place: Place) -> None:
    over, begun = asyncio.Event(), 0

    async def hold() -> None:
        nonlocal begun
        begun += 1
        await over.wait()

    async def lasts(run: Run, given: Json) -> Json:
        await run.step("hold", hold)
        return None

    async def nothing(run: Run, given: Json) -> Json:
        return None

    engine = place.engine()
    engine.know({"lasts": lasts, "nothing": nothing}, {}, at_once={"lasts": 2})
    long = [await place.start(engine, "lasts") for _ in range(6)]
    async with engine.worker(concurrency=4):
        for _ in range(20):
            run = await place.start(engine, "nothing")
            assert (await place.reaches(engine, run)).state is RunState.DONE
        assert begun == 2
        over.set()
        for run in long:
            assert (await place.reaches(engine, run)).state is RunState.DONE
