"""The gate of timing: what is for sure is told from chance, and no harm is let through."""

import random
from collections.abc import Mapping, Sequence

import pytest

from fettle.model.chance import chance
from fettle.model.experiment import Gain
from fettle.optimisation.gates.timing import Timed, timing_gate

# The measurements of a step that defers scripts and takes imports in: FCP a quarter less, LCP
# half as much again.
BEFORE = {"fcp": (2400, 2410, 2390, 2405, 2420), "lcp": (3340, 3350, 3330, 3360, 3345)}
DEFERRED = {"fcp": (1730, 1740, 1725, 1728, 1733), "lcp": (5392, 5380, 5400, 5395, 5385)}


def timed(
    before: Mapping[str, Sequence[float]],
    after: Mapping[str, Sequence[float]],
    kb: tuple[float, float] = (100, 100),
) -> Timed:
    return Timed("index.html", "phone", before, after, [kb[0] * 1024] * 5, [kb[1] * 1024] * 5)


def around(value: float, chance_: random.Random, spread: float = 0.04) -> list[float]:
    return [value * chance_.gauss(1, spread) for _ in range(5)]


def test_what_makes_one_figure_better_and_another_worse_is_no_improvement() -> None:
    judged = timing_gate([timed(BEFORE, DEFERRED)], Gain.TIME)

    assert [str(one.reason) for one in judged.objections] == [
        "lcp on phone went from 3,345 to 5,392 (p = 0.008)"
    ]


def test_a_step_that_is_faster_for_sure_is_let_through_with_what_it_earned() -> None:
    after = {"fcp": BEFORE["fcp"], "lcp": (1000, 1010, 990, 1020, 995)}
    judged = timing_gate([timed(BEFORE, after)], Gain.TIME)

    assert judged.objections == ()
    [lcp] = [one for one in judged.earned if one.metric == "lcp"]
    assert (lcp.before, lcp.after) == (3345, 1000)
    assert lcp.share == pytest.approx(0.7, abs=0.01)


def test_what_is_for_bytes_needs_fewer_and_nothing_slower() -> None:
    fewer = timing_gate([timed(BEFORE, BEFORE, (100, 80))], Gain.BYTES)
    more = timing_gate([timed(BEFORE, BEFORE, (100, 110))], Gain.BYTES)
    slower = timing_gate([timed(BEFORE, DEFERRED, (100, 80))], Gain.BYTES)
    on_disk = timing_gate([timed(BEFORE, BEFORE)], Gain.BYTES, files_saved=10)

    assert fewer.objections == on_disk.objections == ()
    assert "more bytes" in more.objections[0].reason
    assert "lcp" in slower.objections[0].reason


def test_a_page_that_says_more_may_grow_by_that() -> None:
    still = {"cls": (0.0,) * 5}
    moving = {"cls": (0.3,) * 5}

    assert not timing_gate([timed(moving, still, (100, 102))], Gain.STABILITY).objections
    assert timing_gate([timed(moving, still, (100, 120))], Gain.STABILITY).objections


def test_what_earns_nothing_is_not_kept() -> None:
    for gain in (Gain.TIME, Gain.BYTES):
        judged = timing_gate([timed(BEFORE, BEFORE)], gain)
        assert "nothing that can be told from chance" in judged.objections[0].reason


def test_what_keeps_things_in_their_place_has_to_be_no_worse() -> None:
    assert not timing_gate([timed(BEFORE, BEFORE)], Gain.STABILITY).objections
    assert timing_gate([timed(BEFORE, DEFERRED)], Gain.STABILITY).objections


def test_what_times_alone_decide_is_said_so_that_it_is_looked_at_twice() -> None:
    faster = {"fcp": BEFORE["fcp"], "lcp": (1000, 1010, 990, 1020, 995)}

    assert timing_gate([timed(BEFORE, faster)], Gain.TIME).by_time
    assert timing_gate([timed(BEFORE, faster)], Gain.BYTES).by_time
    assert timing_gate([timed(BEFORE, DEFERRED, (100, 80))], Gain.BYTES).by_time
    assert not timing_gate([timed(BEFORE, faster, (100, 80))], Gain.BYTES).by_time
    assert not timing_gate([timed(BEFORE, BEFORE)], Gain.TIME).by_time


def test_what_looked_sure_once_is_chance_when_it_does_not_come_again() -> None:
    """A page beside itself on a busy machine: five of five were a quarter slower."""
    once = timed({"lcp": (1000, 1010, 1020, 1030, 1040)}, {"lcp": (1250, 1260, 1270, 1280, 1290)})
    again = timed({"lcp": (1200, 990, 1300, 1010, 980)}, {"lcp": (1190, 980, 1310, 1000, 1020)})
    slower = {"lcp": (1260, 1270, 1250, 1280, 1400)}

    assert timing_gate([once], Gain.BYTES).objections
    assert not timing_gate([once.and_also(again)], Gain.BYTES, files_saved=1).objections
    both = once.and_also(timed({"lcp": (1000, 990, 1300, 1010, 980)}, slower))
    assert timing_gate([both], Gain.BYTES, files_saved=1).objections


def test_harm_on_one_page_outweighs_what_another_earns() -> None:
    judged = timing_gate([timed(DEFERRED, BEFORE), timed(BEFORE, DEFERRED)], Gain.TIME)

    assert judged.objections


def test_what_nobody_notices_is_no_harm() -> None:
    before = {"cls": (0.0, 0.0, 0.0, 0.0, 0.0), "lcp": (100, 101, 102, 103, 104)}
    after = {"cls": (0.001, 0.002, 0.001, 0.003, 0.001), "lcp": (130, 131, 132, 133, 134)}

    assert timing_gate([timed(before, after, (100, 80))], Gain.BYTES).objections == ()


def test_of_many_comparisons_of_a_page_with_itself_none_is_an_improvement() -> None:
    dice = random.Random(4)
    for _ in range(200):
        pages = [
            timed(
                {"fcp": around(1800, dice), "lcp": around(3000, dice), "cls": around(0.15, dice)},
                {"fcp": around(1800, dice), "lcp": around(3000, dice), "cls": around(0.15, dice)},
            )
        ]
        assert timing_gate(pages, Gain.TIME).objections


def test_chance_is_exact() -> None:
    """Values of the two-sided exact test, as tables of Mann and Whitney have them."""
    assert chance([1, 2, 3], [4, 5, 6]) == pytest.approx(0.1)
    assert chance([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(2 / 252)
    assert chance([1, 2, 3, 4, 6], [5, 7, 8, 9, 10]) == pytest.approx(4 / 252)
    assert chance([1, 3, 5], [2, 4, 6]) == pytest.approx(0.7)
    assert chance([5, 5, 5], [5, 5, 5]) == 1.0
    assert chance([1, 2], [3, 4, 5, 6]) == chance([6, 5, 4, 3], [2, 1])
