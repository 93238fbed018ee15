"""How a service's pages are, as Fettle's own store has it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from fettle.diagnosis.checks.application.page_regressed import Limits, judge
from fettle.errors import CannotLook, StoreUnreachable
from fettle.main import Wired
from fettle.model.budget import Budget, Promise
from fettle.model.capacity import REQUESTS_PER_SECOND
from fettle.model.deploy import Deploy
from fettle.model.field import Beacon
from fettle.model.finding import Finding
from fettle.model.measurement import Profile
from fettle.model.page_stand import PagePromised, PageStand, PageTurned, ServerUse
from fettle.model.severity import Severity
from fettle.model.watchpoint import KeptPages
from fettle.store import deploys, field, page_capacities, page_measures, partitions, samples
from fettle.store.page_measures import Keeping
from fettle.store.samples import Sample, Took
from fettle.store.statements import Connection
from fettle.targets.pages import PageSource
from fettle.testing import SteppedClock
from tests.optimisation.made_up import NOW, measured, visit

POINT = KeptPages("shop", ("site",))
CLOCK = SteppedClock(NOW + timedelta(days=2))


async def visit_pages(
    connection: Connection, page: str, value: float, times: int, days_ago: int = 0
) -> None:
    told = Beacon(page, Profile.PHONE, {"lcp": value, "fcp": 10.0})
    at = CLOCK.now() - timedelta(days=days_ago)
    await field.keep(connection, [field.visited("site", 100, at, told)] * times)


async def test_field_data_and_measurements_are_told_of_each_page(
    store_environ: dict[str, str],
) -> None:
    wired = Wired(store_environ)
    settings = wired.settings(None)
    async with wired.store(settings) as store:
        await visit_pages(store.connection, "/", 1000, 60)
        await visit_pages(store.connection, "/", 3000, 40, days_ago=20)
        await visit_pages(store.connection, "/seldom", 9000, 3)
        await visit_pages(store.connection, "/gone", 9000, 99, days_ago=40)
        page = measured([visit({"lcp": 4200.0})] * 5)
        how = Keeping("test", "ci", "shop")
        await page_measures.keep(store.connection, page, how, {"schema": "fettle.measure/1"})
        source = PageSource(POINT, lambda: wired.looking_into_store(settings), CLOCK)
        rows = cast("Sequence[PageStand]", await source.read(PageStand))
    lived = {one.page: one for one in rows if one.people}
    assert lived.keys() == {"/", "/seldom"}
    home = lived["/"]
    assert (home.visits, home.metric, home.age) == (100, "lcp", timedelta())
    assert round(home.value, -2) == 3000
    assert home.lately is not None
    assert round(home.lately, -2) == 1000
    assert lived["/seldom"].lately is None
    told = {one.metric: one for one in rows if not one.people}
    assert told.keys() == {"lcp", "inp", "cls"}
    assert (told["lcp"].value, told["lcp"].age) == (4200, timedelta(days=2))


async def test_what_turned_is_told_with_what_went_live(store_environ: dict[str, str]) -> None:
    wired = Wired(store_environ)
    settings = wired.settings(None)
    async with wired.store(settings) as store:
        for days_ago in range(1, 15):
            value = 3000 if days_ago < 5 else 2000
            await visit_pages(store.connection, "/", value, 40, days_ago)
            await visit_pages(store.connection, "/same", 2000, 40, days_ago)
        await visit_pages(store.connection, "/few", 1000, 5, 7)
        await visit_pages(store.connection, "/few", 9000, 5, 1)
        for version, days_ago in (("1.3", 11), ("1.4", 5), ("1.5", 2)):
            at = CLOCK.now() - timedelta(days=days_ago)
            deploy = Deploy("shop", version, at, "ci")
            await deploys.mark(store.connection, deploy, at)
        source = PageSource(POINT, lambda: wired.looking_into_store(settings), CLOCK)
        (turned,) = cast("Sequence[PageTurned]", await source.read(PageTurned))
    assert (turned.page, turned.version) == ("/", "1.4")
    assert (round(turned.was, -2), round(turned.now, -2)) == (2000, 3000)
    assert (turned.visits_before, turned.visits_since) == (280, 160)
    (found,) = judge([turned], Limits())
    assert isinstance(found, Finding)
    assert (found.subject, found.severity) == ("shop /", Severity.MEDIUM)
    assert "since 1.4 went live" in found.description


async def test_what_was_kept_is_held_against_the_services_own_budgets(
    store_environ: dict[str, str],
) -> None:
    wired = Wired(store_environ)
    settings = wired.settings(None)
    promises = (
        Promise(Budget("lcp", 2000, by="all")),
        Promise(Budget("lcp", 3000, by="home"), "https://shop.example/*", Profile.PHONE),
        Promise(Budget("total", 100)),
        Promise(Budget("cls", 0.1), profile=Profile.DESKTOP),
        Promise(Budget("inp", 100), "https://other.example/*"),
    )
    async with wired.store(settings) as store:
        page = measured([visit({"lcp": 2500.0})] * 5)
        how = Keeping("test", "ci", "shop")
        await page_measures.keep(store.connection, page, how, {"schema": "fettle.measure/1"})
        point = replace(POINT, promises=promises)
        source = PageSource(point, lambda: wired.looking_into_store(settings), CLOCK)
        assert PagePromised in source.offers
        rows = cast("Sequence[PagePromised]", await source.read(PagePromised))
    assert [(one.budget.metric, one.budget.by, one.current) for one in rows] == [
        ("lcp", "home", 2500),
        ("total", "default", 10_000),
    ]
    assert PagePromised not in PageSource(POINT, source.store, CLOCK).offers


async def test_what_a_server_carries_stands_beside_what_is_asked_of_its_service(
    store_environ: dict[str, str],
) -> None:
    wired = Wired(store_environ)
    settings, now = wired.settings(None), CLOCK.now()
    async with wired.store(settings) as store:
        for page, capacity, days in (
            ("https://shop.example/", 10, 3),
            ("https://shop.example/none", None, 3),
            ("https://shop.example/old", 10, 100),
            ("https://desk.example/", 10, 3),
        ):
            document = {"throughput": {"capacity": capacity}, "at_least": False}
            at = now - timedelta(days=days)
            await page_capacities.keep(store.connection, page, at, "test", document)
        promises = (
            Promise(Budget("throughput", 0.5, by="all")),
            Promise(Budget("throughput", 0.7, by="home"), "https://shop.example/", Profile.PHONE),
            Promise(Budget("throughput", 0.1), "https://shop.example/cart"),
        )
        point = replace(POINT, promises=promises, url="https://shop.example/")
        source = PageSource(point, lambda: wired.looking_into_store(settings), CLOCK)
        assert ServerUse in source.offers
        assert await source.read(ServerUse) == [], "nobody knows what is asked of it"
        await store.connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('shop', '{}', 0, now(), 1)"
        )
        stands = (await samples.stand(store.connection, ["shop"]))["shop"]
        await partitions.prepare(store.connection, now)
        took = Took(stands.id, now, "checks", "ok", 0, 0, 0.1)
        await samples.keep(store.connection, took, [Sample(REQUESTS_PER_SECOND, "", 9)])
        (row,) = await source.read(ServerUse)
        promised = await source.read(PagePromised)
    assert row == ServerUse(
        "shop", "https://shop.example/", 9, 10, at_least=False, age=timedelta(days=3)
    )
    assert promised == [
        PagePromised("shop", row.page, None, 0.9, promises[1].budget, timedelta(days=3))
    ]
    assert ServerUse not in PageSource(point, None, CLOCK).offers


async def test_what_was_kept_becomes_a_finding_with_what_went_live(
    store_environ: dict[str, str],
) -> None:
    wired = Wired(store_environ)
    settings = wired.settings(None)
    how = Keeping("test", "ci", "shop")
    async with wired.store(settings) as store:
        for days_ago, lcp in ((2.0, 2000.0), (1.0, 3200.0)):
            page = measured([visit({"lcp": lcp})] * 5)
            page = replace(page, started_at=CLOCK.now() - timedelta(days=days_ago))
            await page_measures.keep(store.connection, page, how, {"schema": "fettle.measure/1"})
        deploy = Deploy("shop", "1.4", CLOCK.now() - timedelta(days=1.5), "ci")
        await deploys.mark(store.connection, deploy, deploy.at)
        source = PageSource(POINT, lambda: wired.looking_into_store(settings), CLOCK)
        turned = cast("Sequence[PageTurned]", await source.read(PageTurned))
    (found,) = judge(turned, Limits())
    assert isinstance(found, Finding)
    assert (found.subject, found.severity) == ("shop https://shop.example/", Severity.HIGH)
    assert found.description == (
        "its largest text or image is there after 3.2 s, measured as a phone, since 1.4 went live; "
        "it was 2 s before that"
    )


async def test_a_store_that_does_not_run_is_said_to() -> None:
    source = PageSource(POINT, None, CLOCK)
    assert PageStand in source.offers
    with pytest.raises(CannotLook, match="does not run here"):
        await source.read(PageStand)
    assert not PageSource(KeptPages("shop"), None, CLOCK).offers


async def test_a_store_that_gives_no_answer_is_said_to() -> None:
    def store() -> None:
        raise StoreUnreachable("it is away")

    source = PageSource(POINT, store, CLOCK)  # type: ignore[arg-type] # it opens nothing
    with pytest.raises(CannotLook, match="it is away"):
        await source.read(PageStand)
