"""`fettle up --demo`: look around in a shop that is made up, and gone at the end."""

import logging
import socket
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application, Shown

HOST = "127.0.0.1"
# What would lead to a store or to settings that are somebody's, or take its life from it.
_NOT_WITH = ("data", "database_url", "config", "no_worker", "label", "concurrency")


def show(application: "Application", context: click.Context) -> int:
    """Show a demonstration until told to stop; raises WrongUsage for what does not go with it."""
    from fettle.frontends import logs

    _refuse(context)
    # What goes on stands on the pages; here stands the way to them, and what goes wrong.
    level = logging.DEBUG if progress.verbose() else logging.WARNING
    with _listener(context) as listener, logs.installed("text", level):
        return loop.serve(_shown(application, listener))


async def _shown(application: "Application", listener: socket.socket) -> int:
    from fettle.frontends import listening
    from fettle.frontends.stopping import Stop

    stop = Stop()
    url = "http://{}:{}".format(*listener.getsockname()[:2])
    progress.say("Making a shop to look around in; this takes some seconds …")
    async with application.demonstration(url, stop.hurry) as shown:
        stop.heed()  # until here it is enough to be interrupted
        loop.settle()
        _say(shown)
        await listening.serve(shown.app, shown.app.state.health, listener, stop, 0.0)
        progress.say("Throwing the shop away …")
    progress.say("Fettle has stopped; nothing of it is left.")
    return exits.OK


def _say(shown: "Shown") -> None:
    click.echo(f"Look around: {shown.address}", err=True)
    progress.say("It is a made-up shop with a database in real trouble. What to try:")
    progress.say(f"  1. Issues, #{shown.issue}: sessions wait for locks. Read why, and take it.")
    progress.say("  2. Databases, main-db: plan a cure, apply it, see it verified, take it back.")
    progress.say("  3. Reviews: one waits for your signature. Figures, On call: how the shop does.")
    progress.say("Ctrl-C ends it, and throws everything away.")


def _refuse(context: click.Context) -> None:
    """Refuse what does not go with a demonstration; raises WrongUsage."""
    for name in _NOT_WITH:
        if _is_given(context, name):
            option = f"--{name.replace('_', '-')}"
            raise WrongUsage(
                f"--demo and {option} do not go together: a demonstration has a store, settings "
                "and work of its own, and touches nothing of yours",
                remedy=f"leave one of them out: fettle up --demo, or fettle up {option} …",
            )
    if context.params["host"] != HOST:
        raise WrongUsage(
            f"a demonstration listens on {HOST} alone: whoever has its address is an admin there",
            remedy="leave --host out; from another machine reach it through ssh -L",
        )


def _listener(context: click.Context) -> socket.socket:
    """Listen on the port that is asked for, else on the usual one, or on any if that is taken."""
    from fettle.frontends.listening import listen

    port = int(context.params["port"])
    try:
        return listen(HOST, port)
    except WrongUsage:
        if _is_given(context, "port"):
            raise
        return listen(HOST, 0)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
