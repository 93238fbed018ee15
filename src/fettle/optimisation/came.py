"""What was reckoned of each recommendation, beside what came of it; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from fettle.model.improvement import Gain
from fettle.model.measurement import PageMeasurement
from fettle.optimisation.analysis import analyse
from fettle.optimisation.budgets import current_of


@dataclass(frozen=True)
class Came:
    """A recommendation, what it was to earn, and what came.

    `cured` says that nothing of what it was about is found any more. `came` is by how much the
    figure is less now, by all that was done together.
    """

    title: str
    gain: Gain
    came: float
    cured: bool


def came(before: PageMeasurement, after: PageMeasurement) -> Iterator[Came]:
    """Yield each recommendation that a page had and that was reckoned, with what came of it."""
    left = {one.key for one in analyse(after, ()).findings}
    for one in analyse(before, ()).improvements:
        if one.gain is None:
            continue
        was, is_ = (current_of(when, one.gain.metric) for when in (before, after))
        if was is not None and is_ is not None:
            yield Came(one.title, one.gain, was - is_, left.isdisjoint(one.findings))
