"""What the long tests share, in which everything is broken while work comes in."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fettle.engine.ledger import AWAY

STUCK_S = 30.0
# What waits by its name, whose first word is its kind, and how it stands.
Waiting = Sequence[tuple[str, object]]


def seed() -> int:
    """Give the seed, and print it: the same one makes the same plan."""
    given = os.environ.get("FETTLE_SEED")
    chosen = int(given) if given else random.SystemRandom().randrange(1 << 32)
    print(f"seed {chosen}")  # noqa: T201
    return chosen


@dataclass
class Watch:
    """Sees whether anything that waits stands still for too long.

    `longest` is by kind, in s, and `of` is what stood still for that long, and how.
    """

    waiting: Callable[[], Awaitable[Waiting]]
    seen: dict[str, tuple[object, float]] = field(default_factory=dict)
    longest: dict[str, float] = field(default_factory=dict)
    of: dict[str, tuple[str, object]] = field(default_factory=dict)

    async def look(self) -> None:
        """See what waits, and for how long nothing has become of it."""
        found = await self.waiting()
        now = time.monotonic()
        before, self.seen = self.seen, {}
        for name, state in found:
            was, since = before.get(name, (None, now))
            self.seen[name] = (state, since if was == state else now)
            kind, stood = name.partition(" ")[0], now - self.seen[name][1]
            if stood >= self.longest.get(kind, 0.0):
                self.longest[kind], self.of[kind] = stood, (name, state)

    async def keep_looking(self) -> None:
        """Look again and again."""
        while True:
            try:
                await self.look()
            except AWAY:
                self.seen.clear()  # nobody can go on without the store
            await asyncio.sleep(0.5)
