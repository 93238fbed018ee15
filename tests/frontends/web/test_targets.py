"""Services and what they need, on pages: how they are, how they were, what was measured."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from fettle.engine.engine import Engine
from fettle.engine.run import Run
from fettle.flow import watch
from fettle.flow.page_looks import KIND, LOOK
from fettle.frontends.web import beats, panels, trends
from fettle.model.measurement import Profile
from fettle.model.page_round import PageTold
from fettle.model.quantity import Bytes
from fettle.model.readings import Memory
from fettle.model.role import Role
from fettle.model.run import Json
from fettle.store import samples, timers
from fettle.store.samples import Line, Sample, Series, Span, Took
from fettle.testing import START
from tests.engine.conftest import until
from tests.engine.working import FAST, WallClock
from tests.flow.watching import Street, answer, silence
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import take
from tests.frontends.web.browsing import Visit, let_in, violations

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = """
[optimisation]
every = "1d"

[[service]]
name = "shop"
url = "https://shop.example"
tier = "critical"
team = "web"
depends_on = ["stripe", "main-db", "nobody"]

[[service]]
name = "wiki"

[[dependency]]
name = "stripe"
url = "https://stripe.example"
critical = true

[[database]]
name = "main-db"
url = "postgresql://127.0.0.1:1/nothing"

