"""Which ills a measurement has, and what they are reckoned to cost."""

from dataclasses import replace

import pytest

from fettle.model.finding import Finding
from fettle.model.measurement import (
    Interaction,
    LargestPaint,
    LongTask,
    Picture,
    Request,
    Shift,
    Visit,
)
from fettle.model.severity import Severity
from fettle.optimisation import estimate
from tests.optimisation.made_up import DOCUMENT, URL, asset, measured, visit


def only(*visits: Visit) -> Finding:
    (finding,) = measured(visits).findings
    return finding


# Slow 4G brings about 190 bytes a millisecond.
PLAIN = asset("a.js", "script", 600, 2200, 200_000, encoding="", packed=50_000)
IMAGE = asset("a.jpg", "image", 620, 2200, 300_000)
PAINT = LargestPaint(2200, "img", URL + "a.jpg", 570, 50, 1560, 20)
STYLE = asset("a.css", "stylesheet", 600, 1170, 2000, blocks_rendering=True)
SECOND_STYLE = replace(STYLE, url=URL + "b.css", start_ms=1180, end_ms=1760)
SHIFT = Shift(1500, 0.3, "main > p", 200, "#banner", "came")
CLICK = Interaction("#buy", 650, 20, 600, 30)

ILLS = {
    "text_unpacked": (visit({"lcp": 2200}, requests=(DOCUMENT, PLAIN)), Severity.MEDIUM),
    "image_too_large": (
        visit(
            {"lcp": 2200},
            requests=(DOCUMENT, IMAGE),
            largest_paint=PAINT,
            pictures=(Picture(URL + "a.jpg", 2000, 2000, 500, 500, True, False, True),),
        ),
        Severity.MEDIUM,
    ),
    "image_heavy": (
        visit(
            {"lcp": 2200},
            requests=(DOCUMENT, replace(IMAGE, mime="image/png")),
            largest_paint=PAINT,
            pictures=(Picture(URL + "a.jpg", 400, 300, 400, 300, True, False, True),),
        ),
        Severity.MEDIUM,
    ),
    "paint_found_late": (
        visit(
            {"lcp": 3000},
            requests=(
                DOCUMENT,
                asset("a.css", "stylesheet", 600, 1200, 2000),
                replace(IMAGE, start_ms=1700, end_ms=2900, asked_by=URL + "a.css"),
            ),
            largest_paint=LargestPaint(3000, "div", URL + "a.jpg", 570, 1130, 1200, 100),
        ),
        Severity.MEDIUM,
    ),
    "rendering_blocked": (
        visit(
            {"fcp": 1800},
            requests=(
                DOCUMENT,
                STYLE,
                replace(STYLE, url=URL + "b.css", start_ms=1180, end_ms=1760),
            ),
        ),
        Severity.MEDIUM,
    ),
    "layout_pushed": (visit({"cls": 0.3}, shifts=(SHIFT,)), Severity.HIGH),
    "script_busy": (
        visit({"tbt": 450}, tasks=(LongTask(1000, 500, URL + "a.js", "hold"),)),
        Severity.LOW,
    ),
    "interaction_slow": (visit({"inp": 650}, interaction=CLICK), Severity.HIGH),
    "server_slow": (visit({"server_response": 900}), Severity.MEDIUM),
    "others_heavy": (
        visit(
            requests=(
                DOCUMENT,
                asset("", "script", 600, 1400, 120_000, url="https://ads.example/a.js"),
            )
        ),
        Severity.LOW,
    ),
    "led_on": (
        # a script led on: what was loaded before stands before the beginning
        visit(
            moves=("http://shop.example/",),
            requests=(replace(DOCUMENT, url="http://shop.example/", start_ms=-580), DOCUMENT),
        ),
        Severity.MEDIUM,
    ),
    "never_rests": (
        visit(settled=False, requests=(DOCUMENT, asset("p", "fetch", 900, 900, 0, end_ms=None))),
        Severity.MEDIUM,
    ),
    "dialog_opens": (visit(dialogs=1), Severity.MEDIUM),
    "request_failed": (
        visit(requests=(DOCUMENT, asset("a.png", "image", 600, 1200, 100, status=404))),
        Severity.LOW,
    ),
}


@pytest.mark.parametrize("name", ILLS)
def test_a_page_that_is_ill_in_one_way_is_told_so_and_nothing_else(name: str) -> None:
    ill, severity = ILLS[name]
    found = only(*[ill] * 5)
    assert (found.check, found.severity) == (name, severity)
    assert found.title
    assert found.impact


def test_a_page_that_is_well_is_told_nothing() -> None:
    well = visit(
        {"lcp": 1900},
        requests=(DOCUMENT, STYLE, replace(IMAGE, end_ms=1850, transferred=60_000)),
        largest_paint=LargestPaint(1900, "img", URL + "a.jpg", 570, 50, 1230, 50),
        pictures=(Picture(URL + "a.jpg", 800, 600, 721, 540, True, False, True),),
        shifts=(Shift(900, 0.02, "p", 10),),
        tasks=(LongTask(1000, 80),),
    )
    assert not measured([well] * 5).findings


def test_a_page_that_is_another_at_each_visit_is_said_to_be() -> None:
    pictures = [asset(f"{number}.png", "image", 600, 900, 50_000) for number in range(5)]
    found = only(*(visit(requests=(DOCUMENT, one)) for one in pictures))
    assert (found.check, found.severity) == ("visits_differ", Severity.LOW)
    assert found.metrics["differing_bytes"] == 50_000
    assert len(found.evidence) == 5
    asked = [replace(pictures[0], url=f"{URL}0.png?at={number}") for number in range(5)]
    assert not measured([visit(requests=(DOCUMENT, one)) for one in asked]).findings


