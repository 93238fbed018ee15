"""`fettle update sudoers`: the rules by which sudo lets Fettle raise packages without root."""

import getpass
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.option("--user", metavar="NAME", help="Who runs Fettle; you when not given.")
@click.pass_obj
@options.settings
def command(application: "Application", /, settings: "Settings", user: str | None) -> int:  # noqa: ARG001 - the settings are read by it
    """Print sudo's rules for packages: one for apt, and one for each restart that is allowed.

    They let nobody do anything else: packages are named with their versions, nothing is removed,
    and no option can be added. sudo 1.9.10 or later reads them:

    fettle update sudoers --user fettle | sudo tee /etc/sudoers.d/fettle && sudo visudo -c
    """
    from fettle.frontends.report import write
    from fettle.targets.system.sudoers import rules

    write.plain_lines(rules(user or getpass.getuser(), settings.updates.system))
    return exits.OK
