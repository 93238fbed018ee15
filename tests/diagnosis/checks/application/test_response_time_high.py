"""Answers take too long: what the buckets allow to say, and no more."""

import math
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.response_time_high import Limits, judge
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.readings import Between, Responses
from fettle.model.severity import Severity

OVER = timedelta(minutes=5)


def answers(
    least: float, most: float, requests: float = 1000, route: str | None = None
) -> Responses:
    return Responses("shop", route, requests, OVER, p95=Between(least, most))


def findings(*rows: Responses) -> list[Finding]:
    return [one for one in judge(rows, Limits()) if isinstance(one, Finding)]


def gaps(*rows: Responses) -> list[Unknown]:
    return [one for one in judge(rows, Limits()) if isinstance(one, Unknown)]


@pytest.mark.parametrize(
    ("least", "most", "severity"),
    [
        (0.5, 1, None),
        (1, 2, None),  # within two seconds, all of the interval
        (2, 2, None),  # measured one by one, and not above
        (2.001, 2.001, Severity.MEDIUM),
        (2, 2.5, Severity.MEDIUM),  # above 2 s for sure: a bucket's lower bound is not in it
        (2.5, 5, Severity.MEDIUM),
        (2.5, 7.5, Severity.MEDIUM),  # it may be over 5 s, which is not claimed
        (5, 7.5, Severity.HIGH),
        (5, 5, Severity.MEDIUM),
        (10, math.inf, Severity.HIGH),
        (2.5, math.inf, Severity.MEDIUM),
    ],
)
def test_what_straddles_a_limit_is_not_claimed_to_be_over_it(
    least: float, most: float, severity: Severity | None
) -> None:
    assert [one.severity for one in findings(answers(least, most))] == (
        [] if severity is None else [severity]
    )
    assert gaps(answers(least, most)) == []


def test_a_doubt_about_five_seconds_is_told() -> None:
    (found,) = findings(answers(2.5, 7.5))

    assert "2.5 s – 7.5 s" in found.description
    assert "may be over 5 s" in found.description


@pytest.mark.parametrize(("least", "most"), [(1, 2.5), (1, math.inf)])
def test_what_the_buckets_cannot_tell_is_unknown_and_never_clean(least: float, most: float) -> None:
    (gap,) = gaps(answers(least, most))

    assert "the buckets cannot tell" in gap.reason
    assert ("≥ 1 s" if math.isinf(most) else "1 s – 2.5 s") in gap.reason
    assert gap.remedy is not None
    assert "2 s and 5 s" in gap.remedy


def test_of_few_requests_nothing_is_claimed_and_that_is_noted() -> None:
    verdicts = list(judge([answers(5, 10, requests=99)], Limits()))

    assert not any(isinstance(one, Finding | Unknown) for one in verdicts)
    assert any(isinstance(one, Note) and "99 requests" in one.text for one in verdicts)


def test_an_average_alone_is_no_answer() -> None:
    (gap,) = gaps(Responses("shop", None, 1000, OVER, mean_s=0.2))

    assert "on average" in gap.reason


def test_a_service_is_one_finding_with_its_slowest_routes_in_it() -> None:
    (found,) = findings(
        answers(5, 7.5), answers(5, 7.5, route="/checkout"), answers(0.1, 0.2, route="/")
    )

    assert found.subject == "shop"
    assert found.evidence[0]["route"] == "/checkout"
    assert "/checkout" in found.recommendations[0]


def test_a_route_that_is_worse_than_all_of_its_service_is_found_beside_it() -> None:
    """It was found alone before; that others became slow as well makes it no better."""
    found = findings(answers(2.5, 5), answers(5, 7.5, route="/a"), answers(2.5, 5, route="/b"))

    assert [(one.subject, one.severity) for one in found] == [
        ("shop", Severity.MEDIUM),
        ("shop /a", Severity.HIGH),
    ]


def test_a_slow_route_of_a_service_that_is_well_is_found_by_itself() -> None:
    found = findings(
        answers(0.1, 0.25),
        answers(5, 7.5, route="/export"),
        answers(5, 7.5, route="/rare", requests=5),
    )

    assert [(one.subject, one.severity) for one in found] == [("shop /export", Severity.HIGH)]


def test_routes_of_which_it_cannot_be_told_are_told_once() -> None:
    routes = [answers(1, 2.5, route=f"/{n}") for n in range(5)]

    (gap,) = gaps(answers(0.1, 0.25), *routes)

    assert "and 2 further routes" in gap.reason


def test_what_was_measured_is_told_healthy_or_not() -> None:
    verdicts: list[Verdict] = list(
        judge([answers(1, math.inf), answers(0.25, 0.5, route="/")], Limits())
    )

    figures = {one.shown: one.value for one in verdicts if isinstance(one, Measurement)}
    assert figures == {
        "requests_count shop": 1000,
        "requests_per_second shop": round(1000 / 300, 4),
        "response_p95_at_least_s shop": 1,
        "requests_count shop /": 1000,
        "response_p95_at_least_s shop /": 0.25,
        "response_p95_at_most_s shop /": 0.5,
    }


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_sources_the_one_is_heard_that_knows_it_best(turned: bool) -> None:
    rows = [
        answers(1, 2.5),  # a histogram that cannot tell
        answers(2.31, 2.33),  # an access log that can
        answers(9, 9, requests=10),  # too few to judge by
        Responses("shop", None, 5000, OVER, mean_s=0.1),
    ]
    verdicts = list(judge(rows[::-1] if turned else rows, Limits()))

    (found,) = [one for one in verdicts if isinstance(one, Finding)]
    assert "2.3 s" in found.description
    assert not any(isinstance(one, Unknown | Note) for one in verdicts)
    assert len({one.shown for one in verdicts if isinstance(one, Measurement)}) == 4
