"""What a check found is over only below the level that its limits say ends it."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from fettle import unit
from fettle.diagnosis.lingering import cleared, lingering
from fettle.diagnosis.look_outside import Readings, look_outside
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Allowance, Between, ClockSync, Memory, Responses
from fettle.testing import GivenSource

CHECKS = unit.checks()
CLEARING = [one for one in CHECKS.values() if "clear" in {f.name for f in fields(one.limits)}]


def memory(used: float) -> Memory:
    return Memory("shop", Bytes(int(used * 1000)), Bytes(1000))


@pytest.mark.parametrize(("used", "held"), [(0.79, ()), (0.82, ("memory_high:shop",)), (0.86, ())])
def test_between_both_levels_it_is_neither_found_nor_over(
    used: float, held: tuple[str, ...]
) -> None:
    check = CHECKS["memory_high"]
    rows: Sequence[Any] = [memory(used)]

    assert lingering(check, rows, check.limits(), check(rows, check.limits())) == held


async def test_a_look_tells_what_is_not_over() -> None:
    check = CHECKS["memory_high"]
    outcome = await look_outside(Readings([GivenSource([memory(0.82)])]), check, check.limits())

    assert outcome is not None
    assert (outcome.clean, outcome.lingering) == (True, ("memory_high:shop",))


@pytest.mark.parametrize("check", CLEARING, ids=lambda check: check.id)
def test_each_level_that_ends_something_counts(check: unit.AnyCheck) -> None:
    limits = check.limits()

    assert cleared(limits) not in (None, limits)


@pytest.mark.parametrize(
    ("id_", "row"),
    [
        ("allowance_low", Allowance("openai", "tokens", 100, 12)),
        ("clock_unsynchronised", ClockSync("db-1", True, timedelta(seconds=0.9))),
    ],
)
def test_what_is_left_and_how_far_a_clock_is_off_have_one_too(id_: str, row: object) -> None:
    check = CHECKS[id_]
    verdicts = check([row], check.limits())

    assert not any(isinstance(one, Finding) for one in verdicts)
    assert lingering(check, [row], check.limits(), verdicts) == (f"{id_}:{row.subject}",)  # type: ignore[attr-defined]


def p95(route: str | None, seconds: float) -> Responses:
    return Responses("shop", route, 1_000, timedelta(minutes=5), None, Between(seconds, seconds))


@pytest.mark.parametrize(
    ("of_all", "of_pay", "held"),
    [
        (2.1, 3.0, ("response_time_high:shop /pay",)),  # told with all of the service
        (2.1, 6.0, ()),  # told by itself
        (1.7, 1.9, ("response_time_high:shop", "response_time_high:shop /pay")),
        (1.2, 1.3, ()),
    ],
)
def test_a_route_is_not_over_because_all_of_its_service_is_found(
    of_all: float, of_pay: float, held: tuple[str, ...]
) -> None:
    check = CHECKS["response_time_high"]
    rows = [p95(None, of_all), p95("/pay", of_pay)]

    assert lingering(check, rows, check.limits(), check(rows, check.limits())) == held


def test_limits_without_such_a_level_are_as_they_are() -> None:
    assert cleared(CHECKS["index_unused"].limits()) is None
    assert cleared(timedelta()) is None
    assert cleared(Ratio(0.5)) is None


def test_every_figure_that_goes_up_and_down_has_such_a_level() -> None:
    only_falls = {"certificate_expiring", "domain_expiring"}
    graded = {
        one.id
        for one in CHECKS.values()
        if not one.of_databases
        and any(one.limit_kinds.get(name) in (timedelta, Ratio) for name in ("low", "medium"))
    }

    assert graded - only_falls <= {one.id for one in CLEARING}
