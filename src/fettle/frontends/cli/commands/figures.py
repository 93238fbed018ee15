"""`fettle figures`: say how long things took, what was not kept, and what was noise."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fettle.frontends.cli import exits, loop, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.command()
@click.option("--from", "start", metavar="WHEN", help="Like 2026-01-31; 90 days before --to.")
@click.option("--to", "end", metavar="WHEN", help="Now, when not given.")
@click.option("--by", type=click.Choice(("team", "service", "class")), help="Told apart by it.")
@click.option("--every", type=click.Choice(("week", "month")), default="week", show_default=True)
@click.option("--team", metavar="NAME", help="Of this team.")
@click.option("--service", metavar="NAME", help="Of this service.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "csv")),
    default="text",
    show_default=True,
)
@click.pass_obj
@options.reach
def command(
    application: "Application",
    /,
    reach: "Reach",
    start: str | None,
    end: str | None,
    form: str,
    **asked: Any,  # noqa: ANN401 - click's options
) -> int:
    """Say how long it took to detect, take, mitigate and resolve issues: the median and the p90.

    And which share had a broken promise, was noise, or came back after it was fixed.
    """
    now = application.clock.now()
    begins, ends = options.moment("--from", start, now), options.moment("--to", end, now)
    query = {
        "from": begins and begins.isoformat(),
        "to": ends and ends.isoformat(),
        **asked,
    }
    return loop.run(_figures(application, reach, query, form))


async def _figures(
    application: "Application", reach: "Reach", query: dict[str, Any], form: str
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import figures_document, figures_story, layout, write

    async with reached(application, reach) as api:
        document = await api.get("/api/v1/figures", query)
    if form == "json":
        write.document(document)
    elif form == "csv":
        for line in figures_document.as_csv(document).splitlines():
            write.plainly(line)
    else:
        write.draw(partial(layout.plain, list(figures_story.tell(document))))
    return exits.OK
