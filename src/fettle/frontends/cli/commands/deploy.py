"""`fettle deploy`: say that a version of a service has gone live."""

from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.group()
def command() -> None:
    """Mark and list deploys; issues of a service show what was deployed shortly before."""


@command.command()
@click.option("--service", required=True, metavar="NAME", help="What was deployed.")
@click.option("--version", required=True, metavar="V", help="Which version went live.")
@click.option("--at", metavar="WHEN", help="When, like 2026-01-31T09:00; now when not given.")
@click.option("--note", default="", help="What is in it.")
@click.option("--url", metavar="URL", help="Where it is seen: a pipeline, a release.")
@options.form
@click.pass_obj
@options.reach
def mark(
    application: "Application",
    /,
    reach: "Reach",
    at: str | None,
    form: str,
    **said: Any,  # noqa: ANN401 - click's options
) -> int:
    """Say that a version of a service has gone live; for the last line of a pipeline."""
    moment = options.moment("--at", at, application.clock.now())
    body = {**said, "at": moment and moment.isoformat()}
    return loop.run(_mark(application, reach, body, form))


@command.command("list")
@click.option("--service", metavar="NAME", help="Those of this service.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@options.form
@click.pass_obj
@options.reach
def list_(
    application: "Application",
    /,
    reach: "Reach",
    service: str | None,
    limit: int,
    form: str,
) -> int:
    """List deploys, those marked last first."""
    return loop.run(_list(application, reach, service, limit, form))


async def _mark(
    application: "Application", reach: "Reach", body: dict[str, object], form: str
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document = await api.post("/api/v1/deploys", body)
    if form == "json":
        write.document(document)
    else:
        at = document["at"].replace("T", " ").replace("Z", " UTC")
        write.plainly(f"{document['service']} {document['version']} went live {at}")
    return exits.OK


async def _list(
    application: "Application", reach: "Reach", service: str | None, limit: int, form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import layout, write
    from fettle.frontends.report.blocks import Column, Grid
    from fettle.frontends.report.visible import visible

    async with reached(application, reach) as api:
        document = await api.get("/api/v1/deploys", {"service": service, "limit": limit})
    if form == "json":
        write.document(document)
        return exits.OK
    labels = ("at", "service", "version", "actor", "note")
    rows = tuple(tuple(visible(one[label]) for label in labels) for one in document["items"])
    if rows:
        grid = Grid(tuple(Column(label) for label in labels), rows)
        write.draw(partial(layout.plain, [grid]))
    else:
        progress.say("There are none.")
    return exits.OK
