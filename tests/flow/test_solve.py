"""Remedies act for known errors: asked before, guarded, never twice, and judged by the signals."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fettle import unit
from fettle.engine.engine import Engine
from fettle.errors import Refused
from fettle.flow import absorb, recognise, solution, solving, treat
from fettle.flow.absorb import Taking
from fettle.flow.mend import Mending
from fettle.flow.places import Places
from fettle.flow.recognise import Recognising
from fettle.flow.solve import Solving
from fettle.flow.solving import Offer, Solver
from fettle.flow.treat import Treating
from fettle.intake import own
from fettle.main import Wired
from fettle.model.fix import FixRun
from fettle.model.remedy import Attempt, AttemptState, Outcome, RemedyKind
from fettle.model.role import Caller, Role
from fettle.model.signal import Signal, SignalKind
from fettle.resolution import catalogue
from fettle.resolution import remedies as rules
from fettle.resolution.recognise import Recogniser
from fettle.settings import Settings
from fettle.store import deliveries, issues, remedies, runs
from fettle.store.deliveries import Arrived
from fettle.store.pool import Pool
from fettle.store.remedies import Wanted
from fettle.store.statements import Connection
from fettle.targets.calling import CallMaker
from fettle.targets.outgoing import Outgoing
from tests.engine.conftest import until
from tests.engine.working import FAST, SOON, WallClock
from tests.flow.crew import Member, member
from tests.flow.desk import end, fire, taking_of
from tests.flow.filing import Filing
from tests.receiving import Receiving, receiving

ADA = Caller("user:ada", Role.RESPONDER)
LOST = "server closed the connection unexpectedly"
RESTART: dict[str, Any] = {
    "name": "restart",
    "for": ["conn_lost"],
    "kind": "restart",
    "target": "shop",
    "mode": "automatic",
    "cooldown": "0s",
    "settles": "0s",
    "stays_away": "300ms",
    "body": '{"issue": {{issue}}, "of": "{{target}}"}',
}
READ = Recogniser(catalogue.shipped())


@pytest.fixture
def hook() -> Iterator[Receiving]:
    with receiving() as made:
        yield made


@dataclass(frozen=True)
class Bench:
    """A store with issues, an engine that solves them, and a place that is called."""

    pool: Pool
    solver: Solver
    taking: Taking
    hook: Receiving
    treating: Treating

    async def arrive(self, *signals: Signal) -> None:
        arrived = Arrived(WallClock().now(), "prod", own.VENDOR, {}, own.written(signals))
        async with self.pool.connection() as connection, connection.transaction():
            await deliveries.keep(connection, [arrived])
        while await absorb.absorb(self.pool, self.taking):
            pass

    async def attempts(self, issue: int | None = None) -> list[Attempt]:
        async with self.pool.connection() as connection:
            return (await remedies.listed(connection, Wanted(issue=issue), 100))[::-1]

    async def journal(self, attempt: Attempt) -> list[str]:
        async with self.pool.connection() as connection:
            return [entry.event for entry in await remedies.journal(connection, attempt.id)]

    async def reaches(self, *states: AttemptState, which: int = 0) -> Attempt:
        """Wait until an attempt is in one of these states."""

        async def there() -> bool:
            found = await self.attempts()
            return len(found) > which and found[which].state in states

        await until(there)
        return (await self.attempts())[which]

    async def ended(self, which: int = 0) -> Attempt:
        return await self.reaches(AttemptState.ENDED, which=which)

    async def begin(self, issue: int = 1) -> Attempt:
        """Let the first remedy be used for an issue, as a person asks for it."""
        async with self.pool.connection() as connection, connection.transaction():
            found = await issues.find(connection, issue)
            known = await solution.known_of(connection, self.solver.desk, found)
            assert known is not None
            offer: Offer = known.offers[0]
            return await solving.begin(connection, self.solver, found, offer, ADA)

    async def events(self, issue: int = 1) -> list[str]:
        async with self.pool.connection() as connection:
            return [one.event for one in await issues.timeline(connection, issue)]

    async def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def prove(self, attempts: int = 4, outcome: str = "resolved") -> None:
        """Let a remedy have a record, of long ago."""
        await self.ask(
            """INSERT INTO remedy_attempt (
                id, remedy, kind, known, target, mode, actor, why, created_at, state, outcome,
                acted_at, ended_at
            )
            SELECT
                gen_random_uuid(), 'restart', 'restart', 'conn_lost', 'shop', 'approve', 'x', 'x',
                at, 'ended', %s, at, at
            FROM generate_series(1, %s) AS n,
                LATERAL (SELECT now() - n * interval '2 days') AS t (at)""",
            outcome,
            attempts,
        )

    @property
    def called(self) -> list[str]:
        return [one.headers["Idempotency-Key"] for one in self.hook.requests]


def bench_of(filing: Filing, hook: Receiving, *given: dict[str, Any], **more: object) -> Bench:
    remedy = [
        one if one.get("kind") == "fix" else {"url": f"{hook.url}/deploy", **one}
        for one in given or (RESTART,)
    ]
    settings = Settings.model_validate(
        {
            "service": [
                {"name": "shop", "depends_on": ["main-db"]},
                {"name": "blog"},
            ],
            "remedy": remedy,
            "solving": {"most_an_hour": 100, "most_a_day": 100},
            **more,
        }
    )
    clock, engine = WallClock(), Engine(filing.pool, WallClock(), pace=FAST)
    names = rules.Known(READ.catalogue.keys(), unit.fixes().keys(), unit.checks().keys())
    cures = rules.Cures(lambda: READ, rules.remedies_of(settings, names), rules.limits_of(settings))
    taking = taking_of(settings, filing.clock)
    desk = replace(taking.desk, clock=clock, cures=cures)
    solver = Solver(settings, engine, desk)
    wired = Wired({})
    places = Places(
        wired.connect(settings),
        wired.standbys(settings),
        {one.name: one for one in wired.targets((), settings)} if settings.database else {},
        lambda records, actor: wired.means(settings, records, actor),
    )

    async def told(connection: Connection, run: FixRun) -> None:
        await treat.mended(connection, engine, run)

    mending = Mending(filing.pool, clock, settings, places, told, pauses=SOON)
    treating = Treating(filing.pool, clock, solver, CallMaker(Outgoing(["127.0.0.1"])), mending)
    engine.know(
        runs={
            **Solving(treating, places, pauses=SOON).runs,
            **Recognising(filing.pool, solver).runs,
            **mending.runs,
        },
        timers={},
    )

    return Bench(
        filing.pool,
        solver,
        replace(taking, desk=desk, recognise=partial(recognise.about, solver=solver)),
        hook,
        treating,
    )


@asynccontextmanager
async def at_work(bench: Bench) -> AsyncIterator[None]:
    async with bench.solver.engine.worker():
        yield


def lost(key: str = "a", service: str = "shop") -> Signal:
    return fire(key, LOST, service=service)


def gone(key: str = "a") -> Signal:
    return end(key, LOST, service="shop")


# By itself


async def test_a_proven_remedy_acts_once_and_silence_says_that_it_helped(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook, {**RESTART, "secret": "s", "token": "t"})
    await bench.prove()
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WATCHING, which=4)
        await bench.arrive(gone())
        ended = await bench.ended(4)

    (request,) = hook.requests
    assert (ended.outcome, ended.actor, ended.issue) == (Outcome.RESOLVED, "fettle", 1)
    assert request.body == b'{"issue": 1, "of": "shop"}'
    assert bench.called == [ended.id]
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["Fettle-Signature"].startswith("v1=")
    assert await bench.journal(ended) == ["act", "answered", "watched"]
    async with bench.pool.connection() as connection:
        assert not await solving.undoable(connection, bench.solver, ended)  # it names no undo
    events = await bench.events()
    assert [one for one in events if one.startswith(("remedy", "recog"))] == [
        "recognised",
        "remedy-begun",
        "remedy-helped",
    ]
    ((act, subject),) = await bench.ask("SELECT act, subject FROM audit WHERE act LIKE 'remedy%%'")
    assert (act, subject) == ("remedy restart", "shop")


async def watched(bench: Bench, of: SignalKind) -> None:
    """Let a remedy be used for trouble of a kind, and leave it while it is watched."""
    await bench.arrive(replace(lost(), kind=of))
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        await bench.reaches(AttemptState.WATCHING)


async def test_a_longer_quiet_that_is_set_meanwhile_makes_nothing_of_what_came_before(
    filing: Filing, hook: Receiving
) -> None:
    await watched(bench_of(filing, hook), SignalKind.ERROR)
    edited = bench_of(filing, hook, {**RESTART, "stays_away": "1h"})

    async with at_work(edited):
        ended = await edited.ended()

    assert ended.outcome is Outcome.RESOLVED


async def test_a_shorter_quiet_that_is_set_meanwhile_hides_nothing_that_came(
    filing: Filing, hook: Receiving
) -> None:
    await watched(bench_of(filing, hook, {**RESTART, "stays_away": "1s"}), SignalKind.ALERT)
    edited = bench_of(filing, hook, {**RESTART, "stays_away": "1ms"})
    await edited.arrive(gone())
    await edited.arrive(lost())
    await edited.arrive(gone())

    async with at_work(edited):
        ended = await edited.ended()

    assert ended.outcome is Outcome.CAME_BACK


async def test_what_an_earlier_version_let_be_watched_is_judged_by_what_is_set(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await watched(bench, SignalKind.ALERT)
    await bench.ask("DELETE FROM remedy_journal WHERE event = 'watched'")
    await bench.arrive(gone())

    async with at_work(bench):
        ended = await bench.ended()

    assert ended.outcome is Outcome.RESOLVED


async def test_an_answer_is_no_success_while_the_signal_goes_on(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.prove()
    await bench.arrive(lost())

    async with at_work(bench):
        ended = await bench.ended(4)

    assert (ended.outcome, len(hook.requests)) == (Outcome.CAME_BACK, 1)
    assert "it has not ended" in (ended.reason or "")


async def test_without_proof_an_automatic_one_waits_and_says_why(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.prove(3)
    await bench.arrive(lost())

    async with at_work(bench):
        waits = await bench.reaches(AttemptState.WAITING, which=3)
        await asyncio.sleep(0.2)
        quiet = list(hook.requests)
        async with bench.pool.connection() as connection, connection.transaction():
            await solving.approve(connection, bench.solver, waits.id, ADA)
        await bench.reaches(AttemptState.WATCHING, AttemptState.ENDED, which=3)

    assert "3 of 3 helped" in waits.why
    assert "waits for a yes" in waits.why
    assert quiet == []
    assert bench.called == [waits.id]


async def test_what_nobody_knows_or_is_about_something_else_begins_nothing(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.prove()
    await bench.arrive(fire("x", "it is odd", service="shop"), lost("y", "blog"))

    async with at_work(bench):

        async def recognised() -> bool:
            rows = await bench.ask("SELECT done_at FROM recognition")
            return len(rows) == 2 and all(at for (at,) in rows)

        await until(recognised)

    assert len(await bench.attempts()) == 4
    assert hook.requests == []


async def test_many_new_issues_at_once_are_recognised_by_one_run(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    for number in range(3):
        await bench.arrive(*(lost(f"{number}-{n}", f"svc-{number}-{n}") for n in range(40)))

    async with at_work(bench):

        async def recognised() -> bool:
            ((left,),) = await bench.ask("SELECT count(*) FROM recognition WHERE done_at IS NULL")
            return bool(left == 0)

        await until(recognised)

    assert await bench.ask("SELECT count(*) FROM run WHERE name = 'recognise'") == [(1,)]
    assert await bench.ask("SELECT count(*) FROM recognition WHERE answered") == [(120,)]


# Guards, over all processes


async def test_who_is_in_flight_on_a_target_holds_the_others(
    filing: Filing, hook: Receiving
) -> None:
    flag = {**RESTART, "name": "flag", "kind": "webhook", "mode": "suggest"}
    bench = bench_of(filing, hook, {**RESTART, "stays_away": "1h"}, flag)
    await bench.arrive(lost("a"), lost("b"))
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        first = await bench.begin()
        await bench.reaches(AttemptState.WATCHING)
    again = bench_of(filing, hook, {**RESTART, "stays_away": "1h"}, flag)

    async with again.pool.connection() as connection, connection.transaction():
        issue = await issues.find(connection, 1)
        known = await solution.known_of(connection, again.solver.desk, issue)
        assert known is not None
        second = await solving.begin(connection, again.solver, issue, known.offers[1], ADA)
    async with at_work(again):
        held = await again.ended(1)

    assert (held.id, held.outcome) == (second.id, Outcome.REFUSED)
    assert "restart is in flight on shop" in (held.reason or "")
    assert again.called == [first.id]


async def test_a_cooldown_holds_after_a_restart_too(filing: Filing, hook: Receiving) -> None:
    bench = bench_of(filing, hook, {**RESTART, "cooldown": "1h"})
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        await bench.ended()
    again = bench_of(filing, hook, {**RESTART, "cooldown": "1h"})

    await again.begin()
    async with at_work(again):
        held = await again.ended(1)

    assert held.outcome is Outcome.REFUSED
    assert "less than 1 h ago; not before" in (held.reason or "")
    assert len(hook.requests) == 1


async def test_workers_together_keep_within_the_budget(filing: Filing, hook: Receiving) -> None:
    names = [f"svc-{number}" for number in range(6)]
    given = [{**RESTART, "name": f"r-{name}", "target": name} for name in names]
    more = {
        "service": [{"name": name} for name in names],
        "solving": {"most_an_hour": 2, "most_a_day": 100},
    }
    bench, other = (bench_of(filing, hook, *given, **more) for _ in range(2))
    for name in names:
        await bench.arrive(lost(name, name))

    async with at_work(bench), at_work(other):
        await bench.reaches(AttemptState.WAITING, which=5)
        for number in range(6):
            await bench.begin(number + 1)
        for number in range(6):
            await bench.ended(number)

    outcomes = [one.outcome for one in await bench.attempts()]
    assert outcomes.count(Outcome.REFUSED) == 4
    assert len(hook.requests) == 2


async def test_a_breaker_opens_after_failures_in_a_row(filing: Filing, hook: Receiving) -> None:
    hook.status = 500
    bench = bench_of(filing, hook)
    await bench.prove(2, "failed")
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING, which=2)
        await bench.begin()
        failed = await bench.ended(2)
        await bench.begin()
        held = await bench.ended(3)

    assert (failed.outcome, failed.reason) == (Outcome.FAILED, "it was answered with 500")
    assert (held.outcome, len(hook.requests)) == (Outcome.REFUSED, 1)
    assert "it has failed 3 times in a row" in (held.reason or "")


async def test_who_stops_it_stops_all_of_it_at_once(filing: Filing, hook: Receiving) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    async with bench.pool.connection() as connection, connection.transaction():
        await solving.stop(connection, bench.solver, ADA, "the sale")

    async with at_work(bench):
        ended = await bench.ended()

    assert (ended.id, ended.outcome) == (begun.id, Outcome.REFUSED)
    assert ended.reason == "user:ada has stopped all acting: the sale"
    assert hook.requests == []

    async with bench.pool.connection() as connection, connection.transaction():
        await solving.start(connection)
    await bench.begin()
    async with at_work(bench):
        await bench.ended(1)
    assert len(hook.requests) == 1


async def test_nothing_is_journalled_as_about_to_be_done_once_it_is_stopped(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await bench.ask(
        "UPDATE run SET state = 'running', fence = 3, owner = gen_random_uuid() WHERE id = %s",
        begun.id,
    )
    async with bench.pool.connection() as connection, connection.transaction():
        await solving.stop(connection, bench.solver, ADA, "the sale")

    async with bench.pool.connection() as connection:
        id_ = UUID(begun.id)
        stopped = await remedies.write_act(connection, begun.id, "act", {}, run=id_, fence=3)
        undo = await remedies.write_act(
            connection, begun.id, "undo", {}, run=id_, fence=3, though_stopped=True
        )
        stale = await remedies.write_act(
            connection, begun.id, "undo", {}, run=id_, fence=2, though_stopped=True
        )

    assert (stopped, undo, stale) == (False, True, False)


async def test_who_stops_it_waits_for_who_is_about_to_act_just_now(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await bench.ask("INSERT INTO solving DEFAULT VALUES")
    await bench.ask(
        "UPDATE run SET state = 'running', fence = 1, owner = gen_random_uuid() WHERE id = %s",
        begun.id,
    )

    async def stop() -> None:
        async with bench.pool.connection() as connection, connection.transaction():
            await solving.stop(connection, bench.solver, ADA, "the sale")

    async with bench.pool.connection() as connection:
        async with connection.transaction():
            id_ = UUID(begun.id)
            first = await remedies.write_act(connection, begun.id, "act", {}, run=id_, fence=1)
            stopping = asyncio.create_task(stop())

            async def waits() -> bool:
                rows = await bench.ask("SELECT 1 FROM pg_locks WHERE NOT granted")
                return bool(rows)

            await until(waits)
            waited = not stopping.done()
        await stopping
        second = await remedies.write_act(connection, begun.id, "act", {}, run=id_, fence=1)

    assert (first, waited, second) == (True, True, False)


# The trouble has to be there


async def test_there_is_nothing_to_do_once_the_error_does_not_come_any_more(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    await bench.arrive(gone())
    await bench.begin()

    async with at_work(bench):
        ended = await bench.ended()

    assert ended.outcome is Outcome.REFUSED
    assert ended.reason in ("the issue is resolved", "the error does not come any more")
    assert hook.requests == []


async def test_a_probe_that_answers_well_lets_nothing_act(filing: Filing, hook: Receiving) -> None:
    with receiving() as health:
        bench = bench_of(filing, hook, {**RESTART, "probe": f"{health.url}/health"})
        await bench.arrive(lost())
        async with at_work(bench):
            await bench.reaches(AttemptState.WAITING)
            await bench.begin()
            well = await bench.ended()
            health.status = 503
            await bench.begin()
            await bench.arrive(gone())
            await bench.arrive(lost())
            unwell = await bench.ended(1)

    assert (well.outcome, well.reason) == (
        Outcome.REFUSED,
        "its probe answers: all is well",
    )
    assert unwell.outcome is Outcome.CAME_BACK
    assert len(hook.requests) == 1


# Cut off


async def cut_off(bench: Bench, attempt: Attempt) -> None:
    """Leave an attempt as a worker leaves it that dies between the journal and the answer."""
    await bench.ask(
        "UPDATE remedy_attempt SET state = 'acting', acted_at = now() WHERE id = %s", attempt.id
    )
    await bench.ask("INSERT INTO solving DEFAULT VALUES ON CONFLICT DO NOTHING")
    async with bench.pool.connection() as connection:
        await remedies.write_journal(connection, attempt.id, "act", {})


async def test_cut_off_it_never_acts_again_and_proves_nothing(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await cut_off(bench, begun)

    async with at_work(bench):
        ended = await bench.ended()

    assert (ended.outcome, hook.requests) == (Outcome.UNSURE, [])
    assert "may not have acted" in (ended.reason or "")
    assert await bench.journal(ended) == ["act", "cut off", "watched"]
    async with bench.pool.connection() as connection:
        (recorded,) = await remedies.records(connection)
    assert recorded.record.attempts == 0


@pytest.mark.parametrize(
    ("event", "said", "outcome", "why"),
    [
        ("answered", {"status": 204}, Outcome.CAME_BACK, "it has not ended"),
        ("answered", {"status": 500}, Outcome.FAILED, "it was answered with 500"),
        ("no answer", {"reason": "it hung up"}, Outcome.CAME_BACK, "it has not ended"),
        ("not sent", {"outcome": "failed", "reason": "no way"}, Outcome.FAILED, "no way"),
    ],
)
async def test_cut_off_behind_the_answer_it_goes_on_with_that(
    filing: Filing, hook: Receiving, event: str, said: dict[str, Any], outcome: Outcome, why: str
) -> None:
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await cut_off(bench, begun)
    async with bench.pool.connection() as connection:
        await remedies.write_journal(connection, begun.id, event, said)

    async with at_work(bench):
        ended = await bench.ended()

    assert (ended.outcome, hook.requests) == (outcome, [])
    assert why in (ended.reason or "")
    assert "cut off" not in await bench.journal(ended)


async def test_a_retry_that_was_cut_off_is_repeated_under_its_key(
    filing: Filing, hook: Receiving
) -> None:
    bench = bench_of(filing, hook, {**RESTART, "kind": "retry"})
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    await cut_off(bench, begun)

    async with at_work(bench):
        ended = await bench.ended()

    assert bench.called == [begun.id]
    assert ended.outcome is Outcome.CAME_BACK
    assert await bench.journal(ended) == ["act", "act", "answered", "watched"]


@pytest.mark.parametrize(("kind", "times"), [("restart", 1), ("retry", 4)])
async def test_only_a_retry_is_tried_again(
    filing: Filing, hook: Receiving, kind: str, times: int
) -> None:
    hook.status = 503
    bench = bench_of(filing, hook, {**RESTART, "kind": kind})
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        begun = await bench.begin()
        ended = await bench.ended()

    assert ended.outcome is Outcome.FAILED
    assert times <= len(hook.requests) <= times + 1 if times > 1 else len(hook.requests) == 1
    assert set(bench.called) == {begun.id}


async def test_an_address_of_a_private_network_is_not_called(
    filing: Filing, hook: Receiving
) -> None:
    undo = {"url": f"{hook.url}/back"}
    bench = bench_of(filing, hook, {**RESTART, "url": "http://10.0.0.1/deploy", "undo": undo})
    await bench.arrive(lost())

    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        await bench.begin()
        ended = await bench.ended()

    assert ended.outcome is Outcome.REFUSED
    assert "private network" in (ended.reason or "")
    async with bench.pool.connection() as connection, connection.transaction():
        with pytest.raises(Refused, match="nothing to take back"):
            await solving.undo(connection, bench.solver, ended.id, ADA)
        assert not await solving.undoable(connection, bench.solver, ended)


# Taken back


async def test_what_was_done_is_taken_back_once_also_while_all_is_stopped(
    filing: Filing, hook: Receiving
) -> None:
    undo = {"url": f"{hook.url}/back", "body": '{"of": {{issue}}}'}
    bench = bench_of(filing, hook, {**RESTART, "undo": undo, "stays_away": "1h"})
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
        begun = await bench.begin()
        await bench.reaches(AttemptState.WATCHING)
        async with bench.pool.connection() as connection, connection.transaction():
            acted = await remedies.find(connection, begun.id)
            assert await solving.undoable(connection, bench.solver, acted)
            await solving.stop(connection, bench.solver, ADA, "the sale")
            await solving.undo(connection, bench.solver, begun.id, ADA)
        ended = await bench.ended()
        async with bench.pool.connection() as connection, connection.transaction():
            with pytest.raises(Refused, match="taken back already"):
                await solving.undo(connection, bench.solver, begun.id, ADA)
            assert not await solving.undoable(connection, bench.solver, ended)

    assert (ended.outcome, ended.reason) == (Outcome.UNDONE, "user:ada took it back")
    assert [one.path for one in hook.requests] == ["/deploy", "/back"]
    assert hook.requests[1].body == b'{"of": 1}'
    assert await bench.journal(ended) == ["act", "answered", "watched", "undo", "undone"]


# Killed for real


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[list[Member]]:
    made: list[Member] = []
    yield made
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.process.send_signal(signal.SIGKILL)
            one.process.wait()


async def test_a_worker_that_is_killed_in_the_middle_of_a_call_never_repeats_it(
    filing: Filing, hook: Receiving, tmp_path: Path, killed: list[Member]
) -> None:
    hook.delay_s = 8
    bench = bench_of(filing, hook)
    await bench.arrive(lost())
    async with at_work(bench):
        await bench.reaches(AttemptState.WAITING)
    begun = await bench.begin()
    settings = {
        "store": {"url": filing.address},
        "outgoing": {"allow": ["127.0.0.1"]},
        "service": [{"name": "shop"}],
        "remedy": [{**RESTART, "url": f"{hook.url}/deploy"}],
    }
    one = member(tmp_path, "worker-1", settings)
    killed.append(one)
    one.start()

    async def called() -> bool:
        assert not one.has_ended, one.log.read_text()[-2000:]
        return bool(hook.requests)

    await until(called)
    one.kill()
    async with at_work(bench):
        ended = await bench.ended()

        async def over() -> bool:
            async with bench.pool.connection() as connection:
                found = await runs.find(connection, UUID(begun.id))
            return found is not None and found.state.ended

        await until(over)

    assert ended.outcome is Outcome.UNSURE
    assert bench.called == [begun.id]
    assert await bench.journal(ended) == ["act", "cut off", "watched"]


def test_only_a_retry_repeats() -> None:
    assert [kind for kind in RemedyKind if kind.repeats] == [RemedyKind.RETRY]
