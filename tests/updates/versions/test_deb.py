"""Debian: order and relations, as dpkg has them."""

import random

import pytest

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import deb
from tests.updates.versions.made import deb_version, pairs
from tests.updates.versions.peers import dpkg_holds, dpkgs_orders

PICKED = (
    ("1.0~rc1", "1.0"), ("1.0", "1.0-0"), ("1.0", "1.0-1"), ("1.0-1", "1.0-1~bpo1"),
    ("1:0.1", "9"), ("0:1", "1"), ("1.", "1.0"), ("1.0", "1.00"), ("1a", "1"), ("1a", "1+"),
    ("1a", "1~"), ("1~~", "1~"), ("1~~a", "1~"), ("1-1-1", "1-1"),
    ("2.36-9+deb12u4", "2.36-9+deb12u10"), ("1.2.3+dfsg-1", "1.2.3-1"), ("a", "1"), ("1_0", "1"),
    ("1", "1-"), ("-1", "1"), ("1:", "1"), (":1", "1"), ("x:1", "1"), ("1:2:3", "1:2"),
    ("2147483647:1", "1"), ("2147483648:1", "1"), ("+1:1", "1:1"), ("-1:1", "1"), ("01:1", "1:1"),
    ("1" * 5, "1" * 40), ("0", "00"), ("0.0", "0"), ("1é", "1z"), ("1Z", "1a"), ("1.-", "1.-0"),
)  # fmt: skip
SIGNS = ("<<", "<=", "=", ">=", ">>", "<", ">")


def held(version: str, sign: str, other: str) -> bool | None:
    try:
        return deb.inside(version, f"{sign} {other}")
    except UnreadableVersion:
        return None


def test_versions_are_ordered_as_dpkg_orders_them() -> None:
    seed = random.Random(8)
    several = [deb_version(seed) for _ in range(5_000)]
    # A sign before an epoch is taken by dpkg itself alone, which is asked below.
    cases = [
        one
        for one in pairs(seed, several, 40_000)
        if all(deb.is_readable(text) and text[0] not in "+-" for text in one)
    ]

    told = dpkgs_orders(cases)

    wrong = [(case, by) for case, by in zip(cases, told, strict=True) if deb.order(*case) != by]
    assert wrong == []
    assert len(cases) > 30_000
    assert min(told.count(answer) for answer in (-1, 0, 1)) > 1000


def test_a_relation_holds_where_dpkg_says_so() -> None:
    seed = random.Random(9)
    made = pairs(seed, [deb_version(seed) for _ in range(500)], 600)
    cases = [(a, seed.choice(SIGNS), b) for a, b in (*PICKED, *made)]

    told = dpkg_holds(cases)

    wrong = [(case, by) for case, by in zip(cases, told, strict=True) if held(*case) is not by]
    assert wrong == []
    assert None in told


@pytest.mark.parametrize(
    ("range_", "inside"),
    [
        (">= 1.2, << 2", True),
        ("(>= 1.2), (<< 1.4)", False),
        ("<< 1 | >= 1.5", True),
        ("<< 1 | >= 1.5, = 3", False),
        ("1.5-1", True),
    ],
)
def test_relations_join_as_in_a_packages_fields(range_: str, inside: bool) -> None:
    assert deb.inside("1.5-1", range_) is inside


@pytest.mark.parametrize("range_", ["", ">= ", "~ 1", ">= 1 <<2", "(>= 1", "!= 1", ">= 1,"])
def test_a_range_that_nobody_can_read_is_refused(range_: str) -> None:
    with pytest.raises(UnreadableVersion):
        deb.inside("1.5-1", range_)


@pytest.mark.parametrize(
    ("current", "offered", "level"),
    [
        ("1:2.36-9", "2:2.36-9", Level.MAJOR),
        ("2.36-9", "3.1-1", Level.MAJOR),
        ("2.36-9", "2.37-1", Level.MINOR),
        ("2.36-9+deb12u4", "2.36-9+deb12u10", Level.PATCH),
        ("2.36.1-9", "2.36.2-1", Level.PATCH),
        ("a1", "a2", Level.OTHER),
    ],
)
def test_the_level_is_of_upstreams_numbers(current: str, offered: str, level: Level) -> None:
    assert deb.level(current, offered) is level
