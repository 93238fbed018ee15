"""The gate of pages: a page looks as it did, and complains of nothing that is new."""

import io
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fettle.model.experiment import Objection
from fettle.model.ports_experiment import Sight

Screenshot = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Grey = NDArray[np.float64]

PAGE_SAME = 0.99
BLOCK_SAME = 0.90
BLOCK = 64
_WINDOW = 8


@dataclass(frozen=True)
class View:
    """A whole page as one screen shows it, and what it complained about.

    `pixels` are height × width × 3. `said` are the console's errors, `missing` the addresses that
    were answered with an error or not at all.
    """

    screen: str
    pixels: Screenshot = field(repr=False)
    said: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, sight: Sight) -> "View":
        """Read what was seen."""
        with Image.open(io.BytesIO(sight.png)) as image:
            pixels = np.asarray(image.convert("RGB"))
        return cls(sight.screen, pixels, sight.said, sight.missing)


def moving(one: View, again: View) -> Mask:
    """Return what differs between two looks at the same page: it moves by itself.

    Whole blocks are masked; nothing is where the two are of different sizes.
    """
    height, width = (min(a, b) for a, b in zip(_size(one), _size(again), strict=True))
    differs = np.any(one.pixels[:height, :width] != again.pixels[:height, :width], axis=2)
    mask = np.zeros((-(-height // BLOCK), -(-width // BLOCK)), dtype=bool)
    rows, columns = np.nonzero(differs)
    mask[rows // BLOCK, columns // BLOCK] = True
    return mask


def page_gate(before: View, after: View, mask: Mask | None = None) -> list[Objection]:
    """Judge how a page looks on one screen; what is masked is not looked at."""
    on = f"page, {before.screen}"
    found = complaints(before, after)
    if _size(before) != _size(after):
        sizes = (f"{width}×{height}" for height, width in (_size(before), _size(after)))
        return [*found, Objection(on, f"the page was {' and is '.join(sizes)} pixels")]
    likenesses = list(_blocks(before, after, mask))
    if not likenesses:
        return [*found, Objection(on, "all of the page moves by itself: it cannot be compared")]
    mean, (worst, where) = statistics.fmean(one for one, _ in likenesses), min(likenesses)
    if mean < PAGE_SAME:
        found.append(Objection(on, f"it looks different: SSIM of {mean:.4f}, {PAGE_SAME} asked"))
    if worst < BLOCK_SAME:
        row, column = (place * BLOCK for place in where)
        found.append(
            Objection(on, f"it looks different at {column},{row}: SSIM of {worst:.2f} there")
        )
    return found


def complaints(before: View | Sight, after: View | Sight) -> list[Objection]:
    """Return what a page complains about that it did not before."""
    return [
        Objection(f"page, {before.screen}", f"{what}: {min(new)[:200]}")
        for what, new in (
            ("the console has a new error", after.said - before.said),
            ("something is missing that was there", after.missing - before.missing),
        )
        if new
    ]


def _blocks(
    before: View, after: View, mask: Mask | None
) -> Iterator[tuple[float, tuple[int, int]]]:
    """Yield the likeness of each block that is looked at, and which it is."""
    likeness = _ssim(_grey(before), _grey(after))
    height, width = likeness.shape
    for row in range(-(-height // BLOCK)):
        for column in range(-(-width // BLOCK)):
            if mask is None or not mask[row, column]:
                block = likeness[
                    row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK
                ]
                yield float(block.mean()), (row, column)


def _ssim(one: Grey, other: Grey) -> Grey:
    """Return the structural similarity around each pixel (Wang et al. 2004)."""
    means = [_around(values) for values in (one, other, one * one, other * other, one * other)]
    a, b = means[0], means[1]
    variance, cross = means[2] - a * a + means[3] - b * b, means[4] - a * b
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * a * b + first) * (2 * cross + second)
    found: Grey = above / ((a * a + b * b + first) * (variance + second))
    return found


def _around(values: Grey) -> Grey:
    """Return the mean of the window around each pixel."""
    half = _WINDOW // 2
    wide = np.pad(values, (half, half - 1), mode="symmetric")
    summed = np.pad(wide.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    whole: Grey = (
        summed[_WINDOW:, _WINDOW:]
        - summed[:-_WINDOW, _WINDOW:]
        - summed[_WINDOW:, :-_WINDOW]
        + summed[:-_WINDOW, :-_WINDOW]
    )
    return whole / float(_WINDOW**2)


def _grey(view: View) -> Grey:
    grey: Grey = view.pixels.astype(np.float64) @ np.array((0.299, 0.587, 0.114))
    return grey


def _size(view: View) -> tuple[int, int]:
    return view.pixels.shape[0], view.pixels.shape[1]
