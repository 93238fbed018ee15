"""Silences cover what they say, and nothing that they do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.silence import Comparison, Matcher, Silence, facts_of

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SIGNAL = Signal(
    "prod",
    SignalKind.ALERT,
    "abc",
    True,
    "Disk full\non db-1",
    severity=Severity.HIGH,
    service="shop",
    labels={"instance": "db-1", "severity": "page", "source": "forged"},
)


def silence(*matchers: tuple[str, str, str]) -> Silence:
    told = tuple(Matcher(name, Comparison(op), value) for name, op, value in matchers)
    return Silence(UUID(int=1), told, "", NOW, NOW + timedelta(hours=1), "cli:ada", NOW)


@pytest.mark.parametrize(
    ("matchers", "covered"),
    [
        ([("instance", "=", "db-1")], True),
        ([("instance", "=", "db-2")], False),
        ([("instance", "=~", "db-[0-9]+")], True),
        ([("instance", "=~", "db")], False),
        ([("instance", "=~", "db|cache-1")], False),
        ([("instance", "=~", ".+"), ("instance", "!~", "db-[2-9]")], True),
        ([("instance", "=~", ".+"), ("instance", "!~", "db.*")], False),
        ([("service", "=", "shop"), ("zone", "!=", "a")], True),
        ([("service", "=", "shop"), ("zone", "=", "")], True),
        ([("service", "=", "shop"), ("severity", "=", "high")], True),
        ([("severity", "=", "page")], False),
        ([("source", "=", "forged")], False),
        ([("title", "=~", "Disk.*db-1")], True),
        ([("key", "=", "abc"), ("source", "=", "prod")], True),
    ],
)
def test_every_matcher_must_fit(matchers: list[tuple[str, str, str]], covered: bool) -> None:
    assert silence(*matchers).covers(facts_of(SIGNAL)) is covered


def test_what_the_source_has_not_said_is_read_from_the_labels() -> None:
    unsaid = replace(SIGNAL, severity=None, service=None)

    assert facts_of(unsaid)["severity"] == "page"
    assert "service" not in facts_of(unsaid)


@pytest.mark.parametrize("expression", ["(", "a{2000}", r"(?=x)", r"\1", "*"])
def test_an_expression_that_is_none_is_refused_with_the_reason(expression: str) -> None:
    with pytest.raises(ValueError, match=r"is no expression: .+"):
        Matcher("title", Comparison.FITS, expression)


@pytest.mark.parametrize(
    "matchers",
    [
        [],
        [("title", "=~", ".*")],
        [("zone", "!=", "a")],
        [("zone", "=", "")],
        [("title", "!~", "x")],
    ],
)
def test_nobody_silences_everything(matchers: list[tuple[str, str, str]]) -> None:
    with pytest.raises(ValueError, match="nearly everything"):
        silence(*matchers)


def test_hostile_texts_and_expressions_take_no_time_to_speak_of() -> None:
    slow_elsewhere = Matcher("title", Comparison.FITS, "(a+)+$")

    assert not slow_elsewhere.covers({"title": "a" * 100_000 + "b"})
    assert Matcher("title", Comparison.FITS, "a.").covers({"title": "a\ud800"})
