"""What an optimisation is: one step on the copy of a web root."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fettle.model.experiment import Change, Gain, Risk, Site
from fettle.unit.module import Module, Unit

Improving = Callable[[Site], Iterator[Change]]


@dataclass(frozen=True)
class Optimisation(Unit):
    """A step that makes a site faster; called with the site, it says which files it would write.

    It touches nothing. Those with a lower `place` are tried first. Of one that is PROPOSED people
    are shown the patches, and nothing is written.
    """

    improve: Improving
    risk: Risk
    gain: Gain
    place: int

    def __call__(self, site: Site) -> list[Change]:
        """Say what would be written, what is passed by, and what is for people."""
        return list(self.improve(site))


def optimisation(*, risk: Risk, gain: Gain, place: int) -> Callable[[Improving], Optimisation]:
    """Make a function an Optimisation, which is tried at that place among the others."""

    def unit(improve: Improving) -> Optimisation:
        return Optimisation(Module(improve.__module__), improve, risk, gain, place)

    return unit
