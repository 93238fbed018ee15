"""What was told lately and is not any more is unknown, never well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle import unit
from fettle.diagnosis.untold import silent, with_untold
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Unknown
from fettle.model.target import Kind
from fettle.testing import START
from fettle.unit import AnyCheck

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


def of(*ids: str) -> list[AnyCheck]:
    return [CHECKS[id_] for id_ in ids]


def test_what_a_service_has_and_nobody_tells_is_unknown() -> None:
    told = list(silent(Kind.SERVICE, of("response_time_high", "memory_high", "pool_saturated")))

    assert [one.check for one in told] == ["response_time_high", "memory_high"]
    assert all(one.silent and not one.clean for one in told)
    assert told[1].unknown == (
        Unknown(
            "nobody tells how much is in use of the memory that it may use",
            "let its container (cAdvisor) or its machine (node_exporter) tell it as well; where "
            "that is no question of it, leave memory_high out (skip)",
        ),
    )


ANSWERS = {"response_time_high", "error_rate_high", "memory_high", "objective_burning"}
MACHINE = {"cpu_saturated", "memory_high", "disk_full", "inodes_low", "file_system_read_only"}


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (Kind.SERVICE, ANSWERS),
        (Kind.PROMETHEUS, ANSWERS),
        (Kind.HOST, MACHINE),
        (Kind.DEPENDENCY, set()),
        (Kind.EDGE, set()),
    ],
)
def test_what_each_kind_of_target_has(kind: Kind, missing: set[str]) -> None:
    every = [one for one in CHECKS.values() if not one.of_databases]

    assert {one.check for one in silent(kind, every)} == missing


def test_what_is_silent_and_was_told_within_a_day_is_said_with_when() -> None:
    looked = replace(LOOKED, outcomes=(*LOOKED.outcomes, *silent(Kind.SERVICE, of("memory_high"))))

    within = with_untold(looked, ASKED, {"memory_high": START - HOUR})
    after = with_untold(looked, ASKED, {"memory_high": START - 25 * HOUR})

    ((_, gap),) = within.unknown
    assert gap.reason.startswith("nobody tells of it any more; somebody did until")
    assert after == looked
