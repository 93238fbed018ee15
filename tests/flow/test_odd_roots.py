"""Roots with odd things in them are made faster all the same, and what is odd stays as it is."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.errors import StoreError
from fettle.flow.optimising import failed, optimise, put_back
from fettle.model.experiment import Change, OptimisationRun, Outcome, RunStatus, Site, Written
from fettle.optimisation.tree import changed
from fettle.targets.webroot.reading import manifest
from fettle.testing import START
from fettle.unit import optimisations
from tests.flow.optimised import SHEET, built, cut_off, live, optimised, step
from tests.optimisation import drawn

ODD = {
    "broken.jpg": drawn.jpeg()[:3000],
    "cmyk.jpg": drawn.cmyk(),
    "deep.png": drawn.deep(),
    "empty.png": b"",
    "endless.png": drawn.endless(),
    "is-jpeg.png": drawn.jpeg(),
    "moving.gif": drawn.moving_gif(),
    "moving.png": drawn.moving_png(),
    "nameless": drawn.png(),
    "profiled.jpg": drawn.profiled(),
    "script.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "text.jpg": b"words and nothing else " * 200,
    "turned.jpg": drawn.turned(),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make an ill root."""
    return built(tmp_path)


def beside(root: Path) -> list[str]:
    """Return what lies where the root lies."""
    return [one.name for one in root.parent.iterdir()]


async def test_odd_images_stay_as_they_are_and_the_others_are_made_smaller(root: Path) -> None:
    page, tags = root / "index.html", "".join(f'<img src="{name}">' for name in ODD)
    page.write_text(page.read_text().replace("</body>", f"{tags}</body>"))
    for name, content in ODD.items():
        (root / name).write_bytes(content)
    steps = [one for one in optimisations().values() if one.id.endswith("_images")]
    with live(root) as site:
        run = await optimised(site.asked, site.means(*steps))

    assert run.status is RunStatus.DONE, run.reason
    assert "hero.jpg.avif" in {path for line in run.kept for path in line.files}
    assert {name: (root / name).read_bytes() for name in ODD} == ODD
    beside = {f"{name}{ending}" for name in ODD for ending in (".avif", ".webp")}
    assert not beside & set(manifest(root).entries)
    assert f"{tags}</body>" in page.read_text(), "their sizes are not written either"


async def test_what_is_promised_by_integrity_or_a_service_worker_stays(root: Path) -> None:
    page = root / "index.html"
    page.write_text(page.read_text().replace("<script ", '<script integrity="sha384-x" '))
    (root / "sw.js").write_text('precacheAndRoute([{url: "a.css", revision: "1"}])  ;\n' * 30)
    before = {name: (root / name).read_bytes() for name in ("a.js", "a.css", "sw.js")}
    with live(root) as site:
        run = await optimised(site.asked, site.means())

    assert run.status is RunStatus.DONE, run.reason
    assert {name: (root / name).read_bytes() for name in before} == before
    passed = {one.path: one.reason for line in run.steps for one in line.passed}
    assert "integrity" in passed["a.js"]
    assert "service worker" in passed["a.css"]


async def test_links_in_the_root_are_kept_and_what_they_lead_to_is_changed_once(root: Path) -> None:
    (root / "same.css").symlink_to("a.css")
    with live(root) as site:
        run = await optimised(site.asked, site.means(optimisations()["minify_styles"]))

    assert run.steps[0].files == ("a.css",)
    assert (root / "same.css").is_symlink()
    assert (root / "same.css").read_text() != SHEET


async def test_what_is_deployed_while_steps_are_tried_stays(root: Path) -> None:
    def deploys(site: Site) -> Iterator[Change]:
        (root / "index.html").write_text("deployed")
        yield Written("a.css", b"")

    styles = optimisations()["minify_styles"]
    with live(root) as site:
        run = await optimised(site.asked, site.means(styles, step("deploys", deploys)))

    assert (run.status, run.swapped) == (RunStatus.REFUSED, False)
    assert "something was deployed" in run.reason
    assert run.steps[0].outcome is Outcome.KEPT, "the ledger is told all the same"
    assert (root / "index.html").read_text() == "deployed"
    assert beside(root) == ["shop"]