[[team]]
name = "web"
member = [{ name = "ada" }]
"""


@pytest.fixture
def settings_text() -> str:
    """Give a service that needs others."""
    return SETTINGS


def street(api: Api) -> Street:
    return Street(api.serving.pool, api.clock, api.serving.settings)


async def looked(api: Api, path: str, role: Role = Role.VIEWER) -> str:
    cookie = await let_in(api, "http://fettle", role, f"a {role}")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return html.unescape((await api.nobody.get(path, headers=headers)).text)


async def measured(api: Api, *figures: Sample, at: datetime | None = None) -> None:
    """Let a look at the shop have measured figures."""
    name = "shop"
    await street(api).look(name, [answer(name, 0.3)])
    stands = await street(api).stand(name)
    took = Took(stands.id, at or api.clock.now(), "checks", "ok", 0, 0, 0.1)
    async with api.serving.pool.connection() as connection, connection.transaction():
        await samples.keep(connection, took, figures)


def test_a_bar_says_what_it_shows() -> None:
    bar = beats.bar(["ok", "high", "ok"], 5)

    assert bar.says == "The last 3 looks: 2 ok, 1 high"
    assert bar.paths["high"] == "M15 0h4v18h-4z"  # at the right, the latest last
    assert bar.width == 24
    assert beats.bar([], 5).says == "Nobody has looked yet"


def test_days_without_a_look_are_not_called_well() -> None:
    known = [
        {"day": "2026-01-01", "status": "high", "looks": {"ok": 97, "high": 2, "unknown": 50}},
    ]
    days = beats.days(known, START.date(), 2)  # type: ignore[arg-type] # documents

    assert [day.status for day in days] == ["none", "high"]
    assert days[1].says == "1 Jan 2026: 2 high, 50 unknown, 97 ok"
    assert beats.share_well(known) == "97.98 %"  # type: ignore[arg-type]
    assert beats.share_well([]) is None
    never_whole = [{"day": "2026-01-01", "status": "high", "looks": {"high": 2, "unknown": 50}}]
    assert beats.share_well(never_whole) is None  # type: ignore[arg-type]


SPAN = Span(START, START + 15 * MINUTE, 5 * MINUTE)
AT = [int((START + number * MINUTE).timestamp()) for number in (0, 10)]


def series(id_: int, metric: str, subject: str = "", latest: float = 0.5) -> Series:
    return Series(id_, metric, subject, latest, START, START)


def line(*values: float, spread: float = 0.0) -> Line:
    least = [value - spread for value in values]
    most = [value + spread for value in values]
    return Line(AT[: len(values)], least, values, most, [1] * len(values))


def test_a_step_that_nobody_measured_is_a_gap() -> None:
    (panel,) = panels.panels([series(1, "site_answer_s")], {1: line(0.2, 0.4)}, SPAN)

    assert (panel.title, panel.unit, panel.now) == ("Time to answer", "ms", "now 500 ms")
    assert panel.lines == [{"name": "whole", "values": [200.0, None, 400.0]}]


def test_what_several_looks_of_a_step_measured_is_a_band() -> None:
    (panel,) = panels.panels([series(1, "memory_used_ratio")], {1: line(0.5, spread=0.1)}, SPAN)

    assert [one["name"] for one in panel.lines] == [
        "most",
        "least",
        "of what it may use",
    ]
    assert (panel.unit, panel.bands) == ("%", [(0, 1)])


def test_a_quantile_lies_between_what_is_known_of_it() -> None:
    known = [series(1, "response_p95_at_least_s"), series(2, "response_p95_at_most_s")]
    (panel,) = panels.panels(known, {1: line(1.0), 2: line(2.5)}, SPAN)

    assert [one["name"] for one in panel.lines] == ["at most", "at least"]
    assert (panel.unit, panel.bands) == ("s", [(0, 1)])


def test_figures_of_several_things_are_lines_of_one_chart() -> None:
    many = [series(n, "pool_used_ratio", f"pool {n}", n / 10) for n in range(9)]
    (panel,) = panels.panels(many, {n: line(n / 10) for n in range(9)}, SPAN)

    assert panel.title == "Pool used"
    assert [one["name"] for one in panel.lines] == [f"pool {n}" for n in (8, 7, 6, 5, 4)]
    assert panels.panels(many, {}, SPAN) == []


def test_of_many_things_those_are_drawn_that_are_the_worst_and_still_there() -> None:
    left = [series(n, "certificate_days_left", f"host {n}", n) for n in range(9)]
    assert panels.shown(left, SPAN) == [0, 1, 2, 3, 4]

    gone = [
        replace(series(n, "memory_used_ratio", f"pod {n}", 0.9), latest_at=START - HOUR)
        for n in range(5)
    ]
    here = series(7, "memory_used_ratio", "pod 7", 0.1)
    assert panels.shown([*gone, here], SPAN) == [7]
    (panel,) = panels.panels([*gone, here], {7: line(0.1)}, SPAN)
    assert [one["name"] for one in panel.lines] == ["pod 7"]


@pytest.mark.parametrize(
    ("metric", "value", "told"),
    [
        ("response_p95_s", 0.25, "250 ms"),
        ("error_rate_ratio", 0.031, "3.1 %"),
        ("memory_used_bytes", 5 * 1024**2, "5.0 MiB"),
        ("site_up", 1, "yes"),
        ("requests_count", 12345, "12,345"),
        ("load_per_core", 0.51234, "0.512"),
    ],
)
def test_a_figure_is_told_in_its_unit(metric: str, value: float, told: str) -> None:
    assert panels.told(metric, value) == told


def test_what_the_latest_look_did_not_measure_is_not_said_to_be_so_now() -> None:
    known, later = [series(1, "site_answer_s"), series(2, "site_up")], START + 5 * MINUTE
    (panel,) = panels.panels(known, {1: line(0.2), 2: line(1)}, SPAN, later)

    assert panel.now == "last 500 ms"
    assert [one.old for one in panels.figures(known, later)] == [True, True]
    assert [one.old for one in panels.figures(known, START)] == [False, False]


def test_a_trend_of_a_day_is_broken_where_nobody_measured() -> None:
    day = Span(START, START + 24 * HOUR, HOUR)
    at = [int((START + number * HOUR).timestamp()) for number in (0, 1, 12)]
    means = [0.2, 0.4, 0.1]
    line_ = Line(at, means, means, means, [1, 1, 1])
    trend = trends.of_figure(series(1, "site_answer_s"), line_, day)

    assert trend.points == "0.0,14.0 5.0,2.0|60.0,20.0 60.0,20.0"
    assert trend.says == "Site answer: 100 ms to 400 ms in 1 d"


async def test_the_list_draws_the_leading_figure_of_each(api: Api) -> None:
    await measured(api, Sample("memory_used_ratio", "", 0.4), Sample("site_answer_s", "", 0.25))
    api.clock.moment += MINUTE
    page = await looked(api, "/services")

    assert "Site answer: 250 ms to 250 ms in 1 d" in page
    assert "Memory used" not in page


async def test_where_nothing_is_watched_it_says_how(api: Api) -> None:
    page = await looked(api, "/services")
    wiki = await looked(api, "/services/wiki")

    assert "not watched" in page
    assert 'url = "https://wiki.example"' in wiki
    assert "fettle check shop --save" in await looked(api, "/services/shop")
    assert "Nothing that is watched is called nonsense" in await looked(api, "/services/nonsense")


async def test_the_catalogue_says_how_all_are_and_what_needs_what(api: Api) -> None:
    await street(api).looks("shop", [answer("shop")])
    await street(api).looks("stripe", *[[silence("stripe")]] * 2)
    await take(api)
    page = await looked(api, "/services")

    assert re.findall(r'class="row" href="([^"]+)"', page) == [
        "/services/shop",
        "/services/wiki",
        "/services/stripe",
        "/databases/main-db",
    ]
    assert "The last 2 looks: 2 medium" in page
    assert "1 medium, 1 ok" in page
    assert 'href="/issues/1"' in page


async def test_of_what_is_seen_in_part_no_page_says_that_nobody_knows(api: Api) -> None:
    made, memory = street(api), Memory("shop", Bytes(1), Bytes(10))
    await made.looks("shop", [answer("shop"), memory])
    assert "Nothing is wrong, as far as could be seen" in await looked(api, "/services/shop")
    await made.looks("shop", [answer("shop")])
    page = await looked(api, "/services/shop")

    assert "Nothing is wrong in what could be seen; see what could not" in page
    assert "nobody tells of it any more" in page


async def test_a_service_shows_how_it_is_and_what_it_needs(api: Api) -> None:
    await street(api).looks("stripe", *[[silence("stripe")]] * 2)
    await take(api)
    await measured(api, Sample("queue_waiting_count", "mail", 7))
    deploy = {"service": "shop", "version": "2026.1", "url": "https://ci.example/1"}
    assert (await api.responder.post("/api/v1/deploys", json=deploy)).is_success
    page = await looked(api, "/services/shop")
    stripe = await looked(api, "/services/stripe")

    assert "a name only" in page
    assert "queue_waiting_count" in page
    assert '"says":"2026.1"' in page.replace(" ", "")
    assert "Look again now" not in page
    assert "the connection was refused" in stripe
    assert 'href="/issues/1"' in stripe
    assert "Needed by" in stripe
    assert "Look again now" in await looked(api, "/services/stripe", Role.RESPONDER)


async def test_what_was_cut_is_said(api: Api) -> None:
    await street(api).look("shop", [answer("shop")])
    await api.store.connection.execute("UPDATE watched SET cut = 3")

    assert "3 figures of the latest look are not kept" in await looked(api, "/services/shop")


async def test_a_service_is_explored_in_a_browser(visit: Visit) -> None:
    visit.api.clock.moment = datetime.now(UTC) - timedelta(hours=2)
    for number in range(24):
        visit.api.clock.moment += 5 * MINUTE
        p95 = 1 + number / 10
        await measured(
            visit.api,
            Sample("response_p95_at_least_s", "", p95),
            Sample("response_p95_at_most_s", "", p95 * 2),
            Sample("error_rate_ratio", "", number / 1000),
        )
    deploy = {"service": "shop", "version": "2026.1"}
    assert (await visit.api.responder.post("/api/v1/deploys", json=deploy)).is_success
    async with visit.open("/services") as page:
        await page.locator("a.row").first.click()
        await page.get_by_role("link", name="3h").click()
        await expect(page.locator(".measure canvas").first).to_be_visible()
        await expect(page.get_by_text("Response time, 95th percentile")).to_be_visible()
        assert await violations(page) == []
    async with visit.open("/services/shop?over=3h", phone=True, dark=True) as page:
        await expect(page.locator(".measure canvas").first).to_be_visible()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen


async def test_a_look_is_asked_for_and_is_seen_without_a_reload(visit: Visit) -> None:
    visit.api.clock.moment = datetime.now(UTC)
    made = street(visit.api)
    await made.look("shop", [answer("shop")])
    await made.prepare()
    async with visit.open("/services/shop") as page:
        await expect(page.locator(".severity").first).to_have_text("ok")
        await page.get_by_role("button", name="Look again now").click()
        async with visit.api.serving.pool.connection() as connection:
            (timer,) = await timers.pending(connection, "checks/shop")
        assert timer.kind == watch.KIND
        assert timer.due_at <= visit.api.clock.now()
        await made.look("shop", [silence("shop")])
        await expect(page.locator(".severity").first).to_have_text("medium")
        await expect(page.get_by_text("the connection was refused").first).to_be_visible()


async def test_the_overview_says_how_pages_stand(api: Api) -> None:
    well = PageTold("https://shop.example/", Profile.PHONE)
    bad = replace(well, page="https://shop.example/cart", missed=("lcp",), slower=("lcp", "cls"))

    async def measured(run: Run, _: Json) -> Json:
        return [well.written(), bad.written()]

    assert "<h2>Pages</h2>" not in await looked(api, "/")
    engine = Engine(api.serving.pool, WallClock(), runs={LOOK: measured}, pace=FAST)
    async with api.serving.pool.connection() as connection:
        id_ = await engine.start(connection, LOOK, kind=KIND)

    async def done() -> bool:
        async with api.serving.pool.connection() as connection:
            found = await engine.find(connection, id_)
        return found is not None and found.state.ended

    async with engine.worker():
        await until(done)
    page = await looked(api, "/")
    assert "https://shop.example/cart" in page
    assert "slower than before" in page
    assert "misses lcp" in page
    assert "1 of 2 keep their budgets" in page
    assert "not measured any more" not in page
    api.clock.moment = WallClock().now() + timedelta(days=3)
    assert "not measured any more" in await looked(api, "/")


async def test_the_overview_names_the_worst_first(api: Api) -> None:
    await street(api).looks("shop", [answer("shop")])
    await street(api).looks("stripe", [silence("stripe")])
    page = await looked(api, "/")

    assert re.findall(r'<dt><a href="(/services/[^"]+)"', page) == [
        "/services/stripe",
        "/services/shop",
    ]


async def test_trouble_names_what_moved_with_its_evidence(api: Api) -> None:
    made = street(api)
    for number in range(25 * 12):
        slow = number >= 24 * 12
        chance = number % 7 / 1000
        looks = {"stripe": 2.0 if slow else 0.1, "shop": 2.3 if slow else 0.3}
        for name, seconds in looks.items():
            down = [silence(name)] if slow and name == "shop" else []
            await made.look(name, [answer(name, seconds + chance), *down])
        api.clock.moment += 5 * MINUTE
    page = await looked(api, "/services/shop")

    assert "What moved, and may be why" in page
    assert re.search(
        r"<h3><bdi>stripe</bdi> <small[^>]*><bdi>probe_whole_s</bdi>, \d+ % sure", page
    )
    assert "What moved" not in await looked(api, "/services/stripe")


async def test_an_issue_names_what_moved_with_its_evidence(api: Api) -> None:
    made = street(api)
    for number in range(25 * 12):
        slow = number >= 24 * 12
        chance = number % 7 / 1000
        for name, seconds in {"stripe": 2.0 if slow else 0.1, "shop": 2.3 if slow else 0.3}.items():
            await made.look(name, [answer(name, seconds + chance)])
        api.clock.moment += 5 * MINUTE
    number = (await api.report("The shop is slow", service="shop"))["number"]
    page = await looked(api, f"/issues/{number}")

    assert "What moved, and may be why" in page
    assert re.search(r'<a href="/services/stripe"><bdi>stripe</bdi></a> <code>', page)
    assert "shop needs it" in page
    other = (await api.report("The wiki is slow", service="wiki"))["number"]
    assert "What moved" not in await looked(api, f"/issues/{other}")


async def test_a_look_at_a_service_is_no_look_at_a_database(api: Api) -> None:
    await street(api).look("shop", [answer("shop")])

    assert "shop" not in re.findall(r'href="/databases/([^"]+)"', await looked(api, "/databases"))
