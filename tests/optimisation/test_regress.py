"""A page is held against itself, as it was measured last."""

from dataclasses import replace
from datetime import timedelta

from fettle.model.deploy import Deploy
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce
from fettle.model.severity import Severity
from fettle.optimisation import regress
from tests.optimisation.made_up import DOCUMENT, FIGURES, NOW, URL, asset, measured, visit

FAST = [990.0, 1000.0, 1005.0, 1010.0, 1020.0]
LIVE = tuple(
    Deploy("shop", version, NOW - timedelta(hours=hours), "ci")
    for version, hours in (("1.4", 1), ("1.3", 5), ("1.3", 6))
)
EARLIER = MeasuredOnce(
    URL,
    Profile.PHONE,
    NOW - timedelta(days=1),
    {**{name: [value] * 5 for name, value in FIGURES.items()}, "lcp": FAST},
    {"document": 10_000, "total": 10_000},
    "shop",
    deploys=LIVE,
)


def test_what_is_surely_slower_is_a_finding_that_names_what_went_live() -> None:
    slow = measured([visit({"lcp": value + 500}) for value in FAST])
    page = regress.since(slow, EARLIER)
    (found,) = page.findings
    assert (found.key, found.severity) == (f"page_slower:{URL} lcp", Severity.MEDIUM)
    assert found.description == (
        "largest paint (LCP) was 1 s on 01 Mar 2026, 09:00 UTC, and is 1.5 s on a phone; since "
        "then 1.4, 1.3 went live"
    )
    assert found.recommendations == ("See what 1.4, 1.3 changed",)
    assert page.earlier == EARLIER


def test_what_may_be_chance_or_is_better_is_none() -> None:
    for shift in (40, -600):
        page = regress.since(measured([visit({"lcp": one + shift}) for one in FAST]), EARLIER)
        assert not page.findings
    sure = {one.metric for one in regress.changes(page) if one.sure}
    assert sure == {"lcp"}


def test_what_varies_with_the_machine_is_not_compared() -> None:
    page = regress.since(measured([visit({"tbt": 150.0, "tti": 3000.0})] * 5), EARLIER)
    assert not {"tbt", "tti"} & {one.metric for one in regress.changes(page)}


def test_what_sends_more_is_a_finding() -> None:
    heavy = visit(requests=(DOCUMENT, asset("a.js", "script", 600, 900, 90_000)))
    (found,) = regress.since(measured([heavy] * 5), EARLIER).findings
    assert (found.check, found.severity) == ("page_heavier", Severity.LOW)
    assert "JavaScript as it is sent was 0 B" in found.description


def test_what_was_never_measured_is_compared_with_nothing() -> None:
    page = measured([visit()] * 5)
    assert regress.since(page, None) == page
    assert regress.changes(page) == ()
    gone = replace(EARLIER, figures={}, weights={})
    assert {one.metric for one in regress.changes(regress.since(page, gone))} == {
        "document",
        "total",
    }
