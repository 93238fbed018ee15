"""Requests fail."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.error_rate_high import Limits, judge
from fettle.model.finding import Finding, Measurement, Note, Scalar
from fettle.model.readings import Failures
from fettle.model.severity import Severity

OVER = timedelta(minutes=5)


def requests(asked: float, failed: float, route: str | None = None) -> Failures:
    return Failures("shop", route, asked, failed, OVER)


def findings(*rows: Failures) -> list[Finding]:
    return [one for one in judge(rows, Limits()) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("asked", "failed", "severity"),
    [
        (1000, 0, None),
        (1000, 10, None),  # one in a hundred is not more than one in a hundred
        (1000, 10.1, Severity.MEDIUM),
        (1000, 50, Severity.MEDIUM),
        (1000, 51, Severity.HIGH),
        (1000, 1000, Severity.HIGH),
        (100, 2, None),  # two failures are chance
        (99, 99, None),  # too few to judge
        (0, 0, None),
    ],
)
def test_it_is_graded_by_the_share_that_fails(
    asked: float, failed: float, severity: Severity | None
) -> None:
    assert [one.severity for one in findings(requests(asked, failed))] == (
        [] if severity is None else [severity]
    )


@pytest.mark.parametrize("asked", [0, 99])
def test_too_little_traffic_is_noted(asked: int) -> None:
    verdicts = list(judge([requests(asked, asked)], Limits()))

    assert any(isinstance(one, Note) and f"{asked} requests" in one.text for one in verdicts)


def test_no_rate_is_told_of_nothing() -> None:
    assert not any(isinstance(one, Measurement) for one in judge([requests(0, 0)], Limits()))


def test_how_often_all_of_it_is_asked_is_told() -> None:
    verdicts = list(judge([requests(600, 3), requests(300, 0, "/")], Limits()))
    figures = {one.shown: one.value for one in verdicts if isinstance(one, Measurement)}
    assert figures["requests_per_second shop"] == 2
    assert "requests_per_second shop /" not in figures


def test_a_route_that_fails_within_a_service_that_is_well_is_found() -> None:
    (found,) = findings(
        requests(100_000, 200), requests(1000, 200, "/pay"), requests(99_000, 0, "/")
    )

    assert (found.subject, found.severity) == ("shop /pay", Severity.HIGH)


def test_a_route_that_is_worse_than_all_of_its_service_is_found_beside_it() -> None:
    found = findings(
        requests(100_000, 2_000), requests(1_000, 900, "/pay"), requests(30_000, 1_100, "/")
    )

    assert [(one.subject, one.severity) for one in found] == [
        ("shop", Severity.MEDIUM),
        ("shop /pay", Severity.HIGH),
    ]


def test_a_service_that_fails_says_where_most_of_it_does() -> None:
    worst: tuple[dict[str, Scalar]] = ({"route": "/pay", "status": "502", "requests": 60},)
    row = Failures("shop", None, 1000, 61, OVER, worst)

    (found,) = findings(row, requests(500, 60, "/pay"))

    assert found.subject == "shop"
    assert "most of them at /pay" in found.description
    assert found.evidence == worst
    assert found.metrics["error_rate_ratio"] == 0.061


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_sources_the_one_is_heard_that_saw_the_most_fail(turned: bool) -> None:
    rows = [requests(1000, 0), requests(1100, 100), requests(5, 5)]

    (found,) = findings(*(rows[::-1] if turned else rows))

    assert "of 1,100 requests failed" in found.description
