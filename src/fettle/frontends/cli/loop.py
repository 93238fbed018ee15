"""Run a command that waits for others; asyncio is imported only then."""

from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


def run(command: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine to its end and return its result."""
    import asyncio

    return asyncio.run(command)
