"""What a Sentry has counted is counted here once, in the hours in which it came."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.intake.errors.told_counts import counted_now, uncounted
from fettle.model.sentry import Counts

NOW = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
H12, H11 = (NOW.replace(minute=0) - timedelta(hours=back) for back in (0, 1))


@pytest.mark.parametrize(
    ("counted", "told", "more"),
    [
        (Counts(), Counts(5, {H12: 3, H11: 2}), Counts(5, {H12: 3, H11: 2})),
        (Counts(1, {H12: 1}), Counts(900, {H12: 3}), Counts(899, {H12: 2})),
        (Counts(5, {H12: 3}), Counts(5, {H12: 3}), Counts(0)),
        (Counts(5, {H12: 3}), Counts(4, {H12: 2}), Counts(0)),
        # nothing is told by the hour: what came since belongs to the last
        (Counts(5), Counts(8), Counts(3, {H12: 3})),
        (Counts(1, {H12: 1}), Counts(900), Counts(899)),
    ],
)
def test_what_is_told_and_not_counted_is_more(counted: Counts, told: Counts, more: Counts) -> None:
    assert uncounted(counted, told, NOW) == more


def test_what_was_counted_is_not_counted_again() -> None:
    told = Counts(9, {H12: 4, H11: 5})

    now = counted_now(Counts(1, {H12: 1}).with_one(NOW), told, NOW)
    assert uncounted(now, told, NOW) == Counts(0)
    assert uncounted(now, Counts(11, {H12: 6}), NOW) == Counts(2, {H12: 2})


def test_hours_of_long_ago_are_forgotten() -> None:
    old = NOW - timedelta(days=3)

    assert counted_now(Counts(4, {old: 4}), Counts(5, {H12: 1}), NOW) == Counts(5, {H12: 1})
