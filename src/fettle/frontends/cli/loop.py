"""Run a command that waits for others; asyncio is imported only then."""

import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


def run(command: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine to its end and return its result.

    Told to end (SIGTERM) it does what it does when it is interrupted: what was begun is brought to
    an end, and the store that it has started is stopped. So it does where interruptions are
    ignored, as they are behind the `&` of a script.
    """
    import asyncio

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return asyncio.run(_ended_by_sigterm(command))
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    return asyncio.run(command)


async def _ended_by_sigterm(command: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine; raises KeyboardInterrupt when it was told to end."""
    import asyncio

    doing = asyncio.ensure_future(command)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, doing.cancel)
    try:
        return await doing
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def serve(command: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run one that serves others until it is told to stop.

    Whom it speaks with may go away at any moment, the store too: that is an error where it was
    written, and does not end the process, as it does with what writes into a pipe (`call`).
    """
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return run(command)


def settle() -> None:
    """Say that what there is now stays as long as the process does.

    Otherwise Python goes through all of it, modules and schemas, again and again in search of what
    is not needed any more; nobody is answered meanwhile, for 100 ms and longer.
    """
    gc.collect()
    gc.freeze()
