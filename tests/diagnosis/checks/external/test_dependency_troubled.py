"""A dependency says that it has trouble."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.external.dependency_troubled import judge
from fettle.model.finding import Finding, Measurement
from fettle.model.probed import Announced, Trouble
from fettle.unit import NoLimits

ROW = Announced(
    "bank",
    Trouble.MAJOR,
    "Partial System Outage",
    parts=(("API", "partial_outage"),),
    incidents=(("Charges fail", "investigating"),),
    url="https://status.bank.example",
    advice=("Keep orders",),
)


@pytest.mark.parametrize(
    ("trouble", "critical", "severity"),
    [
        (Trouble.CRITICAL, True, "high"),
        (Trouble.CRITICAL, False, "medium"),
        (Trouble.MAJOR, True, "high"),
        (Trouble.MAJOR, False, "medium"),
        (Trouble.MINOR, True, "medium"),
        (Trouble.MINOR, False, "low"),
        (Trouble.MAINTENANCE, True, "low"),
        (Trouble.MAINTENANCE, False, "info"),
    ],
)
def test_how_bad_it_is_and_what_hangs_on_it_decide(
    trouble: Trouble, critical: bool, severity: str
) -> None:
    _, found = judge([replace(ROW, trouble=trouble, critical=critical)], NoLimits())

    assert isinstance(found, Finding)
    assert str(found.severity) == severity


def test_no_trouble_is_none() -> None:
    row = replace(ROW, trouble=Trouble.NONE, parts=(), incidents=())

    assert list(judge([row], NoLimits())) == [Measurement("dependency_trouble_level", 0)]


def test_what_it_says_is_told() -> None:
    _, found = judge([ROW], NoLimits())

    assert isinstance(found, Finding)
    assert found.description == "Partial System Outage (major): Charges fail"
    assert found.evidence == (
        {"incident": "Charges fail", "state": "investigating"},
        {"component": "API", "state": "partial_outage"},
    )
    assert found.recommendations[:2] == (
        "Follow what it says: https://status.bank.example",
        "Keep orders",
    )
