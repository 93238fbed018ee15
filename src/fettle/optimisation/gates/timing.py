"""The gate of timing: a step has earned its place, and nothing is slower for it."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.model.chance import ENOUGH, SURE, chance
from fettle.model.experiment import Earned, Gain, Objection

FEWEST = 5  # with three against three the smallest p there is is .1
# What a step must not worsen. TBT is noise on a machine that does anything else (cv 50 to 90 %).
CORE = ("fcp", "lcp", "cls")
# Below this much nobody notices: a CLS of .000 that becomes .001 is no harm.
_LEAST = {"fcp": 50.0, "lcp": 50.0, "cls": 0.01}
# Of what is loaded: what counts as saved; and by how much a page may grow, which says more.
_SAVED = 0.005
_LEAST_SAID = 0.001
_GROWN = {Gain.BYTES: 0.005, Gain.TIME: 0.05, Gain.STABILITY: 0.05}


@dataclass(frozen=True)
class Timed:
    """One page on one profile, visited before and after in turns: figures, and bytes that came."""

    page: str
    profile: str
    before: Mapping[str, Sequence[float]]
    after: Mapping[str, Sequence[float]]
    bytes_before: Sequence[float]
    bytes_after: Sequence[float]

    def and_also(self, again: "Timed") -> "Timed":
        """Return this and what was visited once more, together."""
        return Timed(
            self.page,
            self.profile,
            _both(self.before, again.before),
            _both(self.after, again.after),
            [*self.bytes_before, *again.bytes_before],
            [*self.bytes_after, *again.bytes_after],
        )


def _both(
    one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]
) -> Mapping[str, Sequence[float]]:
    return {name: [*one[name], *other[name]] for name in CORE if name in one and name in other}


@dataclass(frozen=True)
class Judged:
    """What the timing gate says: what was earned, and why it is not enough.

    `by_time` is whether times alone have decided that. On a busy machine one of ten comparisons of
    a page with itself looked sure, by a quarter: who judges by time looks twice. `idle` is whether
    nothing is worse for it, and nothing better that can be told; `slower` whether a step that is
    for TIME costs time, and nothing else speaks against it.
    """

    earned: tuple[Earned, ...]
    objections: tuple[Objection, ...]
    by_time: bool = False
    idle: bool = False
    slower: bool = False


def timing_gate(timed: Sequence[Timed], gain: Gain, *, files_saved: int = 0) -> Judged:
    """Judge whether a step has earned its place, on all pages and profiles together.

    `files_saved` is by how much the files that it wrote are smaller. What is for BYTES needs
    fewer of them, and nothing slower; what is for TIME, something that is faster. What is for
    STABILITY has to earn nothing here: whether something moves depends on what comes first, and
    other steps, networks and screens change that. No core figure may be worse anywhere.
    """
    told = [one for each in timed for one in _figures(each)]
    worse = [
        Objection(
            "timing",
            f"{one.metric} on {one.profile} went from {_say(one.before)} to {_say(one.after)} "
            f"({_chance(one.p or 0.0)})",
        )
        for one in told
        if one.metric in CORE and sure(one) and one.share < 0
    ]
    is_slower = bool(worse)
    better = {one.metric for one in told if sure(one) and one.share > 0}
    saved = files_saved > 0 or any(one.metric == "bytes" and one.share >= _SAVED for one in told)
    has_grown = any(one.metric == "bytes" and one.share < -_GROWN[gain] for one in told)
    if has_grown:
        worse.append(Objection("timing", "more bytes are loaded than before"))
    enough = {
        Gain.TIME: bool(better & set(CORE)),
        Gain.BYTES: bool(better & set(CORE)) or saved,
        Gain.STABILITY: True,
    }[gain]
    needs_time = gain is Gain.TIME or (gain is Gain.BYTES and not saved)
    idle = not enough and not worse
    if idle:
        worse = [Objection("timing", "it earned nothing that can be told from chance")]
    by_time = is_slower or (needs_time and not worse)
    slower = gain is Gain.TIME and is_slower and not has_grown
    return Judged(tuple(told), tuple(worse), by_time, idle, slower)


def sure(one: Earned) -> bool:
    """Whether a figure has changed for sure: not by chance, and by more than nothing."""
    if one.p is None or one.p >= SURE:
        return False
    least = _LEAST.get(one.metric, 0.0)
    return abs(one.before - one.after) > max(ENOUGH * max(one.before, one.after), least)


def _figures(timed: Timed) -> Iterator[Earned]:
    pairs = {name: (timed.before[name], timed.after[name]) for name in CORE if name in timed.before}
    for name, (before, after) in {
        **pairs,
        "bytes": (timed.bytes_before, timed.bytes_after),
    }.items():
        if before and after:
            medians = statistics.median(before), statistics.median(after)
            yield Earned(timed.page, timed.profile, name, *medians, chance(before, after))


def _say(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3f}"


def _chance(p: float) -> str:
    return "p < 0.001" if p < _LEAST_SAID else f"p = {p:.3f}"
