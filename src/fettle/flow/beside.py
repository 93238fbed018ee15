"""Loops that run beside what a process does, and end with it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(
    hurry: asyncio.Event | None = None,
) -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Run loops beside what is in the block; they are cancelled, and waited for, at its end.

    Once `hurry` is set they are cancelled again, in the middle of what they end with.
    """
    running: list[asyncio.Task[None]] = []
    try:
        yield lambda loop: running.append(asyncio.create_task(loop))
    finally:
        for task in running:
            task.cancel()
        if hurry is not None:
            await _until_ended(running, hurry)
        await asyncio.gather(*running, return_exceptions=True)


async def _until_ended(running: Sequence[asyncio.Task[None]], hurry: asyncio.Event) -> None:
    """Wait for loops that were cancelled; cancel them again when somebody is in a hurry."""
    hurried: asyncio.Task[Any] = asyncio.create_task(hurry.wait())
    while not hurried.done() and (ending := {task for task in running if not task.done()}):
        await asyncio.wait({*ending, hurried}, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    for task in running:
        task.cancel()
