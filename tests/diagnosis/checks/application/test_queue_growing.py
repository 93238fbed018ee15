"""Work piles up in a queue."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.queue_growing import Limits, judge
from fettle.model.finding import Finding, Unknown
from fettle.model.readings import Queue
from fettle.model.severity import Severity

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("waiting", "minutes", "risen", "severity"),
    [
        (0, 0, 0, None),
        (500, None, 100, None),  # a quarter more
        (500, None, 200, Severity.MEDIUM),  # two thirds more
        (99, None, 99, None),
        (1, 6, 0, Severity.MEDIUM),
        (1, 61, 0, Severity.HIGH),
        (0, 61, -5, None),  # nothing waits: what its exporter says is of another time
        (500, 1, -200, None),
    ],
)
def test_what_grows_or_is_old_is_found(
    waiting: float, minutes: int | None, risen: float, severity: Severity | None
) -> None:
    oldest = None if minutes is None else timedelta(minutes=minutes)

    verdicts = judge([Queue("shop mails", waiting, oldest, risen, QUARTER)], Limits())

    assert [one.severity for one in verdicts if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )


def test_one_look_does_not_know_whether_a_queue_grows() -> None:
    (gap,) = [
        one for one in judge([Queue("shop mails", 500)], Limits()) if isinstance(one, Unknown)
    ]
    assert "500 wait" in gap.reason


def test_an_empty_queue_does_not_grow_however_it_is_known() -> None:
    assert not any(isinstance(one, Unknown) for one in judge([Queue("mails", 0)], Limits()))
