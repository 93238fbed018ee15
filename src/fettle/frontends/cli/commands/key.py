"""`fettle key`: make, list and revoke the keys of those who send."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import credentials, loop, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.group()
def command() -> None:
    """Make, list and revoke keys of those who send."""


@command.command()
@click.option("--kind", required=True, type=click.Choice(("hook",)), help="What is sent.")
@click.option("--name", required=True, help="Who sends, as signals show it.")
@options.form
@click.pass_obj
@options.settings
def create(
    application: "Application",
    /,
    settings: "Settings",
    kind: str,
    name: str,
    form: str,
) -> int:
    """Make a key and print it with its address: both are shown this once.

    The address ends in the name of what sends: alertmanager, grafana, sentry, uptime-kuma and
    so on. For PagerDuty's Events API the key is the routing key.
    """
    if not name.strip():
        raise WrongUsage("--name is empty", remedy="say who sends")
    secret, base = loop.run(credentials.create_key(application, settings, kind, name.strip()))
    url = f"{base}/hooks/{secret}/"
    document = {"key": secret, "url": url, "dsn": None}
    credentials.show(
        document,
        form,
        f"key      {secret}\naddress  {url}…\n"
        f"         … is what sends: {url}alertmanager\n"
        f"PagerDuty Events v2: {base}/v2/enqueue with the key as routing_key",
    )
    if not urlsplit(base).scheme:
        raise WrongUsage(f"[server] public_url: {base} has no scheme", remedy="write https://…")
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
    """List the keys, those in use first; never the secrets."""
    return loop.run(credentials.list_(application, settings, ("hook", "errors"), form))


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
    """Revoke the key called NAME."""
    return loop.run(credentials.revoke(application, settings, ("hook", "errors"), name))
