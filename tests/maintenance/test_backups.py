"""Which copy is looked at, how fresh it is, and what a recovery of it has lost."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.maintenance.backups import chosen, newest
from fettle.maintenance.recovery import recovered
from fettle.model.backup import Backup, Copy, Restored
from fettle.model.work import Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHTLY = Backup("nightly", max_age=26 * HOUR, rpo=2 * HOUR)


@pytest.mark.parametrize(
    ("age", "outcome", "says"),
    [
        (HOUR, Outcome.PASSED, "a.dump is 1 h old"),
        (-timedelta(minutes=5), Outcome.PASSED, "a.dump is moments old"),
        (-2 * HOUR, Outcome.UNKNOWN, "says that it is of 2026-03-01 14:00 UTC, which has not come"),
        (27 * HOUR, Outcome.FAILED, "is 1 d 3 h old, and may be 1 d 2 h"),
    ],
)
def test_how_old_a_copy_is(age: timedelta, outcome: Outcome, says: str) -> None:
    told = newest(NIGHTLY, [Copy("/backups/a.dump", NOW - age)], NOW)
    assert told.outcome is outcome
    assert says in told.says
    assert chosen(told.detail) is not None


@pytest.mark.parametrize(
    ("as_of", "replayed", "lost", "outcome"),
    [
        (None, None, 3 * HOUR, Outcome.FAILED),
        (None, NOW - HOUR, HOUR, Outcome.PASSED),
        (None, NOW - 5 * HOUR, 3 * HOUR, Outcome.FAILED),
        (NOW - 9 * HOUR, None, 9 * HOUR, Outcome.FAILED),
        (NOW + 9 * HOUR, None, 0 * HOUR, Outcome.UNKNOWN),
    ],
)
def test_what_is_lost_is_all_since_the_backup_or_the_last_change_in_its_log(
    as_of: datetime | None, replayed: datetime | None, lost: timedelta, outcome: Outcome
) -> None:
    restored = Restored("a backup", 18, HOUR, as_of=as_of, replayed=replayed)
    told = recovered(NIGHTLY, Copy("a", NOW - 3 * HOUR), restored, NOW)
    assert isinstance(told.detail, dict)
    assert told.detail["lost_s"] == lost.total_seconds()
    assert told.outcome is outcome
