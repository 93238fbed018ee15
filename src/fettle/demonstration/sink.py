"""Who is told in a demonstration: a listener on this machine that keeps nothing."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_LENGTH = re.compile(rb"(?i)^content-length:\s*(\d+)", re.MULTILINE)
_TAKEN = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def listening() -> AsyncIterator[int]:
    """Listen as long as this is entered; give the port."""
    server = await asyncio.start_server(_take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take one request."""
    with suppress(OSError, EOFError, asyncio.LimitOverrunError):
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        writer.write(_TAKEN)
        await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
