"""A dependency answers slowly."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.external.dependency_slow import Limits, judge
from fettle.model.finding import Finding, Measurement, Unknown
from fettle.model.probed import Reached

ROW = Reached(
    "bank",
    "https://api.bank.example/",
    "api.bank.example",
    "api.bank.example",
    True,
    401,
    first_byte_s=0.2,
    whole_s=0.3,
    advice=("See what Bank says itself", "Keep orders"),
)


@pytest.mark.parametrize(("whole_s", "found"), [(0.3, 0), (2.0, 0), (2.01, 1), (9.0, 1)])
def test_more_than_two_seconds_are_medium(whole_s: float, found: int) -> None:
    verdicts = judge([replace(ROW, whole_s=whole_s)], Limits())

    assert [str(one.severity) for one in verdicts if isinstance(one, Finding)] == ["medium"] * found


def test_the_time_is_measured_healthy_or_not() -> None:
    assert list(judge([ROW], Limits())) == [
        Measurement("dependency_answer_s", 0.3),
        Measurement("dependency_first_byte_s", 0.2),
    ]


def test_its_page_is_looked_at_first() -> None:
    (found,) = [
        one for one in judge([replace(ROW, whole_s=3.0)], Limits()) if isinstance(one, Finding)
    ]

    assert found.recommendations[0] == "See what Bank says itself"
    assert "time limit" in found.recommendations[1]


def test_what_gave_no_good_answer_is_not_called_fast() -> None:
    (gap,) = judge([replace(ROW, good=False, status=503)], Limits())

    assert isinstance(gap, Unknown)
