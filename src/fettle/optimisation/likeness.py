"""How like two images look to people: SSIMULACRA 2, on numpy alone.

100 is the same, 90 is not told apart flickering, 80 not side by side, 70 hardly. Definition,
weights and scale are those of https://github.com/cloudinary/ssimulacra2 (BSD 3-Clause), whose blur
is a recursive one; a Gaussian of the same width differs from it by tenths of a point. Python's
package of the name needs SciPy, which is larger than all else that this takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_SCALES = 6
_SMALLEST = 8  # pixels; below there is nothing to compare
_C2 = 0.0009
_SIGMA = 1.5
_RADIUS = 5
_BIAS = 0.0037930732552754493
_ABSORBED = (
    (0.30, 0.622, 0.078),
    (0.23, 0.692, 0.078),
    (0.24342268924547819, 0.20476744424496821, 0.5518098665095536),
)
# The channel's rows, one a scale: for the mean, then for the norm of the worst, each what is said
# of structure, of edges that came, and of edges that are lost.
_WEIGHTS = (
    (0.0, 0.0007376606707406586, 0.0, 0.0, 0.0007793481682867309, 0.0),
    (
        0.0,
        0.0004371155730107379,
        0.0,
        1.1041726426657346,
        0.00066284834129271,
        0.00015231632783718752,
    ),
    (0.0, 0.0016406437456599754, 0.0, 1.8422455520539298, 11.441172603757666, 0.0),
    (0.0007989109436015163, 0.000176816438078653, 0.0, 1.8787594979546387, 10.94906990605142, 0.0),
    (
        0.0007289346991508072,
        0.9677937080626833,
        0.0,
        0.00014003424285435884,
        0.9981766977854967,
        0.00031949755934435053,
    ),
    (0.0004550992113792063, 0.0, 0.0, 0.0013648766163243398, 0.0, 0.0),
    (0.0, 0.0, 0.0, 7.466890328078848, 0.0, 17.445833984131262),
    (0.0006235601634041466, 0.0, 0.0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264),
    (225.20515300849274, 0.0, 0.0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985),
    (176.39317598450694, 0.0, 0.0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408),
    (0.0, 0.0, 0.0, 34.77906344483772, 44.835625328877896, 0.0),
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.0008680556573291698, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.0005313191874358747, 0.0, 0.00016533814161379112, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0004179171803251336, 0.0017290828234722833, 0.0),
    (0.0020827005846636437, 0.0, 0.0, 8.826982764996862, 23.19243343998926, 0.0),
    (
        95.1080498811086,
        0.9863978034400682,
        0.9834382792465353,
        0.0012286405048278493,
        171.2667255897307,
        0.9807858872435379,
    ),
    (0.0, 0.0, 0.0, 0.0005130064588990679, 0.0, 0.00010854057858411537),
)


@dataclass(frozen=True)
class Picture:
    """An image to compare others with; what is reckoned of it is kept.

    `pixels` are height × width × 3, from 0 to 255, seen before whatever background there is.
    """

    pixels: NDArray[np.uint8]

    @cached_property
    def scales(self) -> "list[_Scale]":
        """The image at half the size each time, and what is around each of its pixels."""
        return [_Scale(planes, _blurred(planes), _blurred(planes * planes)) for planes in self]

    def __iter__(self) -> Iterator[Plane]:
        linear = _linear(self.pixels)
        for scale in range(_SCALES):
            if min(linear.shape[1:]) < _SMALLEST:
                return
            yield _opponent(linear)
            if scale < _SCALES - 1:
                linear = _halved(linear)


@dataclass(frozen=True)
class _Scale:
    planes: Plane
    around: Plane
    squared: Plane


def likeness(original: Picture, other: Picture) -> float:
    """Return how like the second looks to the first; both are of one size."""
    worse = 0.0
    for scale, (one, two) in enumerate(zip(original.scales, other.scales, strict=True)):
        for channel, terms in enumerate(_terms(one, two)):
            row = _WEIGHTS[channel * len(original.scales) + scale]
            worse += sum(weight * term for weight, term in zip(row, terms, strict=True))
    worse *= 0.9562382616834844
    worse = (
        2.326765642916932 * worse
        - 0.020884521182843837 * worse**2
        + (6.248496625763138e-05 * worse**3)
    )
    return 100.0 if worse <= 0 else 100.0 - 10.0 * float(worse) ** 0.6276336467831387


def _terms(one: _Scale, two: _Scale) -> Iterator[tuple[float, ...]]:
    """Yield, for each channel, six terms in the weights' order."""
    both = _blurred(one.planes * two.planes)
    means = one.around * two.around
    structure = (2.0 * (both - means) + _C2) / (
        (one.squared - one.around**2) + (two.squared - two.around**2) + _C2
    )
    lost = np.maximum(1.0 - (1.0 - (one.around - two.around) ** 2) * structure, 0.0)
    edges = (1.0 + np.abs(two.planes - two.around)) / (1.0 + np.abs(one.planes - one.around)) - 1.0
    maps = (lost, np.maximum(edges, 0.0), np.maximum(-edges, 0.0))
    for channel in range(3):
        flat = [one_map[channel].astype(np.float64) for one_map in maps]
        means_ = [float(values.mean()) for values in flat]
        norms = [float((values**4).mean() ** 0.25) for values in flat]
        yield (*means_, *norms)


def _linear(pixels: NDArray[np.uint8]) -> Plane:
    """Take the curve of sRGB out of it; the channels come first."""
    value = pixels.astype(np.float32).transpose(2, 0, 1) / np.float32(255.0)
    curved: Plane = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return curved.astype(np.float32)


def _opponent(linear: Plane) -> Plane:
    """Return it as eyes take it apart: XYB, all of it positive."""
    matrix = np.array(_ABSORBED, dtype=np.float32)
    mixed: Any = np.tensordot(matrix, linear, axes=1) + np.float32(_BIAS)
    eyes = np.cbrt(np.maximum(mixed, 0)) - np.float32(np.cbrt(_BIAS))
    x, y = (eyes[0] - eyes[1]) * 0.5, (eyes[0] + eyes[1]) * 0.5
    stacked: Plane = np.stack([x * 14.0 + 0.42, y + 0.01, eyes[2] - y + 0.55])
    return stacked.astype(np.float32)


def _halved(planes: Plane) -> Plane:
    height, width = planes.shape[1:]
    even = np.pad(planes, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    summed = even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]
    return summed * np.float32(0.25)


def _blurred(planes: Plane) -> Plane:
    """Blur along both sides with one Gaussian."""
    steps = np.arange(_RADIUS + 1)
    kernel = np.exp(-(steps**2) / (2 * _SIGMA**2))
    kernel = (kernel / (kernel[0] + 2 * kernel[1:].sum())).astype(np.float32)
    for axis in (1, 2):
        length = planes.shape[axis]
        around = [(0, 0)] * 3
        around[axis] = (_RADIUS, _RADIUS)
        wide = np.pad(planes, around, mode="symmetric")
        parts = np.moveaxis(wide, axis, 0)
        summed = parts[_RADIUS : _RADIUS + length] * kernel[0]
        for step in range(1, _RADIUS + 1):
            left = parts[_RADIUS - step : _RADIUS - step + length]
            right = parts[_RADIUS + step : _RADIUS + step + length]
            summed += (left + right) * kernel[step]
        planes = np.moveaxis(summed, 0, axis)
    return planes
