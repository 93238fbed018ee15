"""Before and after a run: what it may begin on, and what it has made worse."""

import pytest

from fettle.maintenance.compared import Seen, after, before, disks, read, written
from fettle.model.finding import Unknown
from fettle.model.severity import Severity
from fettle.model.work import Outcome

HIGH, LOW = Severity.HIGH, Severity.LOW


@pytest.mark.parametrize(
    ("seen", "outcome", "says"),
    [
        (Seen("db", {}), Outcome.PASSED, "db can be reached"),
        (Seen("db", {"index_unused:a": HIGH}), Outcome.PASSED, "nothing stands in the way"),
        (Seen("db", {"replication_lag:b": HIGH}), Outcome.FAILED, "replication_lag:b is high"),
        (Seen("db", {"replication_lag:b": LOW}), Outcome.PASSED, "nothing stands in the way"),
        (Seen("db", {}, frozenset({"disk_full"})), Outcome.UNKNOWN, "disk_full"),
        (Seen("db", {}, gone=Unknown("no answer")), Outcome.FAILED, "cannot be reached: no answer"),
    ],
)
def test_a_run_begins_on_what_can_bear_it(seen: Seen, outcome: Outcome, says: str) -> None:
    told = before([seen])
    assert told.outcome is outcome
    assert says in told.says


@pytest.mark.parametrize(
    ("was", "now", "outcome", "says"),
    [
        ({}, {}, Outcome.PASSED, "nothing is worse"),
        ({"a:x": HIGH}, {}, Outcome.PASSED, "1 finding gone"),
        ({}, {"a:x": HIGH}, Outcome.FAILED, "db: a:x (high)"),
        ({}, {"a:x": LOW}, Outcome.PASSED, "nothing is worse"),
        ({"a:x": LOW}, {"a:x": HIGH}, Outcome.FAILED, "db: a:x (high)"),
        ({"a:x": HIGH}, {"a:x": HIGH}, Outcome.PASSED, "nothing is worse"),
    ],
)
def test_what_has_become_worse_fails_a_run(
    was: dict[str, Severity], now: dict[str, Severity], outcome: Outcome, says: str
) -> None:
    told = after([Seen("db", was)], [Seen("db", now)])
    assert told.outcome is outcome
    assert says in told.says


def test_what_could_not_be_seen_before_is_called_neither_new_nor_old() -> None:
    was = Seen("db", {}, frozenset({"a"}))
    told = after([was], [Seen("db", {"a:x": HIGH})])
    assert (told.outcome, "not be seen before: db: a:x" in told.says) == (Outcome.UNKNOWN, True)
    assert after([was], [Seen("db", {"a:x": LOW})]).outcome is Outcome.PASSED


def test_what_nobody_looked_at_before_is_called_neither_new_nor_old() -> None:
    told = after([Seen("db", {})], [Seen("db", {}), Seen("box", {"disk_full:/": HIGH})])
    assert told.outcome is Outcome.UNKNOWN
    assert "not be seen before: box: disk_full:/ (high)" in told.says
    blind = after([Seen("db", {})], [Seen("db", {}), Seen("box", {}, frozenset({"disk_full"}))])
    assert blind.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("seen", "compared"),
    [
        (
            Seen("box", {"disk_full:/": LOW, "cpu_saturated:box": HIGH}, frozenset({"disk_slow"})),
            Seen("box", {"disk_full:/": LOW}),
        ),
        (
            Seen("box", {"memory_high:box": HIGH}, frozenset({"inodes_low", "memory_high"})),
            Seen("box", {}, frozenset({"inodes_low"})),
        ),
        (
            Seen("box", {}, gone=Unknown("no answer")),
            Seen("box", {}, frozenset({"disk_full", "file_system_read_only", "inodes_low"})),
        ),
    ],
)
def test_of_a_machine_the_disks_are_compared(seen: Seen, compared: Seen) -> None:
    assert disks(seen) == compared


def test_what_can_be_seen_no_more_is_not_called_well() -> None:
    told = after([Seen("db", {})], [Seen("db", {}, frozenset({"a"}))])
    assert told.outcome is Outcome.UNKNOWN
    gone = after([Seen("db", {})], [Seen("db", {}, gone=Unknown("no answer"))])
    assert gone.outcome is Outcome.FAILED


def test_what_was_seen_is_kept_and_read_again() -> None:
    seen = [Seen("db", {"a:x": HIGH}, frozenset({"b"}))]
    assert read(written(seen)) == seen  # type: ignore[arg-type]
