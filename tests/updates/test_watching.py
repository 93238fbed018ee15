"""The watch over what was applied: when it looks, and what a look comes to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fettle.model.update_watch import UpdateWatch, WatchState
from fettle.updates.watching import closed_late, is_due, is_late, looked

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WATCH = UpdateWatch("r", 1, "shop", every=MINUTE, until=NOW + 15 * MINUTE)


def test_it_looks_at_once_and_then_every_so_often() -> None:
    seen = replace(WATCH, looked_at=NOW)

    assert is_due(WATCH, NOW)
    assert not is_due(seen, NOW + MINUTE / 2)
    assert is_due(seen, NOW + MINUTE)


def test_one_bad_look_may_be_a_restart_and_two_are_a_regression() -> None:
    once = looked(WATCH, ["shop gives no answer"], NOW)
    well = looked(once, [], NOW + MINUTE)
    twice = looked(once, ["shop gives no answer"], NOW + MINUTE)

    assert (once.state, once.worse) == (WatchState.WATCHING, 1)
    assert (well.state, well.worse) == (WatchState.WATCHING, 0)
    assert (twice.state, twice.says) == (WatchState.WORSE, "shop gives no answer")


def test_it_ends_well_with_its_time_but_not_while_something_may_be_worse() -> None:
    assert looked(WATCH, [], NOW + 14 * MINUTE).state is WatchState.WATCHING
    end = looked(WATCH, [], NOW + 15 * MINUTE)
    doubtful = looked(WATCH, ["slow"], NOW + 15 * MINUTE)

    assert (end.state, end.says) == (WatchState.WELL, "1 look found nothing worse")
    assert doubtful.state is WatchState.WATCHING
    assert looked(doubtful, ["slow"], NOW + 16 * MINUTE).state is WatchState.WORSE
    assert looked(doubtful, [], NOW + 16 * MINUTE).state is WatchState.WELL


def test_what_is_seen_long_after_it_is_blamed_on_nobody() -> None:
    later = NOW + 18 * MINUTE
    assert not is_late(WATCH, NOW + 17 * MINUTE)
    assert is_late(WATCH, later)
    assert closed_late(WATCH).state is WatchState.UNSEEN
    assert closed_late(replace(WATCH, looks=3)).state is WatchState.WELL
    bad = replace(WATCH, looks=3, worse=2, says="slow; it is not taken back: the tree is dirty")
    assert closed_late(bad) == replace(bad, state=WatchState.WORSE)
