"""`fettle up`: start Fettle, with its store."""

import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fastapi import FastAPI

    from fettle.frontends.application import Application


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    host: str
    port: int
    no_worker: bool
    concurrency: int
    label: tuple[str, ...]
    data: Path | None
    database_url: str | None
    config: Path | None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-worker", is_flag=True, help="Serve only; fettle worker does the work.")
@options.work
@options.store
@options.config
@click.pass_obj
def command(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Start Fettle on its embedded PostgreSQL, or on one of your own; Ctrl-C stops it."""
    return loop.serve(_up(application, Request(**given)))


async def _up(application: "Application", request: Request) -> int:
    from contextlib import AsyncExitStack

    from fettle.frontends import server

    settings = options.with_store(
        application.settings(request.config), request.data, request.database_url
    )
    host = request.host if ":" not in request.host else f"[{request.host}]"
    listener = _listen(request.host, request.port)
    here = f"http://{host}:{listener.getsockname()[1]}"
    url = (settings.server.public_url or here).rstrip("/")
    progress.say("Starting the store …")
    async with (
        application.store(settings) as store,
        application.serving(settings, store, url) as serving,
        application.noticing(serving),
        AsyncExitStack() as stack,
    ):
        if not request.no_worker:
            work = application.working(serving, request.label, request.concurrency)
            await stack.enter_async_context(work)
        made = server.make(serving, store)
        loop.settle()
        progress.say(f"Fettle is up: {url}/")
        if store.data is not None:
            progress.say(f"  its data is in {store.data}")
        progress.say(f"Next: {command_line()} check postgresql://user@host/database")
        await _serve(made, listener, settings.server.trusted_proxies)
        progress.say("Stopping: what is in progress comes to its end, or is handed back …")
    progress.say("Fettle has stopped.")
    return exits.OK


def command_line() -> str:
    """Return what calls this program from here: `fettle`, or where it lies when no path has it."""
    if shutil.which("fettle") is None and Path(sys.argv[0]).name == "fettle":
        return sys.argv[0]
    return "fettle"


async def _serve(application: "FastAPI", listener: socket.socket, proxies: tuple[str, ...]) -> None:
    """Serve until SIGINT or SIGTERM, and return: what is open behind us is closed in order."""
    import asyncio
    import contextlib
    import signal

    import uvicorn

    class Server(uvicorn.Server):
        # uvicorn's own way ends the process by the same signal, before the store is closed
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=",".join(proxies),
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    server = Server(config)
    for asked in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(asked, setattr, server, "should_exit", True)
    await server.serve(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the store is started, so that a mistake costs nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise WrongUsage(
            f"cannot listen on {host} port {port}: {error.strerror}",
            remedy="name another one with --port, or stop what listens there",
        ) from None
    return listener
