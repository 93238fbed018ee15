"""`fettle update release`: let go of a version that was held since it made a project worse."""

from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, updating

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("held", metavar="ID")
@click.option("--reason", required=True, help="Why it may be taken again; it is kept.")
@options.form
@click.pass_obj
@options.settings
def command(
    application: "Application", /, settings: "Settings", held: str, reason: str, form: str
) -> int:
    """Let a version be taken again that is held since a project was worse with it.

    ID is its number, which `fettle update history` shows, or the id of the update.
    """
    if not reason.strip():
        raise WrongUsage("--reason is empty", remedy="say why it may be taken again")
    return loop.run(_release(application, settings, held, reason, form))


async def _release(
    application: "Application", settings: "Settings", held: str, reason: str, form: str
) -> int:
    from fettle.flow.update_watch import release
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.update_watch_document import of_released

    async with updating.opened(application, settings) as work:
        document = of_released(await release(work, held, reason))
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.released(document))
    return exits.OK
