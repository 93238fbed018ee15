"""`fettle heartbeat`: expect a sign of life from a job that runs."""

from typing import TYPE_CHECKING

import click

from fettle.errors import NotFound
from fettle.frontends.cli import credentials, exits, loop, options
from fettle.model.severity import Severity

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach
    from fettle.frontends.report.heartbeat_document import HeartbeatDocument, HeartbeatItem

SEVERITIES = [severity.label for severity in reversed(Severity)]
_PATH = "/api/v1/heartbeats"
_PAGE = 200


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
@options.reach
def create(application: "Application", /, reach: "Reach", form: str, **given: str | None) -> int:
    """Make a heartbeat, and print the address to ping.

    Nothing is missed before its first ping.
    """
    given["every"] = options.iso_duration("--every", given["every"])
    given["grace"] = options.iso_duration("--grace", given["grace"])
    made = loop.run(_create(application, reach, given))
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
@options.reach
def list_(application: "Application", /, reach: "Reach", form: str) -> int:
    """List the heartbeats, by name."""
    found = loop.run(_list(application, reach))
    lines = [_line(one) for one in found] or ["There are none."]
    document = {"schema": "fettle.heartbeats/1", "items": found, "next": None}
    credentials.show(document, form, "\n".join(lines))
    return exits.OK


@command.command()
@click.argument("name")
@click.pass_obj
@options.reach
def remove(application: "Application", /, reach: "Reach", name: str) -> int:
    """Remove the heartbeat called NAME; trouble that it was in ends."""
    loop.run(_remove(application, reach, name))
    click.echo(f"{name} is removed.", err=True)
    return exits.OK


async def _create(
    application: "Application", reach: "Reach", given: dict[str, str | None]
) -> "HeartbeatDocument":
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        made: HeartbeatDocument = await api.post(_PATH, given)
    return made


async def _list(application: "Application", reach: "Reach") -> "list[HeartbeatItem]":
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        return await _all(api)


async def _remove(application: "Application", reach: "Reach", name: str) -> None:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        ids = [one["id"] for one in await _all(api) if one["name"] == name]
        if not ids:
            raise NotFound(f"no heartbeat is called {name}", remedy="fettle heartbeat list")
        await api.delete(f"{_PATH}/{ids[0]}")


async def _all(api: "Api") -> "list[HeartbeatItem]":
    found: list[HeartbeatItem] = []
    cursor: str | None = None
    while True:
        page = await api.get(_PATH, {"cursor": cursor, "limit": _PAGE})
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def _line(one: "HeartbeatItem") -> str:
    seen = f"last heard of {one['seen_at']}" if one["seen_at"] else "never heard of"
    known = [one["name"], one["state"], f"every {one['every']}, {seen}", one["url"] or ""]
    return "  ".join(known).rstrip()
