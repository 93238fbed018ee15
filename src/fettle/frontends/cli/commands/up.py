"""`fettle up`: start Fettle, with its store."""

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535))
@options.store
@options.config
@click.pass_obj
def command(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Start Fettle on its embedded PostgreSQL, or on one of your own; Ctrl-C stops it."""
    return loop.run(_up(application, **given))


async def _up(
    application: "Application",
    host: str,
    port: int,
    data: Path | None,
    database_url: str | None,
    config: Path | None,
) -> int:
    import uvicorn

    from fettle.frontends.web import app

    settings = options.with_store(application.settings(config), data, database_url)
    listener = _listen(host, port)
    url = f"http://{host if ':' not in host else f'[{host}]'}:{listener.getsockname()[1]}/"
    click.echo("Starting the store …", err=True)
    async with application.store(settings) as store:
        click.echo(f"Fettle is up: {url}", err=True)
        if store.data is not None:
            click.echo(f"  its data is in {store.data}", err=True)
        click.echo("Next: fettle check postgresql://user@host/database", err=True)
        server = uvicorn.Server(
            uvicorn.Config(app.make(store, url), log_level="warning", lifespan="off")
        )
        await server.serve(sockets=[listener])
    click.echo("Fettle has stopped.", err=True)
    return exits.OK


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the store is started, so that a mistake costs nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise WrongUsage(
            f"cannot listen on {host} port {port}: {error.strerror}",
            remedy="name another one with --port, or stop what listens there",
        ) from None
    return listener
