"""The targets that issues may be about are looked at: once for all who wait, and told to each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest

from fettle.engine.engine import Engine
from fettle.errors import NotFound, Refused
from fettle.flow.inquire import RUN, Asking, Wish
from fettle.flow.investigate import Investigating
from fettle.flow.places import Places
from fettle.flow.tend import Decide
from fettle.frontends.report.as_json import document
from fettle.main import Wired
from fettle.model.investigation import Investigation, InvestigationState
from fettle.model.issue import Declined, Entry, Issue
from fettle.model.signal import Signal, SignalKind
from fettle.settings import Settings
from fettle.store import fixes, investigations, issues
from fettle.store.fixes import WantedPlans
from fettle.triage import moves
from fettle.triage.moves import By
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.engine.working import FAST, WallClock
from tests.flow.desk import RECEIVERS, Place, end, fire, place_of, taking_of

NOBODY = "postgresql://127.0.0.1:1/nothing"
TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")
TWIN = "index_duplicate:public.t_b"


@dataclass(frozen=True)
class Bench:
    """A desk whose issues are investigated."""

    place: Place
    places: Places
    settings: Settings
    asking: Asking
    engine: Engine

    async def arrive(self, *signals: Signal) -> None:
        await self.place.arrive(*signals)

    async def looks(self, issue: int = 1) -> list[Investigation]:
        async with self.place.pool.connection() as connection:
            return await investigations.of_issue(connection, issue)

    async def look(self, issue: int = 1) -> Investigation:
        (only,) = await self.looks(issue)
        return only

    async def looked(self, *numbers: int) -> None:
        """Wait until nothing is to be looked at for these issues any more."""

        async def over() -> bool:
            found = [one for number in numbers or (1,) for one in await self.looks(number)]
            return all(one.state is not InvestigationState.WAITING for one in found)

        await until(over)

    async def entries(self, event: str, issue: int = 1) -> list[Entry]:
        return [one for one in await self.place.timeline(issue) if one.event == event]

    async def anew(self, issue: int = 1, target: str | None = None) -> None:
        wish = Wish("cli:ada", target)
        async with self.place.pool.connection() as connection, connection.transaction():
            found = await issues.find(connection, issue)
            await self.asking.anew(connection, found, wish, self.place.clock.now())

    async def move(self, number: int, decide: Decide) -> Issue:
        return await self.place.move(number, decide)

    async def plans(self, issue: int = 1) -> list[str]:
        async with self.place.pool.connection() as connection:
            found = await fixes.plans(connection, WantedPlans(fixes.EVER, issue=issue), 50)
        return [f"{one.fix} on {one.subject}" for one in found]

    async def count(self, table: str) -> int:
        ((number,),) = await self.place.rows(f"SELECT count(*) FROM {table}")
        return int(number)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with self.engine.worker():
            yield


@asynccontextmanager
async def bench_of(environ: dict[str, str], *urls: str, **given: object) -> AsyncIterator[Bench]:
    """Give a bench whose databases are main-db, and others, at these addresses."""
    names = ("main-db", "other-db", "third-db")
    databases = [{"name": name, "url": url} for name, url in zip(names, urls, strict=False)]
    async with place_of(environ, database=databases, **given) as place:
        settings = Settings.model_validate({**RECEIVERS, "database": databases, **given})
        wired, clock = Wired({}), place.clock
        targets = {one.name: one for one in wired.watched(settings)}
        places = Places(
            wired.connect(settings),
            wired.standbys(settings),
            targets,
            lambda records, actor: wired.means(settings, records, actor),
        )
        looking = Investigating(
            *(place.pool, clock, settings, places, wired.eyes(settings), targets),
            document=lambda one: document(one, verbose=False),
        )
        engine = Engine(place.pool, WallClock(), runs=looking.runs, pace=FAST)
        await engine.prepare()
        catalogue = taking_of(settings, clock).desk.policy.catalogue
        asking = Asking(settings, catalogue, engine)
        place.taking = replace(place.taking, investigate=asking.about)
        yield Bench(place, places, settings, asking, engine)


@pytest.fixture
async def bench(
    store_environ: dict[str, str], other_database: FreshDatabase
) -> AsyncIterator[Bench]:
    other_database.run(*TWINS)
    async with bench_of(store_environ, other_database.url) as made:
        yield made


def slow(key: str = "a", title: str = "Checkout is slow") -> Signal:
    """Give an alert about the shop, which needs the database."""
    return fire(key, title, service="shop", group=key)


def tells_of_twin() -> Signal:
    """Give what Fettle's own check would file."""
    return Signal(
        "checks/main-db",
        SignalKind.CHECK,
        TWIN,
        True,
        "Two indexes are the same: public.t_b",
        service="shop",
        labels={"database": "main-db", "check": "index_duplicate"},
    )


