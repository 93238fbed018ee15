"""How much one sender may send."""

from datetime import timedelta

from fettle.intake.quota import Quota
from fettle.testing import START


def test_of_several_all_are_taken_or_none() -> None:
    quota = Quota(rate=1, burst=3)

    taken = [quota.take(START, many) for many in (2, 2, 1, 1)]

    assert taken == [None, 1, None, 1]


def test_more_than_a_burst_are_never_taken_and_wait_until_it_is_full() -> None:
    quota = Quota(rate=0.5, burst=3)
    quota.take(START, 3)

    assert quota.take(START, 4) == 6
    assert quota.take(START + timedelta(seconds=6), 4) == 1
    assert quota.take(START + timedelta(seconds=6), 3) is None


def test_what_was_taken_in_vain_is_given_back_and_never_more_than_a_burst() -> None:
    quota = Quota(rate=1, burst=3)
    quota.take(START, 2)

    quota.give_back(5)

    assert quota.left == 3
