"""`fettle token`: make, list and revoke tokens of the API."""

from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import credentials, loop, options
from fettle.model.role import Role

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings

ROLES = [str(role) for role in Role]


@click.group()
def command() -> None:
    """Make, list and revoke tokens of the API."""


@command.command()
@click.option("--name", required=True, help="What the token is for, as timelines show it.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it may do.")
@click.option(
    "--owner",
    help="Whose it is: it is refused while they are disabled, and signs no review of their own.",
)
@options.form
@click.pass_obj
@options.settings
def create(
    application: "Application",
    /,
    settings: "Settings",
    name: str,
    role: str,
    owner: str | None,
    form: str,
) -> int:
    """Make a token and print it: it is shown this once."""
    if not name.strip():
        raise WrongUsage("--name is empty", remedy="say what the token is for")
    if owner is not None and not owner.strip():
        raise WrongUsage("--owner is empty", remedy="name the person whose the token is")
    secret = loop.run(
        credentials.create_token(application, settings, name.strip(), Role.named(role), owner)
    )
    credentials.show({"token": secret}, form, secret)
    return 0


@command.command("list")
@options.form
@click.pass_obj
@options.settings
def list_(
    application: "Application",
    /,
    settings: "Settings",
    form: str,
) -> int:
    """List the tokens, those in use first; never the secrets."""
    return loop.run(credentials.list_(application, settings, ("token",), form))


@command.command()
@click.argument("name")
@click.pass_obj
@options.settings
def revoke(
    application: "Application",
    /,
    settings: "Settings",
    name: str,
) -> int:
    """Revoke the token called NAME; it is refused from the next request on."""
    return loop.run(credentials.revoke(application, settings, ("token",), name))