# What is asked for


async def test_a_new_issue_is_looked_into_by_itself(bench: Bench) -> None:
    await bench.arrive(slow())
    asked = await bench.look()

    async with bench.worker():
        await bench.looked()

    look = await bench.look()
    assert (asked.state, asked.asked_by) == (InvestigationState.WAITING, "fettle")
    assert (look.target, look.why) == ("main-db", "shop needs main-db")
    assert look.state is InvestigationState.DONE
    assert look.snapshot is not None
    assert TWIN in [finding["key"] for finding in look.snapshot.document["findings"]]
    assert look.matches[0]["symptom"] == "Checkout is slow"
    (entry,) = await bench.entries("diagnosed")
    assert entry.text.startswith("main-db: ")
    assert "finding" in entry.text
    assert (entry.actor, entry.detail["target"]) == ("fettle", "main-db")


async def test_what_only_repeats_or_joins_asks_nothing(bench: Bench) -> None:
    await bench.arrive(slow())
    await bench.arrive(*(slow() for _ in range(100)))
    await bench.arrive(fire("b", "Cart is slow", service="shop", group="a"))

    assert await bench.count("investigation") == 1
    assert await bench.count(f"run WHERE name = '{RUN}'") == 1


async def test_many_issues_about_one_database_cost_one_look(bench: Bench) -> None:
    signals = [slow(str(number), f"Page {number} is slow") for number in range(60)]
    await bench.arrive(*signals[:30])
    async with bench.worker():
        await bench.looked(*range(1, 31))
        await bench.arrive(*signals[30:])
        await bench.looked(*range(31, 61))

    assert await bench.count("snapshot") == 1
    assert await bench.count("investigation WHERE state = 'done'") == 60
    texts = [entry.text for entry in await bench.entries("diagnosed", 60)]
    assert len(texts) == 1
    assert (await bench.look(60)).matches[0]["symptom"] == "Page 59 is slow"


async def test_a_look_that_is_older_than_the_setting_does_not_do(bench: Bench) -> None:
    async with bench.worker():
        await bench.arrive(slow())
        await bench.looked()
        bench.place.clock.moment += timedelta(minutes=11)
        await bench.arrive(slow("b", "Cart is slow"))
        await bench.looked(2)

    assert await bench.count("snapshot") == 2


async def test_what_came_back_is_looked_at_again(bench: Bench) -> None:
    await bench.arrive(slow())
    async with bench.worker():
        await bench.looked()
        await bench.arrive(end("a", service="shop", group="a"))
        await bench.arrive(slow())
        await bench.looked()

    assert await bench.count("investigation") == 2


async def test_nothing_is_looked_at_where_that_is_not_wanted(
    store_environ: dict[str, str],
) -> None:
    async with bench_of(store_environ, NOBODY, investigate={"issues": False}) as made:
        await made.arrive(slow())

        assert await made.looks() == []


async def test_at_most_so_many_databases_are_looked_at(store_environ: dict[str, str]) -> None:
    urls = (NOBODY, NOBODY, NOBODY)
    async with bench_of(store_environ, *urls, investigate={"most_databases": 2}) as made:
        await made.arrive(fire("a", "Queries time out, deadlocks in the database"))

        assert [one.target for one in await made.looks()] == ["main-db", "other-db"]


# What is found


async def test_symptoms_rank_and_the_difference_is_told(
    bench: Bench, other_database: FreshDatabase
) -> None:
    await bench.arrive(slow())
    async with bench.worker():
        await bench.looked()
        other_database.run(
            "DROP INDEX t_b", "CREATE TABLE bare (a int)", "INSERT INTO bare VALUES (1)"
        )
        await bench.anew()
        await bench.looked()

    look = await bench.look()
    assert look.change is not None
    assert TWIN in look.change["gone"]
    assert look.asked_by == "cli:ada"
    first, second = await bench.entries("diagnosed")
    assert "since" not in first.text
    assert f"{len(look.change['gone'])} gone" in second.text
    assert second.detail["gone"] == str(len(look.change["gone"]))


async def test_what_our_own_check_has_told_of_is_found_again(bench: Bench) -> None:
    await bench.arrive(tells_of_twin(), slow("b", "Cart is slow"))
    async with bench.worker():
        await bench.looked(1, 2)

    (own,), (others,) = await bench.entries("diagnosed"), await bench.entries("diagnosed", 2)
    assert (own.detail["again"], others.detail["again"]) == ("1", "0")


