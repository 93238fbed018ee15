"""What is below the first screen waits; what is seen first never does."""

import pytest

from fettle.model.experiment import Shown
from fettle.optimisation.actions.load_late import improve
from tests.optimisation.sites import site, written

BELOW = Shown("a.jpg", 80, 60, seen=False)
SEEN = Shown("a.jpg", 80, 60, seen=True)


def late(tag: str, *shown: Shown, largest: frozenset[str] = frozenset()) -> bool:
    found = written(improve, site({"index.html": tag}, *shown, largest=largest))
    return 'loading="lazy"' in found.get("index.html", b"").decode()


def test_an_image_below_waits() -> None:
    assert late("<img src=a.jpg>", BELOW)


@pytest.mark.parametrize(
    "tag", ["<img src=a.jpg loading=eager>", "<img src=a.jpg fetchpriority=high>"]
)
def test_one_that_says_how_it_loads_is_left_alone(tag: str) -> None:
    assert not late(tag, BELOW)


def test_one_that_is_seen_on_any_screen_does_not_wait() -> None:
    assert not late("<img src=a.jpg>", BELOW, SEEN)
    assert not late("<img src=a.jpg>")
    assert not late("<img src=a.jpg>", BELOW, largest=frozenset({"a.jpg"}))
