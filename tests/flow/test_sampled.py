"""What of a look is kept as samples."""

from datetime import timedelta

from fettle.flow.sampled import chosen
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Measurement
from fettle.testing import START


def looked(*measured: Measurement) -> Diagnosis:
    return Diagnosis("shop", START, timedelta(), (Outcome("check", measurements=measured),))


def test_what_is_too_long_for_an_index_is_kept_shorter_and_stays_apart() -> None:
    one, other = (Measurement("used_ratio", 0.5, "x" * 5_000 + end) for end in "ab")

    first, second = chosen(looked(one, other), [], START, 10).kept

    assert first.subject != second.subject
    assert max(len(first.subject), len(second.subject)) < 400


def test_two_that_are_kept_as_the_same_are_one() -> None:
    found = chosen(
        looked(Measurement("a", 1, "x\0"), Measurement("a", 2, "x\ufffd")), [], START, 10
    )

    assert [(one.subject, one.value) for one in found.kept] == [("x\ufffd", 2)]