async def test_fixes_for_what_matters_hang_on_the_issue(
    bench: Bench, other_database: FreshDatabase
) -> None:
    await bench.arrive(tells_of_twin())
    async with bench.worker():
        await bench.looked()
        hung = await bench.plans()
        planned = await bench.entries("planned")
        other_database.run("DROP INDEX t_b")
        await bench.anew()
        await bench.looked()

    assert hung == ["drop_duplicate_index on public.t_b"]
    (entry,) = planned
    assert entry.text == "drop_duplicate_index on public.t_b: it is what the issue tells of"
    assert entry.detail["plan"].startswith("sha256:")
    assert await bench.plans() == []  # its finding is gone


async def test_what_does_not_matter_to_an_issue_is_not_planned(bench: Bench) -> None:
    await bench.arrive(fire("x", "main-db: odd noise", group="x"))
    async with bench.worker():
        await bench.looked()

    look = await bench.look()
    assert look.snapshot is not None
    assert TWIN in [finding["key"] for finding in look.snapshot.document["findings"]]
    assert await bench.plans() == []


async def test_a_plan_made_for_one_issue_hangs_on_another_that_it_matters_to(
    bench: Bench,
) -> None:
    async with bench.worker():
        await bench.arrive(tells_of_twin())
        await bench.looked()
        await bench.arrive(slow("b", "Cart is slow"))
        await bench.looked(2)

    assert await bench.count("snapshot") == 1
    slow_twin = (await bench.look(2)).matches[0]["findings"]
    assert TWIN in [fit["key"] for fit in slow_twin]
    assert await bench.plans(2) == ["drop_duplicate_index on public.t_b"]


async def test_what_the_look_for_another_was_not_planned_for_is_planned(bench: Bench) -> None:
    async with bench.worker():
        await bench.arrive(fire("x", "main-db: odd noise", group="x"))
        await bench.looked()
        await bench.arrive(slow())
        await bench.looked(2)
        await bench.arrive(fire("y", "main-db: another noise", group="y"), slow("b", "Slow cart"))
        await bench.looked(3, 4)

    assert await bench.plans() == []
    assert await bench.plans(2) == await bench.plans(4) == ["drop_duplicate_index on public.t_b"]
    assert await bench.count("snapshot") == 2


async def test_the_name_of_a_rule_says_what_its_summary_does_not(bench: Bench) -> None:
    async with bench.worker():
        named = fire("a", "Something is odd with the shop", service="shop", group="a")
        await bench.arrive(replace(named, rule="ShopHighLatency"))
        await bench.looked()

    look = await bench.look()
    assert [one["symptom"] for one in look.matches] == [
        "Something is odd with the shop",
        "Shop High Latency",
    ]
    assert await bench.plans() == ["drop_duplicate_index on public.t_b"]


