"""Clients give up before they are answered."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.requests_abandoned import Limits, judge
from fettle.model.readings import Abandoned
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import finding, notes, severities


@pytest.mark.parametrize(
    ("requests", "abandoned", "found"),
    [
        (1_000, 19, []),
        (1_000, 20, [Severity.LOW]),
        (1_000, 50, [Severity.MEDIUM]),
        (199, 199, []),
        (0, 0, []),
    ],
)
def test_who_gave_up(requests: int, abandoned: int, found: list[Severity]) -> None:
    row = Abandoned("shop", requests, abandoned, timedelta(hours=1))
    assert severities(judge([row], Limits())) == found


@pytest.mark.parametrize("requests", [0, 199])
def test_too_few_to_judge_is_noted(requests: int) -> None:
    (note,) = notes(judge([Abandoned("shop", requests, 0, timedelta(hours=1))], Limits()))
    assert "too few" in note


def test_where_most_gave_up_is_evidence() -> None:
    worst = [{"route": "GET /search", "requests": 80}]
    row = Abandoned("shop", 1_000, 90, timedelta(hours=1), worst)  # type: ignore[arg-type]
    found = finding(judge([row], Limits()))
    assert found.evidence == tuple(worst)
    assert found.about == ("service shop",)
