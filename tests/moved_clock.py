"""A clock that is set, and goes on."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.testing import SteppedClock


@dataclass
class MovedClock(SteppedClock):
    """A clock that goes on from the moment that it was set to, as fast as others do."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "moment":
            self.__dict__["since"] = time.monotonic()
        self.__dict__[name] = value

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment + timedelta(seconds=time.monotonic() - self.__dict__["since"])

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)