async def test_the_cause_is_told(
    store_environ: dict[str, str], other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    at_once = {"blocked_sessions": {"high": "1us"}}
    with psycopg.connect(other_database.url) as idle:
        idle.execute("LOCK t IN SHARE MODE")
        pid = idle.info.backend_pid
        async with await psycopg.AsyncConnection.connect(other_database.url) as waits:
            waiting = asyncio.ensure_future(waits.execute("INSERT INTO t VALUES (1)"))
            await blocked(other_database)
            async with bench_of(store_environ, other_database.url, limits=at_once) as made:
                await made.arrive(slow())
                async with made.worker():
                    await made.looked()
                (entry,) = await made.entries("diagnosed")
            idle.rollback()
            await waiting

    assert entry.detail["cause"] == f"pid {pid}"
    assert f"root cause pid {pid}" in entry.text


async def blocked(database: FreshDatabase) -> None:
    async def waits() -> bool:
        with psycopg.connect(database.server.url()) as admin:
            row = admin.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            return bool(row and row[0])

    await until(waits)


async def test_a_database_that_is_away_is_a_diagnosis(store_environ: dict[str, str]) -> None:
    async with bench_of(store_environ, NOBODY) as made:
        await made.arrive(slow())
        async with made.worker():
            await made.looked()
        look = await made.look()
        (entry,) = await made.entries("diagnosed")

    assert look.snapshot is not None
    assert look.snapshot.document["status"] == "unknown"
    assert "could not be looked at" in entry.text


async def test_a_worker_without_the_database_says_so(
    store_environ: dict[str, str], other_database: FreshDatabase
) -> None:
    async with bench_of(store_environ, other_database.url) as made:
        wired, place = Wired({}), made.place
        places = Places(*(wired.connect(made.settings),) * 2, {}, lambda *_: None)  # type: ignore[arg-type] # nothing is reached
        eyes = wired.eyes(made.settings)
        looking = Investigating(
            *(place.pool, place.clock, made.settings, places, eyes, {}), document=lambda _: {}
        )
        stranger = Engine(made.place.pool, WallClock(), runs=looking.runs, pace=FAST)
        await made.arrive(slow())
        async with stranger.worker():
            await made.looked()
        look = await made.look()

    assert look.state is InvestigationState.FAILED
    assert "watches nothing that is called main-db" in str(look.reason)


async def test_at_most_so_many_others_are_looked_at(store_environ: dict[str, str]) -> None:
    needs = [{"name": name, "url": "http://127.0.0.1:1/"} for name in ("a-pay", "b-pay", "c-pay")]
    shop = {"name": "shop", "depends_on": [one["name"] for one in needs]}
    given = {"service": [shop], "dependency": needs, "investigate": {"most_targets": 2}}
    async with bench_of(store_environ, **given) as made:
        await made.arrive(slow())

        assert [one.target for one in await made.looks()] == ["a-pay", "b-pay"]


SITE = {
    "service": [{"name": "shop", "url": "http://127.0.0.1:1/"}, {"name": "wiki"}],
    "outgoing": {"allow": ["127.0.0.0/8"]},
}


async def test_a_service_without_a_database_is_looked_at(store_environ: dict[str, str]) -> None:
    async with bench_of(store_environ, **SITE) as made, made.worker():
        await made.arrive(slow(), fire("wiki", "Pages are slow", service="wiki", group="wiki"))
        await made.looked()
        await made.anew(target="shop")
        await made.looked()

        look = await made.look()
        assert (look.target, look.why) == ("shop", "cli:ada asked for it")
        assert look.snapshot is not None
        (found, *_) = look.snapshot.document["findings"]
        assert found["key"] == "site_down:shop"
        assert found["recommendations"]
        first, again = await made.entries("diagnosed")
        assert (first.detail["target"], first.detail["asked_by"]) == ("shop", "fettle")
        assert [again.detail[name] for name in ("new", "gone", "worse")] == ["0", "0", "0"]
        assert await made.looks(2) == []


# Asked for by people


async def test_who_asks_gets_a_new_look_one_at_a_time(bench: Bench) -> None:
    async with bench.worker():
        await bench.arrive(slow())
        await bench.looked()
    await asyncio.gather(*(bench.anew() for _ in range(5)))
    waiting = await bench.count("investigation WHERE state = 'waiting'")
    queued = await bench.count("run WHERE state = 'queued'")
    async with bench.worker():
        await bench.looked()

    assert (waiting, queued) == (1, 1)
    assert await bench.count("snapshot") == 2


async def test_a_database_that_the_issue_is_not_about_can_be_named(bench: Bench) -> None:
    await bench.arrive(fire("x", "Odd noise", group="x"))
    with pytest.raises(Refused, match="nothing says what of all"):
        await bench.anew()
    with pytest.raises(NotFound, match="is called elsewhere"):
        await bench.anew(target="elsewhere")

    await bench.anew(target="main_db")

    assert [(one.target, one.why) for one in await bench.looks()] == [
        ("main-db", "cli:ada asked for it")
    ]


async def test_what_was_renamed_is_looked_at_by_its_new_name_and_what_was_removed_no_more(
    bench: Bench,
) -> None:
    await bench.arrive(slow())
    shop = {"name": "shop", "depends_on": ["new-db"]}

    async def anew(*databases: str) -> None:
        named = [{"name": name, "url": NOBODY} for name in databases]
        settings = Settings.model_validate({"service": [shop], "database": named})
        catalogue = taking_of(settings, bench.place.clock).desk.policy.catalogue
        await replace(bench, asking=Asking(settings, catalogue, bench.engine)).anew()

    await anew("new-db")
    assert sorted(one.target for one in await bench.looks()) == ["main-db", "new-db"]
    with pytest.raises(Refused, match="nothing says what of all"):
        await anew()


async def test_nothing_is_looked_at_for_an_issue_that_has_ended(bench: Bench) -> None:
    await bench.arrive(slow())
    by = By("cli:ada", bench.place.clock.now())
    await bench.move(1, lambda issue: moves.decline(issue, by, Declined.FALSE_POSITIVE, "none"))

    with pytest.raises(Refused, match="declined"):
        await bench.anew()


async def test_who_judges_it_otherwise_has_more_looked_at(bench: Bench) -> None:
    await bench.arrive(fire("x", "Odd noise", group="x"))
    issue = await bench.place.issue()
    judged = replace(issue, classification=replace(issue.classification, services=("shop",)))
    async with bench.place.pool.connection() as connection, connection.transaction():
        for _ in range(2):
            await bench.asking.after(connection, judged, "cli:ada", bench.place.clock.now())

    assert [one.why for one in await bench.looks()] == ["shop needs main-db"]
