"""The page of figures: what is told, what is of too few, and the same as data."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from fettle.frontends.api import figures as asked_figures
from fettle.frontends.api.figures import AskedFigures
from fettle.frontends.report import figures_document
from fettle.frontends.report.figures_document import FiguresReport
from fettle.frontends.web import figures, measures
from fettle.frontends.web.measures import Card
from fettle.model.issue import Milestones
from fettle.model.role import Role
from fettle.review.figures import Every, Part
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.test_figures import signal
from tests.frontends.web.browsing import Visit, violations
from tests.frontends.web.site import Site, running
from tests.frontends.web.test_issue_work import browser
from tests.review.counting import Counted, reported

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def counted(number: int, week: int = 0, minutes: float = 10, **more: object) -> list[Counted]:
    """Give issues of a week, resolved after so many minutes."""
    at = START + week * WEEK
    seen = Milestones(at, at, resolved=at + minutes * MINUTE)
    return [Counted(at, seen, **more) for _ in range(number)]  # type: ignore[arg-type] # by name


def cards(issues: list[Counted], weeks: int = 2, by: Part | None = None) -> dict[str, Card]:
    end = START + weeks * WEEK
    made = reported(issues, START, end, by, Every.WEEK)
    document = figures_document.of_report(made, START, end, by, Every.WEEK)
    return {card.measure.key: card for card in measures.cards(document)}


@pytest.mark.parametrize(
    ("number", "median", "p90", "share"),
    [
        (0, None, None, None),
        (2, None, None, None),
        (3, "10 min", None, None),
        (5, "10 min", None, "0 %"),
        (9, "10 min", None, "0 %"),
        (10, "10 min", "10 min", "0 %"),
    ],
)
def test_a_figure_of_too_few_is_told_as_such(
    number: int, median: str | None, p90: str | None, share: str | None
) -> None:
    found = cards(counted(number))
    resolve, breaches = found["mttr"].total, found["breach_rate"].total
    assert (resolve.value, resolve.p90, resolve.of) == (median, p90, number)
    assert (breaches.value, breaches.of) == (share, number)


def test_a_chart_has_gaps_where_a_week_has_too_few() -> None:
    found = cards([*counted(3), *counted(2, 1), *counted(12, 2, 150)], 3)["mttr"]
    median, p90 = found.series
    assert found.unit == "h"
    assert median.values == [0.167, None, 2.5]
    assert median.told == ["10 min", "too few", "2 h 30 min"]
    assert p90.values == [None, None, 2.5]
    assert found.days == ["5 Jan 2026", "12 Jan 2026", "19 Jan 2026"]
    assert found.drawn
    assert not cards(counted(12))["mttr"].drawn


def test_the_unit_follows_from_what_takes_longest() -> None:
    assert cards(counted(3, 0, 100))["mttr"].unit == "min"
    assert cards(counted(3, 0, 60 * 24 * 5))["mttr"].unit == "d"
    assert cards(counted(5, breached=True))["breach_rate"].series[0].values == [100, None]
    assert cards(counted(3))["mttd"].total.value == "under 1 s"


def test_groups_with_the_most_issues_are_drawn_and_all_are_listed() -> None:
    issues = [one for n in range(1, 7) for one in counted(n, team=f"team {n}")]
    assert [line.name for line in cards(issues, by=Part.TEAM)["mttr"].series] == [
        "team 6",
        "team 5",
        "team 4",
        "team 3",
    ]
    made = reported(issues, START, START + WEEK, Part.TEAM, Every.WEEK)
    document = figures_document.of_report(made, START, START + WEEK, Part.TEAM, Every.WEEK)
    assert [row.issues for row in measures.rows(document)] == [6, 5, 4, 3, 2, 1]


def test_a_long_name_is_cut_and_turns_nothing_round() -> None:
    (line,) = cards(counted(3, team="\u202e" + "w" * 900), by=Part.TEAM)["mttr"].series
    assert line.name == "\ufffd" + "w" * 38 + "…"


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site with teams and services."""
    async with running(store_environ, tmp_path, SETTINGS) as made:
        yield made


