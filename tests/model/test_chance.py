"""What differs by chance is told from what has changed."""

import random

import pytest

from fettle.model.chance import chance, changed


@pytest.mark.parametrize(
    ("before", "after", "p"),
    [
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        ([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 2 / 252),
        ([1, 2, 3], [4, 5, 6], 0.1),
        ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], 1.0),
        ([1, 3, 5, 7, 9], [2, 4, 6, 8, 10], 0.6905),
        ([1], [2], 1.0),
    ],
)
def test_every_deal_is_counted(before: list[float], after: list[float], p: float) -> None:
    assert chance(before, after) == pytest.approx(p, abs=0.001)


def test_of_many_it_is_reckoned_as_close() -> None:
    numbers = random.Random(3)
    before = [numbers.gauss(1000, 30) for _ in range(12)]
    after = [numbers.gauss(1030, 30) for _ in range(12)]
    exact = chance(before, after)
    assert chance([*before, 1000], after) == pytest.approx(exact, rel=0.5)
    assert chance(before * 5, after * 5) < exact


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        ([1000, 1010, 990, 1005, 1001], [1200, 1210, 1190, 1220, 1205], True),
        ([1000, 1010, 990, 1005, 1001], [1050, 1051, 1052, 1053, 1054], False),
        ([1000, 1010, 990, 1005, 1001], [1200, 1210, 995, 1220, 1205], False),
        ([0.001] * 5, [0.004] * 5, False),
    ],
)
def test_what_changed_is_sure_and_felt(
    before: list[float], after: list[float], *, is_so: bool
) -> None:
    assert changed(before, after, least=0.01) is is_so
