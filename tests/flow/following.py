"""A process that follows a log, to be killed: `python -m tests.flow.following ADDRESS PATTERN`.

Its clock goes a hundred times as fast, so that what a killed one held is free after a moment.
"""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fettle.flow import follow
from fettle.flow.follow import Following
from fettle.settings.logs import LogSettings
from fettle.store.pool import pool_at

_TIMES = 100
_PAUSE_S = 0.02
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FastClock:
    """Implements model.ports.Clock."""

    def now(self) -> datetime:
        """Return a moment that is a hundred times as far from a day as this one."""
        return _EPOCH + (datetime.now(UTC) - _EPOCH) * _TIMES

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds / _TIMES)


def start(address: str, pattern: str) -> "subprocess.Popen[bytes]":
    """Start such a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.flow.following", address, pattern],
        cwd=Path(__file__).parents[2],
    )


async def main(address: str, pattern: str) -> None:
    """Follow until killed."""
    follow.PAUSE_S = _PAUSE_S
    log = LogSettings(name="app", paths=(pattern,))
    async with pool_at(address, size=2) as pool:
        await Following(pool, FastClock(), log, 10, str).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
