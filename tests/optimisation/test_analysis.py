"""What would make a page better, and what that is reckoned to earn."""

from dataclasses import replace

import pytest

from fettle.model.capacity import Asked, KeptCapacity
from fettle.model.improvement import Gain
from fettle.model.measurement import LargestPaint, Shift
from fettle.optimisation.analysis import analyse
from tests.optimisation.made_up import DOCUMENT, NOW, URL, asset, measured, visit
from tests.optimisation.test_ills import ILLS


def test_a_page_that_keeps_its_budgets_asks_for_nothing() -> None:
    found = analyse(measured([replace(visit(), figures={**visit().figures, "tti": 250.0})] * 5), ())
    assert not found.findings
    assert not found.improvements
    assert not found.unknown


@pytest.mark.parametrize(
    ("ill", "automatable", "risk"),
    [
        ("text_unpacked", True, "low"),
        ("image_too_large", True, "low"),
        ("image_heavy", True, "low"),
        ("paint_found_late", True, "low"),
        ("rendering_blocked", False, "medium"),
        ("script_busy", False, "medium"),
        ("interaction_slow", False, "medium"),
        ("server_slow", False, "medium"),
        ("others_heavy", False, "medium"),
    ],
)
def test_an_ill_asks_for_its_cure_with_what_it_costs_on_this_page(
    ill: str, automatable: bool, risk: str
) -> None:
    page = measured([ILLS[ill][0]] * 5)
    (cost,) = [one for one in page.findings if one.check == ill]
    (cure,) = [one for one in analyse(page, ()).improvements if one.findings == (cost.key,)]
    assert (cure.automatable, cure.risk) == (automatable, risk)
    assert cure.actions
    assert cure.description == cost.description
    assert cure.gain is not None
    assert cure.gain.amount in cost.metrics.values()


def test_what_grows_needs_its_measures_only_what_comes_is_for_people() -> None:
    for how, automatable in (("grew", True), ("came", False)):
        page = measured([visit({"cls": 0.3}, shifts=(Shift(900, 0.3, "p", 90, "img", how),))] * 5)
        (cure,) = [one for one in analyse(page, ()).improvements if one.gain is not None]
        assert (cure.automatable, cure.gain) == (automatable, Gain("cls", 0.3))


def test_a_late_largest_paint_is_told_by_its_longest_part_where_no_ill_explains_it() -> None:
    paint = LargestPaint(5000, "img", URL + "a.jpg", 570, 100, 4200, 130)
    image = asset("a.jpg", "image", 670, 4870, 800_000)
    page = measured([visit({"lcp": 5000}, requests=(DOCUMENT, image), largest_paint=paint)] * 5)
    (cure,) = analyse(page, ()).improvements
    assert cure.gain == Gain("lcp", 4200, at_most=True)
    assert "4.2 s pass while it loads" in cure.description
    assert cure.impact == "high"


def test_a_late_largest_paint_is_told_by_the_ills_that_explain_it() -> None:
    ill, _ = ILLS["text_unpacked"]
    page = measured([ill] * 5)
    (saved,) = [one.metrics["saved_ms"] for one in page.findings]
    first, *_ = analyse(page, ()).improvements
    assert first.title == "Optimise the largest paint"
    assert first.gain == Gain("lcp", saved)
    assert first.actions == ("Send texts packed",)


def test_too_much_code_is_told_by_what_is_too_much_and_what_that_costs() -> None:
    script = asset("a.js", "script", 600, 2600, 340 * 1024)
    page = measured([visit({"lcp": 1700}, requests=(DOCUMENT, script))] * 5)
    (cure,) = [one for one in analyse(page, ()).improvements if "JavaScript" in one.title]
    assert cure.category == "bundle-optimization"
    assert cure.gain == Gain("script", 170 * 1024)
    assert "shop.example/a.js" in cure.description
    assert "of the largest paint" in cure.description


def test_a_server_without_room_is_to_carry_more() -> None:
    full = KeptCapacity(NOW, 100, at_least=False, asked=Asked(90, "a look at shop"))
    (cure,) = analyse(measured([visit()] * 5), (), full).improvements
    assert (cure.category, cure.impact, cure.automatable) == ("server", "medium", False)
    assert "90 %, the budget (default) 80 %" in cure.description


def test_no_more_is_to_be_had_than_there_is() -> None:
    """A script led on after five seconds, and the largest paint is timed from there."""
    before = replace(DOCUMENT, url=URL + "old", start_ms=-5000.0, first_byte_ms=-4400.0)
    page = visit({"lcp": 1500.0}, requests=(before, DOCUMENT), moves=(URL + "old",))
    (led_on,) = [
        one for one in analyse(measured([page] * 5), ()).improvements if one.category == "server"
    ]

    assert led_on.gain == Gain("lcp", 1500.0)
