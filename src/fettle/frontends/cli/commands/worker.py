"""`fettle worker`: one more process that works on what waits in the store, on any machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    concurrency: int
    label: tuple[str, ...]
    data: Path | None
    database_url: str | None
    config: Path | None


@click.command()
@options.work
@options.store
@options.config
@click.pass_obj
def command(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Work beside a server on the same store; Ctrl-C hands back what is not done.

    Where people reach the server, for links in notifications, stands in [server] public_url.
    """
    request = Request(**given)
    settings = options.with_store(
        application.settings(request.config), request.data, request.database_url
    )
    with progress.logged(settings):
        return loop.serve(_work(application, request, settings))


async def _work(application: "Application", request: Request, settings: "Settings") -> int:
    from fettle.frontends.stopping import Stop

    stop = Stop.on_signals()
    url = settings.server.public_url or "http://127.0.0.1:8470"
    async with (
        application.store(settings) as store,
        application.serving(settings, store, url) as serving,
        application.working(serving, request.label, request.concurrency, stop.hurry),
    ):
        loop.settle()
        progress.say("The worker is at work; Ctrl-C stops it.")
        await stop.asked.wait()
        progress.say("Stopping: what is in progress comes to its end, or is handed back …")
    progress.say("The worker has stopped.")
    return exits.OK
