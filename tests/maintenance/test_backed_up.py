"""A database is changed only where its backup was good when it was verified last."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.maintenance.backed_up import Verified, backed_up, verified
from fettle.maintenance.backups import Stood, recorded
from fettle.model.backup import Backup
from fettle.model.work import Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATELY, LONG_AGO = NOW - timedelta(hours=12), NOW - timedelta(days=4)
NIGHTLY = Backup("nightly", database="main-db")
OTHER = Backup("other", database="main-db")


@pytest.mark.parametrize(
    ("seen", "outcome", "says"),
    [
        (None, Outcome.UNKNOWN, "was not verified yet"),
        (Verified(Outcome.PASSED, LATELY), Outcome.PASSED, "restored lately"),
        (Verified(Outcome.PASSED, LONG_AGO), Outcome.FAILED, "the last good copy is 4 d old"),
        (Verified(Outcome.FAILED, LATELY), Outcome.FAILED, "was not good"),
        (Verified(Outcome.UNKNOWN), Outcome.UNKNOWN, "could not be verified"),
    ],
)
def test_what_the_last_verification_said_decides(
    seen: Verified | None, outcome: Outcome, says: str
) -> None:
    told = backed_up(["main-db"], [NIGHTLY], {} if seen is None else {"nightly": seen}, NOW)

    assert told is not None
    assert told.outcome is outcome
    assert says in told.says


def test_of_several_backups_a_good_one_is_enough() -> None:
    seen = {"nightly": Verified(Outcome.FAILED), "other": Verified(Outcome.PASSED, LATELY)}
    told = backed_up(["main-db"], [NIGHTLY, OTHER], seen, NOW)

    assert told is not None
    assert told.outcome is Outcome.PASSED


def test_what_has_no_backup_in_the_settings_is_not_asked_for_one() -> None:
    assert backed_up(["other-db"], [NIGHTLY], {}, NOW) is None
    assert backed_up(["main-db"], [], {}, NOW) is None


def test_what_a_verification_left_is_read_again() -> None:
    restored = {"made_at": LATELY.isoformat()}
    told = recorded(
        [
            Stood(NIGHTLY, [("restore", "passed", "it is right")], restored),
            Stood(OTHER, [("look", "failed", "other: there is none")], None),
        ],
        NOW,
    )

    assert verified(told.detail) == {
        "nightly": Verified(Outcome.PASSED, LATELY, "nightly is good"),
        "other": Verified(Outcome.FAILED, None, "other: there is none"),
    }
    assert verified(None) == {}
