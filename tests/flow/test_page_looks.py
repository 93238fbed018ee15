"""Pages are measured by a clock; that is kept, and what they stand at is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection

from fettle.engine.engine import Engine
from fettle.errors import CannotLook
from fettle.flow import page_looks
from fettle.flow.page_looks import PageLooks
from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile, Visit
from fettle.model.page_round import PageRound
from fettle.model.run import RunState
from fettle.settings import Settings
from fettle.store import page_capacities, page_measures, partitions, samples
from fettle.store.samples import Sample, Took
from fettle.testing import START
from tests.engine.conftest import until
from tests.engine.working import FAST
from tests.flow.filing import Filing
from tests.optimisation.made_up import visit

URL, AWAY = "https://shop.example/", "https://shop.example/away"
DAY = timedelta(days=1)


@dataclass
class Told:
    """A browser that sees what it is told."""

    lcp: float = 1000.0
    asked: list[PageAsked] = field(default_factory=list)

    async def visit(self, page: PageAsked) -> Visit:
        """See model.browser.Browser.visit."""
        self.asked.append(page)
        if page.url == AWAY:
            raise CannotLook(f"{AWAY} answers 502")
        return replace(visit({"lcp": self.lcp}), url=page.url)


def settings(**optimisation: object) -> Settings:
    given: dict[str, Any] = {
        "service": [{"name": "shop", "url": URL}],
        "budget": [
            {"name": "home", "service": "shop", "profile": "phone", "target": {"lcp": 2000}},
            {"name": "all", "url": "https://shop.example/*", "target": {"cls": 0.1}},
        ],
        "optimisation": {"every": "1d", **optimisation},
    }
    return Settings.model_validate(given)


def looks(filing: Filing, told: Told, **optimisation: object) -> PageLooks:
    engine = Engine(filing.pool, filing.clock, pace=FAST)

    def written(_: object) -> Mapping[str, Any]:
        return {"schema": "fettle.measure/1"}

    made = PageLooks(
        *(filing.pool, engine, filing.clock, settings(**optimisation)), lambda: told, written
    )
    engine.know(runs=made.runs, timers=made.timers)
    return made


async def prepare(filing: Filing, made: PageLooks) -> list[Any]:
    async with filing.pool.connection() as connection:
        await page_looks.prepare(connection, made.engine, made.settings, filing.clock)
    return [one.due_at for one in await filing.timers() if one.kind == page_looks.TIMER]


async def latest(filing: Filing, made: PageLooks) -> PageRound | None:
    async with filing.pool.connection() as connection:
        return await page_looks.latest(connection, made.engine, made.settings)


async def test_nothing_is_measured_that_nobody_has_asked_for(filing: Filing) -> None:
    assert await prepare(filing, looks(filing, Told(), every="0s")) == []
    assert await prepare(filing, looks(filing, Told(), every="1d")) == [
        START + timedelta(minutes=5)
    ]
    assert await prepare(filing, looks(filing, Told(), every="0s")) == []


async def test_a_worker_measures_each_page_and_one_that_fails_ends_no_other(
    filing: Filing,
) -> None:
    told = Told(lcp=2400)
    made = looks(filing, told, pages=[AWAY])
    await prepare(filing, made)
    await filing.pass_(timedelta(minutes=6), made.timers)
    assert await latest(filing, made) is None

    async def done() -> bool:
        async with filing.pool.connection() as connection:
            (run,) = await made.engine.newest(connection, kind=page_looks.KIND)
        return run.state is RunState.DONE

    async with await AsyncConnection.connect(filing.address, autocommit=True) as listening:
        await listening.execute("LISTEN fettle_changed")
        async with made.engine.worker():
            await until(done)
        told_of = [one.payload async for one in listening.notifies(timeout=30, stop_after=1)]
    assert told_of == ["pages"], "the overview shows it anew"
    found = await latest(filing, made)
    assert found is not None
    assert [(one.page, one.profile, tuple(one.missed), one.failed) for one in found.pages] == [
        (AWAY, Profile.PHONE, (), f"{AWAY} answers 502"),
        (AWAY, Profile.DESKTOP, (), f"{AWAY} answers 502"),
        (URL, Profile.PHONE, ("lcp",), None),
    ]
    assert (len(found.troubled), found.well) == (3, 0)
    async with filing.pool.connection() as connection:
        (kept,) = await page_measures.latest(connection, "shop", START)
    assert (kept.page, list(kept.figures["lcp"])) == (URL, [2400] * 5)


async def test_a_worker_that_knows_of_no_page_says_so(filing: Filing) -> None:
    made = looks(filing, Told())
    bare = replace(made, settings=Settings.model_validate({"optimisation": {"every": "1d"}}))
    made.engine.know(runs=bare.runs, timers=made.timers)
    await prepare(filing, made)
    await filing.pass_(timedelta(minutes=6), made.timers)

    async def ended() -> bool:
        return await latest(filing, made) is not None

    async with made.engine.worker():
        await until(ended)
    found = await latest(filing, made)
    assert found is not None
    assert "nothing is to be measured" in (found.error or "")


async def test_what_lets_in_is_given_to_the_browser_and_kept_nowhere(filing: Filing) -> None:
    told = Told()
    log_in = {"url": URL, "cookies": {"session": "s3cret"}, "headers": {"X-Key": "k3y"}}
    one = await looks(filing, told, log_in=[log_in]).told(URL, Profile.PHONE)

    (asked,) = {(tuple(page.headers.items()), tuple(page.cookies.items())) for page in told.asked}
    assert asked == ((("X-Key", "k3y"),), (("session", "s3cret"),))
    assert "s3cret" not in repr(one)


async def test_a_page_that_got_slower_is_told_until_it_is_well_again(filing: Filing) -> None:
    told = Told()
    made = looks(filing, told)
    slower = []
    for lcp in (1000, 1500, 1500, 1010):
        told.lcp = lcp
        filing.clock.moment += DAY
        one: Any = await made.told(URL, Profile.PHONE)
        slower.append(list(one["slower"]))
    assert slower == [[], ["lcp"], ["lcp"], []]


async def test_a_server_without_room_is_told_with_its_pages(filing: Filing) -> None:
    made = looks(filing, Told())
    async with filing.pool.connection() as connection:
        throughput = {"capacity": 10.0, "current": None}
        document = {"throughput": throughput, "at_least": False}
        await page_capacities.keep(connection, URL, START, "test", document)
        unasked: Any = await made.told(URL, Profile.PHONE)
        await connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('shop', '{}', 0, now(), 1)"
        )
        stands = (await samples.stand(connection, ["shop"]))["shop"]
        await partitions.prepare(connection, START)
        took = Took(stands.id, START, "checks", "ok", 0, 0, 0.1)
        await samples.keep(connection, took, [Sample("requests_per_second", "", 9.5)])
    full: Any = await made.told(URL, Profile.PHONE)
    assert (list(unasked["missed"]), list(full["missed"])) == ([], ["throughput"])


async def test_of_a_page_that_nobody_measured_there_is_no_history(filing: Filing) -> None:
    async with filing.pool.connection() as connection:
        assert await page_measures.history(connection, URL, Profile.PHONE, START, 5) == []
