"""`fettle worker`: one more process that works on what waits in the store, on any machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application


@click.command()
@options.work
@options.store
@options.config
@click.pass_obj
def command(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Work beside a server on the same store; Ctrl-C hands back what is not done.

    Where people reach the server, for links in notifications, stands in [server] public_url.
    """
    return loop.serve(_work(application, **given))


async def _work(
    application: "Application",
    data: Path | None,
    database_url: str | None,
    config: Path | None,
    concurrency: int,
    label: tuple[str, ...],
) -> int:
    import asyncio
    import signal

    settings = options.with_store(application.settings(config), data, database_url)
    url = (settings.server.public_url or "http://127.0.0.1:8470").rstrip("/")
    stop = asyncio.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(asked, stop.set)
    async with (
        application.store(settings) as store,
        application.serving(settings, store, url) as serving,
        application.working(serving, label, concurrency),
    ):
        loop.settle()
        progress.say("The worker is at work; Ctrl-C stops it.")
        await stop.wait()
        progress.say("Stopping: what is in progress comes to its end, or is handed back …")
    progress.say("The worker has stopped.")
    return exits.OK
