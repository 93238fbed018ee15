"""Servers of versions that Fettle does not know are refused before anything is asked."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from fettle.errors import NotSupported, Unreachable
from fettle.targets.postgres import Patience, looking_at


def message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


@asynccontextmanager
async def a_server_that_says(version: str | None) -> AsyncIterator[str]:
    """Speak PostgreSQL's protocol as far as a session's beginning; None hangs instead."""

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        await reader.readexactly(length - 4)
        if version is not None:
            writer.write(message(b"R", struct.pack("!i", 0)))
            writer.write(message(b"S", b"server_version\0" + version.encode() + b"\0"))
            writer.write(message(b"S", b"client_encoding\0UTF8\0"))
            writer.write(message(b"K", struct.pack("!ii", 1, 1)))
            writer.write(message(b"Z", b"I"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://app@127.0.0.1:{port}/shop?sslmode=disable&gssencmode=disable"
    finally:
        server.close()
        for writer in writers:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize(
    ("version", "major", "remedy"),
    [
        ("12.22", 12, "upgrade the server"),
        ("9.6.24", 9, "upgrade the server"),
        ("19.0", 19, "upgrade Fettle"),
    ],
)
async def test_a_version_that_is_not_known_is_refused_with_what_to_do(
    version: str, major: int, remedy: str
) -> None:
    async with a_server_that_says(version) as url:
        with pytest.raises(NotSupported, match=f"PostgreSQL {major}") as refused:
            async with looking_at(url, Patience()):
                pass

    assert remedy in (refused.value.remedy or "")


async def test_a_server_that_never_answers_is_given_up() -> None:
    async with a_server_that_says(None) as url:
        with pytest.raises(Unreachable, match="did not answer in time"):
            async with looking_at(url, Patience(connect=timedelta(seconds=1))):
                pass
