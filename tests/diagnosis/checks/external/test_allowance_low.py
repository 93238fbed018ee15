"""Somebody else lets us ask no more."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.external.allowance_low import Limits, judge
from fettle.model.finding import Finding, Measurement, Note
from fettle.model.readings import Allowance
from fettle.model.severity import Severity

OVER = timedelta(minutes=5)


def refused(count: float, of: float) -> Allowance:
    return Allowance("api.bank.example", "requests", refused=count, requests=of, over=OVER)


def left(count: float, of: float | None) -> Allowance:
    return Allowance("openai", "tokens", of, count)


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (refused(0, 1000), None),
        (refused(9, 1000), None),
        (refused(10, 1000), Severity.MEDIUM),
        (refused(50, 1000), Severity.HIGH),
        (refused(19, 19), None),
        (left(11, 100), None),
        (left(10, 100), Severity.MEDIUM),
        (left(1, 100), Severity.HIGH),
        (left(0, 100), Severity.HIGH),
        (left(0, None), Severity.MEDIUM),
        (left(5, None), None),
    ],
)
def test_what_is_refused_and_what_is_left_are_judged(
    row: Allowance, severity: Severity | None
) -> None:
    found = [one for one in judge([row], Limits()) if isinstance(one, Finding)]

    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.saturation for one in found)


def test_few_requests_are_noted() -> None:
    assert any(isinstance(one, Note) for one in judge([refused(19, 19)], Limits()))


def test_what_is_left_is_told_though_nobody_says_of_how_much() -> None:
    assert Measurement("allowance_left_tokens", 5, "openai") in list(
        judge([left(5, None)], Limits())
    )
