"""SSIMULACRA 2, as its definition has it."""

import numpy as np
import pytest

from fettle.optimisation.likeness import Picture, likeness
from tests.optimisation.drawn import Pixels, photograph

ORIGINAL = photograph(320, 240)


def noisy(strength: float) -> Pixels:
    noise = np.random.default_rng(5).normal(0, strength, ORIGINAL.shape)
    return np.clip(ORIGINAL + noise, 0, 255).astype(np.uint8)


def coarse(step: int) -> Pixels:
    return ((ORIGINAL // step) * step + step // 2).astype(np.uint8)


def shifted(pixels: int) -> Pixels:
    return np.roll(ORIGINAL, pixels, axis=1)


@pytest.mark.parametrize(
    ("other", "score"),
    [
        (noisy(1), 95.1),
        (noisy(4), 83.4),
        (coarse(4), 94.8),
        (coarse(16), 80.9),
        (shifted(1), 65.3),
    ],
)
def test_the_score_is_that_of_other_implementations(other: Pixels, score: float) -> None:
    """The scores are those of the package ssimulacra2 0.3, which blurs the edges otherwise."""
    assert likeness(Picture(ORIGINAL), Picture(other)) == pytest.approx(score, abs=1.0)


def test_the_same_image_is_the_same() -> None:
    assert likeness(Picture(ORIGINAL), Picture(ORIGINAL.copy())) == 100.0


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (64, 17)])
def test_small_images_are_compared_too(size: tuple[int, int]) -> None:
    image = photograph(*size)
    other = np.roll(image, 1, axis=0)

    assert likeness(Picture(image), Picture(image)) == 100.0
    assert likeness(Picture(image), Picture(other)) < 100.0
