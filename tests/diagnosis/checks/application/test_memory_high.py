"""Memory is nearly full."""

import pytest

from fettle.diagnosis.checks.application.memory_high import Limits, judge
from fettle.model.finding import Finding, Measurement
from fettle.model.quantity import Bytes
from fettle.model.readings import Memory
from fettle.model.severity import Severity


@pytest.mark.parametrize(
    ("used", "severity"),
    [(0, None), (850, None), (851, Severity.MEDIUM), (950, Severity.MEDIUM), (951, Severity.HIGH),
     (1200, Severity.HIGH)],
)  # fmt: skip
def test_it_is_graded_by_the_share_that_is_used(used: int, severity: Severity | None) -> None:
    verdicts = list(judge([Memory("db1", Bytes(used), Bytes(1000))], Limits()))

    found = [one for one in verdicts if isinstance(one, Finding)]
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.saturation for one in found)
    assert Measurement("memory_used_ratio", used / 1000, "db1") in verdicts