async def test_without_an_issue_the_page_says_so_and_draws_nothing(site: Site) -> None:
    ada = await site.user("ada")
    page = await ada.get("/figures")
    assert "No issue was opened in that time" in page.text
    assert "uplot" not in page.text
    assert 'name="from" value="2025-10-03"' in page.text
    assert 'name="to" value="2026-01-01"' in page.text
    year = await ada.get("/figures?from=2025-01-01&to=2026-01-01")
    assert "<option selected>month</option>" in year.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-02-01&to=2026-01-01", 400),
        ("from=1999-01-01", 400),
        ("from=yesterday", 400),
        ("from=0001-01-01", 400),
        ("to=9999-12-31", 400),
        ("by=blame", 400),
        ("every=day", 400),
        ("team=nobody", 200),
    ],
)
async def test_a_time_that_cannot_be_counted_is_refused(
    site: Site, query: str, status: int
) -> None:
    ada = await site.user("ada")
    for path in ("/figures", "/figures.csv", "/figures.json"):
        assert (await ada.get(f"{path}?{query}")).status_code == status


async def happened(api: Api) -> None:
    """Let the shop be slow a few times a week, four weeks long, and be mended."""
    for number in range(1, 13):
        await api.arrive(signal("shop", firing=True))
        api.clock.moment += timedelta(minutes=9 + number)
        await api.act(number, "acknowledge")
        await api.act(number, "resolve", evidence="it is fast again")
        await api.arrive(signal("shop", firing=False))
        api.clock.moment += timedelta(days=2.3)


async def test_figures_are_drawn_told_and_given_as_data(visit: Visit) -> None:
    await happened(visit.api)
    async with visit.open("/figures?by=service") as page:
        await expect(page.locator("#mtta .figure")).to_have_text("15 min 30 s")
        await expect(page.locator("#mtta canvas")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("link", name="shop").click()
        await expect(page.locator("select[name=service]")).to_have_value("shop")
        data = await page.context.request.get(
            visit.url + str(await page.get_by_role("link", name="JSON").get_attribute("href"))
        )
        assert (await data.json())["total"]["mtta"]["median_s"] == 930
        async with page.expect_download() as download:
            await page.get_by_role("link", name="CSV").click()
        assert (await download.value).suggested_filename == "figures.csv"


async def test_a_page_waits_for_no_figures_and_has_them_as_soon_as_they_are_counted(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await happened(api)
    ada = await browser(api, Role.VIEWER, "ada")
    count, go_on = asked_figures.report, asyncio.Event()

    async def slowly(
        connection: Connection, pool: Pool, asked: AskedFigures, now: datetime, most: int
    ) -> FiguresReport:
        await go_on.wait()
        return await count(connection, pool, asked, now, most)

    monkeypatch.setattr(figures, "PATIENCE", timedelta(milliseconds=100))
    monkeypatch.setattr(asked_figures, "report", slowly)
    async with ada.client:
        at_once = html.unescape((await ada.get("/figures?by=class")).text)
        again = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', at_once)
        assert again is not None
        waiting = asyncio.create_task(ada.get(again[1]))
        await asyncio.sleep(0.2)
        go_on.set()
        there = html.unescape((await waiting).text)
    assert "They are being counted." in at_once
    assert "No issue was opened" not in at_once
    assert "15 min 30 s" in there
    assert "http-equiv" not in there


async def test_figures_are_read_without_scripts_and_on_a_phone_in_the_dark(visit: Visit) -> None:
    await happened(visit.api)
    async with visit.open("/figures", scripts=False) as page:
        await expect(page.locator("#mttr-chart")).to_be_hidden()
        await page.locator("#mttr").get_by_text("As a table").click()
        await expect(page.locator("#mttr td").last).to_be_visible()
    async with visit.open("/figures?by=class", phone=True, dark=True) as page:
        await expect(page.locator("#mtta canvas")).to_be_visible()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen
