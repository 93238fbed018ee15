"""Quantiles of a stream."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.targets.access_logs.sketch import Sketch

SECONDS = st.lists(st.floats(0, 1e5), min_size=1, max_size=200)


@given(SECONDS, st.sampled_from((0.5, 0.95, 0.99)))
def test_the_true_quantile_lies_where_it_is_said_to(seconds: list[float], share: float) -> None:
    sketch = Sketch()
    for one in seconds:
        sketch.add(one)
    true = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    told = sketch.quantile(share)
    assert told is not None
    assert told.least <= true * (1 + 1e-9) + 1e-12
    assert true <= told.most * (1 + 1e-9) + 1e-12
    assert told.most <= told.least * 1.0203 or told.most <= 0.001


@given(SECONDS, SECONDS)
def test_two_sketches_joined_are_the_sketch_of_both(one: list[float], other: list[float]) -> None:
    apart, whole = (Sketch(), Sketch()), Sketch()
    for sketch, seconds in zip(apart, (one, other), strict=True):
        for each in seconds:
            sketch.add(each)
            whole.add(each)
    apart[0].join(apart[1])
    assert apart[0].quantile(0.95) == whole.quantile(0.95)
    assert apart[0].mean_s == pytest.approx(whole.mean_s)


def test_it_stays_small() -> None:
    sketch, chance = Sketch(), random.Random(1)
    for _ in range(100_000):
        sketch.add(chance.lognormvariate(-2, 2))
    assert len(sketch.buckets) < 1_000


def test_of_nothing_nothing_is_known() -> None:
    assert Sketch().quantile(0.95) is None
    assert Sketch().mean_s is None
