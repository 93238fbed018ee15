"""`fettle update`: what is newer than what is in use, tried before it is taken."""

import click

from fettle.frontends.cli.group import Commands


class UpdateCommands(Commands):
    """Its commands, which are imported when they are called like all."""

    folder = "updates"


@click.group(cls=UpdateCommands)
def command() -> None:
    """Find what is newer than what is in use, and say what of it is worth taking."""
