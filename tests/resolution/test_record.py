"""How often something helped, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.quantity import Ratio
from fettle.model.remedy import Record
from fettle.resolution.record import is_proven, rate, wilson


# Wilson's interval at 95 %, as statsmodels' proportion_confint(method="wilson") has it.
@pytest.mark.parametrize(
    ("resolved", "attempts", "low", "high"),
    [
        (0, 1, 0.0, 0.7935),
        (1, 1, 0.2065, 1.0),
        (4, 4, 0.5101, 1.0),
        (9, 11, 0.5230, 0.9486),
        (8, 10, 0.4902, 0.9433),
        (50, 100, 0.4038, 0.5962),
        (0, 10, 0.0, 0.2775),
    ],
)
def test_the_interval_is_wilsons(resolved: int, attempts: int, low: float, high: float) -> None:
    assert wilson(Record(attempts, resolved)) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_what_was_seen(one: int, other: int) -> None:
    record = Record(max(one, other), min(one, other))

    low, high = wilson(record)

    assert 0 <= low <= high <= 1
    if record.attempts:
        assert low - 1e-9 <= record.resolved / record.attempts <= high + 1e-9


@given(st.integers(1, 200))
def test_more_of_the_same_proves_more(attempts: int) -> None:
    assert wilson(Record(attempts + 1, attempts + 1))[0] > wilson(Record(attempts, attempts))[0]


def test_without_a_record_only_the_prior_is_known_and_nothing_is_proven() -> None:
    found = rate(Record(), Ratio(0.85))

    assert (found.low, found.high, found.likely, found.prior) == (None, None, 0.85, 0.85)
    assert not is_proven(Record(), 0.0)
    assert rate(Record()).likely is None


def test_the_prior_weighs_less_with_each_attempt() -> None:
    assert rate(Record(4, 0), Ratio(0.9)).likely == pytest.approx(0.45)
    assert rate(Record(36, 0), Ratio(0.9)).likely == pytest.approx(0.09)


def test_four_of_four_are_proof_enough_and_three_of_three_are_not() -> None:
    assert is_proven(Record(4, 4), 0.5)
    assert not is_proven(Record(3, 3), 0.5)
    assert not is_proven(Record(10, 8), 0.5)
