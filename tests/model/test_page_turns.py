"""A page that is measured time and again got worse at some moment, or did not."""

from datetime import timedelta

import pytest

from fettle.model.deploy import Deploy
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce
from fettle.model.page_turns import alike, turns
from fettle.testing import START


def once(days_ago: float, lcp: float, machine: str = "web-1", **figures: float) -> MeasuredOnce:
    values = {name: [value - 2, value - 1, value, value + 1, value + 2]
              for name, value in {"lcp": lcp, **figures}.items()}  # fmt: skip
    at = START - timedelta(days=days_ago)
    return MeasuredOnce("https://shop.example/", Profile.PHONE, at, values, {}, "shop", machine)


def live(version: str, days_ago: float) -> Deploy:
    return Deploy("shop", version, START - timedelta(days=days_ago), "ci")


@pytest.mark.parametrize(
    ("lcps", "told"),
    [
        ((2000, 2000), None),
        ((2000, 2700), ("1.4", 2000, 2700)),
        ((2000, 2700, 2700), ("1.4", 2000, 2700)),  # it stays until it is well again
        ((2000, 2700, 2020), None),
        ((2000, 2700, 2020, 2900), (None, 2020, 2900)),
        ((2000, 2050, 2700), (None, 2050, 2700)),
        ((2700, 2000), None),
        ((2000,), None),
    ],
)
def test_a_page_that_was_measured_and_got_surely_slower_is_told_until_it_is_well_again(
    lcps: tuple[float, ...], told: tuple[str | None, float, float] | None
) -> None:
    pages = [once(5 - number, lcp) for number, lcp in enumerate(lcps)]
    found = list(turns("shop", pages, [live("1.4", 4.5), live("1.3", 5.5)]))
    assert [(one.version, one.was, one.now) for one in found] == ([] if told is None else [told])


def test_figures_of_two_machines_are_not_compared() -> None:
    kept = [once(3, 2000), once(2, 900, "ci"), once(1, 2700)]
    (pages,) = alike(kept)
    assert [one.machine for one in pages] == ["web-1", "web-1"]
