"""A site answers with an error."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.application.site_errors import judge
from fettle.model.finding import Finding, Measurement, Unknown
from fettle.model.probed import Answer, Step
from fettle.unit import NoLimits

GOOD = Answer("shop", "https://shop.example/", "shop.example", "shop.example", True, 200)
BAD = replace(GOOD, good=False)


@pytest.mark.parametrize(
    ("status", "critical", "severity"),
    [
        (500, False, "high"),
        (503, True, "critical"),
        (599, False, "high"),
        (404, False, "medium"),
        (401, True, "high"),
        (200, False, "medium"),  # where another is expected
    ],
)
def test_whose_fault_it_is_decides(status: int, critical: bool, severity: str) -> None:
    code, found = judge([replace(BAD, status=status, critical=critical)], NoLimits())

    assert code == Measurement("site_status_code", status)
    assert isinstance(found, Finding)
    assert str(found.severity) == severity
    assert found.description.startswith(f"it answers {status}")
    assert found.metrics == {"status_code": status}
    assert found.recommendations


@pytest.mark.parametrize("step", [Step.REDIRECT, Step.BODY])
def test_half_an_answer_is_an_error(step: Step) -> None:
    _, found = judge([replace(BAD, failed=step, problem="it broke off")], NoLimits())

    assert isinstance(found, Finding)
    assert (found.description, str(found.severity)) == ("it broke off", "high")


def test_a_good_answer_is_no_error_and_none_is_not_known() -> None:
    silent = replace(BAD, status=None, failed=Step.ANSWER, problem="it hung up")

    assert list(judge([GOOD], NoLimits())) == [Measurement("site_status_code", 200)]
    assert [type(one) for one in judge([silent], NoLimits())] == [Unknown]


def test_what_could_not_be_asked_is_unknown() -> None:
    silent = replace(BAD, status=None, failed=Step.CERTIFICATE)

    (gap,) = judge([silent], NoLimits())

    assert isinstance(gap, Unknown)
