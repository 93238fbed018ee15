"""Listen, and serve the application until told to stop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from fettle.errors import WrongUsage
from fettle.frontends.api.health import Health
from fettle.frontends.stopping import Stop
from fettle.frontends.web.live import Live

HEAD_PATIENCE_S = 15.0  # between connecting, or the request before it, and a request's last header
UNREAD_S = 60.0  # until who reads nothing of an answer is gone
_GRACE_S = 20


class Protocol(H11Protocol):
    """HTTP that does not wait for ever for a request to begin.

    The server's own limit holds between requests, and ends with the first byte of the next one.
    """

    patience_s = HEAD_PATIENCE_S
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, or stop once a request has begun."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._waited()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._waited()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(self.patience_s, self.transport.close)

    def _waited(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(uvicorn.Server):
    """A server that leaves signals to us.

    Its own way ends the process by the same signal, before the store is closed.
    """

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(
    application: FastAPI, health: Health, listener: socket.socket, stop: Stop, drain_s: float
) -> None:
    """Serve until told to stop; return when what was asked has been answered."""
    config: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off"}
    server = Server(
        uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            proxy_headers=False,  # api.proxied does it
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            **config,
        )
    )
    live: Live = application.state.live
    ending = asyncio.create_task(_end(server, health, live, stop, drain_s))
    try:
        await server.serve(sockets=[listener])
    finally:
        ending.cancel()


async def _end(server: Server, health: Health, live: Live, stop: Stop, drain_s: float) -> None:
    """Once told to stop say so to who asks, for a while; then take nothing new."""
    await stop.asked.wait()
    health.leave()
    if stop.by_supervisor:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_s):
                await stop.hurry.wait()
    live.end()
    server.should_exit = True
    await stop.hurry.wait()
    server.force_exit = True
    for task in list(server.server_state.tasks):
        task.cancel()
    for connection in list(server.server_state.connections):
        connection.transport.abort()


def listen(host: str, port: int, unread_s: float = UNREAD_S) -> socket.socket:
    """Take the port before anything is started, so that a mistake costs nothing.

    An answer of which nothing is read for `unread_s` is dropped with its connection: otherwise it
    would lie in memory for as long as its reader pleases. Linux alone does that for us.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Its protocol is named, so that asyncio has answers sent at once (TCP_NODELAY). Otherwise their
    # body waits 40 ms, for an acknowledgement of the head that was written before it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # those it accepts inherit it
        unread_ms = int(unread_s * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_ms)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise WrongUsage(
            f"cannot listen on {host} port {port}: {error.strerror}",
            remedy="name another one with --port, or stop what listens there",
        ) from None
    return listener
