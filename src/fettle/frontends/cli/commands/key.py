"""`fettle key`: make, list and revoke the keys of those who send."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import credentials, loop, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.credentials import MadeKey
    from fettle.settings import Settings


@click.group()
def command() -> None:
    """Make, list and revoke keys of those who send."""


@command.command()
@click.option("--kind", required=True, type=click.Choice(("hook", "errors")), help="What is sent.")
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

    A hook's address ends in the name of what sends: alertmanager, grafana, sentry, uptime-kuma
    and so on. For PagerDuty's Events API the key is the routing key. With a key of kind errors an
    application sends its errors: its DSN is what Sentry's SDKs are given. Another key of the same
    name, made when the first was revoked, sends the errors of the same application.
    """
    if not name.strip():
        raise WrongUsage("--name is empty", remedy="say who sends")
    made = loop.run(credentials.create_key(application, settings, kind, name.strip()))
    shown = _hook(made) if made.project is None else _errors(made, made.project)
    credentials.show(shown[0], form, shown[1])
    if not urlsplit(made.base).scheme:
        raise WrongUsage(
            f"[server] public_url: {made.base} has no scheme", remedy="write https://…"
        )
    return 0


def _hook(made: "MadeKey") -> tuple[dict[str, object], str]:
    """Return the document and the text of a hook's key."""
    url = f"{made.base}/hooks/{made.secret}/"
    text = (
        f"key      {made.secret}\naddress  {url}…\n"
        f"         … is what sends: {url}alertmanager\n"
        f"PagerDuty Events v2: {made.base}/v2/enqueue with the key as routing_key"
    )
    return {"key": made.secret, "url": url, "dsn": None}, text


def _errors(made: "MadeKey", project: int) -> tuple[dict[str, object], str]:
    """Return the document and the text of a key by which errors are sent."""
    url = f"{made.base}/api/{project}/envelope/"
    scheme, _, place = made.base.partition("://")
    dsn = f"{scheme}://{made.secret}@{place}/{project}"
    text = (
        f"key      {made.secret}\naddress  {url}\nDSN      {dsn}\n"
        f"OpenTelemetry (OTLP/HTTP): {made.base}/v1/logs and {made.base}/v1/traces\n"
        f"         with the header x-fettle-key: {made.secret}"
    )
    return {"key": made.secret, "url": url, "dsn": dsn}, text


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