def test_an_icon_that_is_not_there_is_no_ill() -> None:
    icon = asset("favicon.ico", "other", 900, 1500, 300, status=404)
    assert not measured([visit(requests=(DOCUMENT, icon))]).findings


@pytest.mark.parametrize(
    ("change", "tells"),
    [
        ({"packed": 190_000}, False),  # hardly less
        ({"transferred": 9_000, "packed": 1_000}, False),  # too little to speak of
        ({"packed": None}, False),  # packed already, or no text
        ({"packed": 100_000}, True),
    ],
)
def test_only_what_packing_makes_much_smaller_is_told(
    change: dict[str, int | None], tells: bool
) -> None:
    one = replace(PLAIN, **change)  # type: ignore[arg-type] # by name
    found = measured([visit({"lcp": 2200}, requests=(DOCUMENT, one))]).findings
    assert bool(found) is tells


def test_what_moved_is_told_with_what_pushed_it() -> None:
    said = only(visit({"cls": 0.3}, shifts=(SHIFT,)))
    assert said.subject == "#banner"
    assert said.description == (
        "main > p is pushed 200 px, by #banner, which comes later, after 1.5 s"
    )
    assert said.metrics["saved_score"] == 0.3


def test_a_lazy_image_that_is_the_largest_paint_is_told_to_be() -> None:
    requests = (
        DOCUMENT,
        asset("a.css", "stylesheet", 600, 1200, 2000),
        replace(IMAGE, start_ms=1700, end_ms=2900),
    )
    paint = LargestPaint(3000, "img", URL + "a.jpg", 570, 1130, 1200, 100)
    lazy = Picture(URL + "a.jpg", 800, 600, 800, 600, True, True, True)
    late = visit({"lcp": 3000}, requests=requests, largest_paint=paint, pictures=(lazy,))
    assert "it is to be loaded lazily" in only(late).description


@pytest.mark.parametrize("mime", ["image/avif", "image/png"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_image_that_is_shown_twice_needs_the_pixels_of_where_it_is_largest(
    mime: str, turned: bool
) -> None:
    large = Picture(URL + "a.jpg", 800, 600, 800, 600, True, False, True)
    small = replace(large, shown_width=80, shown_height=60)
    page = visit(
        {"lcp": 2200},
        requests=(DOCUMENT, replace(IMAGE, mime=mime)),
        largest_paint=PAINT,
        pictures=(small, large) if turned else (large, small),
    )
    told = [one.check for one in measured([page]).findings]
    assert told == (["image_heavy"] if mime == "image/png" else [])


@pytest.mark.parametrize(
    ("redrawn", "saved"),
    [
        (None, 300_000 - 400 * 300 // 6),  # as Lighthouse reckons what nobody could weigh
        (100_000, 200_000),
        (299_000, None),  # grain takes its bytes in every format
    ],
)
def test_an_image_is_heavy_by_what_it_takes_itself_in_a_format_of_today(
    redrawn: int | None, saved: int | None
) -> None:
    page, _ = ILLS["image_heavy"]
    image = replace(page.requests[1], redrawn=redrawn)
    found = measured([replace(page, requests=(DOCUMENT, image))]).findings
    assert [one.metrics["saved_bytes"] for one in found] == ([] if saved is None else [saved])


def test_of_a_broken_image_nothing_is_to_be_earned() -> None:
    page, _ = ILLS["image_heavy"]
    broken = replace(page.pictures[0], width=0, height=0)
    assert not measured([replace(page, pictures=(broken,))]).findings


def test_a_saving_is_reckoned_by_the_pages_own_network_and_only_before_the_largest_paint() -> None:
    early = asset("a.js", "script", 600, 1600, 100_000, first_byte_ms=1100)
    late = asset("b.js", "script", 3000, 4000, 100_000)
    page = visit({"lcp": 2000, "ttfb": 570}, requests=(DOCUMENT, early, late))
    # 110,000 bytes in the 530 ms in which any came
    assert estimate.bytes_per_ms(page) == pytest.approx(110_000 / 530)
    assert estimate.saved_ms(page, {early: 50_000}) == pytest.approx(50_000 / (110_000 / 530))
    assert estimate.saved_ms(page, {late: 50_000}) == 0


def test_where_nothing_came_over_the_network_nothing_is_saved_by_it() -> None:
    kept = replace(DOCUMENT, transferred=0)

    assert estimate.saved_ms(visit(requests=(kept,)), {kept: 1000}) == 0


def test_no_saving_makes_a_page_come_before_its_first_byte() -> None:
    only_one: Request = asset("a.js", "script", 600, 5000, 10_000, first_byte_ms=1100)
    page = visit({"lcp": 1000, "ttfb": 570}, requests=(DOCUMENT, only_one))
    assert estimate.saved_ms(page, {only_one: 1_000_000}) == 430


def test_an_image_that_came_before_the_page_itself_was_asked_for_in_time() -> None:
    """Early hints ask for it, or the page that led here did."""
    hinted = asset("a.jpg", "image", 100, 500, 40 * 1024)
    pages = [visit(requests=(DOCUMENT, hinted), largest_paint=PAINT)] * 5

    assert "paint_found_late" not in {one.check for one in measured(pages).findings}
