"""Work that is beside who answers others lets them go first.

What a server takes into issues it takes in the same process, and on the same loop, as it answers
those who send it. While something arrives, that work has half of the time, by small pieces; what is
kept is taken a little later, and nobody who sends waits long. When nothing arrives it goes on at
once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

_LONGEST_S = 0.02  # a pause, also after a piece that was long, or that waited for the store


@dataclass
class Courtesy:
    """Lets others go first, while `arriving` says that something arrives."""

    arriving: Callable[[], bool] = lambda: False
    _began: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """Begin to work."""
        self._began = asyncio.get_running_loop().time()

    async def pause(self) -> None:
        """Let others go first for as long as was worked since the last pause."""
        worked = asyncio.get_running_loop().time() - self._began
        await asyncio.sleep(min(worked, _LONGEST_S) if self.arriving() else 0)
        self.begin()
