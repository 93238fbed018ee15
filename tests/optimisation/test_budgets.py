"""How a page stands to what is promised of it."""

from dataclasses import replace

import pytest

from fettle.model.budget import Budget, Judged, Status, amount
from fettle.model.capacity import Asked, KeptCapacity
from fettle.model.finding import Unknown
from fettle.model.measurement import Profile
from fettle.model.severity import Severity
from fettle.optimisation import budgets
from tests.optimisation.made_up import DOCUMENT, NOW, asset, measured, visit


def stands(figures: dict[str, float], *own: Budget) -> dict[str, Judged]:
    page = measured([visit(figures)] * 5)
    promised = budgets.budgets(page.profile, own)
    return {one.budget.metric: one for one in budgets.judged(page, promised)}


@pytest.mark.parametrize(
    ("metric", "value", "status"),
    [
        ("lcp", 1800, "good"),
        ("lcp", 1801, "needs-improvement"),
        ("lcp", 2501, "poor"),
        ("fid", 100, "good"),
        ("fid", 301, "poor"),
        ("cls", 0.1, "good"),
        ("cls", 0.2, "needs-improvement"),
        ("cls", 0.26, "poor"),
        ("tti", 300, "good"),
        ("tti", 1001, "poor"),
        ("server_response", 200, "good"),
        ("server_response", 5000, "needs-improvement"),
        ("inp", 501, "poor"),
        ("ttfb", 801, "needs-improvement"),
        ("tbt", 601, "poor"),
    ],
)
def test_the_budgets_that_come_along(metric: str, value: float, status: Status) -> None:
    assert stands({metric: value})[metric].status == status


@pytest.mark.parametrize(
    ("kind", "size", "status"),
    [
        ("script", 170 * 1024, "good"),
        ("script", 170 * 1024 + 1, "over-budget"),
        ("stylesheet", 50 * 1024, "good"),
        ("stylesheet", 50 * 1024 + 1, "over-budget"),
    ],
)
def test_code_is_held_against_its_budget_as_it_is_sent(
    kind: str, size: int, status: Status
) -> None:
    page = measured([visit(requests=(DOCUMENT, asset("a", kind, 600, 900, size)))] * 5)
    found = budgets.judged(page, budgets.budgets(Profile.PHONE, ()))
    assert {one.budget.metric: one.status for one in found}[kind] == status


def test_ones_own_budget_stands_in_place_of_the_one_that_comes_along() -> None:
    own = Budget("lcp", 4000, 5000, "shop")
    found = stands({"lcp": 3900}, own)["lcp"]
    assert (found.status, found.budget.by) == ("good", "shop")
    assert stands({}, Budget("total", 100, None, "shop"))["total"].status == "over-budget"


def test_a_miss_is_as_bad_as_its_status_and_what_varies_fails_nothing() -> None:
    page = measured([visit({"lcp": 2600, "cls": 0.2, "tti": 5000, "tbt": 900})] * 5)
    found = budgets.judged(page, budgets.budgets(page.profile, ()))
    severities = {one.check: one.severity for one in budgets.missed(page, found)}
    assert severities == {
        "budget_lcp": Severity.HIGH,
        "budget_cls": Severity.MEDIUM,
        "budget_tti": Severity.LOW,
        "budget_tbt": Severity.LOW,
    }


def test_what_somebody_wants_of_what_varies_does_fail() -> None:
    page = measured([visit({"tti": 5000})] * 5)
    promised = budgets.budgets(page.profile, (Budget("tti", 1000, 3000, "shop"),))
    (miss,) = budgets.missed(page, budgets.judged(page, promised))
    assert miss.severity is Severity.HIGH
    assert miss.description == "free to act (TTI) is 5 s, the budget (shop) 1 s, poor from 3 s"


def test_a_figure_that_there_is_none_of_is_unknown_and_not_kept() -> None:
    blank = replace(visit(), figures={"ttfb": 570.0}, largest_paint=None)
    page = measured([blank] * 5)
    promised = budgets.budgets(page.profile, (Budget("inp", 100, None, "shop"),))
    found = budgets.judged(page, promised)
    assert {check for check, _ in budgets.unseen(found, promised)} == {
        "budget_lcp",
        "budget_cls",
        "budget_inp",
    }


def carries(rate: float | None, asked: float, *, at_least: bool = False) -> KeptCapacity:
    return KeptCapacity(NOW, rate, at_least, Asked(asked, "a look at shop"))


@pytest.mark.parametrize(
    ("asked", "at_least", "status"),
    [
        (80, False, "good"),
        (81, False, "needs-improvement"),
        (101, False, "poor"),
        (80, True, "good"),
        (81, True, None),  # it carries more, and nobody knows how much
    ],
)
def test_what_is_asked_of_a_server_is_held_against_what_it_carries(
    asked: float, at_least: bool, status: Status | None
) -> None:
    page = measured([visit()] * 5)
    promised = budgets.budgets(page.profile, ())
    found = budgets.judged(page, promised, carries(100, asked, at_least=at_least))
    assert {one.budget.metric: one.status for one in found}.get("throughput") == status


def test_too_full_a_server_is_a_finding() -> None:
    page = measured([visit()] * 5)
    promised = budgets.budgets(page.profile, (Budget("throughput", 0.5, None, "shop"),))
    full = budgets.judged(page, promised, carries(100, 60))
    (miss,) = [one for one in budgets.missed(page, full) if one.check == "budget_throughput"]
    assert miss.description == "used of what its server carries is 60 %, the budget (shop) 50 %"
    assert miss.metrics == {"current_ratio": 0.6, "target_ratio": 0.5}
    assert not list(budgets.unseen(full, promised, carries(100, 60)))


@pytest.mark.parametrize(
    ("carried", "reason", "remedy"),
    [
        (None, "nobody has tried how much its server carries", "capacity URL --save"),
        (carries(None, 60), "not even the least that was tried", "capacity URL --save"),
        (carries(100, 60, at_least=True), "more than the 100 a second", "--max-rate N"),
        (replace(carries(100, 60), asked=Unknown("nobody counts", "count")), "nobody c", "count"),
    ],
)
def test_what_share_is_used_that_nobody_knows_is_unknown_with_what_would_tell(
    carried: KeptCapacity | None, reason: str, remedy: str
) -> None:
    page = measured([visit()] * 5)
    promised = budgets.budgets(page.profile, (Budget("throughput", 0.5, None, "shop"),))
    stands = budgets.judged(page, promised, carried)
    ((check, gap),) = budgets.unseen(stands, promised, carried)
    assert check == "budget_throughput"
    assert reason in gap.reason
    assert remedy in (gap.remedy or "")


@pytest.mark.parametrize(
    ("metric", "given", "value"),
    [
        ("lcp", "1.8 s", 1800),
        ("lcp", 1800, 1800),
        ("cls", 0.1, 0.1),
        ("cls", "0.1", 0.1),
        ("script", "170 KiB", 170 * 1024),
        ("total", 1000, 1000),
        ("throughput", "80 %", 0.8),
        ("throughput", 0.8, 0.8),
    ],
)
def test_what_a_figure_is_held_against_is_read_with_its_unit(
    metric: str, given: str | float, value: float
) -> None:
    assert amount(metric, given) == value


@pytest.mark.parametrize(
    ("metric", "given"),
    [("lpc", 1), ("lcp", "fast"), ("script", "many"), ("cls", -1), ("cls", "inf"), ("tti", -5)],
)
def test_what_is_no_limit_of_a_figure_is_refused(metric: str, given: str | float) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        amount(metric, given)
