"""How the server listens."""

import asyncio
import socket

from fettle.frontends.listening import listen


async def test_answers_are_sent_at_once() -> None:
    """A head and a body that wait for one another cost each request 40 ms."""
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(accept, sock=listen("127.0.0.1", 0)) as server:
        _, caller = await asyncio.open_connection(*server.sockets[0].getsockname())
        at_once = await accepted
        caller.close()
        await caller.wait_closed()

    assert at_once
