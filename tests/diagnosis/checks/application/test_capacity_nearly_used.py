"""A server has room for a busier hour, or it has not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.capacity_nearly_used import Limits, judge
from fettle.diagnosis.lingering import cleared
from fettle.model.finding import Finding, Measurement, Note
from fettle.model.page_stand import ServerUse
from fettle.model.severity import Severity

ROW = ServerUse("shop", "https://shop.example/", 90, 100, at_least=False, age=timedelta(days=3))


@pytest.mark.parametrize(
    ("asked", "severity"),
    [(0, None), (80, None), (81, Severity.MEDIUM), (100, Severity.MEDIUM), (101, Severity.HIGH)],
)
def test_what_leaves_no_room_is_a_finding(asked: float, severity: Severity | None) -> None:
    found = list(judge([replace(ROW, asked=asked)], Limits()))
    assert [one.severity for one in found if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )
    (used,) = [one for one in found if isinstance(one, Measurement)]
    assert (used.name, used.value) == ("capacity_used_ratio", asked / 100)


def test_it_says_what_is_asked_and_what_was_carried_when() -> None:
    (found,) = [one for one in judge([ROW], Limits()) if isinstance(one, Finding)]
    assert found.subject == "shop https://shop.example/"
    assert found.description == (
        "90 requests a second are asked of shop, 90 % of the 100 that it carried when that was "
        "tried 3 d ago"
    )


def test_a_server_that_carries_more_than_was_tried_is_not_called_full() -> None:
    found = list(judge([replace(ROW, at_least=True)], Limits()))
    assert not any(isinstance(one, Finding) for one in found)
    (note,) = [one.text for one in found if isinstance(one, Note)]
    assert "carries more than the 100 requests a second that were tried" in note


def test_it_is_over_when_there_is_room_for_some_more() -> None:
    relaxed = cleared(Limits())
    assert isinstance(relaxed, Limits)
    for asked, found in ((75, True), (69, False)):
        verdicts = judge([replace(ROW, asked=asked)], relaxed)
        assert any(isinstance(one, Finding) for one in verdicts) is found
