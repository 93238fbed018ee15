"""`fettle audit`: list what was done, by whom and when."""

from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, issues, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.command()
@options.limit
@options.form
@click.pass_obj
@options.reach
def command(application: "Application", /, reach: "Reach", limit: int, form: str) -> int:
    """List what was done, by whom and when, the latest first."""
    return loop.run(_list(application, reach, limit, form))


async def _list(application: "Application", reach: "Reach", limit: int, form: str) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import layout, write
    from fettle.frontends.report.blocks import Column, Grid
    from fettle.frontends.report.visible import visible

    async with reached(application, reach) as api:
        items, cursor = await issues.paged(api, "/api/v1/audit", {}, limit)
    if form == "json":
        write.document({"schema": "fettle.audit/1", "items": items, "next": cursor})
    elif items:
        rows = tuple(
            (
                one["at"].replace("T", " ").removesuffix("Z"),
                visible(one["actor"]),
                visible(_did(one["act"], one["subject"])),
            )
            for one in items
        )
        columns = tuple(Column(label) for label in ("at (UTC)", "who", "did"))
        more = "there are more, with a higher --limit" if cursor else ""
        write.draw(partial(layout.plain, [Grid(columns, rows, more)]))
    else:
        progress.say("There is nothing.")
    return exits.OK


def _did(act: str, subject: str) -> str:
    """Return what was done to what; of a request the address that was called says both."""
    method, _, path = act.partition(" ")
    return f"{method} {subject}" if path.startswith("/") else f"{act} {subject}"
