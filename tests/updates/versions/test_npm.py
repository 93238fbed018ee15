"""npm: order and ranges, as npm's own library has them."""

import random

import pytest

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import npm
from tests.updates.versions.made import npm_range, npm_version, pairs
from tests.updates.versions.peers import npms

PICKED = (
    ("1.2.3", "1.2.3"), ("1.2.3", "=1.2.3"), ("1.2.3", "==1.2.3"), ("1.2.3", "= v1.2.3"),
    ("1.2.3", ">=v1.2"), ("1.2.3", "^1.2.3"), ("1.9.9", "^1.2.3"), ("2.0.0", "^1.2.3"),
    ("2.0.0-0", "^1.2.3"), ("0.2.5", "^0.2.3"), ("0.3.0", "^0.2.3"), ("0.0.3", "^0.0.3"),
    ("0.0.4", "^0.0.3"), ("0.0.4", "^0.0"), ("0.1.0", "^0.0.x"), ("0.9.0", "^0.x"),
    ("1.2.3-beta.4", "^1.2.3-beta.2"), ("1.2.4-beta.2", "^1.2.3-beta.2"), ("1.2.9", "~1.2.3"),
    ("1.3.0", "~1.2.3"), ("1.9.0", "~1"), ("1.2.9", "~> 1.2.3"), ("0.2.9", "~0.2"),
    ("2.3.9", "1.2.3 - 2.3"), ("2.4.0", "1.2.3 - 2.3"), ("2.9.9", "1.2 - 2"),
    ("3.0.0-0", "1.2 - 2"), ("1.2.3", "1.2.3 - 1.2.3"), ("1.2.3", "* - 2"), ("1.2.3", "1 - *"),
    ("1.2.3", "1.2.3-2.0.0"), ("1.2.3", ""), ("1.2.3-a", ""), ("1.2.3", "*"), ("1.2.3", "x"),
    ("1.2.3", "X.1"), ("1.2.3", "1.x.3"), ("1.2.3", "1.2.x"), ("1.2.3", "1.2.*"), ("1.2.3", ">1"),
    ("2.0.0", ">1"), ("1.3.0", ">1.2"), ("1.2.9", "<=1.2"), ("1.2.9", "<1.2"), ("1.2.0-0", "<1.2"),
    ("1.2.0", ">*"), ("1.2.0", "<*"), ("1.2.0", ">=*"), ("1.2.0", "<=x"), ("5.0.0", "<2 || >=4"),
    ("3.0.0", "<2 || >=4"), ("3.0.0", "<2||>=4||3.x"), ("1.0.0", "||"), ("1.0.0", "2 ||"),
    ("1.0.0", "latest"), ("1.0.0", "1.0.0 foo"), ("1.0.0", ">=1.0.0<2.0.0"),
    ("1.0.0", ">= 1.0.0 < 2"), ("1.0.0", ">=1,<2"), ("1.0.0", "!1.0.0"), ("1.0.0", "> = 1.0.0"),
    ("1.0.0", "1.0.0*"), ("1.0.0", ">01.0.0"), ("1.0.0", ">=0.0.0"), ("1.0.0-a", ">=0.0.0"),
    ("1.0.0-a", ">=1.0.0-a"), ("1.0.1-a", ">=1.0.0-a"), ("1.0.0+b", "1.0.0+c"),
    ("1.0.0", "^1.0.0+c"), ("1.0.0", "\t>=1.0.0\n<2.0.0 "), ("1.0.0", "1.0.0alpha"),
    ("9007199254740991.0.0", "^9007199254740991.0.0"), ("1.0.0", "<9007199254740992.0.0"),
    ("1.0.0", "1.0.0.0"), ("1.2.3", "^ 1.2 ^ 1"), ("1.2.3", "~1.2 <1.2.4"),
    ("1.2.3", "file:../other"), ("1.2.3", "git+ssh://host/x"), ("1.2", "1.2"), ("v1.2.3", "1"),
    ("=1.2.3", "1"), ("1.2.3 ", "1"), ("01.2.3", "1"), ("1.2.3.4", "1"), ("", "1"),
)  # fmt: skip


def judged(version: str, range_: str) -> bool | None:
    try:
        return npm.inside(version, range_)
    except UnreadableVersion:
        return None


def ordered(a: str, b: str) -> int | None:
    try:
        return npm.order(a, b)
    except UnreadableVersion:
        return None


def test_a_version_is_inside_a_range_where_npm_says_so() -> None:
    seed = random.Random(8)
    made = [(npm_version(seed), npm_range(seed)) for _ in range(30_000)]
    cases = [*PICKED, *made]

    told = npms([("inside", *case) for case in cases])

    wrong = [(case, by) for case, by in zip(cases, told, strict=True) if judged(*case) is not by]
    assert wrong == []
    assert min(told.count(answer) for answer in (True, False, None)) > 1000


def test_versions_are_ordered_as_npm_orders_them() -> None:
    seed = random.Random(9)
    cases = list(pairs(seed, [npm_version(seed) for _ in range(2_000)], 30_000))

    told = npms([("order", *case) for case in cases])

    wrong = [(case, by) for case, by in zip(cases, told, strict=True) if ordered(*case) != by]
    assert wrong == []
    assert min(told.count(answer) for answer in (-1, 0, 1, None)) > 1000


@pytest.mark.parametrize(
    ("current", "offered", "level"),
    [
        ("1.2.3", "2.0.0", Level.MAJOR),
        ("1.2.3", "1.3.0", Level.MINOR),
        ("1.2.3", "1.2.4", Level.PATCH),
        ("1.2.3-rc.1", "1.2.3", Level.PATCH),
        ("0.1.9", "0.2.0", Level.MINOR),
    ],
)
def test_the_first_number_that_differs_is_the_level(
    current: str, offered: str, level: Level
) -> None:
    assert npm.level(current, offered) is level


def test_a_prerelease_is_told_from_a_build() -> None:
    assert npm.is_prerelease("1.2.3-rc.1")
    assert not npm.is_prerelease("1.2.3+rc.1")


def test_a_range_of_any_length_is_judged_or_refused_at_once() -> None:
    for text in ("=" * 2000, ">" * 2000, "1." * 1000, "1.1.1-" + "a-" * 990, " ||" * 650):
        judged("1.2.3", text)
    with pytest.raises(UnreadableVersion, match="5,000 characters"):
        npm.inside("1.2.3", "1" * 5000)
