"""What people and programs read of a page that was measured, and held against its budgets."""

from dataclasses import replace
from datetime import date

from syrupy.assertion import SnapshotAssertion

from fettle.frontends.report import analysis_story, layout, markdown, page_story, text
from fettle.model.deploy import Deploy
from fettle.model.field import bucket_of
from fettle.model.measurement import (
    Interaction,
    LargestPaint,
    LongTask,
    Profile,
    ServerTime,
    Shift,
)
from fettle.model.page_history import MeasuredOnce
from fettle.model.severity import Severity
from fettle.optimisation import field, regress
from fettle.optimisation.analysis import analyse
from tests.optimisation.made_up import DOCUMENT, NOW, URL, asset, measured, visit

DEPLOY = Deploy("shop", "1.4.2", NOW, "ci")

PAGE = visit(
    {"lcp": 4100, "cls": 0.31, "inp": 640, "tbt": 450},
    requests=(
        DOCUMENT,
        asset("a.js", "script", 600, 2200, 200_000, encoding="", packed=50_000),
        asset("a.jpg", "image", 700, 3900, 300_000),
        asset("", "script", 900, 1800, 120_000, url="https://ads.example/a.js"),
    ),
    largest_paint=LargestPaint(4100, "main > img.hero", URL + "a.jpg", 570, 130, 3200, 200),
    shifts=(Shift(1500, 0.3, "main > p", 200, "#banner", "came"), Shift(3900, 0.01, "footer", 20)),
    tasks=(LongTask(1000, 500, URL + "a.js", "hold"), LongTask(1600, 60)),
    server_times=(ServerTime("db", 12, "the orders"),),
    interaction=Interaction("#buy", 640, 20, 590, 30),
)


def test_a_page_is_told_with_its_figures_what_was_found_and_what_it_loads(
    snapshot: SnapshotAssertion,
) -> None:
    told = page_story.measured_story(measured([PAGE] * 5), verbose=True)
    assert text.plain(layout.lines(told, 100)) == snapshot


def test_what_comes_from_the_page_acts_on_no_terminal() -> None:
    odd = visit(largest_paint=LargestPaint(1000, "h1\x1b[31m", None, 570, 0, 0, 430))
    told = page_story.measured_story(measured([odd] * 5), verbose=True)
    assert "\x1b" not in text.plain(layout.lines(told, 100))


def test_a_page_is_told_with_its_budgets_and_what_would_make_it_better(
    snapshot: SnapshotAssertion,
) -> None:
    told = analysis_story.analysis_story(analyse(measured([PAGE] * 5), ()), verbose=False)
    assert markdown.of_story(told) == snapshot


def test_as_a_diagnosis_each_budget_and_each_kind_of_ill_is_a_check() -> None:
    diagnosis = analysis_story.as_diagnosis(analyse(measured([PAGE] * 5), ()))
    outcomes = {one.check: one for one in diagnosis.outcomes}
    assert outcomes["budget_lcp"].findings[0].severity is Severity.HIGH
    assert outcomes["layout_pushed"].findings
    assert outcomes["budget_fid"].clean
    assert outcomes["led_on"].clean
    assert diagnosis.status == "high"


def test_how_it_is_for_people_and_how_it_was_stand_beside_what_is_measured() -> None:
    today = date(2026, 3, 2)
    counts = {"lcp": {today: [*[0] * bucket_of("lcp", 4500), 100]}}
    lived = field.field_of("shop", "/", Profile.PHONE, counts, today)
    earlier = MeasuredOnce(
        URL, Profile.PHONE, NOW, {"lcp": [500.0] * 5}, {"total": 10_000}, deploys=(DEPLOY,)
    )
    page = regress.since(replace(measured([visit()] * 5), field=lived), earlier)
    told = text.plain(layout.lines(page_story.measured_story(page, verbose=False), text.WIDTH))
    assert "FOR THE PEOPLE WHO VISITED" in told
    assert "100 visits to / of shop as a phone, from 2026-02-03 to 2026-03-02" in told
    (row,) = [line for line in told.splitlines() if "4.5 s" in line and "LCP" in line]
    assert row.split()[-1] == "poor"
    assert "SINCE IT WAS MEASURED LAST" in told
    assert "since then 1.4.2 went live" in told
    (row,) = [line for line in told.splitlines() if "+100 %" in line]
    assert row.split()[-1] == "worse"
