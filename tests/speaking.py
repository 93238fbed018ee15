"""Servers on loopback that say exactly what they are told to, byte by byte, over HTTP or not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[["Heard", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Heard:
    """A request: its path, and its headers by their names in small letters."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Speaking:
    """A server: where it listens, and what it was asked."""

    port: int
    scheme: str
    heard: list[Heard] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return an address of it."""
        return f"{self.scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def speaking(
    say: Say, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Speaking]:
    """Serve until the block ends: each connection is asked for one request, and is hung up on."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                heard = _read(await reader.readuntil(b"\r\n\r\n"))
                server.heard.append(heard)
                await say(heard, writer)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
            except asyncio.CancelledError:  # the block has ended
                writer.transport.abort()
        talks.discard(task)

    patience = 0.1 if tls else None
    listening = await asyncio.start_server(serve, host, 0, ssl=tls, ssl_shutdown_timeout=patience)
    port: int = listening.sockets[0].getsockname()[1]
    server = Speaking(port, "https" if tls else "http")
    try:
        yield server
    finally:
        listening.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)


def _read(head: bytes) -> Heard:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return Heard(first.split()[1], {name.lower(): value for name, _, value in pairs})


def saying(text: str | bytes) -> Say:
    """Say this, whatever is asked."""
    said = text.encode() if isinstance(text, str) else text

    async def say(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    return say


def answer(status: int = 200, body: str = "ok", **headers: str) -> str:
    """Return an answer as it is written."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{named}\r\n{body}"


def in_turn(*texts: str) -> Say:
    """Say one after the other; the last for ever."""
    left = list(texts)

    async def say(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write((left.pop(0) if len(left) > 1 else left[0]).encode())

    return say
