"""PyPI: what is asked of the library, and what of it is ours."""

import random

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from fettle.errors import UnreadableVersion
from fettle.model.update import Level
from fettle.updates.versions import pypi

NUMBERS = ("0", "1", "1.0", "1.2", "1.2.3", "2.0", "2.1.0.4", "1!1.0", "10.0", "2026.11.27")
BEHIND = ("", "", "", "a1", "b2", "rc1", ".post1", ".dev3", "rc1.dev2", "+local.1", "-1", "c1")
SIGNS = ("==", "!=", ">=", "<=", ">", "<", "~=", "===")


def made(seed: random.Random) -> str:
    return seed.choice(NUMBERS) + seed.choice(BEHIND)


def test_order_and_ranges_are_those_of_the_library() -> None:
    seed = random.Random(8)
    for _ in range(10_000):
        a, b = made(seed), made(seed)
        one, other = Version(a), Version(b)
        assert pypi.order(a, b) == (one > other) - (one < other)
        try:
            range_ = ", ".join(seed.choice(SIGNS) + made(seed) for _ in range(seed.randint(0, 2)))
            expected = SpecifierSet(range_).contains(one, prereleases=True)
        except ValueError:
            with pytest.raises(UnreadableVersion):
                pypi.inside(a, range_)
        else:
            assert pypi.inside(a, range_) is expected


@pytest.mark.parametrize(
    ("current", "offered", "level"),
    [
        ("1.9", "2.0", Level.MAJOR),
        ("2.0", "1!1.0", Level.MAJOR),
        ("1.0", "1.1", Level.MINOR),
        ("1", "1.0.1", Level.PATCH),
        ("1.0rc1", "1.0", Level.PATCH),
        ("1.0", "1.0.post1", Level.PATCH),
        ("1.2.3.4", "1.2.3.5", Level.PATCH),
    ],
)
def test_the_first_number_that_differs_is_the_level(
    current: str, offered: str, level: Level
) -> None:
    assert pypi.level(current, offered) is level


@pytest.mark.parametrize("text", ["", "latest", "1.0-abc", "1.x", "2004d-1", "1" * 5000])
def test_what_is_no_version_is_said_to_be_none(text: str) -> None:
    assert not pypi.is_readable(text)
    with pytest.raises(UnreadableVersion):
        pypi.order(text, "1.0")


def test_builds_of_developers_are_prereleases_and_fixes_are_not() -> None:
    assert [pypi.is_prerelease(one) for one in ("1.0a1", "1.0.dev1", "1.0.post1", "1.0")] == [
        True,
        True,
        False,
        False,
    ]
