"""`fettle receiver`: see who can be told, and try whether they can be reached."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.people_document import ReceiversDocument, SentTestDocument

_PATH = "/api/v1/receivers"
_PAUSE_S = 0.3


@click.group()
def command() -> None:
    """See who can be told, and try whether they can be reached."""


@command.command("list")
@options.form
@click.pass_obj
@options.reach
def list_(application: "Application", /, reach: "Reach", form: str) -> int:
    """List who can be told, when they were at last, and what they did not take."""
    return loop.run(_list(application, reach, form))


@command.command()
@click.argument("name")
@click.option("--wait/--no-wait", default=True, show_default=True, help="See what comes of it.")
@options.form
@click.pass_obj
@options.reach
def test(application: "Application", /, reach: "Reach", name: str, wait: bool, form: str) -> int:
    """Send NAME a notification that says it is a test."""
    return loop.run(_test(application, reach, name, form, wait=wait))


async def _list(application: "Application", reach: "Reach", form: str) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import layout, write
    from fettle.frontends.report.blocks import Column, Grid
    from fettle.frontends.report.visible import visible

    async with reached(application, reach) as api:
        document: ReceiversDocument = await api.get(_PATH)
    rows = tuple(
        (
            visible(one["name"]),
            visible(one["kind"]),
            (one["told_at"] or "never").replace("T", " ").removesuffix("Z"),
            str(one["waiting"]),
            str(one["failed"]),
            visible(one["error"] or ""),
        )
        for one in document["items"]
    )
    if form == "json":
        write.document(document)
    elif rows:
        labels = ("receiver", "by", "told at last (UTC)", "waiting", "given up", "why")
        columns = tuple(Column(label, right=label in labels[3:5]) for label in labels)
        write.draw(partial(layout.plain, [Grid(columns, rows)]))
    else:
        progress.say("There are none; [[receiver]] in fettle.toml makes them.")
    return exits.OK


async def _test(
    application: "Application", reach: "Reach", name: str, form: str, *, wait: bool
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    place = f"{_PATH}/{quote(name, safe='')}/test"
    async with reached(application, reach) as api:
        document: SentTestDocument = await api.post(place)
        waiting = progress.Waiting()
        while wait and document["state"] == "waiting" and document["error"] is None:
            await application.clock.sleep(_PAUSE_S)
            waiting.passed(_PAUSE_S)
            document = await api.get(f"{place}/{document['id']}")
    if form == "json":
        write.document(document)
    elif document["error"] is not None:
        write.plainly(f"{name} was not told: {document['error']}")
    elif document["state"] == "sent":
        write.plainly(f"{name} was told.")
    else:
        write.plainly(f"{name} is to be told by a worker.")
    return exits.OK if document["error"] is None else exits.FAILED
