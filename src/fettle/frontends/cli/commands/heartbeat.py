"""`fettle heartbeat`: jobs that say that they ran."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import credentials, exits, loop, options
from fettle.model.quantity import parse_duration
from fettle.model.severity import Severity

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.report.heartbeat_document import HeartbeatDocument
    from fettle.settings import Settings

SEVERITIES = [severity.label for severity in reversed(Severity)]
_MOST = 10_000


@dataclass(frozen=True)
class Asked:
    """What was asked on the command line."""

    name: str
    every: str
    grace: str
    severity: str
    service: str | None


@click.group()
def command() -> None:
    """Make, list and remove heartbeats: jobs that say that they ran, and are missed if not."""


@command.command()
@click.option("--name", required=True, help="What the job is called.")
@click.option("--every", required=True, metavar="1h", help="How often it runs.")
@click.option(
    "--grace",
    default="5m",
    show_default=True,
    metavar="5m",
    help="How much later it may come, and how long it may take once it says that it begins.",
)
@click.option("--service", metavar="NAME", help="The service that it belongs to.")
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="high",
    show_default=True,
    help="How bad it is when it is late or fails.",
)
@options.form
@click.pass_obj
@options.settings
def create(
    application: "Application", /, settings: "Settings", form: str, **given: str | None
) -> int:
    """Make a heartbeat, and print the address to ping.

    Nothing is missed before its first ping.
    """
    made = loop.run(_create(application, settings, Asked(**given)))  # type: ignore[arg-type]
    url, ping = made["url"], "curl -fsS -m 10 --retry 5 -o /dev/null"
    credentials.show(
        made,
        form,
        f"address  {url}\nping     {ping} {url}\ncrontab  … your-job; {ping} {url}/$?",
    )
    return exits.OK


@command.command("list")
@options.form
@click.pass_obj
@options.settings
def list_(application: "Application", /, settings: "Settings", form: str) -> int:
    """List the heartbeats, by name."""
    found = loop.run(_list(application, settings))
    lines = [_line(one) for one in found] or ["There are none."]
    credentials.show({"items": found, "next": None}, form, "\n".join(lines))
    return exits.OK


@command.command()
@click.argument("name")
@click.pass_obj
@options.settings
def remove(application: "Application", /, settings: "Settings", name: str) -> int:
    """Remove the heartbeat called NAME; trouble that it was in ends."""
    loop.run(_remove(application, settings, name))
    click.echo(f"{name} is removed.", err=True)
    return exits.OK


async def _create(
    application: "Application", settings: "Settings", asked: Asked
) -> "HeartbeatDocument":
    from fettle.flow import heartbeats
    from fettle.frontends.report.heartbeat_document import document
    from fettle.store import access

    wanted = heartbeats.Wanted(
        asked.name,
        _duration("--every", asked.every),
        _duration("--grace", asked.grace),
        Severity.named(asked.severity),
        asked.service,
    )
    async with application.store(settings) as store, store.connection.transaction():
        made = await heartbeats.create(store.connection, wanted, application.actor)
        await access.write_audit(
            store.connection, application.actor, "create heartbeat", made.name, None, {}
        )
    return document(made, _base(settings))


async def _list(application: "Application", settings: "Settings") -> "list[HeartbeatDocument]":
    from fettle.frontends.report.heartbeat_document import document
    from fettle.store import heartbeats

    async with application.store(settings) as store:
        found = await heartbeats.listed(store.connection, None, _MOST)
    return [document(one, _base(settings)) for one in found]


async def _remove(application: "Application", settings: "Settings", name: str) -> None:
    from fettle.flow import heartbeats
    from fettle.store import access

    async with application.store(settings) as store, store.connection.transaction():
        id_ = await heartbeats.find(store.connection, name)
        await heartbeats.remove(store.connection, id_, application.clock.now())
        await access.write_audit(
            store.connection, application.actor, "remove heartbeat", name, None, {}
        )


def _duration(option: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise WrongUsage(f"{option}: {error}") from None


def _base(settings: "Settings") -> str:
    return (settings.server.public_url or options.DEFAULT_URL).rstrip("/")


def _line(one: "HeartbeatDocument") -> str:
    seen = f"last heard of {one['seen_at']}" if one["seen_at"] else "never heard of"
    return f"{one['name']}  {one['state']}  every {one['every']}, {seen}  {one['url']}"
