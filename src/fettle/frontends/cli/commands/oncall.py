"""`fettle oncall`: say whose turn it is."""

from functools import partial
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.command()
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True)
@options.form
@click.pass_obj
@options.reach
def command(application: "Application", /, reach: "Reach", days: int, form: str) -> int:
    """Say whose turn it is now and next, team by team."""
    return loop.run(_oncall(application, reach, days, form))


async def _oncall(application: "Application", reach: "Reach", days: int, form: str) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import issue_story, layout, write

    async with reached(application, reach) as api:
        document = await api.get("/api/v1/oncall", {"days": days})
        teams = await api.get("/api/v1/teams")
    if form == "json":
        write.document(document)
    elif teams["items"]:
        grid = issue_story.turns(teams["items"], document)
        write.draw(partial(layout.plain, [grid]))
    else:
        progress.say("There are no teams; [[team]] in fettle.toml makes them.")
    return exits.OK