async def test_what_is_deployed_while_the_live_site_is_looked_at_is_not_undone(root: Path) -> None:
    def deploy(what: str) -> None:
        if what == "looking at the live site":
            (root / "a.css").write_text("deployed {}")

    with live(root) as site:
        means = replace(site.means(optimisations()["minify_styles"]), say=deploy)
        run = await optimised(site.asked, means)

    assert (run.status, run.swapped) == (RunStatus.FAILED, True)
    assert "would lose what was deployed" in run.reason
    assert (root / "a.css").read_text() == "deployed {}"


async def test_who_had_begun_to_deploy_before_the_swap_loses_nothing(root: Path) -> None:
    held = os.open(root, os.O_RDONLY)

    def deploy(what: str) -> None:
        if what == "looking at the live site":
            os.close(os.open("late.js", os.O_WRONLY | os.O_CREAT, dir_fd=held))

    with live(root) as site:
        means = replace(site.means(optimisations()["minify_styles"]), say=deploy)
        run = await optimised(site.asked, means)
    os.close(held)

    assert (run.status, run.swapped) == (RunStatus.UNDONE, False)
    assert "something is being deployed" in run.reason
    assert run.steps[0].outcome is Outcome.KEPT, "the ledger is told all the same"
    assert (root / "a.css").read_text() == SHEET
    assert beside(root) == ["shop"]
    assert (root / "late.js").exists()


async def test_what_the_live_site_shows_wrong_goes_though_somebody_had_begun_to_deploy(
    root: Path,
) -> None:
    held = os.open(root, os.O_RDONLY)

    def deploy(what: str) -> None:
        if what == "looking at the live site":
            os.close(os.open("late.js", os.O_WRONLY | os.O_CREAT, dir_fd=held))
            site.eye.wrong["words"] = "its policy forbids it"

    with live(root) as site:
        means = replace(site.means(optimisations()["minify_styles"]), say=deploy)
        run = await optimised(site.asked, means)
    os.close(held)

    assert (run.status, run.swapped) == (RunStatus.UNDONE, False)
    assert "policy forbids it" in run.reason
    assert (root / "a.css").read_text() == SHEET
    assert (root / "late.js").exists()
    assert beside(root) == ["shop"]


async def test_what_is_deployed_while_something_is_proposed_ends_no_run(root: Path) -> None:
    """What was kept is kept before that, and can be undone, whatever comes then."""
    kept: list[OptimisationRun] = []

    async def keep(run: OptimisationRun) -> None:
        kept.append(run)
        if run.swapped:
            os.mkfifo(root / "pipe.json")

    with live(root) as site:
        means = site.means(optimisations()["minify_styles"])
        run = await optimise(site.asked, means, keep, cut_off)

    assert [(one.status, one.swapped) for one in (*kept, run)] == [
        (RunStatus.RUNNING, False),
        (RunStatus.DONE, True),
        (RunStatus.DONE, True),
    ]
    assert kept[1].steps == run.steps
    assert "nothing is proposed: something is being deployed to the root" in site.said


async def test_a_run_that_the_store_refuses_behind_the_swap_is_done_and_can_be_undone(
    root: Path,
) -> None:
    before, kept = manifest(root), list[OptimisationRun]()

    async def keep(run: OptimisationRun) -> None:
        kept.append(run)
        if run.swapped:
            raise StoreError("the store is full")

    with live(root) as site:
        means = site.means(optimisations()["minify_styles"])
        with pytest.raises(StoreError) as raised:
            await optimise(site.asked, means, keep, cut_off)
    ended = failed(kept[-1], raised.value)

    assert (ended.status, ended.swapped, ended.verified) == (RunStatus.DONE, True, True)
    assert ended.reason == "the store is full"
    assert manifest(root) != before
    await put_back(root, ended.id, means.roots, cut_off)
    assert manifest(root) == before


def test_a_run_that_could_not_be_taken_back_stays_failed_whatever_comes_then() -> None:
    run = OptimisationRun(
        "r1", "/srv/shop", (), START, RunStatus.FAILED, swapped=True, reason="bad"
    )
    ended = failed(run, StoreError("the store is full"))
    assert (ended.status, ended.reason) == (RunStatus.FAILED, "bad; the store is full")


async def test_a_root_that_was_made_faster_has_nothing_left_to_do(root: Path) -> None:
    with live(root) as site:
        await optimised(site.asked, site.means())
        once = manifest(root)
        again = await optimised(site.asked, site.means())

    assert not again.kept
    assert not changed(once, manifest(root))
