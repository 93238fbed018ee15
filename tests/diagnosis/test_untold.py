"""What was told lately and is not any more is unknown, never well."""

from datetime import timedelta

from fettle import unit
from fettle.diagnosis.untold import with_untold
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.testing import START

CHECKS = unit.checks()
ASKED = [
    (CHECKS[id_], None)
    for id_ in ("memory_high", "response_time_high", "error_rate_high", "restarts_frequent")
]
HOUR = timedelta(hours=1)
LOOKED = Diagnosis("shop", START, timedelta(seconds=1), (Outcome("error_rate_high"),))


def test_what_was_told_within_a_day_is_missing() -> None:
    told = {"memory_high": START - HOUR, "response_time_high": START - 25 * HOUR}
    diagnosis = with_untold(LOOKED, ASKED, told)

    assert [one.check for one in diagnosis.outcomes] == ["error_rate_high", "memory_high"]
    assert diagnosis.status == "unknown"
    ((check, gap),) = diagnosis.unknown
    assert check == "memory_high"
    assert "until 2026-01-01 11:00 UTC" in gap.reason


def test_what_is_told_or_only_happens_at_times_is_not_missing() -> None:
    told = {"error_rate_high": START - HOUR, "restarts_frequent": START - HOUR}

    assert with_untold(LOOKED, ASKED, told) == LOOKED


def test_of_what_tells_nothing_at_all_it_is_said_already() -> None:
    silent = Diagnosis("shop", START, timedelta(seconds=1))

    assert with_untold(silent, ASKED, {"memory_high": START - HOUR}) == silent
