"""A strip has so many frames that two of them can be held beside each other."""

import pytest

from fettle.model.browser import Frame
from fettle.optimisation.filmstrip import MOST, kept, moments, step_of


def frames(*at_ms: float) -> list[Frame]:
    return [Frame(at, str(at).encode()) for at in at_ms]


def at(found: list[Frame]) -> list[float]:
    return [one.at_ms for one in found]


@pytest.mark.parametrize(
    ("end_ms", "step"), [(0, 50), (600, 50), (601, 100), (5900, 500), (23_900, 2000), (9e9, 10_000)]
)
def test_the_step_lets_the_longest_strip_end_within_it(end_ms: float, step: int) -> None:
    assert step_of(end_ms) == step


def test_of_each_step_the_last_frame_is_kept() -> None:
    assert at(kept(frames(10, 90, 120, 180, 450), 100)) == [90, 180, 450]


def test_a_film_that_is_longer_than_a_strip_ends_with_what_it_came_to() -> None:
    long = kept(frames(*range(0, 200_000, 5000)), 10_000)
    assert len(long) == MOST
    assert long[-1].at_ms == 195_000


def test_a_strip_shows_moments_until_all_is_there() -> None:
    assert moments(1100, 250) == [250, 500, 750, 1000, 1250]
    assert moments(0, 50) == [50]
    assert len(moments(9e9, 10_000)) == MOST


def test_nothing_was_shown() -> None:
    assert kept([], 100) == []
