"""A page keeps the budgets that it was given, or it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.page_over_budget import Limits, judge
from fettle.diagnosis.lingering import cleared
from fettle.model.budget import Budget
from fettle.model.finding import Finding, Note
from fettle.model.page_stand import PagePromised
from fettle.model.severity import Severity

LCP = Budget("lcp", 2000, 4000, by="home")
ROOM = Budget("throughput", 0.7, 0.9, by="room")
URL = "https://shop.example/"
ROW = PagePromised("shop", URL, "phone", 2500, LCP, timedelta(hours=3))


@pytest.mark.parametrize(
    ("current", "budget", "severity"),
    [
        (2000, LCP, None),
        (2001, LCP, Severity.MEDIUM),
        (4001, LCP, Severity.HIGH),
        (90_000, Budget("script", 100_000), None),
        (900_000, Budget("script", 100_000), Severity.MEDIUM),
        (1, Budget("font", 0), Severity.MEDIUM),
        (0, Budget("font", 0), None),
        (0.2, Budget("cls", 0.1), Severity.MEDIUM),
        (0.7, ROOM, None),
        (0.75, ROOM, Severity.MEDIUM),
        (0.95, ROOM, Severity.HIGH),
    ],
)
def test_what_is_beyond_a_budget_is_a_finding(
    current: float, budget: Budget, severity: Severity | None
) -> None:
    found = list(judge([replace(ROW, current=current, budget=budget)], Limits()))
    assert [one.severity for one in found if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )


def test_it_says_what_is_promised_by_which_budget() -> None:
    (found,) = judge([ROW], Limits())
    assert isinstance(found, Finding)
    assert found.subject == f"shop {URL} lcp"
    assert found.description == (
        "lcp is 2.5 s as a phone, measured 3 h ago; the budget (home) is 2 s"
    )


USED = replace(ROW, profile=None, current=0.75, budget=ROOM)


def test_it_says_what_share_is_used_of_what_a_server_carried() -> None:
    (found,) = judge([USED], Limits())
    assert isinstance(found, Finding)
    assert found.subject == f"shop {URL} throughput"
    assert found.description == (
        "75 % is used of what its server carried when that was tried 3 h ago; the budget (room) "
        "is 70 %"
    )
    assert found.metrics == {"current_ratio": 0.75, "target_ratio": 0.7}


def test_of_a_server_that_carries_more_than_was_tried_it_is_said_that_nobody_knows() -> None:
    (told,) = judge([replace(USED, at_most=True)], Limits())
    assert isinstance(told, Note)
    assert not list(judge([replace(USED, current=0.7, at_most=True)], Limits()))


def test_it_is_over_when_it_is_kept_by_a_twentieth() -> None:
    relaxed = cleared(Limits())
    assert isinstance(relaxed, Limits)
    assert list(judge([replace(ROW, current=1950)], relaxed))
    assert not list(judge([replace(ROW, current=1890)], relaxed))
