"""A clock for what has happened already: it stands where it is put, until it is let go."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Settable(Protocol):
    """A clock that can be put to a moment."""

    moment: datetime

    def now(self) -> datetime:
        """Return the time."""


@dataclass
class ToldClock:
    """Stands at `moment` while something is told, and is the machine's clock from `go` on.

    Implements model.ports.Clock. Who sleeps waits for real.
    """

    moment: datetime
    going: bool = False

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) if self.going else self.moment

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)

    def go(self) -> None:
        """Be the machine's clock from now on."""
        self.going = True
