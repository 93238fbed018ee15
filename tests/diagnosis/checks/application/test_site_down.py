"""A site does not answer."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.application.site_down import judge
from fettle.model.finding import Finding, Measurement, Note, Scalar, Unknown
from fettle.model.probed import Answer, Step
from fettle.model.severity import Severity
from fettle.unit import NoLimits

GOOD = Answer("shop", "https://shop.example/", "shop.example", "shop.example:8443", True, 200)
DOWN = replace(GOOD, good=False, status=None, failed=Step.CONNECTION, problem="no connection")


@pytest.mark.parametrize(
    "step", [Step.RESOLVER, Step.LOOKUP, Step.CONNECTION, Step.TLS, Step.ANSWER]
)
@pytest.mark.parametrize(("critical", "severity"), [(True, "critical"), (False, "high")])
def test_what_gives_no_answer_is_down(step: Step, critical: bool, severity: str) -> None:
    row = replace(DOWN, failed=step, critical=critical)

    up, found = judge([row], NoLimits())

    assert up == Measurement("site_up", 0)
    assert isinstance(found, Finding)
    assert (found.subject, str(found.severity)) == ("shop", severity)
    assert found.about == ("service shop",)
    assert len(found.recommendations) == 2


@pytest.mark.parametrize("answer", [GOOD, replace(GOOD, good=False, status=503)])
def test_what_answers_whatever_is_not_down(answer: Answer) -> None:
    assert list(judge([answer], NoLimits())) == [Measurement("site_up", 1)]


@pytest.mark.parametrize("step", [Step.REDIRECT, Step.BODY])
def test_half_an_answer_is_an_error_and_no_silence(step: Step) -> None:
    assert list(judge([replace(DOWN, failed=step)], NoLimits())) == [Measurement("site_up", 1)]


def test_a_name_that_is_not_known_is_blamed() -> None:
    _, found = judge([replace(DOWN, failed=Step.LOOKUP)], NoLimits())

    assert isinstance(found, Finding)
    assert found.blames == ("name shop.example",)


def test_both_tries_are_told() -> None:
    tries: tuple[dict[str, Scalar], ...] = (
        {"try": 1, "outcome": "refused"},
        {"try": 2, "outcome": "refused"},
    )

    _, found = judge([replace(DOWN, tries=tries)], NoLimits())

    assert isinstance(found, Finding)
    assert found.description == "no connection, both times it was asked"
    assert found.evidence == tries


def test_one_loss_is_a_note_and_no_finding() -> None:
    verdicts = list(judge([replace(GOOD, flapped="it hung up")], NoLimits()))

    assert verdicts[1:] == [Note("shop answered only the second time; the first time it hung up")]


def test_what_could_not_be_asked_is_not_called_up() -> None:
    (gap,) = judge([replace(DOWN, failed=Step.CERTIFICATE)], NoLimits())

    assert isinstance(gap, Unknown)
    assert gap.reason == (
        "the certificate of shop.example:8443 is not believed: nothing was asked of it"
    )


def test_tls_is_looked_at_where_it_is_spoken() -> None:
    _, found = judge([replace(DOWN, failed=Step.TLS)], NoLimits())

    assert isinstance(found, Finding)
    assert found.severity is Severity.HIGH
    assert "-connect shop.example:8443" in found.recommendations[0]
