"""`fettle worker`: share the work of a store, on any machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import address, exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    concurrency: int
    label: tuple[str, ...]


@click.command()
@options.work
@click.pass_obj
@options.settings
def command(application: "Application", /, settings: "Settings", **given: Any) -> int:  # noqa: ANN401
    """Work beside a server on the same store; Ctrl-C hands back what is not done.

    Links in notifications lead to [server] public_url; without it, to where the last server was
    started.
    """
    request = Request(**given)
    with progress.logged(settings):
        return loop.serve(_work(application, request, settings))


async def _work(application: "Application", request: Request, settings: "Settings") -> int:
    from contextlib import AsyncExitStack

    from fettle.frontends.stopping import Stop

    stop = Stop.on_signals()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(application.store(settings))
        url = await address.of_server(settings, store.connection)
        serving = await stack.enter_async_context(application.serving(settings, store, url))
        await stack.enter_async_context(
            application.working(serving, request.label, request.concurrency, stop.hurry)
        )
        loop.settle()
        progress.say("The worker is at work; Ctrl-C stops it.")
        await stop.asked.wait()
        progress.say("Stopping: what is in progress comes to its end, or is handed back …")
    progress.say("The worker has stopped.")
    return exits.OK
