"""A page is slow for people, or was when it was measured last."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from fettle.diagnosis.checks.application.page_slow import Limits, judge
from fettle.diagnosis.lingering import lingering
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.page_stand import PageStand, Vital
from fettle.model.severity import Severity

DAY = timedelta(days=1)
LIVED = PageStand("shop", "/orders/{id}", "phone", "lcp", 2400, 2300, 900, True, DAY, lately=2350)
MEASURED = PageStand("shop", "https://shop.example/", "phone", "lcp", 2400, 2400, 5, False, DAY)


def found(row: PageStand, limits: Limits = Limits()) -> list[Finding]:  # noqa: B008 - frozen
    return [one for one in judge([row], limits) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("metric", "value", "severity"),
    [
        ("lcp", 2500, None),
        ("lcp", 2501, Severity.MEDIUM),
        ("lcp", 4001, Severity.HIGH),
        ("inp", 200, None),
        ("inp", 201, Severity.MEDIUM),
        ("inp", 501, Severity.HIGH),
        ("cls", 0.1, None),
        ("cls", 0.11, Severity.MEDIUM),
        ("cls", 0.26, Severity.HIGH),
    ],
)
@pytest.mark.parametrize("row", [LIVED, MEASURED], ids=["lived", "measured"])
def test_what_is_surely_missed_is_graded(
    row: PageStand, metric: Vital, value: float, severity: Severity | None
) -> None:
    told = found(replace(row, metric=metric, value=value, surely=value))
    assert [one.severity for one in told] == ([] if severity is None else [severity])


def test_what_may_be_chance_is_no_finding() -> None:
    assert not found(replace(LIVED, value=9000, surely=2400, visits=7))


def test_it_says_for_whom_and_what_is_good() -> None:
    (lived,) = found(replace(LIVED, value=3100, surely=2900))
    assert lived.subject == "shop /orders/{id}"
    assert lived.description == (
        "its largest text or image is there after more than 3.1 s for one of four of 900 visits as "
        "a phone in four weeks; good is up to 2.5 s"
    )
    (measured,) = found(replace(MEASURED, metric="cls", value=0.3, surely=0.3))
    assert measured.description == (
        "what people read moves by a score of 0.3 as a phone, measured 1 d ago; good is up to 0.1"
    )


def test_what_is_measured_is_kept_as_samples_by_page() -> None:
    def samples(row: PageStand) -> list[Verdict]:
        return [one for one in judge([row], Limits()) if isinstance(one, Measurement)]

    assert samples(LIVED) == [Measurement("page_lcp_s", 2.35, "/orders/{id} phone")]
    assert samples(replace(LIVED, lately=None)) == []
    of = "https://shop.example/ phone measured"
    assert samples(MEASURED) == [Measurement("page_lcp_s", 2.4, of)]
    assert samples(replace(MEASURED, metric="cls", value=0.02)) == [
        Measurement("page_cls_score", 0.02, of)
    ]


def test_it_is_over_when_it_is_good_by_a_tenth() -> None:
    between = [replace(LIVED, surely=2400)]
    verdicts = list(judge(between, Limits()))
    assert lingering(judge, between, Limits(), verdicts) == ("page_slow:shop /orders/{id}",)
    well = [replace(LIVED, surely=2200)]
    assert not lingering(judge, well, Limits(), list(judge(well, Limits())))


def test_every_vital_has_its_limits() -> None:
    for metric in get_args(Vital):
        good, poor = Limits().of(metric)
        assert 0 < good < poor
