"""A dependency is not available."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.external.dependency_unavailable import judge
from fettle.model.finding import Finding, Measurement, Note
from fettle.model.probed import Reached, Step
from fettle.unit import NoLimits

GOOD = Reached(
    "bank", "https://api.bank.example/", "api.bank.example", "api.bank.example", True, 401
)
AWAY = replace(GOOD, good=False, status=None, failed=Step.ANSWER, problem="it hung up")


@pytest.mark.parametrize(("critical", "severity"), [(True, "high"), (False, "medium")])
def test_what_hangs_on_it_decides(critical: bool, severity: str) -> None:
    _, found = judge([replace(AWAY, critical=critical)], NoLimits())

    assert isinstance(found, Finding)
    assert (found.subject, str(found.severity)) == ("bank", severity)
    assert (found.description, found.about) == ("it hung up", ("dependency bank",))


def test_what_answers_is_available() -> None:
    assert list(judge([GOOD], NoLimits())) == [
        Measurement("dependency_up", 1),
        Measurement("dependency_status_code", 401),
    ]


def test_one_that_was_asked_too_often_is_there_and_that_is_noted() -> None:
    *_, note = judge([replace(GOOD, status=429)], NoLimits())

    assert isinstance(note, Note)
    assert note.text.startswith("bank answers 429: it was asked too often from here")


def test_its_own_failures_are_told_in_its_providers_words() -> None:
    row = replace(GOOD, good=False, status=529, says="it is overloaded", advice=("Wait",))

    *_, found = judge([row], NoLimits())

    assert isinstance(found, Finding)
    assert found.description == "it answers 529: it is overloaded"
    assert found.recommendations[0] == "Wait"
    assert "circuit breaker" in " ".join(found.recommendations)


@pytest.mark.parametrize(
    ("step", "blamed"),
    [
        (Step.LOOKUP, ("name api.bank.example",)),
        (Step.RESOLVER, ("name api.bank.example",)),
        (Step.CERTIFICATE, ("certificate of api.bank.example",)),
        (Step.TLS, ()),
    ],
)
def test_what_is_behind_it_is_blamed(step: Step, blamed: tuple[str, ...]) -> None:
    _, found = judge([replace(AWAY, failed=step)], NoLimits())

    assert isinstance(found, Finding)
    assert found.blames == blamed


def test_one_loss_is_a_note_and_no_finding() -> None:
    *_, note = judge([replace(GOOD, flapped="it answered 503")], NoLimits())

    assert note == Note("bank answered only the second time; the first time it answered 503")
