"""What is shown of very many lines: the first as they come, and the last at their end."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

FIRST_LINES, LAST_LINES = 400, 100  # what lies between is left out
LONGEST_LINE = 500

Say = Callable[[str], Awaitable[None]]


@dataclass
class Excerpt:
    """Says the first of the lines that it hears, and at the end the last; it keeps no others."""

    say: Say
    _heard: int = 0
    _late: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    async def hear(self, line: str) -> None:
        """Say a line, or keep it as long as it may be among the last."""
        self._heard += 1
        if self._heard <= FIRST_LINES:
            await self.say(line[:LONGEST_LINE])
        else:
            self._late.append(line[:LONGEST_LINE])

    async def over(self) -> None:
        """Say how many lines are left out, and the last ones."""
        if (left_out := self._heard - FIRST_LINES - len(self._late)) > 0:
            await self.say(left_out_of(left_out))
        for line in self._late:
            await self.say(line)
        self._late.clear()


def left_out_of(lines: int) -> str:
    """Return what stands in the place of lines that are left out."""
    return f"… {lines:,} lines are left out"
