"""Names are looked up slowly."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.infrastructure.name_lookup_slow import Limits, judge
from fettle.model.finding import Finding, Measurement, Unknown
from fettle.model.probed import NameLookup

ROW = NameLookup("shop", "shop.example", took_s=0.004, first_s=0.3)


@pytest.mark.parametrize(
    ("took_s", "severity"),
    [(0.004, None), (0.099, None), (0.1, "medium"), (0.9, "medium"), (1.0, "high")],
)
def test_what_is_slow_though_it_is_known_already_is_found(
    took_s: float, severity: str | None
) -> None:
    figure, *found = judge([replace(ROW, took_s=took_s)], Limits())

    assert figure == Measurement("name_lookup_s", took_s, "shop.example")
    assert [str(one.severity) for one in found if isinstance(one, Finding)] == (
        [severity] if severity else []
    )


def test_both_times_are_said() -> None:
    _, found = judge([replace(ROW, took_s=0.2)], Limits())

    assert isinstance(found, Finding)
    assert found.description == (
        "to look up shop.example took 200 ms when it was known already, and 300 ms at first"
    )


def test_what_was_not_learnt_has_no_time_and_is_not_called_fast() -> None:
    (gap,) = judge([replace(ROW, took_s=None, problem="nobody says")], Limits())

    assert gap == Unknown("shop.example was not looked up", "see what name_lookup_failing found")
