"""`fettle up`: start Fettle, with its store."""

import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.api.serving import Serving
    from fettle.frontends.application import Application
    from fettle.settings import Settings


_HOST = "127.0.0.1"
_PORT = 8470


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    host: str
    port: int
    no_worker: bool
    concurrency: int
    label: tuple[str, ...]


@click.command()
@click.option("--host", default=_HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-worker", is_flag=True, help="Serve only; fettle worker does the work.")
@click.option("--demo", is_flag=True, help="Look around: a made-up shop, thrown away at the end.")
@options.work
@options.config
@options.store
@click.pass_obj
def command(
    application: "Application",
    /,
    config: Path | None,
    data: Path | None,
    database_url: str | None,
    *,
    demo: bool,
    **given: Any,  # noqa: ANN401 - click's options
) -> int:
    """Start Fettle on its embedded PostgreSQL, or on one of your own; Ctrl-C stops it."""
    from fettle.frontends.listening import listen

    if demo:
        from fettle.frontends.cli import demo as demonstration

        return demonstration.show(application, click.get_current_context())
    settings = options.with_store(application.settings(config), data, database_url)
    request = Request(**given)
    listener = listen(request.host, request.port)
    with progress.logged(settings):
        return loop.serve(_up(application, request, settings, listener))


async def _up(
    application: "Application", request: Request, settings: "Settings", listener: socket.socket
) -> int:
    import asyncio
    from contextlib import AsyncExitStack

    from fettle.frontends import listening, server
    from fettle.frontends.stopping import Stop
    from fettle.frontends.web.templates import compile_all

    stop = Stop.on_signals()
    url = settings.server.public_url or f"http://{reached_as(listener)}"
    progress.say("Starting the store …")
    compiled = asyncio.ensure_future(asyncio.to_thread(compile_all))
    async with (
        application.store(settings) as store,
        application.serving(settings, store, url) as serving,
        application.noticing(serving),
        AsyncExitStack() as stack,
    ):
        if not request.no_worker:
            work = application.working(serving, request.label, request.concurrency, stop.hurry)
            await stack.enter_async_context(work)
        where = "the store of [store] url" if store.data is None else f"its data in {store.data}"
        app = server.make(serving, store)
        await compiled
        loop.settle()
        progress.say(f"Fettle is up: {url}/ with {where}")
        await invite(serving)
        progress.say(f"Next: {command_line()} check postgresql://user@host/database")
        drain = settings.server.drain.total_seconds()
        await listening.serve(app, app.state.health, listener, stop, drain)
        progress.say("Stopping: what is in progress comes to its end, or is handed back …")
    progress.say("Fettle has stopped.")
    return exits.OK


async def invite(serving: "Serving") -> None:
    """Where nobody uses the pages yet make who does, and say how they get in."""
    from fettle.flow.people import manage
    from fettle.store.pool import AWAY

    manager = manage.Manager(serving.people, serving.url, "fettle up", serving.clock.now())
    try:
        async with serving.pool.connection() as connection:
            made = await manage.first(connection, manager)
    except AWAY:  # it serves all the same: what needs the store waits, and says so
        progress.say("The store does not answer; who may log in is said at the next start.")
        return
    if made is not None:
        hours = round((made.ends_at - manager.now).total_seconds() / 3600)
        progress.show(f"Log in, once, within {hours} h: {made.url}")
        again = f"{command_line()} user link {made.user.name}{options.same_store()}"
        progress.say(f"Another such address: {again}")


def reached_as(listener: socket.socket) -> str:
    """Return a server's host and port; the machine's name where it listens everywhere."""
    host, port, *_ = listener.getsockname()
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        return f"{socket.gethostname()}:{port}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def command_line() -> str:
    """Return what calls this program from here: `fettle`, or where it lies when no path has it."""
    if shutil.which("fettle") is None and Path(sys.argv[0]).name == "fettle":
        return sys.argv[0]
    return "fettle"
