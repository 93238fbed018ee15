"""A host's name cannot be looked up."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.infrastructure.name_lookup_failing import judge
from fettle.model.finding import Finding
from fettle.model.probed import NameLookup
from fettle.unit import NoLimits

ROW = NameLookup("shop", "shop.example", problem="the name shop.example is not known", known=False)


@pytest.mark.parametrize(
    ("critical", "dependency", "severity"),
    [
        (True, False, "critical"),
        (False, False, "high"),
        (True, True, "high"),
        (False, True, "medium"),
    ],
)
def test_it_is_as_bad_as_no_answer(critical: bool, dependency: bool, severity: str) -> None:
    (found,) = judge([replace(ROW, critical=critical, dependency=dependency)], NoLimits())

    assert isinstance(found, Finding)
    assert (found.subject, str(found.severity)) == ("shop.example", severity)
    assert found.about == ("name shop.example",)


def test_what_it_is_a_part_of_may_have_lapsed() -> None:
    (found,) = judge([replace(ROW, host="www.eu.shop.example")], NoLimits())

    assert isinstance(found, Finding)
    assert found.suspects == ("name eu.shop.example", "name shop.example")


def test_a_name_that_is_known_is_no_trouble() -> None:
    assert list(judge([replace(ROW, took_s=0.1, problem=None)], NoLimits())) == []


def test_a_resolver_that_says_nothing_is_looked_at_first() -> None:
    (unknown,) = judge([ROW], NoLimits())
    (silent,) = judge([replace(ROW, known=True)], NoLimits())

    assert isinstance(unknown, Finding)
    assert isinstance(silent, Finding)
    assert "spelt right" in unknown.recommendations[0]
    assert "another resolver" in silent.recommendations[0]
