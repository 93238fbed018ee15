"""Optimisations as people see them: the history, one with all it showed, and taking it back."""

import platform
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from fettle.model.experiment import OptimisationRun, RunStatus
from fettle.model.loaded import Load, Shot, When
from fettle.model.role import Role
from fettle.targets.webroot.reading import manifest
from tests import optimised_run
from tests.frontends.api.conftest import Api
from tests.frontends.api.test_optimisations import worker_here
from tests.frontends.web.browsing import Visit, let_in, violations
from tests.optimisation import drawn
from tests.optimisation.made_up import measured
from tests.optimisation.test_came import CURED, ILL

ONE = "0123456789ab"
PATH = f"/optimisations/{ONE}"


def seen(shot: Shot) -> Shot:
    """Return a picture with something to see."""
    height = 1500 if shot.when == "before" else 1100
    shape = (412, height) if shot.kind == "screen" else (240, 480)
    content = drawn.png(drawn.photograph(*shape, seed=3 if shot.when == "before" else 5))
    return replace(shot, width=shape[0], height=shape[1], content=content)


async def keep(api: Api, id_: str = ONE, machine: str = "web-1", **otherwise: object) -> None:
    run = optimised_run.done(id_)
    run = replace(run, shots=tuple(map(seen, run.shots)))
    await optimised_run.keep(api.store.connection, replace(run, **otherwise), machine)  # type: ignore[arg-type]


async def text(page: Page, selector: str = "main") -> str:
    return " ".join((await page.locator(selector).inner_text()).split())


async def test_the_history_says_what_each_came_to(visit: Visit) -> None:
    await keep(visit.api)
    await keep(visit.api, "bb01", status=RunStatus.REFUSED, swapped=False, compared=())
    async with visit.open("/optimisations") as page:
        row = await text(page, f"tr:has(a[href='{PATH}'])")
        for part in ("https://shop.example/", "5.0 s → 2.0 s −60 %", "391 KiB → 88 KiB", "1 step"):  # noqa: RUF001
            assert part in row, row
        await page.select_option("select[name=status]", "refused")
        await page.click("text=Filter")
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("refused")


async def test_what_was_reckoned_stands_beside_what_came(api: Api) -> None:
    loads = (
        Load("index.html", When.BEFORE, measured([ILL] * 5)),
        Load("index.html", When.AFTER, measured([CURED] * 5)),
    )
    await keep(api, loads=loads)
    cookie = await let_in(api, "http://fettle", Role.VIEWER, "a viewer")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    page = (await api.nobody.get(PATH, headers=headers)).text

    assert "Reckoned, and what came of all of it" in page
    assert "largest paint (LCP); it is 700 ms less" in page


async def test_there_is_nothing_yet(visit: Visit) -> None:
    async with visit.open("/optimisations") as page:
        await expect(page.locator("main")).to_contain_text("fettle optimise apply")


async def test_a_run_shows_its_figures_its_steps_and_what_is_left_to_people(visit: Visit) -> None:
    await keep(visit.api)
    async with visit.open(PATH) as page:
        lcp = await text(page, ".figures tr:has-text('Largest paint')")
        assert lcp == "Largest paint LCP 5.0 s poor 2.0 s good −60 %", lcp  # noqa: RUF001
        told = await page.locator(".ledger li.card").all_inner_texts()
        steps = [" ".join(one.split()) for one in told]
        assert steps[0].startswith("kept Offer images as AVIF 293 KiB → 59 KiB")
        assert "Largest paint 5.0 s → 2.0 s −60 % index.html on a phone Bytes" in steps[0]  # noqa: RUF001
        assert steps[1].startswith("taken back Load images late")
        assert (
            "Largest paint 2.0 s → 2.5 s +25 % index.html on a phone; it may be chance" in steps[1]
        )
        assert "earned nothing that can be told from chance" in steps[1]
        assert "left to people" in steps[2]
        await expect(page.locator("#left-1")).to_contain_text("brotli_static on;")
        await expect(page.locator("#left-2")).to_contain_text("medium impact, low risk, on index")
        table = page.locator("table.waterfall").first
        cells = await table.locator("tbody tr").nth(1).locator("th, td").all_inner_texts()
        assert cells[0].split()[:2] == ["hero.jpg", "image"]
        assert cells[2:] == ["710 ms", "4.2 s", "382 KiB"]
        assert await page.locator(".strip").nth(0).locator("li").count() == 10
        assert await page.locator(".strip").nth(1).locator("li").count() == 4
        assert await violations(page) == []


async def test_two_pictures_are_laid_over_each_other_and_slid(visit: Visit) -> None:
    await keep(visit.api)
    async with visit.open(PATH) as page:
        figure = page.locator("[data-compare]").first
        slide = figure.locator("input[type=range]")
        await slide.focus()
        before = figure.locator(".before")
        await page.keyboard.press("End")
        await expect(slide).to_have_attribute("aria-valuetext", "100 % before")
        await expect(before).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
        await page.keyboard.press("Home")
        await expect(before).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
        under, over = await figure.evaluate(
            """(one) => [".after", ".before"].map((name) => {
            const { x, y, width, height } = one.querySelector(name).getBoundingClientRect();
            return [x, y, width, height]; })"""
        )
        assert under == over


async def test_without_scripts_they_stand_side_by_side(visit: Visit) -> None:
    await keep(visit.api)
    async with visit.open(PATH, scripts=False) as page:
        figure = page.locator("[data-compare]").first
        left = await figure.locator(".before img").bounding_box()
        right = await figure.locator(".after img").bounding_box()
        assert left is not None
        assert right is not None
        assert left["x"] + left["width"] <= right["x"]
        assert left["y"] == right["y"]
        assert await figure.locator("input").count() == 0


async def test_a_run_is_taken_back_after_it_was_said_what_will_happen(
    visit: Visit, tmp_path: Path
) -> None:
    root = tmp_path / "srv" / "shop"
    root.mkdir(parents=True)
    (root / "index.html").write_bytes(b"<h1>A shop</h1>")
    was = manifest(root)
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    await optimised_run.keep(visit.api.store.connection, replace(run, shots=()), platform.node())
    async with worker_here(visit.api), visit.open(PATH) as page:
        await page.click("summary:has-text('Take back')")
        await expect(page.locator(".confirmation .sheet")).to_contain_text("byte for byte")
        await page.click(".confirmation button:has-text('Take back')")
        await expect(page.locator("main .severity").first).to_have_text("taken back")
        await expect(page.locator("main")).to_contain_text("took it back")
    assert manifest(root) == was


async def test_where_no_worker_is_it_is_said_what_takes_it_back(visit: Visit) -> None:
    await keep(visit.api)
    async with visit.open(PATH) as page:
        await expect(page.locator("aside")).to_contain_text(f"fettle optimise undo {ONE}")
        await expect(page.locator("aside")).to_contain_text("No worker is on web-1")
        await expect(page.locator("summary:has-text('Take back')")).to_have_count(0)


async def test_a_run_without_figures_or_pictures_can_be_looked_at(visit: Visit) -> None:
    run = OptimisationRun(ONE, "/srv/www/shop", (optimised_run.URL,), optimised_run.BEGUN)
    await optimised_run.keep(visit.api.store.connection, run)
    async with visit.open(PATH) as page:
        await expect(page.locator("main")).to_contain_text("It is at work")


@pytest.mark.parametrize("path", ["/optimisations/none", f"{PATH}/pictures/999999"])
async def test_what_is_not_there_is_not_found(visit: Visit, path: str) -> None:
    await keep(visit.api)
    async with await visit.client() as client:
        assert (await client.get(path)).status_code == 404
