"""Values are counted in buckets, and told again to the hundredth."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.field import Counts, added, bucket_of, percentile, value_of
from fettle.model.measurement import Thresholds
from fettle.model.route import page_of


@given(st.floats(min_value=1, max_value=600_000))
def test_a_time_is_told_to_a_hundredth(value: float) -> None:
    assert value_of("lcp", bucket_of("lcp", value)) == pytest.approx(value, rel=0.0101)


@given(st.floats(min_value=0.001, max_value=100))
def test_a_score_is_told_to_a_hundredth(value: float) -> None:
    assert value_of("cls", bucket_of("cls", value)) == pytest.approx(value, rel=0.0101)


def test_nothing_stays_nothing() -> None:
    assert value_of("cls", bucket_of("cls", 0)) == 0
    assert value_of("inp", bucket_of("inp", 0.4)) == 0


def counted(metric: str, values: list[float]) -> Counts:
    counts: Counts = ()
    for value in values:
        counts = added(counts, [*[0] * bucket_of(metric, value), 1])
    return counts


def test_three_of_four_visits_are_not_beyond_the_percentile() -> None:
    values = [100.0 * (one + 1) for one in range(400)]
    random.Random(1).shuffle(values)
    found = percentile("lcp", counted("lcp", values), Thresholds(2500, 4000))
    assert found is not None
    assert found.p75 == pytest.approx(30_000, rel=0.02)
    assert found.surely[0] == pytest.approx(28_300, rel=0.02)
    assert found.surely[1] == pytest.approx(31_800, rel=0.02)
    assert (found.visits, found.rating) == (400, "poor")


def test_few_visits_tell_little() -> None:
    found = percentile("lcp", counted("lcp", [1000, 2000, 8000]), None)
    assert found is not None
    assert found.surely[0] < 2100
    assert found.surely[1] > 7900
    assert percentile("lcp", (), None) is None


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/", "/"),
        ("https://shop.example", "/"),
        ("https://ada:pw@shop.example/orders/17?mail=ada@example.org#x", "/orders/{id}"),
        ("/orders/17/", "/orders/{id}"),
        ("/invite/ada@example.org", "/invite/{id}"),
        ("/reset/4f3a2b1c9d8e7f6a5b4c", "/reset/{id}"),
        ("/users/ada", "/users/*"),
        ("/a" * 100, "/a" * 12),
        ("/" + "x" * 5000, "/" + "x" * 119),
    ],
)
def test_a_page_is_called_by_its_route(address: str, page: str) -> None:
    assert page_of(address, ("/users/*",)) == page
