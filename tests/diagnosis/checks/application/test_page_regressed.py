"""A page is slower since a version went live, or it is not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fettle.diagnosis.checks.application.page_regressed import Limits, judge
from fettle.model.finding import Finding
from fettle.model.page_stand import PageTurned
from fettle.model.severity import Severity

LIVE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TURNED = PageTurned("shop", "/", "phone", "lcp", "1.4.2", LIVE, 2000, 2100, 2600, 2500, 900, 400)


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        ({}, Severity.MEDIUM),
        ({"now": 3000, "surely": 2900}, Severity.HIGH),
        ({"surely": 2100}, None),  # by chance
        ({"now": 2150, "surely": 2120}, None),  # nobody feels it
        ({"now": 1500, "surely": 1400}, None),  # better
        ({"metric": "cls", "was": 0.01, "at_most": 0.011, "now": 0.018, "surely": 0.017}, None),
        (
            {"metric": "cls", "was": 0, "at_most": 0, "now": 0.2, "surely": 0.19},
            Severity.HIGH,
        ),
    ],
)
def test_what_is_surely_worse_and_felt_is_a_finding(
    change: dict[str, object], severity: Severity | None
) -> None:
    row = replace(TURNED, **change)  # type: ignore[arg-type] # by name
    found = [one.severity for one in judge([row], Limits()) if isinstance(one, Finding)]
    assert found == ([] if severity is None else [severity])


def test_it_names_the_version_and_what_it_was_before() -> None:
    (found,) = judge([TURNED], Limits())
    assert isinstance(found, Finding)
    assert found.description == (
        "its largest text or image is there after more than 2.6 s for one of four of 400 visits as "
        "a phone since 1.4.2 went live; it was 2 s, of 900 before that"
    )
    assert found.recommendations == ("See what 1.4.2 changed of that page, or take it back",)
    assert found.metrics["worse_ratio"] == 0.3


def test_what_nobody_has_marked_is_said_by_when_it_was_seen() -> None:
    (found,) = judge([replace(TURNED, version=None, people=False)], Limits())
    assert isinstance(found, Finding)
    assert found.description == (
        "its largest text or image is there after 2.6 s, measured as a phone, since 02 Mar 2026, "
        "09:00 UTC; it was 2 s before that"
    )
    (advice,) = found.recommendations
    assert "fettle optimise trend" in advice
