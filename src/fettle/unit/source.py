"""An update source: what looks for newer versions of one kind of thing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fettle.model.ports_updates import Outside, Seen
from fettle.unit.module import Module, Unit

SOURCE_LABELS = ("What it looks at", "Asks", "Skipped when", "Cannot see")

Look = Callable[[Outside], Awaitable[Seen]]


@dataclass(frozen=True)
class UpdateSource(Unit):
    """One kind of thing that has versions; called with the outside, it looks.

    What it lacks makes it skipped, with what would let it look; what it could not look at is among
    what was passed. It judges nothing: which updates there are follows from what it saw.
    """

    look: Look

    async def __call__(self, outside: Outside) -> Seen:
        """Look: what is in use, what is on offer, and what there was no look at."""
        return await self.look(outside)


def source(look: Look) -> UpdateSource:
    """Make what looks an update source."""
    return UpdateSource(Module(look.__module__), look)
