"""Lines of an access log are not understood."""

from dataclasses import replace

from fettle.diagnosis.checks.application.access_log_unreadable import Limits, judge
from fettle.model.readings import LogLines
from tests.diagnosis.checks.judged import gaps, notes

LOG = LogLines("shop", "/var/log/shop.log", ("combined",), 10_000, 0)


def test_a_few_lines_that_are_not_understood_are_a_note_and_many_are_a_gap() -> None:
    limits = Limits()
    assert notes(judge([replace(LOG, unread=1)], limits)) == [
        "1 line of 10,000 in /var/log/shop.log is not understood, and not counted"
    ]
    assert gaps(judge([replace(LOG, unread=101, example="go\naway")], limits)) == [
        (
            "101 lines of 10,000 in /var/log/shop.log (1.0 %) are not understood; the first "
            "begins 'go\\naway'"
        )
    ]


def test_lines_without_a_time_are_a_gap_where_a_span_of_time_is_asked_for() -> None:
    assert gaps(judge([replace(LOG, undated=5, left_out=100)], Limits())) == []
    (said,) = gaps(judge([replace(LOG, undated=5, left_out=101)], Limits()))
    assert said.startswith("the times of 101 lines of 10,000 in /var/log/shop.log (1.0 %) cannot")


def test_what_is_odd_is_said() -> None:
    row = replace(LOG, went_back=2, dropped=1_500, undated=1, truncated="it breaks off")
    verdicts = judge([row], Limits())
    said = " ".join(notes(verdicts))
    assert "went back 2 times" in said
    assert "1,500 of the rarest count as (other)" in said
    assert "1 time in" in said
    assert gaps(verdicts) == ["the rest of it could not be read: it breaks off"]
